"""What every route of the door stands on: who may come in, and where events go."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from retention.clock import Clock, process_clock
from retention.config import Settings, settings
from retention.errors import RetentionError
from retention.ids import Ids
from retention.integrations.secrets import caller_documents
from retention.keyring import Keyring
from retention.receiving.callers import Caller
from retention.receiving.event import Event
from retention.receiving.inbox import Inbox
from retention.receiving.known import KnownCallers
from retention.secrets import root_secret


class CallerRefusedError(RetentionError):
    """It is not proven who sent this; nothing was kept."""

    code = "caller_refused"

    def __init__(self, reason: str) -> None:
        super().__init__()
        #: Why, in a word of ours: for the log, not for the caller.
        self.reason = reason


class Door(NamedTuple):
    """The parts that routes share."""

    settings: Settings
    clock: Clock
    keyring: Keyring
    callers: KnownCallers
    inbox: Inbox

    def admit(self, name: str, refusal: Callable[[Caller], str | None]) -> Caller:
        """Let a caller in.

        Whoever fails with a document that is kept in memory is tried once more with the one in the store: the keys may
        just have been changed.

        Args:
            name: the provider, or `form_caller(slug)`.
            refusal: why this request is not proven to come from a caller; None when it is.

        Raises:
            CallerRefusedError: it is not proven.
            SecretStoreError: it could not be looked up. Nobody is let in on a guess.
        """
        caller = self.callers.find(name)
        reason = "unknown_caller" if caller is None else refusal(caller)
        if reason is not None:
            again = self.callers.find_again(name)
            if again is not None and again is not caller:
                caller, reason = again, refusal(again)
        if caller is None or reason is not None:
            raise CallerRefusedError(reason or "unknown_caller")
        return caller

    def keys(self, caller: Caller, name: str) -> list[str]:
        """The live values of a key, the newest first."""
        live = (values.get(name) for values in caller.live(self.clock.now()))
        return [value for value in live if value]

    def public_base(self) -> str | None:
        """The address under which this stack is known, without a slash at its end."""
        from retention.templates.links import configured_base_url

        return configured_base_url(self.settings)

    def keep(self, events: Sequence[Event]) -> None:
        """Put events on their way.

        Raises:
            InboxUnavailableError: not all could be kept: the caller must come again.
        """
        if events:
            self.inbox.put(events)

    def measure(self, metric: str, **by: str) -> None:
        """Tell CloudWatch that something happened that is not usual."""
        # Loaded late: hardly any start of this function has something unusual to tell.
        from aws_lambda_powertools.metrics import Metrics, MetricUnit

        metrics = Metrics(namespace=self.settings.powertools_metrics_namespace, service="webhooks")
        metrics.add_metric(metric, MetricUnit.Count, 1)
        for name, value in by.items():
            metrics.add_metadata(name, value)
        metrics.flush_metrics()


def build(configured: Settings, *, clock: Clock | None = None, keyring: Keyring | None = None) -> Door:
    """Wire a door; what is not given is the real thing."""
    clock = clock or process_clock()
    return Door(
        configured,
        clock,
        keyring or Keyring(lambda: root_secret(configured)),
        KnownCallers(caller_documents(configured), clock),
        Inbox(configured, Ids(clock)),
    )


_installed: list[Door] = []


def door() -> Door:
    """The door of this process, put together when it is first needed."""
    if not _installed:
        _installed.append(build(settings()))
        _installed[0].inbox.connect()
    return _installed[0]


def install(one: Door) -> None:
    """Make this the door of the process."""
    _installed[:] = [one]
