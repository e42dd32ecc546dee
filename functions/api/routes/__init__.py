"""One file per resource; `ALL` is every route that there is, in the order of the documentation."""

from typing import Final

from api.operation import Operation, Routes
from api.routes import leads

RESOURCES: Final[tuple[Routes, ...]] = (leads.routes,)
ALL: Final[tuple[Operation, ...]] = tuple(operation for resource in RESOURCES for operation in resource.operations)
