"""What the application says of itself: the key, the integrations, the webhooks, the jobs, the figures, the hold."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final

from urllib3.exceptions import HTTPError

from tools.cli.checks.finding import Finding, fault, ok, warning
from tools.cli.client import TIMEOUT, Client, RefusedError, pool, segment
from tools.cli.exits import CommandError

#: Days before the end of a key at which somebody should know.
KEY_DAYS: Final = 14
#: Jobs that are looked through for the last recount; one runs every night.
JOBS: Final = 300
#: Hours after which a recount is too long ago.
RECOUNT_HOURS: Final = 48

Look = Callable[[Client], Iterator[Finding]]


def look(client: Client, key: str) -> Iterator[Finding]:
    """Everything that a key may see; what it may not is said, and is no fault."""
    found = list(_key(client, key))
    yield from found
    if any(one.level == "fault" for one in found):
        return
    parts: tuple[tuple[str, Look], ...] = (
        ("integrations", _integrations),
        ("webhooks", _webhooks),
        ("failed jobs", _jobs),
        ("figures", _figures),
        ("sending", _sending),
    )
    for what, part in parts:
        try:
            yield from part(client)
        except RefusedError as refused:
            if refused.http == 403:
                yield warning(what, "not looked at: this key may not", "Use a key with the scope admin.")
            else:
                yield fault(what, refused.message, f"Look into the logs of the api function ({refused.asked}).")
        except CommandError as failure:
            yield fault(what, failure.message, failure.hint or "Try again.")


def _key(client: Client, key: str) -> Iterator[Finding]:
    parts = key.split("_")
    try:
        known = client.get(f"/v1/api-keys/{segment(parts[1])}") if len(parts) == 3 and parts[0] == "rk" else {}
    except RefusedError as refused:
        if refused.http == 401:
            yield fault("key", refused.message, "Give a key that works: `retention keys create` with an admin key.")
            return
        if refused.http == 403:
            yield ok("key", "works, with fewer scopes than admin")
            return
        if refused.http != 404:
            yield fault("key", refused.message, "Look into the logs of the api function and of the authorizer.")
            return
        known = {}
    except CommandError as failure:
        yield fault("key", failure.message, failure.hint or "Try again.")
        return
    if not known:
        yield warning(
            "key",
            "works, but is no key of its own: the bootstrap key, or a token",
            "Make one: `retention keys create`.",
        )
        return
    scopes = ", ".join(known["scopes"])
    until = known.get("validUntil")
    if until and _instant(until) - datetime.now(UTC) < timedelta(days=KEY_DAYS):
        yield warning("key", f"{known['name']!r} ({scopes}) ends on {until}", f"retention keys rotate {known['id']}")
    else:
        yield ok("key", f"{known['name']!r} ({scopes})")


def _integrations(client: Client) -> Iterator[Finding]:
    integrations = list(client.pages("/v1/integrations"))
    if not integrations:
        yield warning("integrations", "none", "Put one in place with PUT /v1/integrations/{provider}.")
    for one in integrations:
        provider = str(one["provider"])
        if not one["isActive"]:
            yield warning(provider, "is not active: nothing is sent through it", "Set isActive, unless it is meant so.")
            continue
        try:
            tested = client.ask("POST", f"/v1/integrations/{segment(provider)}/test")
        except RefusedError as refused:
            if refused.http == 409:
                yield ok(provider, "calls this service and is never called")
                continue
            yield fault(provider, refused.message, "Look into the logs of the api function.")
            continue
        if tested["ok"]:
            yield ok(provider, f"{tested['detail']} ({tested['latencyMs']} ms)")
        else:
            yield fault(provider, tested["detail"], f"Check the credentials: PATCH /v1/integrations/{provider}.")


def _webhooks(client: Client) -> Iterator[Finding]:
    """Whether the addresses that providers are told are answered by the webhooks function."""
    told = {f"{client.url}/webhooks/sendgrid": "webhooks"}
    for one in client.pages("/v1/integrations"):
        address = one["config"].get("webhookUrl")
        if isinstance(address, str):
            told.setdefault(address, f"webhooks of {one['provider']}")
    for address, what in told.items():
        if _is_ours(address):
            yield ok(what, f"{address} answers")
        else:
            yield warning(
                what,
                f"{address} does not answer as this service does",
                "Check PublicBaseUrl and the integration's webhookUrl: reports of providers go there.",
            )


def _is_ours(address: str) -> bool:
    """Whether our function is there: it refuses a method that a webhook does not have, and measures nothing."""
    try:
        answer = pool(address).request("PUT", address, retries=False, timeout=TIMEOUT, redirect=False)
        return bool(answer.status == 405 and json.loads(answer.data).get("code") == "method_not_allowed")
    except (HTTPError, ValueError, AttributeError):
        return False


def _jobs(client: Client) -> Iterator[Finding]:
    failed = list(islice(client.pages("/v1/jobs", status="failed"), 100))
    if not failed:
        yield ok("failed jobs", "none")
        return
    first = failed[0]
    yield fault(
        "failed jobs",
        f"{len(failed)}{' or more' if len(failed) == 100 else ''}, the latest {first['task']}: {first.get('error')}",
        "Mend the cause, then: retention jobs redrive --all",
    )


def _figures(client: Client) -> Iterator[Finding]:
    jobs = islice(client.pages("/v1/jobs"), JOBS)
    last: dict[str, Any] | None = next(
        (job for job in jobs if job["task"] == "recount" and job["status"] == "succeeded"), None
    )
    if last is None:
        yield ok("figures", "not recounted yet: that is done every night")
        return
    ended, result = str(last.get("finishedAt") or last["updatedAt"]), last.get("result") or {}
    if repairs := result.get("repairs"):
        yield warning(
            "figures",
            f"{repairs} numbers were wrong on {ended}, and were put right",
            f"retention jobs show {last['id']}",
        )
    elif datetime.now(UTC) - _instant(ended) > timedelta(hours=RECOUNT_HOURS):
        yield warning(
            "figures", f"last recounted on {ended}", "See whether the dispatcher runs; POST /v1/reports/recount"
        )
    else:
        yield ok("figures", f"recounted on {ended}, all right")


def _sending(client: Client) -> Iterator[Finding]:
    state = client.get("/v1/sending")
    if state["held"]:
        yield warning("sending", f"is held since {state['since']}: {state['reason']}", "retention sending release")
    else:
        yield ok("sending", "goes on")


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
