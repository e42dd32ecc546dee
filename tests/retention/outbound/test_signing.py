"""Signatures as every library of Standard Webhooks verifies them."""

from datetime import UTC, datetime

from retention.outbound.signing import new_secret, signed_headers

#: The vector of the project's own test suites (standard-webhooks/standard-webhooks, libraries).
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'
AT = datetime.fromtimestamp(1614265330, UTC)
SIGNED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_published_vector_is_met() -> None:
    assert signed_headers("msg_p5jXN8AQM9LWM0D4loKWxJek", AT, BODY, [SECRET]) == [
        ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
        ("webhook-timestamp", "1614265330"),
        ("webhook-signature", SIGNED),
    ]


def test_each_live_secret_gives_a_signature_and_the_present_one_stands_first() -> None:
    newer = new_secret(bytes(range(32)))

    headers = dict(signed_headers("msg_p5jXN8AQM9LWM0D4loKWxJek", AT, BODY, [newer, SECRET]))

    first, second = headers["webhook-signature"].split(" ")
    assert second == SIGNED
    assert first == dict(signed_headers("msg_p5jXN8AQM9LWM0D4loKWxJek", AT, BODY, [newer]))["webhook-signature"]
