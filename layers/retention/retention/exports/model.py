"""What an export is: a file that is made, kept for a week, and fetched by a signed link."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from retention.entity import Dated
from retention.fields import Contract, Count, Instant, RootId

ExportKind = Literal["archive", "entity", "lead"]
ExportFormat = Literal["jsonl", "csv"]
ExportStatus = Literal["queued", "running", "succeeded", "failed"]
#: What can be exported by itself, by the name that its list has in the API.
ExportedEntity = Literal[
    "leads",
    "campaigns",
    "campaign-leads",
    "scripts",
    "contact-attempts",
    "integrations",
    "sequences",
    "sequence-steps",
    "enrollments",
    "executions",
    "conversions",
    "conversion-rules",
    "ab-tests",
]


class ExportInput(Contract):
    """What is to be exported."""

    kind: ExportKind = Field(
        description="archive: the whole account, to be imported again. entity: everything of one kind, for other "
        "programs. lead: all that is known of one person"
    )
    entity: ExportedEntity | None = Field(default=None, description="entity: which one")
    format: ExportFormat = Field(default="jsonl", description="entity: JSON Lines or CSV")
    lead_id: RootId | None = Field(default=None, description="lead: who")


class Export(ExportInput, Dated):
    """A file that is being made, or was."""

    server_owned: ClassVar[frozenset[str]] = Dated.server_owned

    id: str = Field(description="Identity, for ever")
    status: ExportStatus = Field(default="queued", description="Where it stands")
    file_name: str = Field(default="", description="What the file is called")
    records: Count = Field(default=0, description="Records in it so far")
    size: Count | None = Field(default=None, description="Its bytes, when it is finished")
    sha256: str | None = Field(default=None, description="Its SHA-256, in hexadecimal")
    about: dict[str, Any] | None = Field(default=None, description="archive: how many records of each kind")
    job_id: str | None = Field(default=None, description="The job that makes it")
    error: str | None = Field(default=None, description="Why it could not be made")
    finished_at: Instant | None = Field(default=None, description="When it ended")
    expires_on: Instant | None = Field(default=None, description="When the file goes")
