"""Twilio's signature: HMAC over the address that Twilio called and the parameters it sent.

    text       scheme, host, path and query as they are configured and came, then each name and value in order
    signature  base 64 of HMAC-SHA-1 with the auth token; of HMAC-SHA-256 where another header says so
    JSON       the address alone, which then carries the SHA-256 of the body

The address is the configured one: what a request says of its host proves nothing.
Source: twilio-python 9.13.0, request_validator.py; twilio-node, webhooks.ts.
"""

import base64
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Final
from urllib.parse import parse_qs, urlsplit, urlunsplit

from retention.receiving.request import Request
from retention.receiving.verifying.comparing import one_of, same

SIGNATURE: Final = "x-twilio-signature"
#: key=<id>,algorithm=<name>; without it, or without an algorithm, SHA-1.
_SETTINGS: Final = "x-twilio-webhooks-signature-settings"
_ALGORITHMS: Final = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}
_BODY_HASH: Final = "bodySHA256"
_PORTS: Final = {"https": 443, "http": 80}


def refusal(
    tokens: Sequence[str], urls: Iterable[str], request: Request, pairs: Sequence[tuple[str, str]] | None
) -> str | None:
    """Why a request is not proven to come from Twilio; None when it is.

    Args:
        tokens: the live auth tokens.
        urls: the addresses under which Twilio may know us, without query.
        pairs: the parameters of a form; None for any other body, which must then be named by its hash.
    """
    given = request.header(SIGNATURE)
    algorithm = _ALGORITHMS.get(_algorithm(request.header(_SETTINGS)))
    if not given:
        return "no_signature"
    if algorithm is None:
        return "unknown_algorithm"
    if pairs is None and not _is_hash_of(request.body, request.query):
        return "wrong_body_hash"
    appended = "" if pairs is None else _appended(pairs)
    texts = [url + appended for url in _variants(urls, request.query)]
    expected = [_signature(token, text, algorithm) for token in tokens for text in texts]
    return None if one_of(given, expected) else "wrong_signature"


def _algorithm(settings: str) -> str:
    named = dict(part.strip().split("=", 1) for part in settings.split(",") if "=" in part)
    return named.get("algorithm", "").strip().upper() or "HMAC_SHA1"


def _is_hash_of(body: bytes, query: str) -> bool:
    given = parse_qs(query).get(_BODY_HASH, [])
    return len(given) == 1 and same(given[0], sha256(body).hexdigest())


def _appended(pairs: Sequence[tuple[str, str]]) -> str:
    values: dict[str, set[str]] = {}
    for name, value in pairs:
        values.setdefault(name, set()).add(value)
    return "".join(name + value for name in sorted(values) for value in sorted(values[name]))


def _signature(token: str, text: str, algorithm: str) -> str:
    return base64.b64encode(hmac.digest(token.encode(), text.encode("utf-8", "replace"), algorithm)).decode()


def _variants(urls: Iterable[str], query: str) -> Iterator[str]:
    """The addresses that may have been signed: with and without port, and as browsers write an apostrophe."""
    queries = {query, query.replace("'", "%27")}
    for url in urls:
        for address in _ports(url):
            for one in queries:
                yield f"{address}?{one}" if one else address


def _ports(url: str) -> set[str]:
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")
    port = parts.port
    host = place[2].removesuffix(f":{port}") if port else place[2]
    without = parts._replace(netloc="".join(place[:2]) + host)
    usual = without._replace(netloc=f"{without.netloc}:{_PORTS.get(parts.scheme, 443)}")
    return {url, urlunsplit(without), url if port else urlunsplit(usual)}


def addresses(base: str | None, settings: Mapping[str, object], path: str, *, reported: bool) -> list[str]:
    """The addresses under which Twilio may know a path of ours, without query.

    Args:
        base: the public address of this stack.
        settings: what is known of the caller; `webhookUrl` is the address that it was told to report to.
        reported: whether this path is the one for reports.
    """
    found = [base + path] if base is not None else []
    told = settings.get("webhookUrl")
    if isinstance(told, str):
        parts = urlsplit(told)
        found.append(f"{parts.scheme}://{parts.netloc}{path}")
        if reported:
            found.append(told.partition("#")[0].partition("?")[0])
    return list(dict.fromkeys(found))
