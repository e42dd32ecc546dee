"""An admin key for whoever works with the local stack, made as in a real deployment: with the bootstrap key."""

import json

from tools.stack.aws import client
from tools.stack.http import call
from tools.stack.memory import recall, remember

#: Name under which the key is listed by the API.
NAME = "local development"


class NoAdminKeyError(Exception):
    """Neither a kept key nor the bootstrap key opens the API."""


def admin_key(endpoint: str, url: str, bootstrap_secret: str) -> str:
    """A key with the scope admin: the one of the last run if it still works, else a new one.

    Args:
        bootstrap_secret: name or ARN of the secret that holds the bootstrap key.

    Raises:
        NoAdminKeyError: the kept key was revoked or lost while the bootstrap key is not honoured any more.
    """
    kept = recall(endpoint, "admin-key")
    if kept is not None and call("GET", f"{url}/v1/leads?limit=1", kept).status == 200:
        return kept
    stored = client("secretsmanager", endpoint).get_secret_value(SecretId=bootstrap_secret)["SecretString"]
    bootstrap = f"rk_bootstrap_{json.loads(stored)['secret']}"
    answer = call("POST", f"{url}/v1/api-keys", bootstrap, {"name": NAME, "scopes": ["admin"]})
    if answer.status != 201:
        said = (
            f"POST /v1/api-keys with the bootstrap key answers {answer.status} {answer.body.decode('utf-8', 'replace')}"
        )
        if kept is None:
            raise NoAdminKeyError(f"There is no admin key: {said[:500]}")
        raise NoAdminKeyError(
            f"The admin key of the last run no longer works, and a new one cannot be made: {said[:500]}\n"
            "If you revoked it, begin anew with `make reset` and `make run`."
        )
    key = str(answer.json()["key"])
    remember(endpoint, "admin-key", key)
    return key
