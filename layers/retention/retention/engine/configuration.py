"""What changes seldom and is asked for with every send, kept for a few seconds.

A sequence that is paused stops sending within these seconds; everything of the lead itself is read afresh.
"""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Final, Generic, TypeVar

from retention.campaigns.model import Campaign
from retention.clock import machine_time
from retention.contactrules.model import CampaignSettings
from retention.core import Core
from retention.errors import NotFoundError
from retention.experiments.model import ABTest
from retention.scripts import bodies
from retention.scripts.model import Script
from retention.sequences.service import Planned, SequenceService
from retention.table import keys
from retention.table.keys import key

V = TypeVar("V")

#: Seconds of the machine that sequences, scripts and campaigns are kept.
KEPT: Final = 5.0
#: Entries beyond which everything kept is forgotten: a team has them by the hundred.
MOST: Final = 2000


class Kept(Generic[V]):
    """Values by name, read again when they are too old. What is not there is asked for each time."""

    def __init__(self, core: Core, read: Callable[[str], V | None], seconds: float = KEPT) -> None:
        self._core = core
        self._read = read
        self._seconds = seconds
        self._values: dict[str, tuple[datetime, V]] = {}
        self._one_at_a_time = threading.Lock()

    def get(self, name: str, since: datetime | None = None) -> V | None:
        """The value of a name, at most so old, and read after an instant, where one is given."""
        with self._one_at_a_time:
            now = self._core.now()
            kept = self._values.get(name)
            is_new = kept is not None and (since is None or kept[0] >= min(since, now))
            if kept is not None and is_new and now - kept[0] < machine_time(self._core.clock, self._seconds):
                return kept[1]
            value = self._read(name)
            if len(self._values) >= MOST:
                self._values.clear()
            self._values.pop(name, None)
            if value is not None:
                self._values[name] = (now, value)
            return value


class Configuration:
    """Sequences with their steps, scripts with their words, campaigns with their tests."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._sequences = SequenceService(core)
        self.planned: Kept[Planned] = Kept(core, self._planned)
        self.script: Kept[Script] = Kept(core, self._script)
        self.campaign: Kept[Campaign] = Kept(core, self._campaign)
        #: The tests of a campaign: a handful.
        self.tests: Kept[list[ABTest]] = Kept(core, self._tests)
        #: All scripts, the long ones without their words. They have one name, which is empty.
        self.scripts: Kept[list[Script]] = Kept(core, lambda _: self._scripts())

    def campaign_of(self, script: Script | None) -> tuple[Campaign | None, CampaignSettings | None]:
        """The campaign that a script belongs to, and its rules: they bind whatever is sent with it."""
        campaign = None if script is None or not script.campaign_id else self.campaign.get(script.campaign_id)
        return campaign, None if campaign is None else CampaignSettings.model_validate(campaign.settings)

    def _planned(self, sequence_id: str) -> Planned | None:
        try:
            return self._sequences.find(sequence_id)
        except NotFoundError:
            return None

    def _script(self, script_id: str) -> Script | None:
        script = self._core.store.find(Script, key("Script", id=script_id))
        found = [] if script is None or script.deleting else bodies.fetch(self._core, [script])
        return found[0] if found else None

    def _campaign(self, campaign_id: str) -> Campaign | None:
        campaign = self._core.store.find(Campaign, key("Campaign", id=campaign_id))
        return None if campaign is None or campaign.deleting else campaign

    def _tests(self, campaign_id: str) -> list[ABTest]:
        pk, starts_with = keys.partitions("ABTest")[0], keys.prefix("ABTest", campaign_id=campaign_id)
        return list(self._core.store.query_entities(ABTest, pk, starts_with=starts_with))

    def _scripts(self) -> list[Script]:
        found = self._core.store.query_entities(Script, keys.partitions("Script")[0])
        return [script for script in found if not script.deleting]
