"""What is shown of a thing: as JSON, by public names."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel


def plain(value: Any) -> Any:
    """A value as JSON shows it: fields by their public names, the id first and the dates last, ours alone left out."""
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        shown = {info.alias or name: plain(getattr(value, name)) for name, info in fields.items() if not info.exclude}
        last = {name: shown.pop(name) for name in ("createdAt", "updatedAt") if name in shown}
        first = {"id": shown.pop("id")} if "id" in shown else {}
        return {**first, **shown, **last}
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value
