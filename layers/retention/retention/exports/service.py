"""Exports: asking for a file, seeing how far it is, fetching it."""

from typing import Final

from retention.core import Core
from retention.deletion.service import Deleted
from retention.errors import InvalidInputError, NotFoundError
from retention.exports.ending import KEPT
from retention.exports.files import drop_all, file_key
from retention.exports.model import Export, ExportInput, ExportStatus
from retention.jobs.model import Job, JobStatus
from retention.leads.contact import lead_key
from retention.leads.model import Lead
from retention.moving.storage import Link, Transfers
from retention.table import listing
from retention.table.keys import key
from retention.table.listing import Page
from retention.table.writes import Create

#: Where an export stands while its job does.
_STANDING: Final[dict[JobStatus, ExportStatus]] = {
    "queued": "queued",
    "running": "running",
    "waiting": "running",
    "succeeded": "running",
    "failed": "failed",
}


class ExportService:
    """The use cases of exports."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def create(self, given: ExportInput) -> Export:
        """Have a file made.

        Raises:
            InvalidInputError: what is to be exported is not said, or said twice; there is no such lead.
        """
        _check(given)
        if given.lead_id is not None:
            lead = self._core.store.find(Lead, lead_key(given.lead_id))
            if lead is None or lead.deleting:
                raise InvalidInputError.at("/leadId", "no_such_lead", f"There is no lead {given.lead_id}.")
        now = self._core.now()
        identifier = self._core.ids.new(now)
        job = Job(
            id=self._core.ids.new(now),
            task="export",
            target={"kind": Export.__name__, "id": identifier},
            due_at=now,
            created_at=now,
            updated_at=now,
            revision=self._core.ids.revision(),
        )
        export = Export(
            **vars(given),
            id=identifier,
            file_name=_file_name(given, f"{now:%Y-%m-%d}"),
            job_id=job.id,
            expires_at=now + KEPT,
            created_at=now,
            updated_at=now,
            revision=self._core.ids.revision(),
        )
        self._core.idempotency.commit(Create(export), Create(job), outcome=export)
        self._core.jobs_queue.wake(job.id)
        return export

    def get(self, export_id: str) -> Export:
        """An export, and how far it is.

        Raises:
            NotFoundError: there is none with this id, or its file has gone.
        """
        return self._standing([self._find(export_id)])[0]

    def page(self, *, limit: int, position: str | None) -> Page[Export]:
        """Exports, newest first."""
        found = listing.page(
            self._core.store,
            Export,
            listing.lanes(Export.__name__, "listing", {}),
            limit=limit,
            position=position,
            keep=lambda export: not self._is_past(export),
        )
        return Page(self._standing(found.data), found.position)

    def file(self, export_id: str) -> Link:
        """Where the file is fetched.

        Raises:
            NotFoundError: there is no such export, or no file: not yet, not ever, or not any more.
        """
        export = self.get(export_id)
        if export.status == "failed":
            raise NotFoundError(f"There is no file: {export.error or 'it could not be made'}")
        if export.status != "succeeded":
            raise NotFoundError("The file is not finished.")
        return Transfers(self._core).download_link(file_key(export.id), export.file_name)

    def delete(self, export_id: str, *, if_match: str | None) -> None:
        """Remove an export with its file. One that is being made is not finished.

        Raises:
            NotFoundError, StaleError
            ContentionError: its job kept changing it.
            StorageError: the file is still there; it goes by itself.
        """
        self._core.discard(lambda: self._find(export_id), if_match=if_match, outcome=Deleted(None))
        drop_all(self._core, export_id)

    def _find(self, export_id: str) -> Export:
        export = self._core.store.find(Export, key(Export.__name__, id=export_id))
        if export is None or self._is_past(export):
            raise NotFoundError(f"There is no export {export_id}.")
        return export

    def _is_past(self, export: Export) -> bool:
        return export.expires_at is not None and export.expires_at <= self._core.now()

    def _standing(self, exports: list[Export]) -> list[Export]:
        """Exports as they stand: of those that have not ended, their jobs say how far they are."""
        waiting = [export for export in exports if export.finished_at is None]
        jobs = self._core.store.find_many([(Job, key(Job.__name__, id=export.job_id)) for export in waiting])
        found: dict[str, Job] = {job.id: job for job in jobs if job is not None}
        return [_as_its_job(export, found.get(export.job_id or "")) for export in exports]


def _as_its_job(export: Export, job: Job | None) -> Export:
    if export.finished_at is not None or job is None:
        return export
    fields = {
        "status": _STANDING[job.status],
        "records": (job.result or {}).get("records", 0),
        "error": job.error if job.status == "failed" else None,
    }
    return export.model_copy(update=fields)


def _check(given: ExportInput) -> None:
    """Whether exactly that is said which the kind needs."""
    for pointer, value, needed in (
        ("/entity", given.entity, given.kind == "entity"),
        ("/leadId", given.lead_id, given.kind == "lead"),
    ):
        if needed and value is None:
            raise InvalidInputError.at(pointer, "missing", f"An export of the kind {given.kind} needs this.")
        if not needed and value is not None:
            raise InvalidInputError.at(
                pointer, "not_expected", f"An export of the kind {given.kind} has no use for this."
            )


def _file_name(given: ExportInput, day: str) -> str:
    if given.kind == "archive":
        return f"retention-center-{day}.zip"
    if given.kind == "entity":
        return f"{given.entity}-{day}.{given.format}"
    return f"lead-{given.lead_id}.json"
