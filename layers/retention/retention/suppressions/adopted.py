"""The suppression key that was taken over from another stack, as a process knows it.

It lies in the secret store beside the credentials of providers, and is asked for when the first address is hashed. One
that was found never changes. That there is none is known for a minute: whoever takes one over waits for longer than
that before anything is written that needs it (suppressions/adopting).
"""

import threading
from datetime import datetime
from typing import Final, NamedTuple

from retention.clock import Clock, machine_time
from retention.config import Settings

#: Seconds of the machine for which a process goes by there being none.
ABSENT_FOR: Final = 60.0
#: Its place in the secret store: below the prefix of the integrations.
PROVIDER: Final = "suppression"
VERSION: Final = "key"


class TakenOver(NamedTuple):
    """A key of another stack, and when it was taken over."""

    key: bytes
    at: datetime


def taken_over(settings: Settings) -> TakenOver | None:
    """The key that this stack has taken over, as the secret store has it now.

    Raises:
        SecretStoreError: the store did not answer.
    """
    # Loaded when the first address is hashed: many processes never do.
    from retention.integrations.secrets import integration_secrets

    found = integration_secrets(settings).read(PROVIDER, VERSION)
    return None if found is None else TakenOver(bytes.fromhex(found["key"]), datetime.fromisoformat(found["at"]))


class AdoptedKey:
    """The key that this stack has taken over, kept in this process. Safe to use from several threads."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._key: bytes | None = None
        self._absent_at: datetime | None = None
        self._one_at_a_time = threading.Lock()

    def __call__(self) -> bytes | None:
        """The key; None where there is none.

        Raises:
            SecretStoreError: the store did not answer. To go on with another key could contact erased people.
        """
        with self._one_at_a_time:
            if self._key is None and not self._is_known_absent():
                found = taken_over(self._settings)
                self._key = None if found is None else found.key
                self._absent_at = self._clock.now()
            return self._key

    def _is_known_absent(self) -> bool:
        lasting = machine_time(self._clock, ABSENT_FOR)
        return self._absent_at is not None and self._clock.now() - self._absent_at < lasting
