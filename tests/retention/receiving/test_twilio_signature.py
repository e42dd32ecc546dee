"""Twilio's signature by its vectors, and what it leaves open."""

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl

import pytest

from retention.receiving.request import Request
from retention.receiving.verifying import twilio, twilio_parameters
from tests.functions.webhooks.signing import TWILIO_ACCOUNT, twilio_message, twilio_status
from tests.retention.receiving.requests import a_request

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text())["signatures"]["twilio"]


def asked(vector: dict[str, Any]) -> tuple[str, Request, list[tuple[str, str]] | None]:
    address, _, query = vector["url"].partition("?")
    body = vector.get("body") or vector["raw_form_body"]
    pairs = None if "body" in vector else parse_qsl(body, keep_blank_values=True)
    return address, a_request(body.encode(), query, x_twilio_signature=vector["signature"]), pairs


@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: one["id"])
def test_every_vector(vector: dict[str, Any]) -> None:
    address, request, pairs = asked(vector)

    refusal = twilio.refusal([vector["auth_token"]], [address], request, pairs)

    # Signed with %27, shown with an apostrophe: the gateway may hand over either.
    assert (refusal is None) == (vector["valid"] in (True, "library-dependent"))
    assert twilio.refusal(["another"], [address], request, pairs) is not None
    assert twilio.refusal([], [address], request, pairs) is not None
    assert twilio.refusal(["another", vector["auth_token"]], [address], request, pairs) == refusal


def test_what_is_not_signed_for_our_address_is_refused() -> None:
    address, request, pairs = asked(VECTORS[0])

    assert twilio.refusal(["12345"], [address.replace("mycompany", "other")], request, pairs) == "wrong_signature"
    assert twilio.refusal(["12345"], [], request, pairs) == "wrong_signature"


@pytest.mark.parametrize(
    ("base", "told", "expected"),
    [
        ("https://a.example", None, ["https://a.example/s"]),
        (None, "https://b.example/x?y=1#rc=3", ["https://b.example/s", "https://b.example/x"]),
        ("https://a.example/p", "https://a.example/p/s", ["https://a.example/p/s", "https://a.example/s"]),
    ],
)
def test_the_addresses_that_twilio_may_know(base: str | None, told: str | None, expected: list[str]) -> None:
    settings = {} if told is None else {"webhookUrl": told}

    assert twilio.addresses(base, settings, "/s", reported=True) == expected


@pytest.mark.parametrize(
    ("settings", "algorithm", "is_accepted"),
    [
        ("key=webhooks_sharedkey_1,algorithm=HMAC_SHA256", hashlib.sha256, True),
        ("key=webhooks_sharedkey_1,algorithm=HMAC_SHA256", hashlib.sha1, False),
        ("algorithm=HMAC_MD5", hashlib.md5, False),
        ("key=webhooks_sharedkey_1", hashlib.sha1, True),
    ],
)
def test_the_hash_that_twilio_names(settings: str, algorithm: Any, is_accepted: bool) -> None:
    signature = base64.b64encode(hmac.new(b"t", b"https://a.example/sA1", algorithm).digest()).decode()
    request = a_request(b"A=1", x_twilio_signature=signature, x_twilio_webhooks_signature_settings=settings)

    assert (twilio.refusal(["t"], ["https://a.example/s"], request, [("A", "1")]) is None) == is_accepted


Route = Literal["status", "inbound"]


def judged(params: dict[str, str], route: Route = "status") -> str | None:
    return twilio_parameters.refusal(list(params.items()), route, TWILIO_ACCOUNT, signed=True)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"ErrorCode": "30003", "RawDlrDoneDate": "2602181530", "MessagingServiceSid": "MG" + "0" * 32},
        {"From": "ACME Shop"},
        {"From": "", "ErrorCode": "30001"},
        {"ChannelPrefix": "whatsapp", "To": "whatsapp:+14155550101", "ErrorMessage": "Unknown error"},
        {"StirVerstat": "TN-Validation", "Some.New_Parameter2": "as Twilio likes"},
    ],
)
def test_reports_as_twilio_sends_them_are_taken(more: dict[str, str]) -> None:
    assert judged(twilio_status(**more)) is None


