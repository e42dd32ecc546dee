"""Puts together what the authorizer needs: a part of what bootstrap does, so that its cold start stays short."""

from collections.abc import Callable

from retention.access.verify import Verifier
from retention.clock import Clock, process_clock
from retention.config import Settings, settings
from retention.keyring import Keyring
from retention.secrets import bootstrap_secret, root_secret
from retention.table.store import Store


def build(
    configured: Settings,
    *,
    clock: Clock | None = None,
    keyring: Keyring | None = None,
    fetch: Callable[[str, float], bytes] | None = None,
) -> Verifier:
    """Wire a verifier as AUTH_MODE says; what is not given is the real thing.

    Raises:
        ValueError: tokens are to be accepted, but no issuer or audience is configured.
    """
    clock = clock or process_clock()
    tokens = None
    if configured.auth_mode != "ApiKey":
        # Cryptography is heavy; who uses API keys alone never loads it.
        from retention.access.issuer import IssuerKeys, https_get
        from retention.access.tokens import Tokens

        issuer = configured.jwt_issuer
        keys = IssuerKeys(issuer, clock, fetch or https_get)
        tokens = Tokens(issuer, configured.jwt_audience, configured.jwt_scopes_claim, keys, clock)
    return Verifier(
        Store(configured.table_name, configured.aws_region),
        clock,
        keyring or Keyring(lambda: root_secret(configured)),
        bootstrap_document=(lambda: bootstrap_secret(configured)) if configured.bootstrap_key_secret_arn else None,
        tokens=tokens,
        keys=configured.auth_mode != "Jwt",
    )


_installed: list[Verifier] = []


def verifier() -> Verifier:
    """The verifier of this process, put together when it is first needed."""
    if not _installed:
        _installed.append(build(settings()))
    return _installed[0]


def install(one: Verifier) -> None:
    """Make this the verifier of the process."""
    _installed[:] = [one]
