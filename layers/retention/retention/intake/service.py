"""What can be done with forms that send leads: set them up, change, try them out, see what came."""

from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from retention import validation
from retention.campaigns.model import Campaign
from retention.core import REVISE_TRIES, Core
from retention.deletion.service import Deleted
from retention.errors import (
    AlreadyExistsError,
    ContentionError,
    InvalidInputError,
    NotFoundError,
    RetentionError,
    StaleError,
)
from retention.fields import kept
from retention.intake import activity
from retention.intake.activity import META
from retention.intake.mapping import draft_of
from retention.intake.model import (
    InboundWebhook,
    InboundWebhookChange,
    InboundWebhookInput,
    InboundWebhookSlug,
    IntakeActivity,
    IntakeProblem,
    IssuedInboundWebhook,
    MappedPayload,
    SecretRotation,
    Target,
)
from retention.intake.opening import opening, secret_of
from retention.jobs.model import Job
from retention.jobs.runner import Runner
from retention.references import find_all, to_root
from retention.sequences.model import RetentionSequence
from retention.table import keys, listing
from retention.table.keys import key
from retention.table.listing import Page
from retention.table.writes import Create, RefusedError, Remove, Write

#: Fields that are contracts, kept as plain objects.
_DOCUMENTS: Final = ("mapping", "defaults", "target")


