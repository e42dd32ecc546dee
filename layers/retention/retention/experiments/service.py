"""What can be done with A/B tests: set one up, change it while nothing is counted, find, judge, pause, resume, end."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from retention import ids, validation
from retention.campaigns.model import Campaign
from retention.core import Core
from retention.errors import AlreadyExistsError, ConflictError, FieldError, InvalidInputError
from retention.experiments.ending import completed, find_test, paused, running
from retention.experiments.figures import compared
from retention.experiments.model import ABTest, ABTestChange, ABTestInput, ABTestStatus
from retention.experiments.results import ABTestResults, results_of
from retention.experiments.stats import is_counted, told
from retention.experiments.variants import Variant
from retention.fields import Channel
from retention.references import Reference, find_all, to_root
from retention.scripts.model import Script
from retention.table import keys, listing
from retention.table.listing import Page
from retention.table.writes import Create, RefusedError, Write

#: What a test is judged by: it stays once something has been counted, or the judgement would mean nothing.
_RULES: Final = ("variant_a", "variant_b", "confidence", "minimum_sample", "horizon")


@dataclass(frozen=True)
class ABTestFilter:
    """Which tests a list shows; None means any."""

    campaign_id: str | None = None
    status: ABTestStatus | None = None

    def accepts(self, test: ABTest) -> bool:
        """Whether a test is among them."""
        return (self.campaign_id is None or test.campaign_id == self.campaign_id) and (
            self.status is None or test.status == self.status
        )


class ABTestService:
    """The use cases of A/B tests."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def create(self, given: ABTestInput) -> ABTest:
        """Set up a test; it runs from now on.

        Raises:
            InvalidInputError: there is no such campaign or script, or the two scripts do not fit.
            AlreadyExistsError: one is running on this channel of the campaign.
        """
        core, now = self._core, self._core.now()
        campaign = to_root("/campaignId", Campaign, given.campaign_id)
        self._check_variants(given, given.channel, campaign)
        local = core.ids.new(now)
        identifier = ids.join(given.campaign_id, local)
        test, others = running(
            core,
            ABTest.model_construct(
                **vars(given), id=identifier, local_id=local, started_at=now, revision=core.ids.revision()
            ),
        )
        try:
            core.idempotency.commit(Create(test), *others, outcome=test)
        except RefusedError as refusal:
            raise _taken(refusal) from None
        return test

    def _check_variants(self, given: ABTestChange, channel: Channel, *besides: Reference | None) -> None:
        """Both scripts exist and fit the channel, and they differ; what else is referred to is looked up with them."""
        if given.variant_a == given.variant_b:
            raise InvalidInputError.at("/variantB", "same_script", "The two variants must be different scripts.")
        variants = {"/variantA": given.variant_a, "/variantB": given.variant_b}
        wanted = [to_root(pointer, Script, script_id) for pointer, script_id in variants.items()]
        scripts: list[Script] = find_all(self._core.store, *wanted, *besides)[:2]
        errors = [
            FieldError(pointer, "wrong_channel", f"The script is for {script.type}, the test for {channel}.")
            for pointer, script in zip(variants, scripts, strict=True)
            if script.type != channel
        ]
        if errors:
            raise InvalidInputError(*errors)

    def get(self, test_id: str) -> ABTest:
        """A test with its figures.

        Raises:
            NotFoundError: none with this id.
        """
        return self._shown([find_test(self._core, test_id)])[0]

    def _shown(self, tests: list[ABTest]) -> list[ABTest]:
        """Tests with their figures."""
        return [
            test.model_copy(update={"stats_a": told(test.stats_a, counted.a), "stats_b": told(test.stats_b, counted.b)})
            for test, counted in zip(tests, compared(self._core, tests), strict=True)
        ]

    def results(self, test_id: str) -> ABTestResults:
        """What a test says by now.

        Raises:
            NotFoundError: none with this id.
        """
        test = find_test(self._core, test_id)
        return results_of(test, compared(self._core, [test])[0])

    def page(self, wanted: ABTestFilter, *, limit: int, position: str | None) -> Page[ABTest]:
        """Tests, newest first."""
        own = {} if wanted.campaign_id is None else {"campaign_id": wanted.campaign_id}
        found = self._core.store.query_entities(
            ABTest, keys.partitions("ABTest")[0], starts_with=keys.prefix("ABTest", **own)
        )
        page = listing.whole(
            [test for test in found if not test.deleting],
            limit=limit,
            position=position,
            order=lambda test: listing.place(test.started_at, test.id),
            keep=wanted.accepts,
        )
        return Page(self._shown(page.data), page.position)

    def update(self, test_id: str, patch: Any, *, if_match: str | None) -> ABTest:
        """Apply a JSON merge patch.

        Raises:
            InvalidInputError, NotFoundError, StaleError
            ConflictError: the test is over; or something has been counted, and more would change than whether it ends
                by itself.
        """
        validation.refuse_server_owned(ABTest, patch)
        _refuse_fixed(patch)

        def change(test: ABTest) -> tuple[ABTest, list[Write]]:
            given = validation.patched(ABTestChange, test, patch)
            if test.status == "COMPLETED":
                raise ConflictError("This test is over: create another one.")
            rules_stay = all(getattr(given, name) == getattr(test, name) for name in _RULES)
            if not rules_stay and self._is_counted(test):
                raise ConflictError(
                    "A test stays as it is once something has been counted, but for autoComplete: create another one."
                )
            self._check_variants(given, test.channel)
            return self._core.changed(test, **vars(given)), []

        after = self._core.revise(
            lambda: find_test(self._core, test_id),
            change,
            if_match=if_match,
            show=lambda test: self._shown([test])[0],
        )
        return self._shown([after])[0]

    def _is_counted(self, test: ABTest) -> bool:
        (shown,) = self._shown([test])
        return is_counted(shown.stats_a) or is_counted(shown.stats_b)

    # --- verbs -------------------------------------------------------------------------------------------------

    def pause(self, test_id: str, *, if_match: str | None) -> ABTest:
        """Let a test rest: the campaign goes on with its usual script, and the channel is free for another test.

        Raises:
            NotFoundError, StaleError
            ConflictError: it is over.
        """

        def change(test: ABTest) -> tuple[ABTest, list[Write]]:
            if test.status == "PAUSED":
                return test, []
            _refuse_over(test)
            return paused(test)

        return self._move(test_id, change, if_match)

    def resume(self, test_id: str, *, if_match: str | None) -> ABTest:
        """Go on with a test that rests. Each lead is given the variant that it was given before.

        Raises:
            InvalidInputError: one of its scripts is gone, or is for another channel by now.
            NotFoundError, StaleError
            ConflictError: it is over.
            AlreadyExistsError: another test runs on its channel.
        """

        def change(test: ABTest) -> tuple[ABTest, list[Write]]:
            if test.status == "RUNNING":
                return test, []
            _refuse_over(test)
            self._check_variants(test, test.channel)
            return running(self._core, test)

        return self._move(test_id, change, if_match)

    def complete(self, test_id: str, winner: Variant | None, *, if_match: str | None) -> ABTest:
        """End a test by hand, with a winner, who then serves everybody, or without one.

        Raises:
            NotFoundError, StaleError
            ConflictError: it is over with another outcome.
        """

        def change(test: ABTest) -> tuple[ABTest, list[Write]]:
            if test.status == "COMPLETED" and test.winner_id == winner:
                return test, []
            _refuse_over(test)
            return completed(self._core, test, winner, "HAND")

        return self._move(test_id, change, if_match)

    def _move(
        self, test_id: str, change: Callable[[ABTest], tuple[ABTest, list[Write]]], if_match: str | None
    ) -> ABTest:
        """Change the status of a test. A repeated verb changes nothing."""

        def moved(test: ABTest) -> tuple[ABTest, list[Write]]:
            after, others = change(test)
            return (test, []) if after is test else (self._core.changed(after), others)

        try:
            after = self._core.revise(
                lambda: find_test(self._core, test_id),
                moved,
                if_match=if_match,
                show=lambda test: self._shown([test])[0],
            )
        except RefusedError as refusal:
            raise _taken(refusal) from None
        return self._shown([after])[0]


def _taken(refusal: RefusedError) -> AlreadyExistsError:
    """The place of a test is held by another one."""
    holder = next((found["testId"]["S"] for found in refusal.found.values() if "testId" in found), "")
    return AlreadyExistsError(holder, "A test is running on this channel of the campaign.")


def _refuse_over(test: ABTest) -> None:
    if test.status == "COMPLETED":
        outcome = "without a winner" if test.winner_id is None else f"with variant {test.winner_id} as its winner"
        raise ConflictError(f"This test is over, {outcome}: create another one.")


def _refuse_fixed(patch: Any) -> None:
    """Refuse what a test keeps for ever, with an error that says so rather than calling it unknown."""
    errors = [
        FieldError(f"/{name}", "fixed", "A test keeps its campaign and channel: create another one.")
        for name in ("campaignId", "channel")
        if isinstance(patch, dict) and name in patch
    ]
    if errors:
        raise InvalidInputError(*errors)
