"""Does an integration work? Found out by a harmless question, which costs nothing and changes nothing."""

import time

from retention.errors import ConflictError, NotFoundError
from retention.integrations.model import IntegrationTest
from retention.providers.directory import WIRED, Directory


def try_out(directory: Directory, provider: str) -> IntegrationTest:
    """Ask a provider with the credentials of its integration as they are now, switched on or not.

    Raises:
        ConflictError: there is nothing to ask: this one calls us.
        NotFoundError: there is no such integration.
        SecretStoreError: its credentials cannot be read.
    """
    if provider not in WIRED:
        raise ConflictError(f"There is nothing to test: {provider} calls this service, and is never called by it.")
    entry = directory.read(provider)
    if entry.integration is None:
        raise NotFoundError(f"There is no integration with {provider} yet.")
    if entry.wired is None:
        return IntegrationTest(
            ok=False, latency_ms=0, detail="Its settings or credentials are not complete: put it in place again."
        )
    began = time.monotonic()
    checked = entry.wired.check()
    passed = round((time.monotonic() - began) * 1000)
    return IntegrationTest(ok=checked.ok, latency_ms=passed, detail=checked.detail)
