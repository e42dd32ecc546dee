"""Signed requests, and what an attacker makes of them: every change that no caller has signed."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TypeVar
from urllib.parse import parse_qsl, urlencode

from retention.templates.links import Click, Unsubscribe, sign
from tests.functions.webhooks import signing
from tests.functions.webhooks.calling import FORM, KEYRING
from tests.functions.webhooks.conftest import TRACKER_TOKEN
from tests.functions.webhooks.signing import Signed

T = TypeVar("T")
STATUS, INBOUND = "/webhooks/twilio/status", "/webhooks/twilio/inbound"


class Chance:
    """Numbers that look random and are the same in each run."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._count = 0
        self._bits = 0
        self._left = 0

    def below(self, limit: int) -> int:
        """A number from 0 to below a limit."""
        if self._left < 64:
            self._count += 1
            self._bits = int.from_bytes(sha256(f"{self._seed}:{self._count}".encode()).digest())
            self._left = 256
        number = self._bits & 0xFFFFFFFF
        self._bits >>= 32
        self._left -= 32
        return number * limit >> 32

    def of(self, some: Sequence[T]) -> T:
        """One of some."""
        return some[self.below(len(some))]


def flipped(chance: Chance, data: bytes) -> bytes:
    at = chance.below(len(data))
    return data[:at] + bytes((data[at] ^ 1 << chance.below(8),)) + data[at + 1 :]


def spoiled(chance: Chance, text: str) -> str:
    """A text with a character changed, cut off or too many; still one that a header can hold."""
    at = chance.below(len(text))
    match chance.below(3):
        case 0:
            return (
                text[:at] + chance.of([c for c in "0123456789ABCDEFabcdefxyz+/=-_" if c != text[at]]) + text[at + 1 :]
            )
        case 1:
            return text[:at]
        case _:
            return text[:at] + chance.of("0Aa") + text[at:]


# --- what is done to any signed request -------------------------------------------------------------------------

Change = Callable[[Chance, Signed, Sequence[Signed]], Signed]


def with_flipped_body(chance: Chance, one: Signed, _: Sequence[Signed]) -> Signed:
    return one._replace(body=flipped(chance, one.body))


def with_cut_body(chance: Chance, one: Signed, _: Sequence[Signed]) -> Signed:
    return one._replace(body=one.body[: chance.below(len(one.body))])


def with_longer_body(chance: Chance, one: Signed, _: Sequence[Signed]) -> Signed:
    return one._replace(body=one.body + chance.of([b" ", b"\n", b"&To=%2B1", b"x", b"{}", b"\x00"]))


def with_body_of_another(chance: Chance, one: Signed, others: Sequence[Signed]) -> Signed:
    return one._replace(body=chance.of(others).body)


def with_spoiled_header(chance: Chance, one: Signed, _: Sequence[Signed]) -> Signed:
    name = chance.of([name for name in one.headers if name != "content-type"])
    return one._replace(headers={**one.headers, name: spoiled(chance, one.headers[name])})


def with_header_of_another(chance: Chance, one: Signed, others: Sequence[Signed]) -> Signed:
    other = chance.of(others)
    name = chance.of([name for name in one.headers if name != "content-type"])
    return one._replace(headers={**one.headers, name: other.headers.get(name, "")})


def without_header(chance: Chance, one: Signed, _: Sequence[Signed]) -> Signed:
    gone = chance.of([name for name in one.headers if name != "content-type"])
    return one._replace(headers={name: value for name, value in one.headers.items() if name != gone})


COMMON: Sequence[Change] = (
    with_flipped_body,
    with_flipped_body,
    with_cut_body,
    with_longer_body,
    with_body_of_another,
    with_spoiled_header,
    with_spoiled_header,
    with_header_of_another,
    without_header,
)


# --- what is done to Twilio's -----------------------------------------------------------------------------------


def with_shifted_parameters(chance: Chance, one: Signed, _: Sequence[Signed]) -> Signed:
    """The same signed text, cut into names and values at other places."""
    pairs = sorted(parse_qsl(one.body.decode(), keep_blank_values=True))
    at = chance.below(len(pairs))
    name, value = pairs[at]
    match chance.below(4):
        case 0:
            cut = chance.below(len(value) + 1)
            more = chance.below(len(value) - cut + 1)
            new = [(name, value[:cut]), (value[cut : cut + more], value[cut + more :])]
        case 1:
            cut = chance.below(len(name))
            new = [(name[:cut], name[cut:] + value)]
        case 2:
            cut = chance.below(len(value) + 1)
            new = [(name + value[:cut], value[cut:])]
        case _:
            following = pairs[at + 1] if at + 1 < len(pairs) else ("", "")
            cut = chance.below(len(following[0]) + 1)
            new = [(name, value + following[0][:cut]), (following[0][cut:], following[1])]
            at += len(pairs) > at + 1
            return one._replace(body=_form([*pairs[: at - 1], *new, *pairs[at + 1 :]]))
    return one._replace(body=_form([*pairs[:at], *new, *pairs[at + 1 :]]))