@dataclass(frozen=True)
class InboundWebhookService:
    """The use cases of forms that send leads."""

    core: Core
    runner: Runner

    # --- reading -----------------------------------------------------------------------------------------------

    def get(self, webhook_id: str) -> InboundWebhook:
        """A form.

        Raises:
            NotFoundError: none with this id.
        """
        form = self.core.store.find(InboundWebhook, key("InboundWebhook", id=webhook_id))
        if form is None:
            raise NotFoundError(f"There is no inbound webhook {webhook_id}.")
        return form

    def page(self, *, limit: int, position: str | None) -> Page[InboundWebhook]:
        """Forms, newest first."""
        return listing.whole(
            list(self.core.store.query_entities(InboundWebhook, keys.partitions("InboundWebhook")[0])),
            limit=limit,
            position=position,
            order=lambda form: listing.place(form.created_at, form.id),
            keep=lambda _: True,
        )

    def activity(self, webhook_id: str, *, limit: int, position: str | None) -> Page[IntakeActivity]:
        """What came through a form in the last 30 days, newest first; of `meta`, the leads of Meta's lead forms.

        Raises:
            NotFoundError: there is no such form.
        """
        if webhook_id != META:
            self.get(webhook_id)
        return activity.page(self.core, webhook_id, limit=limit, position=position)

    def test(self, webhook_id: str, payload: Any) -> MappedPayload:
        """What the mapping of a form makes of a payload. Nothing is written.

        Raises:
            NotFoundError: there is no such form.
            InvalidInputError: it is a list of submissions, each of which would be taken by itself.
        """
        form = self.get(webhook_id)
        if isinstance(payload, list) and payload and all(isinstance(one, dict) for one in payload):
            raise InvalidInputError.at("/payload", "several", "Each entry is a submission of its own: try out one.")
        try:
            draft = draft_of(form, payload, self.core.settings.default_phone_region)
        except InvalidInputError as error:
            return MappedPayload(lead=None, fields=[], errors=[IntakeProblem(**vars(one)) for one in error.errors])
        problems = [IntakeProblem(**vars(one)) for one in draft.problems]
        return MappedPayload(lead=draft.lead, fields=list(draft.filled), errors=problems)

    # --- changing ----------------------------------------------------------------------------------------------

    def create(self, given: InboundWebhookInput) -> IssuedInboundWebhook:
        """Set up a form, with a secret that is shown this once.

        Raises:
            InvalidInputError: its target is not there.
            AlreadyExistsError: there is a form at this address.
        """
        core, now = self.core, self.core.now()
        self._check_target(given.target)
        form = InboundWebhook.model_construct(
            **_plain(given),
            id=core.ids.new(now),
            secret_version=core.ids.revision(),
            secret_era=core.ids.revision(),
            created_at=now,
            updated_at=now,
            revision=core.ids.revision(),
        )
        job, issued = opening(core, form), self._issued(form)
        slug = InboundWebhookSlug(slug=form.slug, webhook_id=form.id, revision=core.ids.revision())
        try:
            core.idempotency.commit(Create(slug), Create(form), Create(job), outcome=issued)
        except RefusedError as refusal:
            if not refusal.concerns(InboundWebhookSlug):
                raise
            owner = refusal.found.get(0, {}).get("webhookId", {}).get("S", "")
            raise AlreadyExistsError(owner, "There is an inbound webhook with this slug already.") from None
        self._begin(job)
        return issued

    def update(self, webhook_id: str, patch: Any, *, if_match: str | None) -> InboundWebhook:
        """Apply a JSON merge patch. The address stays.

        Raises:
            InvalidInputError, NotFoundError, StaleError
        """
        validation.refuse_server_owned(InboundWebhook, patch)
        validation.refuse_fixed(InboundWebhook, InboundWebhookChange, patch)
        jobs: list[Job] = []

        def change(form: InboundWebhook) -> tuple[InboundWebhook, list[Write]]:
            given = validation.patched(InboundWebhookChange, form, patch)
            if kept(given.target) != form.target:
                self._check_target(given.target)
            after = self.core.changed(form, **_plain(given))
            jobs[:] = [opening(self.core, after)] if after.is_active != form.is_active else []
            return after, [Create(job) for job in jobs]

        form = self.core.revise(lambda: self.get(webhook_id), change, if_match=if_match)
        for job in jobs:
            self._begin(job)
        return form

    def rotate(self, webhook_id: str, given: SecretRotation, *, if_match: str | None) -> IssuedInboundWebhook:
        """Give a form another secret, shown this once. The one before stays good for 48 hours, unless revoked.

        Raises:
            NotFoundError, StaleError
        """
        jobs: list[Job] = []

        def change(form: InboundWebhook) -> tuple[InboundWebhook, list[Write]]:
            ids = self.core.ids
            era = ids.revision() if given.revoke_old else form.secret_era
            after = self.core.changed(form, secret_version=ids.revision(), secret_era=era)
            jobs[:] = [opening(self.core, after)]
            return after, [Create(job) for job in jobs]

        form = self.core.revise(lambda: self.get(webhook_id), change, if_match=if_match, show=self._issued)
        self._begin(jobs[0])
        return self._issued(form)

    def delete(self, webhook_id: str, *, if_match: str | None) -> Deleted:
        """Take a form away; whoever calls its address is refused from then on.

        Raises:
            NotFoundError, StaleError, ContentionError
        """
        for _ in range(REVISE_TRIES):
            form = self.get(webhook_id)
            if if_match is not None and form.revision != if_match:
                raise StaleError
            job = opening(self.core, form)
            gone = Remove(InboundWebhook, key("InboundWebhook", id=form.id), seen=form.revision)
            address = Remove(InboundWebhookSlug, key("InboundWebhookSlug", slug=form.slug))
            try:
                self.core.idempotency.commit(gone, address, Create(job), outcome=Deleted(job))
            except RefusedError:
                continue
            after = self._begin(job)
            return Deleted(None if after is not None and after.status == "succeeded" else job)
        raise ContentionError

    def _issued(self, form: InboundWebhook) -> IssuedInboundWebhook:
        return IssuedInboundWebhook.model_construct(**vars(form), secret=secret_of(self.core, form))

    def _check_target(self, target: Target) -> None:
        find_all(
            self.core.store,
            to_root("/target/campaignId", Campaign, target.campaign_id),
            to_root("/target/sequenceId", RetentionSequence, target.sequence_id),
        )

    def _begin(self, job: Job) -> Job | None:
        """Work on a job at once; when the store does not answer, the jobs function goes on with it."""
        try:
            return self.runner.go_on(job, lambda: True)
        except (RetentionError, BotoCoreError, ClientError):
            return None


def _plain(given: InboundWebhookChange) -> dict[str, Any]:
    """What a client gave, its documents as they are kept."""
    return {**vars(given), **{name: kept(getattr(given, name)) for name in _DOCUMENTS}}
