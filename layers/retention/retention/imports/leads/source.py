"""A file of leads, opened: its rows by what is told or guessed of its columns."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from retention.errors import InvalidInputError
from retention.imports.files import upload_key
from retention.imports.leads import mapping
from retention.imports.leads.layout import layout_of
from retention.imports.leads.records import Position, Record, RecordReader
from retention.imports.leads.rows import Shaper
from retention.imports.model import Import, UnusableFileError
from retention.imports.standing import Standing


class LeadFile:
    """The file of an import.

    Raises:
        UnusableFileError: there is none, or it cannot be read, or another one has been put in its place.
        StorageError
    """

    def __init__(self, standing: Standing) -> None:
        found: Import = standing.found
        self._place: dict[str, Any] = found.place or {}
        try:
            file = standing.transfers.read(upload_key(found.id))
        except FileNotFoundError:
            raise UnusableFileError("The file is not there: put it to the link that came with the import.") from None
        self.size = standing.transfers.size(upload_key(found.id)) or 0
        if self._place.get("size", self.size) != self.size:
            raise UnusableFileError("The file was replaced by another one while it was read.")
        self.layout = layout_of(file, found.file_name, found.format)
        self._reader = RecordReader(file, self.layout)
        self.columns = self._reader.columns
        told = found.options.get("mapping")
        if told is None:
            self.mapping = mapping.guessed(self.columns)
            if not self.mapping:
                raise UnusableFileError(
                    f"No column has a name that tells what it is: {', '.join(self.columns[:20])}. Say it in `mapping`."
                )
        else:
            try:
                self.mapping = mapping.checked(told, self.columns)
            except InvalidInputError as error:
                raise UnusableFileError(str(error)) from None
        defaults = found.options.get("defaults") or {}
        self.shaper = Shaper(self.mapping, defaults, standing.core.settings)

    def chunks(self, size: int) -> Iterator[list[Record]]:
        """The rows from the place of the import on, so many at once."""
        at = self._place.get("at")
        records = self._reader.records(None if at is None else Position(*at))
        while chunk := list(islice(records, size)):
            yield chunk

    def place_before(self) -> dict[str, Any]:
        """The place before the first row: which file it is, so that no other one is taken for it."""
        return {"size": self.size}

    def place_after(self, record: Record, **more: Any) -> dict[str, Any]:
        """The place from which to go on behind a row."""
        return {"at": list(record.next), "size": self.size, **more}
