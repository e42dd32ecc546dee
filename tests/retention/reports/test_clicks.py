"""Clicks: a person's moves the lead and satisfies `clicked`, a machine's neither; forged links write nothing."""

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from retention.attempts.model import ContactAttempt, DirectContact
from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.inbound.claim import ReceivedEvent
from retention.inbound.outcome import DUPLICATE, Applied, Hopeless, Ignored, Later, Outcome
from retention.leads.model import Lead
from retention.receiving.event import Event
from retention.reports.clicks import Clicks, machine_sign
from retention.sequences.model import SequenceStepExecution
from retention.templates.links import Click, sign
from tests import factories
from tests.api_client import ApiClient
from tests.integrity import count
from tests.retention.engine.world import World
from tools.bench_engine.cost import counting

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1"
DESK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
PREVIEW = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 "
    "Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0"
)


@pytest.fixture
def world(app: Application, clock: ManualClock) -> World:
    return World(app, clock)


def token_of(world: World, work: str, *, preview: bool = False) -> str:
    """The token of a tracked link."""
    return sign(world.app.core.keyring, Click(work, "https://shop.example/sale?mail=ada@example.com#top", preview))


def click(world: World, token: str, request: str = "r1", **more: Any) -> Event:
    """Somebody follows a link, now."""
    content = {"token": token, "userAgent": PHONE, "method": "GET", "prefetch": False, **more}
    return Event("click", request, content, world.clock.now())


def follows(world: World, token: str, request: str = "r1", **more: Any) -> Outcome:
    """A click is applied."""
    return Clicks(world.app.core).apply(click(world, token, request, **more))


def one_text_sent(world: World) -> tuple[str, str]:
    """A lead that was written to a minute ago, and the id of what it was sent."""
    lead = world.lead()
    world.enroll(world.sequence(0), lead)
    world.work(lead)
    world.clock.advance(60)
    return lead, world.of(SequenceStepExecution, lead)[0].id


# --- who clicks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "agent",
    [
        PHONE,
        DESK,
        "Mozilla/5.0 (Android 15; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0",
        *(f"{PHONE} {app}" for app in ("Instagram 300.0", "[FBAN/FBIOS;FBAV/440.0]", "Line/13.1.0", "Snapchat/12.5")),
        *(f"{DESK} {app}" for app in ("YaBrowser/24.1", "Avast/130.0", "Edg/130.0", "OPR/115.0", "[Pinterest/iOS]")),
    ],
)
def test_a_browser_is_a_person(agent: str) -> None:
    assert machine_sign(user_agent=agent, method="GET", prefetch=False, channel="SMS", after=0.5) is None
    assert machine_sign(user_agent=agent, method="get", prefetch=False, channel="EMAIL", after=2.0) is None
    assert machine_sign(user_agent=agent, method="GET", prefetch=False, channel="EMAIL") is None


@pytest.mark.parametrize(
    ("agent", "sign_of_it"),
    [
        (PREVIEW, "preview"),
        ("Mozilla/5.0 (compatible; Barracuda Link Protection)", "scanner"),
        ("Mozilla/5.0 (compatible; Mimecast URL Protect)", "scanner"),
        ("Mozilla/5.0 Proofpoint URL Defense", "scanner"),
        ("Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com", "scanner"),
        ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "preview"),
        ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "preview"),
        ("WhatsApp/2.24.20.79 A", "preview"),
        ("TelegramBot (like TwitterBot)", "preview"),
        ("Twitterbot/1.0", "preview"),
        ("Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", "preview"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "crawler"),
        ("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", "crawler"),
        ("curl/8.4.0", "library"),
        ("python-requests/2.32.3", "library"),
        ("Go-http-client/2.0", "library"),
        ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/120.0.0.0 Safari/537.36", "library"),
        ("", "no_agent"),
        ("  ", "no_agent"),
    ],
)
def test_who_names_itself_a_machine_is_one(agent: str, sign_of_it: str) -> None:
    assert machine_sign(user_agent=agent, method="GET", prefetch=False, channel="SMS") == sign_of_it


def test_looking_at_the_head_fetching_in_advance_and_being_too_fast_are_a_machines() -> None:
    def shown(**more: Any) -> str | None:
        return machine_sign(**{"user_agent": DESK, "method": "GET", "prefetch": False, "channel": "EMAIL", **more})

    assert shown(method="HEAD") == "head"
    assert shown(prefetch=True) == "prefetch"
    assert shown(after=1.9) == "too_soon"


# --- what a click brings about ---------------------------------------------------------------------------------


def test_a_persons_click_moves_the_lead_and_stands_on_the_timeline(world: World) -> None:
    lead, work = one_text_sent(world)

    assert follows(world, token_of(world, work)) == Applied("clicked")

    (execution,) = world.of(SequenceStepExecution, lead)
    (attempt,) = world.of(ContactAttempt, lead)
    assert (execution.status, attempt.status) == ("DELIVERED", "SUCCESS")
    assert execution.result["clickedAt"] == "2026-02-18T12:01:00.000Z"
    assert world.app.leads.get(lead).status == "IN_PROGRESS"
    assert attempt.told is not None
    assert attempt.told["clicked"]["facts"] == {"url": "https://shop.example/sale"}, "nothing that tells who it was"
    entries = ApiClient(world.app).get(f"/v1/leads/{lead}/timeline").json["data"]
    assert ("report", "clicked") in [(entry["type"], entry["status"]) for entry in entries]


