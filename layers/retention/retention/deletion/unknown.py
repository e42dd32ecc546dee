"""When what a send was made for goes, nobody is asked any more whether it was sent: nothing is left to be resolved."""

from collections.abc import Sequence

from retention.attempts.model import ContactAttempt
from retention.attempts.proven import is_unknown
from retention.attempts.service import attempt_key
from retention.core import Core
from retention.deletion.chunks import detach
from retention.engine.obligation import Obligation


def ask_no_more(core: Core, doomed: Sequence[Obligation]) -> None:
    """Take the attempts of obligations that are about to go out of the list of unknown outcomes.

    Before they go, so that whoever comes after a kill finds them again.
    """
    asked = [one.contact_attempt_id for one in doomed if is_unknown(one) and one.contact_attempt_id is not None]
    places = [attempt_key(one) for one in asked]
    detach(core, ContactAttempt, places, lambda attempt: attempt.unknown_since is not None, unknown_since=None)
