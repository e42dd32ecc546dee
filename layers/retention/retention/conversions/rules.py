"""What can be done with conversion rules: which value of which metric on which channel is watched, each once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from retention import validation
from retention.conversions.model import ConversionRule, ConversionRuleClaim, RuleInput
from retention.core import Core
from retention.deletion.service import Deleted
from retention.errors import AlreadyExistsError, ContentionError, NotFoundError, RetentionError
from retention.fields import Channel
from retention.learning.wilson import interval
from retention.table import keys, listing
from retention.table.keys import key
from retention.table.listing import Page
from retention.table.writes import Create, RefusedError, Remove, Write, gone

#: How rules may be listed: best by the lower end of the interval of their rate (learning/wilson).
RuleOrder = Literal["newest", "best"]


@dataclass(frozen=True)
class RuleFilter:
    """Which rules a list shows; None means any."""

    channel: Channel | None = None
    metric: str | None = None

    def accepts(self, rule: ConversionRule) -> bool:
        """Whether a rule is among them."""
        return (self.channel is None or rule.channel == self.channel) and (
            self.metric is None or rule.metric == self.metric
        )


class ConversionRuleService:
    """The use cases of conversion rules."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def create(self, given: RuleInput) -> ConversionRule:
        """Set up a rule; its figures are computed later.

        Raises:
            AlreadyExistsError: there is a rule for this channel, metric and value.
        """
        rule, writes = creation(self._core, given)
        try:
            self._core.idempotency.commit(*writes, outcome=rule)
        except RefusedError as refusal:
            raise _taken(refusal) from None
        return rule

    def get(self, rule_id: str) -> ConversionRule:
        """A rule.

        Raises:
            NotFoundError: none with this id.
        """
        rule = self._core.store.find(ConversionRule, key("ConversionRule", id=rule_id))
        if rule is None:
            raise NotFoundError(f"There is no conversion rule {rule_id}.")
        return rule

    def page(
        self, wanted: RuleFilter, *, limit: int, position: str | None, order: RuleOrder = "newest"
    ) -> Page[ConversionRule]:
        """Rules: the newest first, or those first whose rate is high for certain."""
        return listing.whole(
            list(self._core.store.query_entities(ConversionRule, keys.partitions("ConversionRule")[0])),
            limit=limit,
            position=position,
            order=_ORDERS[order],
            keep=wanted.accepts,
        )

    def update(self, rule_id: str, patch: Any, *, if_match: str | None) -> ConversionRule:
        """Apply a JSON merge patch. A rule about something else has no samples yet: its figures begin at nothing.

        Raises:
            InvalidInputError, NotFoundError, StaleError
            AlreadyExistsError: there is another rule for this channel, metric and value.
        """
        validation.refuse_server_owned(ConversionRule, patch)

        def change(rule: ConversionRule) -> tuple[ConversionRule, list[Write]]:
            given = validation.patched(RuleInput, rule, patch)
            if _fingerprint(given) == _fingerprint(rule):
                return self._core.changed(rule), []
            unseen = {name: ConversionRule.model_fields[name].default for name in _FIGURES}
            after = self._core.changed(rule, **vars(given), **unseen, learned=False)
            return after, [_claim(self._core, after), _unclaim(rule)]

        try:
            return self._core.revise(lambda: self.get(rule_id), change, if_match=if_match)
        except RefusedError as refusal:
            raise _taken(refusal) from None

    def delete(self, rule_id: str, *, if_match: str | None) -> Deleted:
        """Delete a rule.

        Raises:
            NotFoundError, StaleError
        """
        done = Deleted(None)
        self._core.discard(lambda: self.get(rule_id), lambda rule: [_unclaim(rule)], if_match=if_match, outcome=done)
        return done


#: What is computed of a rule.
_FIGURES = ("conversion_rate", "sample_size", "confidence")


def creation(core: Core, given: RuleInput, **fields: Any) -> tuple[ConversionRule, list[Write]]:
    """A new rule, and what is written for it: together they are refused where there is one about the same."""
    now = core.now()
    rule = ConversionRule.model_construct(
        **vars(given), **fields, id=core.ids.new(now), created_at=now, updated_at=now, revision=core.ids.revision()
    )
    return rule, [Create(rule), _claim(core, rule)]


def removal(rule: ConversionRule) -> list[Write]:
    """What takes a rule away that is still as it was read."""
    return [gone(rule), _unclaim(rule)]


def _claim(core: Core, rule: ConversionRule) -> Create:
    return Create(ConversionRuleClaim(fingerprint=_fingerprint(rule), rule_id=rule.id, revision=core.ids.revision()))


def _certainly(rule: ConversionRule) -> float:
    """The least that the rate of a rule may truly be."""
    return interval(round(rule.conversion_rate * rule.sample_size), rule.sample_size).low


#: What lists are sorted by, the last first.
_ORDERS: Final[Mapping[RuleOrder, Callable[[ConversionRule], str]]] = {
    "newest": lambda rule: listing.place(rule.created_at, rule.id),
    "best": lambda rule: f"{_certainly(rule):.6f} {rule.id}",
}


def _fingerprint(rule: RuleInput) -> str:
    return keys.fingerprint(rule.channel, rule.metric, rule.value)


def _unclaim(rule: ConversionRule) -> Remove:
    where = key("ConversionRuleClaim", fingerprint=_fingerprint(rule))
    return Remove(ConversionRuleClaim, where, equal={"rule_id": rule.id})


def _taken(refusal: RefusedError) -> RetentionError:
    """The error for a claim that another rule holds."""
    for at, raw in refusal.found.items():
        if isinstance(refusal.writes[at], Create) and "ruleId" in raw:
            owner = raw["ruleId"]["S"]
            return AlreadyExistsError(owner, "There is a rule for this channel, metric and value already.")
    return ContentionError()
