"""What an import is: a file that is given, looked through, and taken in row by row.

awaiting_upload --inspect--> inspecting --> inspected --start--> running --> succeeded
       |  (the file is put by the signed link)                       |  cancel: at the end of a chunk
       +--start, without a look first--> running                     +--> cancelled
    what makes the whole file unusable: failed, with the reason in `error`
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from retention.entity import Dated
from retention.errors import RetentionError
from retention.fields import Contract, Count, Instant, KeptAs, Name
from retention.moving.storage import Link

ImportKind = Literal["leads", "archive"]
FileFormat = Literal["csv", "jsonl"]
ImportStatus = Literal["awaiting_upload", "inspecting", "inspected", "running", "succeeded", "failed", "cancelled"]
#: What becomes of a row whose person is known already: left alone; what it says replaces what is there; what it says
#: fills in what is not there.
OnDuplicate = Literal["skip", "update", "merge"]


class UnusableFileError(RetentionError):
    """The file cannot be taken in."""

    code = "unusable_file"


class ImportInput(Contract):
    """A file that is to be taken in."""

    kind: ImportKind = Field(description="leads: a file of leads. archive: a whole account, as an export has made it")
    file_name: Name = Field(description="Name of the file, for people")
    format: FileFormat | None = Field(
        default=None, description="leads: csv or jsonl; the ending of the name says, unless given"
    )


class ImportOptions(Contract):
    """How a file is taken in. All of it is for lead files."""

    #: Column (CSV) or member (JSON Lines) by the field of a lead that it goes to: firstName, email, meta.{name}, ...
    mapping: dict[str, str] | None = Field(
        default=None,
        max_length=100,
        description="Column of the file for each field of a lead (`firstName`, `email`, `meta.plan`); guessed from the "
        "column names unless given",
    )
    defaults: dict[str, Any] | None = Field(
        default=None, max_length=50, description="What a field is where a row says nothing"
    )
    on_duplicate: OnDuplicate = Field(
        default="skip",
        description="A known person: skip leaves it alone, update replaces what a row says, merge fills gaps",
    )


class Progress(Contract):
    """How far a file has been worked through: each row is counted once, by what became of it."""

    done: Count = Field(default=0, description="Rows (records of an archive) that are done")
    total: Count | None = Field(default=None, description="Rows there are, where that is known")
    created: Count = Field(default=0, description="New ones")
    updated: Count = Field(default=0, description="Known ones that were changed")
    unchanged: Count = Field(default=0, description="Known ones that said nothing new")
    skipped: Count = Field(default=0, description="Left alone on purpose: duplicates, empty rows")
    rejected: Count = Field(default=0, description="Refused; the result file says why")


class Import(ImportInput, Dated):
    """A file, and what became of it."""

    server_owned: ClassVar[frozenset[str]] = Dated.server_owned

    id: str = Field(description="Identity, for ever")
    status: ImportStatus = Field(default="awaiting_upload", description="Where it stands")
    options: dict[str, Any] = Field(
        default_factory=dict, description="How it is taken in: mapping, defaults, onDuplicate"
    )
    inspection: dict[str, Any] | None = Field(default=None, description="What a dry run found; docs/moving.md")
    progress: Annotated[dict[str, Any], KeptAs(Progress)] = Field(
        default_factory=lambda: Progress().model_dump(by_alias=True), description="How far it is"
    )
    job_id: str | None = Field(default=None, description="The job that works on it")
    error: str | None = Field(default=None, description="Why it cannot be taken in")
    finished_at: Instant | None = Field(default=None, description="When it ended")
    #: From where to go on with a file of leads: saved with the progress, so that the two always agree.
    place: dict[str, Any] | None = Field(default=None, exclude=True)
    #: True when it was asked to stop.
    cancelling: bool = Field(default=False, exclude=True)

    def how_far(self) -> Progress:
        """How far it is."""
        return Progress.model_validate(self.progress)


class NewImport(Import):
    """An import with the place to put its file."""

    upload: Link = Field(description="Where to put the file: one request, whatever its size")
