"""What the job does that erases a person, in order. Each part is loaded when it is begun: other jobs do without.

what is owed, sends under way, e-mail, messages    nothing goes out any more, and the providers forget
conversions, everything under the lead             as a delete, but that conversions name nobody any more
a pause                                            what was being written when the erasure came is there by now
leftovers, files, letters                          what else holds the person
the search                                         proves it; the lead itself goes last
"""

from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from typing import Any, Final

from retention.clock import machine_time
from retention.core import Core
from retention.deletion.plans import finish_lead, lead_partition
from retention.jobs.runner import Chunk, Plan, Stage


def _stage(module: str, name: str) -> Stage:
    def stage(core: Core, target: Any, checkpoint: Any) -> Iterator[Chunk]:
        part: Stage = getattr(import_module(f"retention.erasure.{module}"), name)
        yield from part(core, target, checkpoint)

    return stage


def _settled(core: Core, target: Any, checkpoint: Any) -> Iterator[Chunk]:
    """Wait until no request is under way that began before the erasure."""
    from retention.erasure.tombstone import DONE, accepted_at

    if checkpoint != DONE:
        settling: timedelta = machine_time(core.clock, core.settings.delete_settle_seconds)
        until = accepted_at(target) + settling
        yield Chunk(left=int(core.now() < until), left_until=until, checkpoint=DONE)


PLAN: Final = Plan(
    (
        _stage("owed", "remove_owed"),
        _stage("providers", "clear_up"),
        _stage("providers", "forget_mail"),
        _stage("providers", "forget_messages"),
        _stage("conversions", "scrub_conversions"),
        lead_partition,
        _settled,
        _stage("leftovers", "clear_leftovers"),
        _stage("files", "remove_files"),
        _stage("letters", "remove_letters"),
        _stage("searching", "search"),
    ),
    finish_lead,
)
