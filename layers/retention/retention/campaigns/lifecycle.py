"""What sets a campaign going and stops it.

    DRAFT --start--> ACTIVE <--resume-- PAUSED
                       |  +----pause---->  |
                       +-----complete------+--> COMPLETED     (also by itself: watching)

The status changes at once; a worker sees it within seconds. A job, written in the same transaction, follows it through
to the leads (following).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from retention.campaigns.cases import has_few
from retention.campaigns.model import Campaign, CampaignStatus
from retention.campaigns.service import CampaignService
from retention.campaigns.watching import watch_job
from retention.core import Core
from retention.engine.configuration import Configuration
from retention.errors import ConflictError
from retention.jobs.model import Job
from retention.jobs.runner import Runner
from retention.jobs.starting import begun, queued, work_a_moment
from retention.jsontext import format_instant
from retention.scripts.choosing import Choosing
from retention.sequences.model import ResumePolicy
from retention.table.writes import Create, Write

Verb = Literal["start", "pause", "resume", "complete"]


@dataclass(frozen=True)
class _Transition:
    """From which statuses a verb leads to which, what helps where it does not apply, and its participle."""

    before: frozenset[CampaignStatus]
    after: CampaignStatus
    instead: Mapping[CampaignStatus, str]
    done: str


_TRANSITIONS: Final[Mapping[Verb, _Transition]] = {
    "start": _Transition(frozenset({"DRAFT"}), "ACTIVE", {"PAUSED": "resume it"}, "started"),
    "pause": _Transition(frozenset({"ACTIVE"}), "PAUSED", {}, "paused"),
    "resume": _Transition(frozenset({"PAUSED"}), "ACTIVE", {"DRAFT": "start it"}, "resumed"),
    "complete": _Transition(frozenset({"ACTIVE", "PAUSED"}), "COMPLETED", {"DRAFT": "delete it"}, "completed"),
}


@dataclass(frozen=True)
class Moved:
    """A campaign in its new status, and the id of the job that follows the change through; None if there was none."""

    campaign: Campaign
    job_id: str | None


@dataclass(frozen=True)
class CampaignLifecycle:
    """The verbs of campaigns. A repeated verb changes nothing."""

    core: Core
    campaigns: CampaignService
    runner: Runner

    def start(self, campaign_id: str, *, if_match: str | None) -> Moved:
        """Contact the leads of a draft, as soon as the contact rules allow.

        Raises:
            NotFoundError, StaleError
            ConflictError: it is no draft, has no channel, or a channel has no script.
        """
        return self._move("start", campaign_id, if_match)

    def pause(self, campaign_id: str, *, if_match: str | None) -> Moved:
        """Hold everything where it is. What is being sent at this moment is finished.

        Raises:
            NotFoundError, StaleError
            ConflictError: it is not active.
        """
        return self._move("pause", campaign_id, if_match)

    def resume(self, campaign_id: str, policy: ResumePolicy, *, if_match: str | None) -> Moved:
        """Go on, with due times shifted by the length of the pause, or caught up with.

        Raises:
            NotFoundError, StaleError
            ConflictError: it is not paused.
        """
        return self._move("resume", campaign_id, if_match, policy=policy)

    def complete(self, campaign_id: str, *, if_match: str | None) -> Moved:
        """End it for good; what is to come is skipped.

        Raises:
            NotFoundError, StaleError
            ConflictError: it was never started.
        """
        return self._move("complete", campaign_id, if_match)

    def _move(self, verb: Verb, campaign_id: str, if_match: str | None, **options: str) -> Moved:
        core, jobs = self.core, list[Job]()

        def change(campaign: Campaign) -> tuple[Campaign, list[Write]]:
            jobs[:] = []
            if not applies(verb, campaign):
                return campaign, []
            if verb == "start":
                self.require_sendable(campaign)
            now = core.now()
            change_id = core.ids.new(now)
            target = {"kind": Campaign.__name__, "id": campaign.id, "change": change_id}
            # What takes more than a moment is the jobs function's from the first piece on, so that the answer is not
            # waited for.
            begin = begun if has_few(core, campaign.id) else queued
            jobs[:] = [begin(core, verb, {**target, "at": format_instant(now), **options})]
            active = _TRANSITIONS[verb].after == "ACTIVE"
            watch = watch_job(core, campaign.id) if active else None
            after = core.changed(
                campaign,
                status=_TRANSITIONS[verb].after,
                started_at=campaign.started_at or (now if active else None),
                paused_at=now if verb == "pause" else None,
                followed_by=change_id,
                watch=None if watch is None else watch.id,
            )
            return after, [Create(jobs[0]), *([] if watch is None else [Create(watch)])]

        def show(campaign: Campaign) -> Moved:
            return Moved(campaign, jobs[0].id if jobs else None)

        after = core.revise(lambda: self.campaigns.get(campaign_id), change, if_match=if_match, show=show)
        for job in jobs:
            if job.status == "running":
                work_a_moment(core, self.runner, job)
            else:
                core.jobs_queue.wake(job.id)
        return show(after)

    def require_sendable(self, campaign: Campaign) -> None:
        """Refuse to start a campaign that could not send anything.

        Raises:
            ConflictError: it has no channel, or a channel has no script.
        """
        if not campaign.channels:
            raise ConflictError("This campaign has no channels: name at least one.")
        choosing = Choosing(Configuration(self.core))
        bare = [channel for channel in campaign.channels if choosing.usual(campaign, channel) is None]
        if bare:
            raise ConflictError(
                f"No script can be chosen for {', '.join(bare)}: give the campaign one, or make one the default."
            )


def applies(verb: Verb, campaign: Campaign) -> bool:
    """Whether a verb changes the status of a campaign; False when it has that status already.

    Raises:
        ConflictError: the verb does not apply to its status.
    """
    transition = _TRANSITIONS[verb]
    if campaign.status == transition.after:
        return False
    if campaign.status not in transition.before:
        instead = transition.instead.get(campaign.status)
        hint = f": {instead}" if instead else ""
        raise ConflictError(f"This campaign is {campaign.status}, so it cannot be {transition.done}{hint}.")
    return True
