"""The HTTP client says exactly how far a request came, never outlasts its deadline, and never asks twice."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from retention.clock import ManualClock
from retention.providers.connection import Deadline
from retention.providers.destination import Destinations
from retention.providers.http import KEPT_SECONDS, MAX_BODY, Answer, HttpClient, NoAnswer, NotSent, Reply
from tests.retention.providers.listener import Act, CountingDialer, Listener, Visit, eventually, listening

BODY = b"To=%2B15551234567&Body=Hello"
#: Long enough for whatever answers, short enough to wait for what never does.
SOON = 0.4
LONG = 30.0
OK = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"


class Bench:
    """A client, the server that it talks to, and what it writes."""

    def __init__(self, act: Act, clock: ManualClock) -> None:
        self.listener = Listener(act)
        self.dialer = CountingDialer()
        self.client = HttpClient(clock, Destinations((), [self.listener.url]), dial=self.dialer)

    def post(self, seconds: float = LONG, *, most: int = MAX_BODY) -> Reply:
        headers = [("Content-Type", "application/x-www-form-urlencoded")]
        url = f"{self.listener.url}/messages?x=1"
        return self.client.exchange("POST", url, Deadline(seconds), headers=headers, body=BODY, most=most)

    def close(self) -> None:
        self.client.close()
        self.listener.close()


Benches = Callable[[Act], Bench]


@pytest.fixture
def bench(clock: ManualClock) -> Iterator[Benches]:
    """Makes a client with a server that behaves as it is told."""
    made: list[Bench] = []

    def make(act: Act) -> Bench:
        made.append(Bench(act, clock))
        return made[-1]

    yield make
    for one in made:
        one.close()


def answering(data: bytes, *, then_close: bool = True) -> Act:
    def act(visit: Visit) -> None:
        while visit.read_request():
            visit.say(data)
            if then_close:
                return

    return act


def test_a_request_is_written_in_one_piece_and_its_answer_read(bench: Benches) -> None:
    said = b'HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nX-One: 1\r\nContent-Length: 8\r\n\r\n{"a": 1}'
    it = bench(answering(said))

    reply = it.post()

    assert isinstance(reply, Answer)
    assert (reply.status, reply.headers["x-one"], reply.body, reply.member("a")) == (201, "1", b'{"a": 1}', 1)
    (written,) = it.dialer.writes
    head, _, body = written.partition(b"\r\n\r\n")
    assert body == BODY
    assert head.split(b"\r\n")[0] == b"POST /messages?x=1 HTTP/1.1"
    assert f"Host: 127.0.0.1:{it.listener.port}".encode() in head
    assert it.listener.received == written


@pytest.mark.parametrize(
    ("status", "headers", "sent", "body"),
    [
        (200, b"Transfer-Encoding: chunked", b'4\r\n{"a"\r\n4\r\n: 1}\r\n0\r\n\r\n', b'{"a": 1}'),
        (200, b"X: y", b"until the end", b"until the end"),
        (204, b"X: y", b"", b""),
        (307, b"Location: http://elsewhere.example/\r\nContent-Length: 0", b"", b""),
        (503, b"Content-Length: 4\r\nRetry-After: 3", b"busy", b"busy"),
    ],
)
def test_every_form_of_answer_is_read(bench: Benches, status: int, headers: bytes, sent: bytes, body: bytes) -> None:
    it = bench(answering(b"HTTP/1.1 %d X\r\n%s\r\n\r\n%s" % (status, headers, sent)))

    reply = it.post()

    assert isinstance(reply, Answer)
    assert (reply.status, reply.body) == (status, body)
    assert len(it.dialer.writes) == 1


def test_a_redirect_is_an_answer_like_any_other(bench: Benches) -> None:
    elsewhere = bench(answering(OK))
    where = elsewhere.listener.url.encode()
    it = bench(answering(b"HTTP/1.1 307 X\r\nLocation: %s/\r\nContent-Length: 0\r\n\r\n" % where))

    reply = it.post()

    assert isinstance(reply, Answer)
    assert reply.status == 307
    assert elsewhere.listener.visits == []


def test_go_on_is_no_answer_yet(bench: Benches) -> None:
    it = bench(answering(b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + OK))

    reply = it.post()

    assert isinstance(reply, Answer)
    assert (reply.status, len(it.dialer.writes)) == (201, 1)


# --- faults ------------------------------------------------------------------------------------------------------


def slam(visit: Visit) -> None:
    """Closes without reading."""


def hang_up(visit: Visit) -> None:
    """Reads everything and closes."""
    visit.read_request()


def reset(visit: Visit) -> None:
    visit.read_request()
    visit.reset()


def silence(visit: Visit) -> None:
    visit.read_request()
    visit.over.wait()


def drip_headers(visit: Visit) -> None:
    visit.read_request()
    visit.drip(b"HTTP/1.1 201 Created\r\n" + b"X-Slow: " + b"z" * 60_000)


def drip_continues(visit: Visit) -> None:
    visit.read_request()
    visit.drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000)


def garbage(visit: Visit) -> None:
    visit.read_request()
    visit.say(b"\x00\x01\xff no http at all \r\n\r\n")


def half_a_status(visit: Visit) -> None:
    visit.read_request()
    visit.say(b"HTTP/1.1 20")


def endless_header(visit: Visit) -> None:
    visit.read_request()
    visit.say(b"HTTP/1.1 201 Created\r\nX: " + b"z" * 70_000 + b"\r\n\r\n")


def countless_headers(visit: Visit) -> None:
    visit.read_request()
    visit.say(b"HTTP/1.1 201 Created\r\n" + b"X: y\r\n" * 200 + b"\r\n")


def http_2(visit: Visit) -> None:
    visit.read_request()
    visit.say(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + b"\x00" * 18)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (slam, "connection_lost"),
        (hang_up, "connection_lost"),
        (reset, "connection_lost"),
        (silence, "timeout"),
        (drip_headers, "timeout"),
        (drip_continues, "timeout"),
        (garbage, "broken_answer"),
        (half_a_status, "broken_answer"),
        (endless_header, "broken_answer"),
        (countless_headers, "broken_answer"),
        (http_2, "broken_answer"),
    ],
)
def test_once_written_a_request_without_a_status_may_have_been_taken(bench: Benches, fault: Act, code: str) -> None:
    it = bench(fault)

    reply = it.post(SOON if code == "timeout" else LONG)

    assert isinstance(reply, NoAnswer)
    assert reply.code == code
    assert len(it.dialer.writes) == 1, "it was asked again"
    assert len(it.listener.visits) == 1


def test_the_deadline_ends_an_answer_that_is_still_dripping(bench: Benches) -> None:
    went: list[int] = []

    def act(visit: Visit) -> None:
        visit.read_request()
        went.append(visit.drip(b"HTTP/1.1 201 Created\r\nX-Slow: " + b"z" * 60_000))

    it = bench(act)

    reply = it.post(SOON)

    # The server had 60,000 bytes to say and was not through: it stops because nobody listens any more.
    assert reply == NoAnswer("timeout", "no answer came in time")
    it.close()
    assert 0 < went[0] < 60_000


def drip_body(visit: Visit) -> None:
    visit.read_request()
    visit.say(b"HTTP/1.1 201 Created\r\nContent-Length: 60000\r\n\r\n")
    visit.drip(b"z" * 60_000)


def short_body(visit: Visit) -> None:
    visit.read_request()
    visit.say(b'HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{"sid": "SM')


def short_chunks(visit: Visit) -> None:
    visit.read_request()
    visit.say(b'HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{"sid": "\r\n')


def wrong_chunks(visit: Visit) -> None:
    visit.read_request()
    visit.say(b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\nsome\r\nthing\r\n")


def huge_body(visit: Visit) -> None:
    visit.read_request()
    visit.say(b"HTTP/1.1 201 Created\r\nContent-Length: 90000000\r\n\r\n" + b"z" * 3_000_000)


def endless_body(visit: Visit) -> None:
    visit.read_request()
    visit.say(b"HTTP/1.1 201 Created\r\n\r\n" + b"z" * 3_000_000)


@pytest.mark.parametrize("fault", [drip_body, short_body, short_chunks, wrong_chunks, huge_body, endless_body])
def test_a_status_counts_whatever_becomes_of_the_body(bench: Benches, fault: Act) -> None:
    it = bench(fault)

    reply = it.post(SOON if fault is drip_body else LONG)

    assert isinstance(reply, Answer)
    assert (reply.status, reply.body, reply.json()) == (201, None, None)
    assert len(it.dialer.writes) == 1


@pytest.mark.parametrize(("length", "read"), [(10, True), (11, False)])
def test_a_body_may_be_so_long(bench: Benches, length: int, read: bool) -> None:
    it = bench(answering(b"HTTP/1.1 200 OK\r\n\r\n" + b"z" * length))

    reply = it.post(most=10)

    assert isinstance(reply, Answer)
    assert (reply.body is not None) is read


def test_an_answer_that_comes_before_everything_was_written_counts(clock: ManualClock) -> None:
    def act(visit: Visit) -> None:
        visit.sock.recv(1000)
        visit.say(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        visit.sock.shutdown(socket.SHUT_WR)
        visit.over.wait(1)

    with listening(act) as listener:
        client = HttpClient(clock, Destinations((), [listener.url]))
        reply = client.exchange("POST", f"{listener.url}/", Deadline(LONG), body=b"z" * 5_000_000)
        client.close()

    assert isinstance(reply, Answer)
    assert reply.status == 413


@pytest.mark.parametrize("text", [b"", b"[", b"[" * 100_000, b"\xff", b"NaN,"])
def test_a_body_that_is_no_json_is_none(text: bytes) -> None:
    answer = Answer(200, body=text)

    assert (answer.json(), answer.member("x")) == (None, None)


# --- nothing written -----------------------------------------------------------------------------------------------


def test_where_nobody_listens_nothing_was_sent(clock: ManualClock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    url = f"http://127.0.0.1:{port}"

    reply = HttpClient(clock, Destinations((), [url])).exchange("POST", f"{url}/", Deadline(LONG), body=b"")

    assert isinstance(reply, NotSent)
    assert reply.code == "connect_failed"


def test_a_name_that_leads_nowhere_was_sent_nothing(clock: ManualClock) -> None:
    def nowhere(name: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    client = HttpClient(clock, Destinations(["api.twilio.com"]), resolve=nowhere)

    reply = client.exchange("POST", "https://api.twilio.com/", Deadline(LONG), body=b"")

    assert isinstance(reply, NotSent)
    assert reply.code == "connect_failed"


@pytest.mark.parametrize("where", ["resolve", "dial"])
def test_the_deadline_ends_the_wait_for_a_connection(clock: ManualClock, where: str) -> None:
    over = threading.Event()

    def resolve(name: str, port: int) -> list[str]:
        if where == "resolve":
            over.wait()
        return ["93.184.216.34"]

    def dial(address: str, port: int, seconds: float) -> socket.socket:
        over.wait(seconds)
        raise TimeoutError

    client = HttpClient(clock, Destinations(["api.twilio.com"]), resolve=resolve, dial=dial)
    reply = client.exchange("POST", "https://api.twilio.com/", Deadline(SOON), body=b"")
    over.set()

    assert isinstance(reply, NotSent)
    assert reply.code == "connect_timeout"


def test_each_address_of_a_name_is_tried(clock: ManualClock) -> None:
    with listening(answering(OK)) as listener:
        dialer = CountingDialer()

        def dial(address: str, port: int, seconds: float) -> socket.socket:
            if address == "127.0.0.9":
                raise OSError("no route")
            return dialer(address, port, seconds)

        client = HttpClient(
            clock, Destinations((), [listener.url]), dial=dial, resolve=lambda *_: ["127.0.0.9", "127.0.0.1"]
        )
        reply = client.exchange("POST", f"{listener.url}/", Deadline(LONG), body=b"")
        client.close()

    assert isinstance(reply, Answer)
    assert dialer.dialed == ["127.0.0.1"]


@pytest.mark.parametrize(("name", "value"), [("X", "a\r\nY: b"), ("X", "a\nb"), ("X:", "a"), ("X", "ä"), ("X", "")])
def test_a_header_cannot_bring_another_with_it(clock: ManualClock, name: str, value: str) -> None:
    with listening(answering(OK)) as listener:
        client = HttpClient(clock, Destinations((), [listener.url]))
        with pytest.raises(ValueError, match="cannot be sent"):
            client.exchange("POST", f"{listener.url}/", Deadline(LONG), headers=[(name, value)], body=b"")

        assert listener.visits == []


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"])
def test_no_proxy_of_the_environment_is_asked(bench: Benches, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    it, proxy = bench(answering(OK)), bench(answering(OK))
    monkeypatch.setenv(variable, proxy.listener.url)

    assert isinstance(it.post(), Answer)
    assert proxy.listener.visits == []


# --- connections that are kept -------------------------------------------------------------------------------------


def test_a_connection_is_used_again(bench: Benches) -> None:
    it = bench(answering(OK, then_close=False))

    replies = [it.post() for _ in range(5)]

    assert all(isinstance(reply, Answer) for reply in replies)
    assert (len(it.listener.visits), len(it.dialer.writes)) == (1, 5)


def test_ten_threads_share_a_client(bench: Benches) -> None:
    it = bench(answering(OK, then_close=False))
    together = threading.Barrier(10)
    replies: list[Reply] = []

    def work() -> None:
        together.wait()
        replies.extend(it.post() for _ in range(10))

    threads = [threading.Thread(target=work) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [reply.status for reply in replies if isinstance(reply, Answer)] == [201] * 100
    assert len(it.listener.visits) <= 10
    assert it.listener.received.count(b"POST ") == 100


def test_a_connection_that_the_other_side_closed_is_not_used_again(bench: Benches) -> None:
    it = bench(answering(OK))  # It closes without having said so.

    assert isinstance(it.post(), Answer)
    eventually(lambda: it.listener.visits[0].sock.fileno() == -1)
    again = it.post()

    assert isinstance(again, Answer)
    assert len(it.dialer.writes) == 2


def test_a_connection_that_breaks_under_a_request_is_not_asked_twice(bench: Benches) -> None:
    """The race that no check can win: it is closed at the very moment of writing."""

    def act(visit: Visit) -> None:
        visit.read_request()
        visit.say(OK)
        visit.sock.recv(1)  # The next request begins.
        visit.reset()

    it = bench(act)
    assert isinstance(it.post(), Answer)

    reply = it.post()

    assert isinstance(reply, NoAnswer)
    assert (len(it.dialer.writes), len(it.listener.visits)) == (2, 1)


def test_a_connection_that_says_something_unasked_is_not_used_again(bench: Benches) -> None:
    said = threading.Event()

    def act(visit: Visit) -> None:
        visit.read_request()
        visit.say(OK)
        if len(it.listener.visits) == 1:
            visit.say(b"HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nwrong")
            said.set()
            visit.over.wait()

    it = bench(act)
    first = it.post()
    said.wait()
    second = it.post()

    assert [reply.body for reply in (first, second) if isinstance(reply, Answer)] == [b"{}", b"{}"]
    assert len(it.listener.visits) == 2


def test_a_connection_that_lay_idle_for_long_is_not_used_again(bench: Benches, clock: ManualClock) -> None:
    it = bench(answering(OK, then_close=False))

    it.post()
    clock.advance(KEPT_SECONDS - 0.001)
    it.post()
    assert len(it.listener.visits) == 1
    clock.advance(KEPT_SECONDS)
    it.post()

    assert len(it.listener.visits) == 2


@pytest.mark.parametrize("said", [b"Connection: close\r\nContent-Length: 0", b"Content-Length: 50"])
def test_a_connection_whose_answer_was_not_read_to_its_end_is_closed(bench: Benches, said: bytes) -> None:
    it = bench(answering(b"HTTP/1.1 201 Created\r\n" + said + b"\r\n\r\nabc", then_close=False))

    it.post(SOON)
    it.post(SOON)

    assert len(it.listener.visits) == 2
