"""Which obligation does an id name? That of a step has four parts, of a contact by a campaign three, by hand two."""

from typing import Final

from retention.attempts.model import DirectContact
from retention.campaigns.model import CampaignContact
from retention.engine.queue import Work
from retention.ids import SEPARATOR
from retention.sequences.model import SequenceStepExecution

_KINDS: Final = {
    4: SequenceStepExecution.__name__,
    3: CampaignContact.__name__,
    2: DirectContact.__name__,
}


def work_named(identifier: str) -> Work | None:
    """The obligation with an id, as links and attempts name it; None where there can be none."""
    kind = _KINDS.get(len(identifier.split(SEPARATOR)))
    return None if kind is None else Work(kind, identifier)