def with_shifted_query(chance: Chance, one: Signed, _: Sequence[Signed]) -> Signed:
    """The end of the address made the first parameter."""
    cut = chance.below(len(one.query))
    pairs = parse_qsl(one.body.decode(), keep_blank_values=True)
    middle = cut + chance.below(len(one.query) - cut) + 1
    return one._replace(query=one.query[:cut], body=_form([(one.query[cut:middle], one.query[middle:]), *pairs]))


def with_other_query(chance: Chance, one: Signed, _: Sequence[Signed]) -> Signed:
    return one._replace(query=chance.of(["", one.query + "&y=1", one.query + "A", spoiled(chance, one.query)]))


def at_the_other_address(_: Chance, one: Signed, __: Sequence[Signed]) -> Signed:
    return one._replace(path=INBOUND if one.path == STATUS else STATUS)


def _form(pairs: Sequence[tuple[str, str]]) -> bytes:
    return urlencode(pairs).encode()


TWILIO: Sequence[Change] = (
    *COMMON,
    *(with_shifted_parameters,) * 5,
    with_shifted_query,
    with_other_query,
    at_the_other_address,
)


# --- the callers ------------------------------------------------------------------------------------------------


def signed_by(caller: str, at: datetime, *, secret: str | None = None) -> list[Signed]:
    """Some requests of a caller, signed at an instant, with its own secret or another."""
    token, key = secret or signing.TWILIO_TOKEN, secret or signing.SECRET
    match caller:
        case "twilio-status":
            states = ("sent", "delivered", "undelivered")
            return [
                signing.twilio(STATUS, signing.twilio_status(state, n), query=f"x=EAoken-{n}Ab9", token=token)
                for n, state in enumerate(states, 1)
            ]
        case "twilio-inbound":
            texts = ("Stop", "STOP Dave, I am Boss", "hiFrom+15550001111FromA")
            return [
                signing.twilio(INBOUND, signing.twilio_message(text, n, ToZip="EX4 3SR"), query="n=1", token=token)
                for n, text in enumerate(texts, 1)
            ]
        case "sendgrid":
            return [signing.sendgrid([{"sg_event_id": f"e-{n}"}] * n, at, key=secret or "") for n in (1, 2, 3)]
        case "vapi":
            ended = {"type": "status-update", "status": "ended"}
            return [signing.vapi({**ended, "call": {"id": f"c-{n}"}}, at, secret=key) for n in range(3)]
        case "meta":
            return [signing.meta([signing.lead_entry(at, str(n), "9")], secret=key) for n in range(3)]
        case "form":
            return [
                signing.form("landing", {"email": f"{n}@example.com"}, at, secret=key, identifier=f"msg_{n}")
                for n in range(3)
            ]
    raise ValueError(caller)


#: How long a request of each may be on its way, in seconds. Twilio signs no time.
WINDOWS = {"sendgrid": 25 * 3600, "vapi": 4 * 3600, "meta": 48 * 3600, "form": 300}


def mutants(caller: str, now: datetime, chance: Chance) -> Iterator[Signed]:
    """Requests of a caller that were changed, without end."""
    good = signed_by(caller, now)
    # Another moment of signing, so that headers of one do not fit the other.
    earlier = signed_by(caller, now - timedelta(seconds=7))
    changes = TWILIO if caller.startswith("twilio") else COMMON
    wrong = [*signed_by(caller, now, secret="another"), *signed_by(caller, now, secret="a secret of the testt")]
    stale = []
    if caller in WINDOWS:
        ages = (WINDOWS[caller] + 1, WINDOWS[caller] * 2, 10**8, -301, -(10**6))
        stale = [one for age in ages for one in signed_by(caller, now - timedelta(seconds=age))]
    known = {_meaning(one) for one in (*good, *earlier)}
    while True:
        if chance.below(20) == 0:
            yield chance.of([*wrong, *stale])
            continue
        one = chance.of(good)
        changed = chance.of(changes)(chance, one, [*earlier, *(other for other in good if other is not one)])
        if _meaning(changed) not in known:
            yield changed


def _meaning(one: Signed) -> object:
    """What a request says: %2b and %2B are the same letter of a form."""
    body: object = one.body
    if one.headers.get("content-type") == FORM:
        try:
            body = tuple(sorted(parse_qsl(one.body.decode(), keep_blank_values=True, errors="strict")))
        except ValueError:
            body = one.body
    return one.path, one.query, tuple(sorted(one.headers.items())), body


def spoiled_tokens(chance: Chance) -> Iterator[tuple[str, str]]:
    """Addresses whose token was changed, and a query for them, without end."""
    work = "01khrjc1jsk2z0w8v6yq4n3m5t.seq.1"
    paths = [
        f"/postbacks/keitaro/{TRACKER_TOKEN}",
        f"/u/{sign(KEYRING, Unsubscribe('SMS', work))}",
        f"/r/{sign(KEYRING, Click(work, 'https://shop.example/'))}",
    ]
    while True:
        above, _, token = chance.of(paths).rpartition("/")
        changed = spoiled(chance, token)
        if changed != token:
            yield f"{above}/{changed}", "subid=v-1&status=sale"
