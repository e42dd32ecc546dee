"""Adding, finding and lifting suppressions."""

from typing import get_args

from pydantic_core import PydanticCustomError

from retention.core import REVISE_TRIES, Core
from retention.deletion.service import Deleted
from retention.errors import AlreadyExistsError, ContentionError, InvalidInputError, NotFoundError
from retention.leads import addresses
from retention.leads.following import following, wake_followers
from retention.leads.model import Contact, EmailClaim, PhoneClaim, StopReason
from retention.suppressions.identity import suppression_id
from retention.suppressions.model import (
    STOP_REASONS,
    LiftedSuppression,
    Suppression,
    SuppressionInput,
    SuppressionReason,
)
from retention.table import listing
from retention.table.keys import key
from retention.table.listing import Page
from retention.table.writes import Change, Create, RefusedError, Require, Write


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
        claim_type, address = self._recognised(given.address)
        suppression = Suppression(
            id=suppression_id(core.keyring, address),
            address_type="EMAIL" if claim_type is EmailClaim else "PHONE",
            reason=given.reason,
            note=given.note,
            created_at=core.now(),
            revision=core.ids.revision(),
        )
        for _ in range(REVISE_TRIES):
            stop = self._stop_of_owner(claim_type, address, STOP_REASONS[given.reason])
            try:
                core.idempotency.commit(Create(suppression), *stop, outcome=suppression)
            except RefusedError as refusal:
                if refusal.concerns(Suppression):
                    raise AlreadyExistsError(suppression.id, "This address is suppressed already.") from None
                continue  # The address changed hands, or its lead was stopped or deleted, since that was read.
            wake_followers(core, stop)
            return suppression
        raise ContentionError

    def _recognised(self, text: str) -> tuple[type[EmailClaim | PhoneClaim], str]:
        """What kind of address a text is, and its normalised form."""
        try:
            if "@" in text:
                return EmailClaim, addresses.email_identity(addresses.tidy_email(text))
            return PhoneClaim, addresses.tidy_phone(text, self._core.settings.default_phone_region)
        except PydanticCustomError as error:
            raise InvalidInputError.at("/address", error.type, error.message()) from None

    def _stop_of_owner(
        self, claim_type: type[EmailClaim | PhoneClaim], address: str, reason: StopReason
    ) -> list[Write]:
        """The writes that stop the lead that owns an address; a lead that is stopped already keeps its reason."""
        store = self._core.store
        where = key(claim_type.__name__, address=address)
        claim = store.find(claim_type, where)
        if claim is None:
            return []
        still_owner = Require(claim_type, where, equal={"lead_id": claim.lead_id})
        contact_key = key("Contact", lead_id=claim.lead_id)
        contact = store.find(Contact, contact_key)
        if contact is None or contact.stop_reason is not None:
            return [still_owner]
        stop = Change(
            Contact,
            contact_key,
            set={"stop_reason": reason, "stopped_at": self._core.now()},
            add={"version": 1},
            equal={"erased": False, "stop_reason": None},
        )
        return [still_owner, stop, Create(following(self._core, claim.lead_id, reason))]

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
