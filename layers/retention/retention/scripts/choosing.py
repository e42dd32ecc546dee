"""Which script says it. In this order:

1. the step's own; for a campaign the variant of the test that runs on it and the channel, else the winner of the last
   one that found one
2. the campaign's for the channel: the default first, then the newest
3. the account's default for the channel: marked as default, and no campaign's

Never another campaign's. A step's own script that is a variant of a test on its campaign and channel takes part in it:
the leads of the step get both, by the hash; and the winner, when that is known.

A test whose scripts are not both there gives nothing to anybody: half of the leads would get nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from retention.campaigns.model import Campaign
from retention.engine.configuration import Configuration
from retention.experiments.model import ABTest
from retention.experiments.variants import Part, variant_for
from retention.fields import Channel
from retention.scripts.model import Script
from retention.sequences.model import SequenceStep


class Chosen(NamedTuple):
    """What is said, and for which test."""

    #: None: there is none that may be used.
    script: Script | None
    #: The variant of the running test that it was chosen for, "{testId}:A" or "{testId}:B"; None: for no test.
    experiment: str | None = None


_NOTHING: Final = Chosen(None)


@dataclass(frozen=True)
class Choosing:
    """Chooses scripts, by what is known of them for a few seconds."""

    configuration: Configuration

    def for_step(self, step: SequenceStep, lead_id: str) -> Chosen:
        """What a step of a sequence says to a lead."""
        own = None if step.script_id is None else self.configuration.script.get(step.script_id)
        if own is None:
            return Chosen(self.default(step.channel))
        if own.campaign_id is None or own.type != step.channel:
            return Chosen(own)
        tested = self._tested(own.campaign_id, own.type, lead_id, lambda test: own.id in variants_of(test))
        return tested or Chosen(own)

    def for_campaign(self, campaign: Campaign, channel: Channel, lead_id: str) -> Chosen:
        """What a campaign says to a lead through a channel."""
        tested = self._tested(campaign.id, channel, lead_id, lambda _: True)
        return tested or Chosen(self.usual(campaign, channel))

    def usual(self, campaign: Campaign, channel: Channel) -> Script | None:
        """What a campaign says through a channel while no test decides; None: nothing, so it cannot use the channel."""
        # What was there when the campaign was set going must be known: a script may be a second older than the start.
        listed = self.configuration.scripts.get("", since=campaign.updated_at) or []
        of_campaign = self._first(
            script for script in listed if script.campaign_id == campaign.id and script.type == channel
        )
        return of_campaign or self.default(channel)

    def default(self, channel: Channel) -> Script | None:
        """What is said through a channel where nothing else is chosen; None: there is no such script."""
        return self._first(
            script
            for script in self._listed()
            if script.campaign_id is None and script.type == channel and script.is_default
        )

    def _first(self, scripts: Iterable[Script]) -> Script | None:
        """The first that is there, with its words."""
        for script in sorted(scripts, key=lambda one: (one.is_default, one.created_at, one.id), reverse=True):
            if (found := self.configuration.script.get(script.id)) is not None:
                return found
        return None

    def _listed(self) -> list[Script]:
        return self.configuration.scripts.get("") or []

    # --- tests ---------------------------------------------------------------------------------------------------

    def _tested(
        self, campaign_id: str, channel: Channel, lead_id: str, concerns: Callable[[ABTest], bool]
    ) -> Chosen | None:
        """What the running test says, else the winner of the last one that found one; None: no test decides."""
        tests = [
            test
            for test in self.configuration.tests.get(campaign_id) or ()
            if test.channel == channel and not test.deleting and concerns(test)
        ]
        for test in tests:
            if test.status == "RUNNING":
                return self._variant(test, lead_id)
        won = [test for test in tests if test.status == "COMPLETED" and test.winner_id is not None]
        if not won:
            return None
        last = max(won, key=lambda test: (test.ended_at or test.started_at, test.id))
        script = self._usable(last.variant_a if last.winner_id == "A" else last.variant_b, channel)
        return None if script is None else Chosen(script)

    def _variant(self, test: ABTest, lead_id: str) -> Chosen | None:
        a, b = self._usable(test.variant_a, test.channel), self._usable(test.variant_b, test.channel)
        if a is None or b is None:
            return None
        variant = variant_for(test.id, lead_id)
        return Chosen(a if variant == "A" else b, str(Part(test.id, variant)))

    def _usable(self, script_id: str, channel: Channel) -> Script | None:
        script = self.configuration.script.get(script_id)
        return script if script is not None and script.type == channel else None


def variants_of(test: ABTest) -> tuple[str, str]:
    """The scripts of a test, A first."""
    return test.variant_a, test.variant_b