@pytest.mark.parametrize(
    "more",
    [
        {"Body": "Stop", "OptOutType": "STOP"},
        {"Body": "From+15550001111 ToCityX MessageSidSM0 what a text"},
        {"Body": "", "NumMedia": "1", "MediaUrl0": "https://api.twilio.com/x", "MediaContentType0": "image/png"},
        {"From": "whatsapp:+14155550101", "ProfileName": "Tom From Tokyo", "WaId": "14155550101"},
        {"OriginalRepliedMessageSid": "SM" + "0" * 32, "ButtonText": "Yes", "ButtonPayload": "yes"},
        {"FromCity": "São Paulo", "FromZip": "EX4 3SR", "ToCity": "LA JOLLA"},
    ],
)
def test_messages_as_people_send_them_are_taken(more: dict[str, str]) -> None:
    assert judged(twilio_message(**more), "inbound") is None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"AccountSid": "AC" + "1" * 32}, "wrong_account"),
        ({"MessageSid": "SM1"}, "bad_parameter"),
        ({"MessageStatus": "done"}, "bad_parameter"),
        ({"SmsSid": "SM" + "9" * 32}, "parameters_differ"),
        ({"SmsStatus": "sent"}, "parameters_differ"),
        ({"ErrorCode": "30003From+1"}, "bad_parameter"),
        ({"1": "x"}, "bad_parameter_name"),
        ({"A": ""}, "ambiguous_parameters"),
    ],
)
def test_reports_that_are_not_like_that_are_refused(change: dict[str, str], why: str) -> None:
    assert judged({**twilio_status(), **change}) == why


def test_an_account_that_is_known_need_not_look_like_one() -> None:
    """Twilio's documentation writes accounts as ACxxx..., and whoever tries this out may have set up less than that."""
    for account, unknown in (("AC" + "x" * 32, None), ("AC_test_xxx", "bad_parameter")):
        pairs = list(twilio_status(AccountSid=account).items())
        assert twilio_parameters.refusal(pairs, "status", account, signed=True) is None
        assert twilio_parameters.refusal(pairs, "status", None, signed=True) == unknown


def test_a_parameter_that_comes_twice_is_refused() -> None:
    pairs = [*twilio_status().items(), ("To", "+14155550199")]

    assert twilio_parameters.refusal(pairs, "status", TWILIO_ACCOUNT, signed=True) == "bad_parameter_name"


def _cuts(params: dict[str, str]) -> list[dict[str, str]]:
    """All other parameters that are signed alike and differ in where one or two neighbours end."""
    ordered = [(name, params[name]) for name in sorted(params)]
    found = []
    for at, (name, value) in enumerate(ordered):
        before, after = dict(ordered[:at]), dict(ordered[at + 1 :])
        # A value gives its end to a parameter of its own.
        for cut in range(len(value)):
            for end in range(cut + 1, len(value) + 1):
                found.append({**before, name: value[:cut], value[cut:end]: value[end:], **after})
        # A name begins later, its first letters at the end of the value before it.
        if at:
            last, held = ordered[at - 1]
            for cut in range(1, len(name)):
                found.append({**dict(ordered[: at - 1]), last: held + name[:cut], name[cut:]: value, **after})
            found.append({**dict(ordered[: at - 1]), last: held + name + value, **after})
        # The value begins in the name, or the name in the value.
        found += [{**before, name[:cut]: name[cut:] + value, **after} for cut in range(1, len(name))]
        found += [{**before, name + value[:cut]: value[cut:], **after} for cut in range(1, len(value) + 1)]
    text = "".join(name + value for name, value in ordered)
    return [one for one in found if one != params and "".join(n + one[n] for n in sorted(one)) == text]


@pytest.mark.parametrize(
    ("params", "route"),
    [
        (twilio_status("undelivered", ErrorCode="30003", RawDlrDoneDate="2602181530"), "status"),
        (twilio_status("sent", From="XHello"), "status"),
        (twilio_status("failed", From="", ErrorCode="30001"), "status"),
        (twilio_message("STOP Dave", OptOutType="STOP", FromZip="94105", ToZip="EX4 3SR"), "inbound"),
        (twilio_message("hiFrom+15550001111FromA", MessagingServiceSid="MG" + "0" * 32), "inbound"),
    ],
)
def test_no_other_cut_of_the_same_signed_text_is_taken(params: dict[str, str], route: Route) -> None:
    cuts = _cuts(params)

    assert judged(params, route) is None
    assert len(cuts) > 100
    assert [one for one in cuts if judged(one, route) is None] == []


def test_a_text_that_holds_another_sender_does_not_make_him_one() -> None:
    crafted = twilio_message("hiFrom+15550001111FromA")
    real = crafted.pop("From")
    forged = {**crafted, "Body": "hi", "From": "+15550001111", "FromAFrom": real}

    assert judged(forged, "inbound") == "ambiguous_parameters"
    assert judged({**forged, "FromA": f"From{real}"}, "inbound") == "ambiguous_parameters"
