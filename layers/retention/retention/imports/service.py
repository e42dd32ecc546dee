"""What people can do with imports: give a file, have it looked through, have it taken in, stop that, get the result."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from retention.core import Core
from retention.deletion.service import Deleted
from retention.errors import ConflictError, InvalidInputError, NotFoundError
from retention.fields import kept
from retention.imports import files
from retention.imports.cancelling import import_key
from retention.imports.leads import mapping
from retention.imports.model import Import, ImportInput, ImportOptions, ImportStatus, NewImport, Progress
from retention.jobs.model import Job, Task
from retention.jobs.runner import Runner
from retention.moving.storage import Link, Transfers
from retention.table import listing
from retention.table.keys import key
from retention.table.listing import Page
from retention.table.writes import Create, Write

#: How long an import can still be read; its files go sooner.
KEPT: Final = timedelta(days=30)
#: What files are uploaded as; the format is told by their contents.
CONTENT_TYPE: Final = "application/octet-stream"
_WORKED_ON: Final = ("inspecting", "running")


class ImportService:
    """The use cases of imports."""

    def __init__(self, core: Core, runner: Runner) -> None:
        self._core = core
        self._runner = runner
        self._transfers = Transfers(core)

    # --- reading -------------------------------------------------------------------------------------------------

    def get(self, import_id: str) -> Import:
        """An import; one whose job was given up shows that.

        Raises:
            NotFoundError: there is none with this id, or it ended too long ago.
        """
        found = self._found(import_id)
        if found.status not in _WORKED_ON or found.job_id is None:
            return found
        job = self._job(found)
        if job is None or job.status != "failed":
            return found
        return found.model_copy(
            update={"error": f"Its job was given up ({job.error}): POST /v1/jobs/{job.id}/redrive goes on with it."}
        )

    def _found(self, import_id: str) -> Import:
        found = self._core.store.find(Import, import_key(import_id))
        if found is None or self._is_past(found):
            raise NotFoundError(f"There is no import {import_id}.")
        return found

    def _is_past(self, found: Import) -> bool:
        return found.expires_at is not None and found.expires_at <= self._core.now()

    def _job(self, found: Import) -> Job | None:
        return None if found.job_id is None else self._core.store.find(Job, key("Job", id=found.job_id))

    def page(self, status: ImportStatus | None, *, limit: int, position: str | None) -> Page[Import]:
        """Imports, newest first."""
        return listing.page(
            self._core.store,
            Import,
            listing.lanes("Import", "listing", {}),
            limit=limit,
            position=position,
            keep=lambda one: (status is None or one.status == status) and not self._is_past(one),
        )

    def result(self, import_id: str) -> Link:
        """Where to get the result: a line for each row that was dealt with.

        Raises:
            NotFoundError: there is no such import, it has not ended, or its files are gone.
        """
        found = self._found(import_id)
        if found.status not in ("succeeded", "cancelled", "failed"):
            raise NotFoundError(f"There is a result when the import has ended; it is {found.status}.")
        place = files.result_key(import_id)
        if self._transfers.size(place) is None:
            raise NotFoundError(
                "This import took nothing in, or its files have been removed: they are kept for a week."
            )
        return self._transfers.download_link(place, f"import-{import_id}.jsonl")

    # --- changing ------------------------------------------------------------------------------------------------

    def create(self, given: ImportInput) -> NewImport:
        """Begin an import: the answer says where to put its file."""
        now = self._core.now()
        made = Import(
            **vars(given),
            id=self._core.ids.new(now),
            created_at=now,
            updated_at=now,
            expires_at=now + KEPT,
            revision=self._core.ids.revision(),
        )
        link = self._transfers.upload_link(files.upload_key(made.id), CONTENT_TYPE)
        shown = NewImport.model_construct(**vars(made), upload=link)
        self._core.idempotency.commit(Create(made), outcome=shown)
        return shown

    def inspect(self, import_id: str, given: ImportOptions) -> Import:
        """Have a file looked through; while it is, a repetition changes nothing.

        Raises:
            NotFoundError, InvalidInputError
            ConflictError: there is no file, or it is being taken in, or has been.
        """
        return self._begin(import_id, given, "inspect", "inspecting")

    def start(
        self, import_id: str, given: ImportOptions, secrets: Mapping[str, Mapping[str, str]] | None = None
    ) -> Import:
        """Have a file taken in; once it was started, a repetition changes nothing.

        Args:
            secrets: credentials of integrations, for an archive; kept in the secret store alone.

        Raises:
            NotFoundError, InvalidInputError
            ConflictError: there is no file, or it is being looked through, or it was cancelled or cannot be taken in.
        """
        return self._begin(import_id, given, "import", "running", secrets)

    def _begin(
        self,
        import_id: str,
        given: ImportOptions,
        task: Task,
        status: ImportStatus,
        secrets: Mapping[str, Mapping[str, str]] | None = None,
    ) -> Import:
        found = self._found(import_id)
        self._check(found, given, secrets)
        if not self._is_to_begin(found, status):
            return found
        if self._transfers.size(files.upload_key(import_id)) is None:
            raise ConflictError("The file is not there yet: put it to the link that came with the import.")
        if secrets:
            from retention.imports.archive import secrets as keeping

            keeping.keep(self._core, import_id, secrets)
        job = self._new_job(task, import_id)

        def change(now: Import) -> tuple[Import, list[Write]]:
            if not self._is_to_begin(now, status):
                return now, []
            total = now.inspection.get("rows") if now.inspection is not None and task == "import" else None
            following = self._core.changed(
                now,
                status=status,
                options={**now.options, **kept(given)},
                progress=Progress(total=total).model_dump(by_alias=True),
                inspection=None if task == "inspect" else now.inspection,
                place=None,
                job_id=job.id,
                error=None,
                finished_at=None,
            )
            return following, [Create(job)]

        begun = self._core.revise(lambda: self._found(import_id), change, if_match=None)
        if begun.job_id == job.id:
            self._core.jobs_queue.wake(job.id)
        return begun

    def _check(self, found: Import, given: ImportOptions, secrets: Mapping[str, Mapping[str, str]] | None) -> None:
        if found.kind == "leads":
            mapping.check_fields(given.mapping or {})
            mapping.check_defaults(given.defaults or {}, self._core.settings)
            if secrets is not None:
                raise InvalidInputError.at("/secrets", "not_allowed", "Only an archive has use for secrets.")
        elif given.model_fields_set:
            name = sorted(kept(given) or {"mapping": None})[0]
            raise InvalidInputError.at(f"/{name}", "not_allowed", "This is for files of leads; this is an archive.")

    @staticmethod
    def _is_to_begin(found: Import, status: ImportStatus) -> bool:
        """Whether an import can go over to a status; False when it has already.

        Raises:
            ConflictError
        """
        if found.status == status or (status == "running" and found.status == "succeeded"):
            return False
        # What failed before it took anything in may be given another mapping, or another file.
        failed_early = found.status == "failed" and found.how_far().done == 0
        if found.status in ("awaiting_upload", "inspected") or failed_early:
            return True
        raise ConflictError(f"This import is {found.status}.")

    def _new_job(self, task: Task, import_id: str) -> Job:
        now = self._core.now()
        return Job(
            id=self._core.ids.new(now),
            task=task,
            target={"kind": Import.__name__, "id": import_id},
            created_at=now,
            updated_at=now,
            due_at=now,
            revision=self._core.ids.revision(),
        )

    def cancel(self, import_id: str) -> Import:
        """Stop an import: at once if it is not worked on, else at the end of its present chunk. Again changes nothing.

        Raises:
            NotFoundError
            ConflictError: it has ended otherwise.
        """

        def change(now: Import) -> tuple[Import, list[Write]]:
            if now.status == "cancelled":
                return now, []
            if now.status in ("succeeded", "failed"):
                raise ConflictError(f"This import has ended; it is {now.status}.")
            if now.status in _WORKED_ON:
                return (now if now.cancelling else self._core.changed(now, cancelling=True)), []
            return self._core.changed(now, status="cancelled", finished_at=self._core.now()), []

        found = self._core.revise(lambda: self._found(import_id), change, if_match=None)
        if found.cancelling:
            job = self._job(found)
            if job is not None and job.status == "failed":
                self._runner.redrive(job.id, alone=False)  # It ends what it has begun.
        return found

    def delete(self, import_id: str, *, if_match: str | None) -> Deleted:
        """Remove an import with its files. What it has taken in stays.

        Raises:
            NotFoundError, StaleError
            ConflictError: it is worked on.
        """
        gone = Deleted(None)

        def find() -> Import:
            found = self._found(import_id)
            if found.status in _WORKED_ON:
                raise ConflictError(f"This import is {found.status}; cancel it first.")
            return found

        if find().kind == "archive":
            from retention.imports.archive import secrets

            secrets.forget(self._core, import_id)
        files.remove_files(self._core, import_id)
        self._core.discard(find, if_match=if_match, outcome=gone)
        return gone
