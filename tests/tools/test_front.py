"""The application's short address leads to the HTTP API of the stack."""

import asyncio
from typing import Any

from tools.stack.host.front import Front, Message, Receive, Scope, Send

PORT = 4600


class Behind:
    """Stands where ministack does: keeps what it was asked and says where it was asked for it."""

    def __init__(self) -> None:
        self.asked: list[Scope] = []
        self.at_once = 0
        self.most_at_once = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.append(scope)
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        self.at_once -= 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": scope["path"].encode()})


def request(path: str, *, method: str = "GET", port: int = PORT, headers: dict[str, str] | None = None) -> Scope:
    """What the server says of a request that came in on `port`."""
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "server": ("127.0.0.1", port),
        "headers": [(name.encode(), value.encode()) for name, value in (headers or {}).items()],
    }


def answers(front: Front, *scopes: Scope) -> list[list[Message]]:
    """What the front sends for each of the requests, all of them made at once."""

    async def one(scope: Scope) -> list[Message]:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            return {"type": "http.request", "body": b""}

        await front(scope, receive, send)
        return sent

    async def every() -> list[list[Message]]:
        return list(await asyncio.gather(*map(one, scopes)))

    return asyncio.run(every())


def body_of(sent: list[Message]) -> Any:
    return b"".join(message.get("body", b"") for message in sent)


def test_a_path_arrives_behind_the_address_of_the_api() -> None:
    behind = Behind()
    front = Front(behind, PORT, 8)
    front.stand_for("abc")

    answers(front, request("/v1/leads/a%20b"))

    assert behind.asked[0]["path"] == "/_aws/execute-api/abc/$default/v1/leads/a%20b"
    assert behind.asked[0]["raw_path"] == b"/_aws/execute-api/abc/$default/v1/leads/a%20b"


def test_calls_of_aws_pass_unchanged() -> None:
    behind = Behind()
    front = Front(behind, PORT, 8)
    front.stand_for("abc")

    answers(front, request("/", port=PORT + 1))

    assert behind.asked[0]["path"] == "/"


def test_before_the_stack_is_made_the_answer_is_503() -> None:
    behind = Behind()

    (sent,) = answers(Front(behind, PORT, 8), request("/health"))

    assert sent[0]["status"] == 503
    assert behind.asked == []


def test_no_more_requests_are_worked_on_than_there_are_places() -> None:
    behind = Behind()
    front = Front(behind, PORT, 3)
    front.stand_for("abc")

    sent = answers(front, *[request("/v1/leads") for _ in range(20)])

    assert [one[0]["status"] for one in sent] == [200] * 20
    assert behind.most_at_once == 3


def test_a_body_that_the_gateway_would_not_take_is_refused_with_413() -> None:
    behind = Behind()
    front = Front(behind, PORT, 8)
    front.stand_for("abc")

    (sent,) = answers(front, request("/v1/leads", method="POST", headers={"content-length": str(11 * 1024 * 1024)}))

    assert sent[0]["status"] == 413
    assert behind.asked == []


def test_the_answer_to_head_has_no_body() -> None:
    behind = Behind()
    front = Front(behind, PORT, 8)
    front.stand_for("abc")

    head, get = answers(front, request("/health", method="HEAD"), request("/health"))

    assert body_of(head) == b""
    assert body_of(get) != b""


def test_writes_to_aws_are_noted_and_reads_are_not() -> None:
    noted: list[None] = []
    front = Front(Behind(), PORT, 8, lambda: noted.append(None))

    def call(action: str) -> Scope:
        return request("/", method="POST", port=PORT + 1, headers={"x-amz-target": f"DynamoDB_20120810.{action}"})

    answers(front, call("GetItem"), call("Query"), call("DescribeTable"))
    assert noted == []
    answers(front, call("PutItem"), call("TransactWriteItems"))
    assert len(noted) == 2
