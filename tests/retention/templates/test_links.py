"""Signed links: what we made is known again, everything else is refused."""

import base64
from itertools import count
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from retention.bootstrap import build
from retention.config import Settings
from retention.core import Core
from retention.engine.queue import Work
from retention.errors import SecretStoreError
from retention.keyring import Keyring
from retention.table import items
from retention.templates.links import (
    Callback,
    Click,
    Unsubscribe,
    Visit,
    callback,
    public_base_url,
    sign,
    url_of,
    verify,
)

KEYS = Keyring(lambda: "one")
ULID = "01khrjc1jsk2z0w8v6yq4n3m5t"
STEP = f"{ULID}.{ULID}.1.{ULID}"
NAMED: list[Any] = [
    Unsubscribe("EMAIL", STEP),
    Unsubscribe("SMS", "imported-lead.x", preview=True),
    Click(STEP, "https://shop.example/offer?a=1&b=%C3%BC"),
    Click("lead.x", "http://shop.example/", preview=True),
    Callback("SequenceStepExecution", STEP),
    Visit(STEP),
]
_names = count()


@pytest.mark.parametrize("named", NAMED, ids=lambda named: type(named).__name__)
def test_a_token_names_what_it_was_made_for_and_is_fit_for_any_url(named: Any) -> None:
    token = sign(KEYS, named)

    assert verify(KEYS, token, type(named)) == named
    assert token == sign(KEYS, named)
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize("named", NAMED, ids=lambda named: type(named).__name__)
def test_a_token_that_was_changed_anywhere_is_refused(named: Any) -> None:
    token = sign(KEYS, named)
    data = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))

    for at in range(len(data)):
        for bit in range(8):
            changed = bytes(byte ^ (1 << bit) * (place == at) for place, byte in enumerate(data))
            assert verify(KEYS, base64.urlsafe_b64encode(changed).decode().rstrip("="), type(named)) is None
    for changed_text in (
        token[:-1],
        token[1:],
        token + "A",
        token + "=",
        f" {token}",
        token[:-1] + "~",
        "",
        "A" * 9_000,
    ):
        assert verify(KEYS, changed_text, type(named)) is None


def test_no_character_of_a_token_has_a_second_form() -> None:
    for length in range(1, 5):
        token = sign(KEYS, Click("l" * length, "https://a.example/"))
        last = [one for one in map(chr, range(33, 127)) if verify(KEYS, token[:-1] + one, Click) is not None]
        assert last == [token[-1]]


def test_a_token_of_one_kind_is_none_of_another() -> None:
    kinds: list[Any] = [Unsubscribe, Click, Callback]
    for named in NAMED:
        for kind in kinds:
            assert (verify(KEYS, sign(KEYS, named), kind) is None) == (kind is not type(named))


def test_a_token_of_another_stack_is_refused() -> None:
    assert verify(Keyring(lambda: "two"), sign(KEYS, NAMED[0]), Unsubscribe) is None


def test_a_sample_says_that_it_is_one_and_is_as_long_as_the_real_link() -> None:
    real, sample = Click(STEP, "https://a.example/"), Click(STEP, "https://a.example/", preview=True)

    found = verify(KEYS, sign(KEYS, sample), Click)

    assert found is not None
    assert found.preview
    assert len(sign(KEYS, real)) == len(sign(KEYS, sample))


def test_links_lead_to_the_public_address_and_name_the_lead(core: Core) -> None:
    url = url_of("https://r.example", core.keyring, Click(STEP, "https://shop.example/offer"))
    base, _, token = url.rpartition("/")
    found = verify(core.keyring, token, Click)

    assert base == "https://r.example/r"
    assert found is not None
    assert (found.lead_id, found.target) == (ULID, "https://shop.example/offer")
    assert len(url) < 145
    assert url_of("https://r.example", core.keyring, Unsubscribe("SMS", STEP)).startswith("https://r.example/u/")


def test_a_report_finds_its_obligation(core: Core) -> None:
    assert verify(core.keyring, callback(core, Work("DirectContact", "a.b")), Callback) == Callback(
        "DirectContact", "a.b"
    )


# --- the public address ------------------------------------------------------------------------------------------


def core_with(**settings: Any) -> Core:
    return build(Settings(table_name="none", **settings), keyring=KEYS).core


@pytest.fixture
def parameter(endpoint: str) -> str:
    """The name of an SSM parameter of this test's own."""
    return f"/links-{next(_names)}/public-url"


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ("https://r.example", "https://r.example"),
        (" https://r.example/stage/ ", "https://r.example/stage"),
        ("http://127.0.0.1:4600", "http://127.0.0.1:4600"),
        ("", None),
        ("r.example", None),
        ("ftp://r.example", None),
        ("https://r.example/?a=1", None),
    ],
)
def test_the_public_address_is_a_setting(given: str, base: str | None) -> None:
    assert public_base_url(core_with(public_base_url=given)) == base


def test_else_it_is_read_from_its_parameter_once_it_is_there(parameter: str) -> None:
    core = core_with(public_url_parameter=parameter)
    assert public_base_url(core) is None

    boto3.client("ssm").put_parameter(Name=parameter, Value="https://from.example/", Type="String")
    assert public_base_url(core) == "https://from.example"

    boto3.client("ssm").delete_parameter(Name=parameter)
    assert public_base_url(core) == "https://from.example"


def test_a_store_that_does_not_answer_is_no_missing_address(parameter: str) -> None:
    boto3.client("ssm").put_parameter(Name=parameter, Value="https://from.example", Type="String")
    core = core_with(public_url_parameter=parameter)

    def unreachable(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://ssm.example")

    # At the wire of every client that is made from now on.
    items.session().register("before-call.ssm", unreachable)
    try:
        with pytest.raises(SecretStoreError):
            public_base_url(core)
    finally:
        items.session().unregister("before-call.ssm", unreachable)

    assert public_base_url(core) == "https://from.example"
