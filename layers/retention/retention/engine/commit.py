"""Carries out a change of an errand, putting it together again when something else was faster."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from retention.attempts.model import ContactAttempt
from retention.attempts.service import attempt_key
from retention.contactrules.caps import without_contact
from retention.core import Core
from retention.engine.errand import Errand
from retention.engine.loading import Loader
from retention.engine.obligation import FLIGHT_FIELD, Flight, Obligation
from retention.engine.queue import Work
from retention.errors import ContentionError
from retention.leads.contact import contact_key
from retention.leads.model import Contact
from retention.outbound.announcing import wake_deliveries
from retention.table.writes import Change, Create, RefusedError, Write

#: How often a change is put together again.
TRIES: Final = 12


class Recipe(NamedTuple):
    """The writes of a change, and the obligations that they create."""

    writes: list[Write]
    created: tuple[Obligation, ...] = ()


class Written(NamedTuple):
    """What became of a change."""

    #: False: somebody else was there first, or nothing was left to do.
    done: bool
    created: tuple[Obligation, ...] = ()


#: From an errand as it is now to a change; None when there is nothing to change any more. The second argument says
#: that a next execution proved to be there already.
Cook = Callable[[Errand, bool], Recipe | None]


@dataclass(frozen=True)
class Committer:
    """Commits changes of errands."""

    core: Core
    loader: Loader

    def once(self, cook: Callable[[bool], Recipe]) -> Written:
        """Commit a change that rests on a decision: when anything moved since, the decision is void.

        Args:
            cook: gives the change; True: a next execution proved to be there already.
        """
        for exists in (False, True):
            recipe = cook(exists)
            try:
                self.core.store.write(*recipe.writes)
            except RefusedError as refusal:
                if not all(_creates_obligation(refusal.writes[at]) for at in refusal.failed):
                    return Written(False)
                continue
            return self.written(recipe)
        return Written(False)

    def surely(self, errand: Errand, cook: Cook, refusal: RefusedError | None = None) -> Written:
        """Commit a change that rests on a fact, such as the provider's answer: it is put together until it fits.

        Args:
            refusal: why it was refused as the errand was read, where that was tried already.

        Raises:
            ContentionError: others kept changing the same items. Reconciliation finds it.
        """
        work = Work(type(errand.work).__name__, errand.work.id)
        exists = False
        present: Errand | None = errand
        for _ in range(TRIES):
            if refusal is not None:
                exists = exists or any(_creates_obligation(refusal.writes[at]) for at in refusal.failed)
                present = self._again(work, refusal)
            recipe = None if present is None else cook(present, exists)
            if recipe is None:
                return Written(False)
            try:
                self.core.store.write(*recipe.writes)
            except RefusedError as error:
                refusal = error
                continue
            return self.written(recipe)
        raise ContentionError

    def written(self, recipe: Recipe) -> Written:
        """What became of a change that was carried out; who is to be told of it is."""
        wake_deliveries(self.core, recipe.writes)
        return Written(True, recipe.created)

    def _again(self, work: Work, refusal: RefusedError) -> Errand | None:
        """The errand as it is now; with its attempt, should a report have written that in the meantime."""
        errand = self.loader.reload(work)
        if errand is None or not refusal.concerns(ContactAttempt):
            return errand
        return replace(errand, attempt=self.core.store.find(ContactAttempt, attempt_key(work.id)))


def recent_without(errand: Errand, flight: Flight | None) -> dict[str, Any]:
    """What is set on the contact item when a send came to nothing: it gives back its place among the caps."""
    if flight is None:
        return {}
    return {"recent": without_contact(errand.contact.recent or {}, flight.channel, flight.at)}


def _creates_obligation(write: Write) -> bool:
    return isinstance(write, Create) and isinstance(write.entity, Obligation)


def contact_change(errand: Errand, *, landing: Flight | None, fresh: bool, **to: Any) -> Change:
    """The part of a change that raises the version of the contact item.

    Args:
        landing: the flight that ends with it; it must still be that one.
        fresh: whether everything must still be as the errand was read.
        to: what else is set.
    """
    contact = errand.contact
    equal: dict[str, Any] = {"erased": False}
    if fresh:
        equal["version"] = contact.version
    gone: tuple[str, ...] = ()
    if landing is not None:
        gone = (FLIGHT_FIELD[landing.channel],)
        equal[gone[0]] = landing.as_json()
    return Change(Contact, contact_key(contact.lead_id), set=to, drop=gone, add={"version": 1}, equal=equal)
