"""What can be done with A/B tests: set one up, change it while nothing is counted, find, delete."""

from dataclasses import dataclass
from typing import Any

from retention import ids, validation
from retention.campaigns.model import Campaign
from retention.core import Core
from retention.deletion.service import Deleted
from retention.errors import AlreadyExistsError, ConflictError, FieldError, InvalidInputError, NotFoundError
from retention.experiments.counters import places, with_counts
from retention.experiments.model import ABTest, ABTestInput, ABTestStatus, ABTestVariants, RunningABTest
from retention.experiments.stats import is_counted, told
from retention.fields import Channel
from retention.references import Reference, find_all, to_root
from retention.scripts.model import Script
from retention.stats.model import ABTestStats
from retention.table import keys, listing
from retention.table.keys import Key, key
from retention.table.listing import Page
from retention.table.writes import Create, RefusedError, Remove, Write


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
        test = ABTest.model_construct(
            **vars(given),
            id=ids.join(given.campaign_id, local),
            local_id=local,
            started_at=now,
            revision=core.ids.revision(),
        )
        claim = RunningABTest(
            campaign_id=test.campaign_id, channel=test.channel, test_id=test.id, revision=core.ids.revision()
        )
        try:
            core.idempotency.commit(Create(test), Create(claim), outcome=test)
        except RefusedError as refusal:
            running = next(iter(refusal.found.values()), {}).get("testId", {}).get("S", "")
            raise AlreadyExistsError(running, "A test is running on this channel of the campaign.") from None
        return test

    def _check_variants(self, given: ABTestVariants, channel: Channel, *besides: Reference | None) -> None:
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
        return self._shown([self._find(test_id)])[0]

    def _find(self, test_id: str) -> ABTest:
        """A test as it is kept."""
        parts = ids.split(test_id, 2)
        if parts is None:
            raise NotFoundError(f"There is no A/B test {test_id}.")
        test = self._core.store.find(ABTest, key("ABTest", campaign_id=parts[0], local_id=parts[1]))
        if test is None:
            raise NotFoundError(f"There is no A/B test {test_id}.")
        return test

    def _shown(self, tests: list[ABTest]) -> list[ABTest]:
        """Tests with their figures."""
        return [
            test.model_copy(update={"stats_a": told(test.stats_a), "stats_b": told(test.stats_b)})
            for test in with_counts(self._core, tests)
        ]

    def page(self, wanted: ABTestFilter, *, limit: int, position: str | None) -> Page[ABTest]:
        """Tests, newest first."""
        own = {} if wanted.campaign_id is None else {"campaign_id": wanted.campaign_id}
        tests = self._core.store.query_entities(
            ABTest, keys.partitions("ABTest")[0], starts_with=keys.prefix("ABTest", **own)
        )
        page = listing.whole(
            list(tests),
            limit=limit,
            position=position,
            order=lambda test: listing.place(test.started_at, test.id),
            keep=wanted.accepts,
        )
        return Page(self._shown(page.data), page.position)

    def update(self, test_id: str, patch: Any, *, if_match: str | None) -> ABTest:
        """Apply a JSON merge patch to the variants.

        Raises:
            InvalidInputError, NotFoundError, StaleError
            ConflictError: something has been counted, or the test is over.
        """
        validation.refuse_server_owned(ABTest, patch)
        _refuse_fixed(patch)

        def change(test: ABTest) -> tuple[ABTest, list[Write]]:
            given = validation.patched(ABTestVariants, test, patch)
            (counted,) = with_counts(self._core, [test])
            if test.status == "COMPLETED" or is_counted(counted.stats_a) or is_counted(counted.stats_b):
                raise ConflictError(
                    "The variants stay as they are once something has been counted: create another test."
                )
            self._check_variants(given, test.channel)
            return self._core.changed(test, **vars(given)), []

        after = self._core.revise(
            lambda: self._find(test_id), change, if_match=if_match, show=lambda test: self._shown([test])[0]
        )
        return self._shown([after])[0]

    def delete(self, test_id: str, *, if_match: str | None) -> Deleted:
        """Delete a test; while it runs, the channel of its campaign becomes free for another.

        Raises:
            NotFoundError, StaleError
        """

        def others(test: ABTest) -> list[Write]:
            where = _running_key(test)
            claim = self._core.store.find(RunningABTest, where)
            counters: list[Write] = [Remove(ABTestStats, place) for place in places(self._core, test.id)]
            if claim is None or claim.test_id != test.id:
                return counters
            return [Remove(RunningABTest, where, equal={"test_id": test.id}), *counters]

        gone = Deleted(None)
        self._core.discard(lambda: self._find(test_id), others, if_match=if_match, outcome=gone)
        return gone


def _refuse_fixed(patch: Any) -> None:
    """Refuse what a test keeps for ever, with an error that says so rather than calling it unknown."""
    errors = [
        FieldError(f"/{name}", "fixed", "A test keeps its campaign and channel: create another one.")
        for name in ("campaignId", "channel")
        if isinstance(patch, dict) and name in patch
    ]
    if errors:
        raise InvalidInputError(*errors)


def _running_key(test: ABTest) -> Key:
    return key("RunningABTest", campaign_id=test.campaign_id, channel=test.channel)
