"""Which tokens are taken, and what they allow."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from retention.access.caller import Accepted, Refused
from retention.access.issuer import IssuerKeys
from retention.access.tokens import Tokens
from retention.clock import ManualClock
from tests.issuer import AUDIENCE, EC_KEY, ISSUER, OTHER_RSA_KEY, RSA_KEY, Issuer, published, token
from tests.start import START

HOUR = timedelta(hours=1).total_seconds()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def tokens(clock: ManualClock) -> Tokens:
    return taking(clock, Issuer())


def taking(clock: ManualClock, issuer: Issuer, claim: str = "scope") -> Tokens:
    return Tokens(ISSUER, AUDIENCE, claim, IssuerKeys(ISSUER, clock, issuer.fetch), clock)


def refusal(tokens: Tokens, given: str) -> str:
    found = tokens.verify(given)
    assert isinstance(found, Refused)
    return found.why


def test_a_token_stands_for_its_subject_and_its_known_scopes(tokens: Tokens) -> None:
    assert tokens.verify(token()) == Accepted("token:service-7", ("leads:read",))


def test_both_kinds_of_signature_are_taken(tokens: Tokens) -> None:
    assert isinstance(tokens.verify(token(EC_KEY, "two", "ES256")), Accepted)


@pytest.mark.parametrize(
    ("given", "scopes"),
    [
        ("leads:read  jobs:read openid", ("leads:read", "jobs:read")),
        (["leads:write", "profile", 7, None, ["admin"]], ("leads:write",)),
        ("admin", ("admin",)),
        ("ADMIN Leads:read leads:*", ()),
        ({"admin": True}, ()),
        (None, ()),
        (True, ()),
    ],
)
def test_scopes_are_read_from_a_text_or_a_list_and_from_nothing_else(
    tokens: Tokens, given: Any, scopes: tuple[str, ...]
) -> None:
    found = tokens.verify(token(scope=given))

    assert isinstance(found, Accepted)
    assert found.scopes == scopes


def test_another_claim_may_hold_the_scopes(clock: ManualClock) -> None:
    named: dict[str, Any] = {"scope": "admin", "https://example.com/roles": ["jobs:read"]}
    found = taking(clock, Issuer(), claim="https://example.com/roles").verify(token(**named))

    assert isinstance(found, Accepted)
    assert found.scopes == ("jobs:read",)


def test_an_audience_among_several_is_enough(tokens: Tokens) -> None:
    assert isinstance(tokens.verify(token(aud=["other", AUDIENCE])), Accepted)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"iss": "https://evil.example.com/"}, "This token is from another issuer."),
        ({"iss": ISSUER.rstrip("/")}, "This token is from another issuer."),
        ({"aud": "other"}, "This token is for another audience."),
        ({"aud": ["other"]}, "This token is for another audience."),
        ({"without": "aud"}, "This token lacks the claim aud."),
        ({"without": "iss"}, "This token lacks the claim iss."),
        ({"without": "exp"}, "This token lacks the claim exp."),
        ({"without": "sub"}, "This token lacks the claim sub."),
        ({"exp": "tomorrow"}, "This token is not valid."),
        ({"exp": True}, "This token is not valid."),
        ({"exp": float("inf")}, "This token is not valid."),
        ({"exp": float("nan")}, "This token is not valid."),
        ({"nbf": "now"}, "This token is not valid."),
        ({"sub": ""}, "This token is not valid."),
        ({"sub": "x" * 256}, "This token is not valid."),
        ({"kid": "three"}, "This token is signed with a key that its issuer does not publish."),
        ({"kid": None}, "This token is signed with a key that its issuer does not publish."),
        ({"key": OTHER_RSA_KEY}, "This token is not valid."),
        ({"kid": "two"}, "This token is not valid."),
        ({"algorithm": "RS384"}, "This token is not signed with RS256 or ES256."),
        ({"algorithm": "PS256"}, "This token is not signed with RS256 or ES256."),
        ({"key": None, "algorithm": "none"}, "This token is not signed with RS256 or ES256."),
    ],
)
def test_a_token_that_is_not_ours_to_take_is_refused_with_the_reason(
    tokens: Tokens, changed: dict[str, Any], why: str
) -> None:
    assert refusal(tokens, token(**changed)) == why


def test_a_public_key_is_never_taken_for_a_shared_secret(tokens: Tokens) -> None:
    # PyJWT refuses to sign such a token, so it is put together by hand.
    import hmac
    from hashlib import sha256

    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).decode().rstrip("=")

    public = RSA_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    claims = token().split(".")[1]
    for algorithm in ("HS256", "RS256"):
        signed = part(json.dumps({"alg": algorithm, "kid": "one"}).encode()) + "." + claims
        forged = f"{signed}.{part(hmac.digest(public, signed.encode(), sha256))}"
        assert isinstance(tokens.verify(forged), Refused)


@pytest.mark.parametrize("text", ["x", "a.b", "a.b.c", "..", "é.é.é", "eyJhbGciOiJSUzI1NiJ9..", "{}"])
def test_what_is_no_token_is_refused(tokens: Tokens, text: str) -> None:
    assert isinstance(tokens.verify(text), Refused)


def test_changed_claims_are_noticed(tokens: Tokens) -> None:
    head, _, signature = token().split(".")
    _, claims, _ = token(OTHER_RSA_KEY, scope="admin").split(".")

    assert refusal(tokens, f"{head}.{claims}.{signature}") == "This token is not valid."


def test_a_token_ends_a_minute_after_its_end_and_begins_a_minute_early(tokens: Tokens, clock: ManualClock) -> None:
    early = token(nbf=(START + timedelta(seconds=61)).timestamp())
    assert refusal(tokens, early) == "This token is not valid yet."
    clock.advance(1)
    assert isinstance(tokens.verify(early), Accepted)

    clock.advance(HOUR + 58)
    assert isinstance(tokens.verify(token()), Accepted)
    clock.advance(1)
    assert refusal(tokens, token()) == "This token has expired."


def test_a_token_without_a_key_id_is_taken_when_the_issuer_has_one_key(clock: ManualClock) -> None:
    tokens = taking(clock, Issuer(keys=[published(RSA_KEY, "only")]))

    assert isinstance(tokens.verify(token(kid=None)), Accepted)


@pytest.mark.parametrize(("issuer", "audience"), [("", AUDIENCE), (ISSUER, "")])
def test_tokens_need_an_issuer_and_an_audience(clock: ManualClock, issuer: str, audience: str) -> None:
    with pytest.raises(ValueError, match="JWT_ISSUER and JWT_AUDIENCE"):
        Tokens(issuer, audience, "scope", IssuerKeys(issuer, clock), clock)
