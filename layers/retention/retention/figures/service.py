"""Reads figures, and has reports made of them."""

from collections.abc import Mapping

from retention.budgets.standing import budget_standing
from retention.campaigns.service import CampaignFilter, CampaignService
from retention.contactrules.account import account_rules
from retention.contactrules.model import CampaignSettings, SequenceSettings
from retention.core import Core
from retention.fields import CHANNELS, Channel
from retention.figures import channels, funnel, overview, timeline
from retention.figures.campaigns import CampaignRow, CampaignStats, campaign_row, campaign_stats
from retention.figures.channels import ChannelReport, channel_report
from retention.figures.days import Day, Period, period_of
from retention.figures.funnel import FunnelReport, funnel_report
from retention.figures.heatmap import HeatmapReport, heatmap_report
from retention.figures.owned import owners_of
from retention.figures.reading import FigureReader, Numbers
from retention.figures.sequences import SequenceRow, SequenceStats, sequence_row, sequence_stats
from retention.figures.timeline import TimelineReport, timeline_report
from retention.scripts.model import Script
from retention.sequences.model import RetentionSequence, SequenceStep
from retention.sequences.service import SequenceFilter, SequenceService
from retention.stats.contributing import ACCOUNT, campaign_scope, sequence_scope
from retention.table import keys
from retention.table.keys import key
from retention.table.listing import Page


class ReportService:
    """What can be asked of the figures."""

    def __init__(self, core: Core, sequences: SequenceService, campaigns: CampaignService) -> None:
        self._core = core
        self._sequences = sequences
        self._campaigns = campaigns
        self._reader = FigureReader(core)

    def period(self, first: Day | None, last: Day | None, time_zone: str | None) -> Period:
        """The days that somebody asks for, in the account's zone unless another is named.

        Raises:
            MalformedInputError: they end before they begin, or are too many.
        """
        zone = time_zone or account_rules(self._core.settings).default_zone
        return period_of(first, last, zone, self._core.now())

    # --- of the account ----------------------------------------------------------------------------------------

    def overview(self, period: Period) -> overview.Overview:
        """Everything at a glance."""
        return overview.overview(self._reader.total(ACCOUNT, period, overview.NAMES), period)

    def channels(self, period: Period) -> ChannelReport:
        """The channels side by side."""
        return channel_report(self._reader.total(ACCOUNT, period, channels.NAMES), period)

    def funnel(self, period: Period) -> FunnelReport:
        """How far leads have come."""
        return funnel_report(self._reader.total(ACCOUNT, period, funnel.NAMES), period)

    def timeline(self, period: Period) -> TimelineReport:
        """Day by day."""
        return timeline_report(self._reader.daily(ACCOUNT, period, timeline.NAMES), period)

    def heatmap(self, period: Period, channel: Channel | None) -> HeatmapReport:
        """The hours of the week, of one channel or all."""
        # Its names are more than a projection takes.
        wanted = CHANNELS if channel is None else (channel,)
        return heatmap_report(self._reader.total(ACCOUNT, period), period, wanted)

    # --- of sequences and campaigns ----------------------------------------------------------------------------

    def sequences(self, period: Period, *, limit: int, position: str | None) -> Page[SequenceRow]:
        """Sequences side by side, newest first."""
        page = self._sequences.page(SequenceFilter(), limit=limit, position=position)
        found = self._reader.totals([sequence_scope(sequence.id) for sequence in page.data], period)
        # A team has them by the hundred, all in one partition.
        steps = self._core.store.query_entities(SequenceStep, keys.partitions(RetentionSequence.__name__)[0])
        channel_of = {step.id: step.channel for step in steps}
        rows = [sequence_row(sequence, channel_of, numbers) for sequence, numbers in zip(page.data, found, strict=True)]
        return Page(rows, page.position)

    def campaigns(self, period: Period, *, limit: int, position: str | None) -> Page[CampaignRow]:
        """Campaigns side by side, newest first."""
        page = self._campaigns.page(CampaignFilter(), limit=limit, position=position)
        found = self._reader.totals([campaign_scope(campaign.id) for campaign in page.data], period)
        rows = [campaign_row(campaign, numbers) for campaign, numbers in zip(page.data, found, strict=True)]
        return Page(rows, page.position)

    def sequence(self, sequence_id: str, period: Period) -> SequenceStats:
        """Figures of one sequence.

        Raises:
            NotFoundError: none with this id.
        """
        planned = self._sequences.find(sequence_id)
        scope = sequence_scope(sequence_id)
        numbers = self._reader.total(scope, period)
        stats = sequence_stats(sequence_id, planned.steps, numbers, self._names(numbers), period)
        budget = SequenceSettings.model_validate(planned.sequence.settings).budget
        return stats.model_copy(update={"budget": budget_standing(self._core, scope, budget)})

    def campaign(self, campaign_id: str, period: Period) -> CampaignStats:
        """Figures of one campaign.

        Raises:
            NotFoundError: none with this id.
        """
        campaign = self._campaigns.get(campaign_id)
        scope = campaign_scope(campaign_id)
        numbers = self._reader.total(scope, period)
        stats = campaign_stats(campaign_id, numbers, self._names(numbers), period)
        budget = CampaignSettings.model_validate(campaign.settings).budget
        return stats.model_copy(update={"budget": budget_standing(self._core, scope, budget)})

    def _names(self, numbers: Numbers) -> Mapping[str, str]:
        """The names of the scripts that there are numbers of."""
        wanted = [(Script, key("Script", id=one)) for one in owners_of(numbers, "script")]
        found = self._core.store.find_many(wanted, consistent=False)
        return {script.id: script.name for script in found if script is not None and not script.deleting}
