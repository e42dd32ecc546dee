"""The entry of the authorizer: from the Authorization header to a context that the api function decides by.

It never denies: the gateway keeps an answer for 60 s for all routes together, and refuses in words of its own. So the
context says who the caller is, or why nobody is let in, and the api function answers 401 and 403 itself.

When a key cannot be checked, because the table, the secret store or the token issuer is down, it raises. The gateway
then answers 500, lets nobody in, and keeps nothing: the first call after the recovery is served again.
"""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from retention import coldstart
from retention.access.caller import Accepted, Refused
from retention.access.gate import verifier

logger = Logger()


def _context_of(found: Accepted | Refused) -> dict[str, str]:
    """What the api function is told; functions/api/reading.py reads it."""
    if isinstance(found, Refused):
        return {"failure": found.why}
    context = {"keyId": found.id, "scopes": " ".join(found.scopes)}
    return context if found.noted is None else {**context, "noted": found.noted}


def _authorization(event: dict[str, Any]) -> str | None:
    headers = event.get("headers") or {}
    return next((value for name, value in headers.items() if name.lower() == "authorization"), None)


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer the gateway's question about one request (payload format 2.0, simple response)."""
    found = verifier().verify(_authorization(event))
    if isinstance(found, Refused):
        logger.info("refused", why=found.why)
    else:
        # The subject of a token may be somebody's address: only ids of our own are logged.
        logger.info("accepted", key=found.id if ":" not in found.id else "token")
    return {"isAuthorized": True, "context": _context_of(found)}


coldstart.done()
