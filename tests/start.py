"""The instant at which every test begins."""

from datetime import UTC, datetime
from typing import Final

START: Final = datetime(2026, 2, 18, 12, tzinfo=UTC)
