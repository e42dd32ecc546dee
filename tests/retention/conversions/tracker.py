"""A tracker that reports to us, as the door hands its postbacks on."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any, TypeVar

from retention import jsontext
from retention.bootstrap import Application
from retention.conversions.model import Conversion
from retention.conversions.postbacks import Postbacks
from retention.conversions.service import ConversionFilter
from retention.inbound.outcome import Outcome
from retention.integrations.model import IntegrationInput
from retention.receiving.event import Event
from retention.table.keys import fingerprint
from retention.templates.links import Visit, sign
from tests.integrity import everything

T = TypeVar("T")

TOKEN = "a-token-of-22-characters-or-more"


class Tracker:
    """Sends postbacks."""

    def __init__(self, app: Application) -> None:
        self.app = app
        self.postbacks = Postbacks(app.core)

    def settings(self, **settings: Any) -> None:
        """Put the integration in place."""
        given = IntegrationInput(config={"postbackToken": TOKEN, **settings})
        self.app.integrations.put("keitaro", given, if_match=None)

    def event(self, **params: str) -> Event:
        """A postback as it is queued: every copy of it has the same id."""
        identity = fingerprint(jsontext.canonical(params).decode())
        return Event("keitaro", identity, {"params": params}, self.app.core.now())

    def send(self, **params: str) -> Outcome:
        """A postback is applied."""
        return self.postbacks.apply(self.event(**params))

    def send_all(self, events: Iterable[Event], threads: int = 8) -> list[Outcome]:
        """Postbacks are applied side by side, begun in this order."""
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(self.postbacks.apply, events))

    def visit(self, work: str) -> str:
        """The sub id that a tracked link of a message carries."""
        return sign(self.app.core.keyring, Visit(work))

    def conversions(self) -> list[Conversion]:
        """What is recorded, the oldest first."""
        page = self.app.conversions.page(ConversionFilter(), limit=100, position=None)
        return page.data[::-1]

    def only(self) -> Conversion:
        """The one conversion that is recorded."""
        (conversion,) = self.conversions()
        return conversion

    def revenue(self) -> Decimal:
        """What is recorded altogether."""
        return sum((one.revenue for one in everything(self.app) if isinstance(one, Conversion)), Decimal(0))


def shuffled(some: Sequence[T], seed: str) -> list[T]:
    """The same in an order that follows from a seed alone."""
    return [some[at] for at in sorted(range(len(some)), key=lambda at: fingerprint(seed, str(at)))]


def raced(work: Iterable[Callable[[], object]], threads: int = 8) -> list[object]:
    """Things done side by side."""
    with ThreadPoolExecutor(threads) as pool:
        return [future.result() for future in [pool.submit(one) for one in work]]
