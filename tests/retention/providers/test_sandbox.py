"""The providers' adapters and the sandbox were written apart from each other, from the same published facts: what the
one says of a send is what the other has in its ledger, and what is in doubt is found there or proved not to be.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from retention.clock import ManualClock
from retention.config import Settings
from retention.fields import Channel
from retention.integrations.providers import HOSTS, PROVIDERS, provider_of
from retention.providers import outcomes
from retention.providers.connection import Deadline
from retention.providers.destination import Destinations
from retention.providers.directory import WIRED, Wired
from retention.providers.http import HttpClient
from retention.providers.port import Accepted, Blind, Found, Missing, NotAccepted, Rejected, Unclear
from tests.retention.providers.double import BODIES, a_trace, an_order
from tests.retention.providers.listener import eventually
from tools.sandbox.running import Sandbox, running_sandbox

CHANNELS: tuple[Channel, ...] = ("SMS", "EMAIL", "CALL")
#: Faults after which no answer comes, or none in time.
UNANSWERED = ("accept_timeout", "drip", "late_accept")
#: Seconds that are waited for what never comes, and for whatever comes.
SOON, LONG = 0.5, 30.0


@pytest.fixture
def sandbox(clock: ManualClock) -> Iterator[Sandbox]:
    with running_sandbox(now=clock.now) as running:
        yield running


@pytest.fixture
def wired(clock: ManualClock, sandbox: Sandbox) -> Iterator[dict[Channel, Wired]]:
    """All adapters, pointed at the sandbox as the local stack does."""
    http = HttpClient(clock, Destinations(HOSTS, [sandbox.url]))
    allowing = Settings(table_name="none", allowed_provider_urls=sandbox.url)
    given: Any = sandbox.integrations()
    yield {
        channel: WIRED[provider_of(channel)](
            PROVIDERS[provider_of(channel)].parse(given[provider_of(channel)]["config"], allowing), http
        )
        for channel in CHANNELS
    }
    http.close()


Adapters = dict[Channel, Wired]


@pytest.mark.parametrize("channel", CHANNELS)
def test_what_is_accepted_is_in_the_ledger_and_found_by_its_id(
    sandbox: Sandbox, wired: Adapters, channel: Channel
) -> None:
    outcome = wired[channel].send(an_order(channel))

    (entry,) = sandbox.ledger()
    assert isinstance(outcome, Accepted)
    assert (entry.ref, entry.key) == (outcome.ref, "signed.key-1_2")
    found = wired[channel].look_up(a_trace(channel))
    assert isinstance(found, Found)
    assert found.ref == entry.ref
    assert wired[channel].look_up(a_trace(channel, known_refs=frozenset({entry.ref}))) == Missing()


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(
    ("fault", "outcome", "accepted"),
    [
        ({"kind": "refuse", "status": 500}, Unclear, 0),
        ({"kind": "refuse", "status": 429, "retryAfter": 3}, NotAccepted, 0),
        ({"kind": "refuse", "status": 401}, NotAccepted, 0),
        ({"kind": "refuse", "status": 413}, Rejected, 0),
        ({"kind": "drop"}, Unclear, 0),
        ({"kind": "accept_timeout"}, Unclear, 1),
        ({"kind": "accept_reset"}, Unclear, 1),
        ({"kind": "accept_refuse", "status": 500}, Unclear, 1),
        ({"kind": "malformed"}, Accepted, 1),
        ({"kind": "drip", "seconds": 0.02}, Unclear, 1),
        ({"kind": "late_accept"}, Unclear, 0),
    ],
)
def test_what_is_said_of_a_send_is_true_and_doubts_are_cleared_up(
    sandbox: Sandbox, wired: Adapters, channel: Channel, fault: dict[str, Any], outcome: type, accepted: int
) -> None:
    sandbox.faults({**fault, "times": 1})

    said = wired[channel].send(an_order(channel), Deadline(SOON if fault["kind"] in UNANSWERED else LONG))

    assert isinstance(said, outcome)
    # Whoever gave up waiting may have done so before the other side had read the request.
    eventually(lambda: sandbox.ask("GET", "/faults") == {"faults": []})
    assert len(sandbox.ledger()) == accepted, "one request, whatever happened to it"
    found = wired[channel].look_up(a_trace(channel))
    assert isinstance(found, Found if accepted else Missing)


@pytest.mark.parametrize("channel", CHANNELS)
def test_records_that_are_not_shown_prove_nothing(sandbox: Sandbox, wired: Adapters, channel: Channel) -> None:
    sandbox.faults({"kind": "refuse", "status": 503, "operation": "look_up"})

    assert isinstance(wired[channel].look_up(a_trace(channel)), Blind)


@pytest.mark.parametrize("channel", CHANNELS)
def test_credentials_are_checked(sandbox: Sandbox, wired: Adapters, channel: Channel) -> None:
    assert wired[channel].check().ok is True


def test_a_text_to_one_who_opted_out_is_refused_and_says_so(sandbox: Sandbox, wired: Adapters) -> None:
    sandbox.faults({"kind": "refuse", "status": 400, "code": 21610})

    outcome = wired["SMS"].send(an_order("SMS"))

    assert isinstance(outcome, Rejected)
    assert (outcome.code, outcome.suppress) == ("21610", "OPT_OUT")


def test_calls_beyond_the_places_are_no_calls(clock: ManualClock) -> None:
    with running_sandbox(now=clock.now, concurrency=1) as sandbox:
        http = HttpClient(clock, Destinations(HOSTS, [sandbox.url]))
        config = sandbox.integrations()["vapi"]["config"]
        allowing = Settings(table_name="none", allowed_provider_urls=sandbox.url)
        vapi = WIRED["vapi"](PROVIDERS["vapi"].parse(config, allowing), http)
        first = vapi.send(an_order("CALL"))
        second = vapi.send(an_order("CALL", correlation="another"))
        http.close()

        assert isinstance(first, Accepted)
        assert not isinstance(second, Rejected | Unclear)
        assert len(sandbox.ledger()) == (2 if isinstance(second, Accepted) else 1)


def test_a_send_has_less_time_than_the_engine_waits_for_it() -> None:
    from retention.engine.sending import CALL_SECONDS

    assert max(outcomes.SEND_SECONDS, outcomes.LOOK_UP_SECONDS) < CALL_SECONDS
    assert set(BODIES) == set(CHANNELS)