def test_a_machines_click_is_shown_and_changes_nothing_else(world: World) -> None:
    lead, work = one_text_sent(world)

    assert follows(world, token_of(world, work), userAgent=PREVIEW) == Applied("machine_clicked")

    (execution,) = world.of(SequenceStepExecution, lead)
    assert execution.status == "SENT"
    assert execution.result.get("clickedAt") is None
    assert world.app.leads.get(lead).status == "CONTACTED"
    entries = ApiClient(world.app).get(f"/v1/leads/{lead}/timeline").json["data"]
    assert [entry["status"] for entry in entries if entry["type"] == "report"] == ["machineClicked"]


def test_whoever_opens_a_mail_before_anybody_can_have_read_it_is_a_machine(world: World) -> None:
    lead = factories.a_lead(phone="+12025550101")
    sent: dict[str, Any] = {"channel": "EMAIL", "provider_ref": "m1", "status": "IN_PROGRESS"}
    now = world.clock.now()
    for after, what in [(1.9, "machine_clicked"), (2.0, "clicked")]:
        attempt = factories.an_attempt(lead, started_at=now - timedelta(seconds=after), **sent)
        direct = DirectContact(id=attempt.id, lead_id=lead.id, status="SENT", channel="EMAIL", revision="r")
        factories.load(world.app, [lead, factories.a_contact(lead), attempt, direct])

        assert follows(world, token_of(world, attempt.id), f"r{after}", userAgent=DESK) == Applied(what)


def test_clicked_decides_the_next_step_and_a_machine_does_not_satisfy_it(world: World) -> None:
    steps = [
        {"channel": "SMS", "scriptId": world.script},
        {
            "channel": "SMS",
            "scriptId": world.script,
            "delayValue": 1,
            "conditions": {"step": "previous", "outcome": "clicked"},
        },
    ]
    api = ApiClient(world.app)
    sequence = api.post("/v1/sequences", {"name": "Sale", "status": "ACTIVE", "steps": steps}).json["id"]
    world.sequences.append(sequence)
    person, machine = world.lead(), world.lead()
    for lead in (person, machine):
        world.enroll(sequence, lead)
        world.work(lead)
    world.clock.advance(60)
    for number, (lead, agent) in enumerate([(person, PHONE), (machine, PREVIEW)]):
        (first,) = [one for one in world.of(SequenceStepExecution, lead) if not one.is_open]
        assert isinstance(follows(world, token_of(world, first.id), f"r{number}", userAgent=agent), Applied)

    for _ in range(2):
        world.clock.advance(3600)
        world.work(person, machine)

    ended = [sorted(one.status for one in world.of(SequenceStepExecution, lead)) for lead in (person, machine)]
    assert ended == [["DELIVERED", "SENT"], ["SENT", "SKIPPED"]]


def test_46_copies_over_eight_threads_are_one_click(world: World) -> None:
    lead, work = one_text_sent(world)
    version = world.contact(lead).version
    event = click(world, token_of(world, work))

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: Clicks(world.app.core).apply(event), range(46)))

    assert outcomes.count(Applied("clicked")) == 1
    assert outcomes.count(DUPLICATE) == 45
    assert world.contact(lead).version == version + 1


def test_a_second_click_writes_nothing(world: World) -> None:
    _, work = one_text_sent(world)
    follows(world, token_of(world, work))
    world.clock.advance(60)

    with counting(world.app) as cost:
        assert follows(world, token_of(world, work), "r2") == Ignored("known")

    assert cost.write_units == 0


def test_a_click_that_comes_before_its_message_is_written_down_waits_then_proves_it(world: World) -> None:
    lead = world.lead()
    world.enroll(world.sequence(0), lead)
    (execution,) = world.of(SequenceStepExecution, lead)
    world.ledger.moods = ["accept_silently"]
    world.work(lead)
    token = token_of(world, execution.id)

    assert isinstance(follows(world, token), Later)
    world.clock.advance(11)
    assert follows(world, token) == Applied("clicked")

    (execution,) = world.of(SequenceStepExecution, lead)
    assert execution.status == "DELIVERED"
    assert world.flights(lead) == set()


def test_a_click_takes_three_requests(world: World) -> None:
    _, work = one_text_sent(world)

    with counting(world.app) as cost:
        follows(world, token_of(world, work))

    assert cost.requests == ["BatchGetItem", "BatchGetItem", "TransactWriteItems"]


def test_what_is_no_click_writes_nothing(world: World) -> None:
    lead, work = one_text_sent(world)
    token = token_of(world, work)
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    flipped = [bytes([*raw[:at], raw[at] ^ (1 << bit), *raw[at + 1 :]]) for at in range(len(raw)) for bit in range(8)]
    forged = [base64.urlsafe_b64encode(one).decode().rstrip("=") for one in flipped]
    forged += [token[:at] for at in range(len(token))]

    assert {follows(world, one) for one in forged} == {Ignored("not_ours")}
    assert follows(world, token_of(world, work, preview=True)) == Ignored("preview")
    assert follows(world, token_of(world, f"{lead}.x")) == Ignored("gone")
    assert follows(world, token_of(world, "x.y.z")) == Ignored("no_such_send")
    assert isinstance(Clicks(world.app.core).apply(Event("click", "r", None, world.clock.now())), Hopeless)
    world.app.deletion.lead(lead)
    assert follows(world, token) == Ignored("gone")

    assert count(world.app, ReceivedEvent) == 0
    assert count(world.app, Lead) == 0
