"""Adding, finding and lifting suppressions."""

from typing import get_args

from retention.core import REVISE_TRIES, Core
from retention.deletion.service import Deleted
from retention.errors import AlreadyExistsError, ContentionError, NotFoundError
from retention.leads.contact import contact_key
from retention.leads.following import wake_followers
from retention.leads.model import Contact
from retention.outbound.announcing import wake_deliveries
from retention.suppressions.model import LiftedSuppression, Suppression, SuppressionInput, SuppressionReason
from retention.suppressions.suppressing import new_suppression, recognised, suppressing
from retention.table import listing
from retention.table.keys import key
from retention.table.listing import Page
from retention.table.writes import Create, RefusedError, Write


class SuppressionService:
    """The use cases of suppressions."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def add(self, given: SuppressionInput) -> Suppression:
        """Suppress an address, and stop the lead that owns it in the same transaction.

        Raises:
            InvalidInputError: it is neither an e-mail address nor a phone number.
            AlreadyExistsError: it is suppressed already; nothing was changed.
        """
        core = self._core
        address = recognised(core, given.address)
        suppression = new_suppression(core, address, given.reason, given.note)
        for _ in range(REVISE_TRIES):
            claim = core.store.find(address.claim_type, address.claim_key)
            contact = None if claim is None else core.store.find(Contact, contact_key(claim.lead_id))
            writes = suppressing(core, address, suppression, claim, contact).all
            try:
                core.idempotency.commit(*writes, outcome=suppression)
            except RefusedError as refusal:
                if refusal.concerns(Suppression):
                    raise AlreadyExistsError(suppression.id, "This address is suppressed already.") from None
                continue  # The address changed hands, or its lead was stopped or deleted, since that was read.
            wake_followers(core, writes)
            wake_deliveries(core, writes)
            return suppression
        raise ContentionError

    def get(self, identifier: str) -> Suppression:
        """A suppression.

        Raises:
            NotFoundError: none with this id, or it was lifted.
        """
        suppression = self._core.store.find(Suppression, key("Suppression", id=identifier))
        if suppression is None:
            raise NotFoundError(f"There is no suppression {identifier}.")
        return suppression

    def page(self, reason: SuppressionReason | None, *, limit: int, position: str | None) -> Page[Suppression]:
        """Suppressions, newest first."""
        facets = [{"reason": one} for one in ([reason] if reason else get_args(SuppressionReason))]
        return listing.page(
            self._core.store,
            Suppression,
            listing.lanes("Suppression", "listing", *facets),
            limit=limit,
            position=position,
            keep=lambda suppression: reason is None or suppression.reason == reason,
        )

    def lift(self, identifier: str, *, because: str, by: str, if_match: str | None) -> Deleted:
        """Allow contact with an address again, and keep on what ground. A stopped lead stays stopped.

        Args:
            by: who says so, the id of an API key.

        Raises:
            NotFoundError, StaleError
        """
        gone = Deleted(None)

        def record(suppression: Suppression) -> list[Write]:
            lifted = LiftedSuppression(
                suppression_id=suppression.id,
                reason=suppression.reason,
                created_at=suppression.created_at,
                lifted_at=self._core.now(),
                lifted_because=because,
                lifted_by=by,
                revision=self._core.ids.revision(),
            )
            return [Create(lifted)]

        self._core.discard(lambda: self.get(identifier), record, if_match=if_match, outcome=gone)
        return gone
