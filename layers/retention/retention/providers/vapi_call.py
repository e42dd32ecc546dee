"""How the request for a call is put together: the script's settings win over the campaign's, and these over the
integration's.

What a team writes into `vapiConfig` is VAPI's own vocabulary, with short forms for what is most common:

    assistantId | assistant   who talks: a saved assistant, or one described here; else the integration's
    phoneNumberId             where the call comes from; else the integration's
    model, voice              a name ("gpt-4o", "alloy") stands for OpenAI's model or voice of that name
    temperature, maxTokens    belong to the model
    firstMessage, and all else that an assistant has

`instructions` are the system message of the model that is given here. A saved assistant without a model here keeps its
own prompt, which may use them as {{ instructions }}: replacing its model would silently take its tools away.

Source: CreateCallDTO and AssistantOverrides in fern/apis/api/openapi.json of VapiAI/docs.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from retention.integrations.providers import VapiConfig
from retention.providers.port import CallBody, Order

#: Characters of a name that VAPI takes.
MAX_NAME: Final = 40
#: The model of an assistant that is described by its instructions alone.
DEFAULT_MODEL: Final = "gpt-4o"
#: What VAPI tells us of a call, and nothing else: each message is a request to us.
REPORTS: Final = ("status-update", "end-of-call-report")
#: How VAPI repeats a report that we did not take; without a plan it does not.
BACKOFF: Final[Mapping[str, Any]] = {"type": "exponential", "maxRetries": 10, "baseDelaySeconds": 5}
#: Seconds that VAPI waits for us to take a report.
REPORT_SECONDS: Final = 20
#: Two names for the one who talks: naming either hides both in what comes after.
_WHO_TALKS: Final = frozenset({"assistant", "assistantId", "assistantVersion"})
#: Settings of the call itself; all others are the assistant's.
_OF_THE_CALL: Final = frozenset({"assistantId", "assistantVersion", "assistant", "phoneNumberId"})
#: Settings that are part of the model.
_OF_THE_MODEL: Final = frozenset({"temperature", "maxTokens"})
#: What is ours to say: where reports go and what they carry.
_OURS: Final = frozenset({"server", "serverMessages", "metadata", "variableValues", "instructions", "customer", "name"})


class IncompleteCallError(ValueError):
    """Neither script nor campaign nor integration says all that a call needs."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def merged(levels: Sequence[Mapping[str, Any] | None]) -> dict[str, Any]:
    """Settings of several levels as one; the earlier level wins, and who talks is one choice."""
    found: dict[str, Any] = {}
    for level in levels:
        hidden = set(found) | (_WHO_TALKS if _WHO_TALKS & set(found) else set())
        found |= {name: value for name, value in (level or {}).items() if name not in hidden}
    return found


def call_request(order: Order, integration: VapiConfig) -> dict[str, Any]:
    """The body of the request that starts a call.

    Raises:
        IncompleteCallError: nobody says who talks, or where the call comes from.
    """
    body = order.body
    if not isinstance(body, CallBody):
        raise TypeError("a call needs instructions")
    settings = merged([body.settings, _defaults(integration)])
    if not isinstance(settings.get("phoneNumberId"), str):
        raise IncompleteCallError("no_phone_number", "nothing says which number the call comes from (phoneNumberId)")
    customer = {"number": order.to, "externalId": order.correlation}
    name = order.name.strip()[:MAX_NAME].strip()
    request = {
        "name": order.correlation,
        "phoneNumberId": settings["phoneNumberId"],
        "customer": {**customer, "name": name} if name else customer,
    }
    return {**request, **_who_talks(settings, body), "assistantOverrides": _overrides(settings, order, integration)}


def _defaults(integration: VapiConfig) -> dict[str, Any]:
    given = {"assistantId": integration.assistant_id, "phoneNumberId": integration.phone_number_id}
    return {name: value for name, value in given.items() if value is not None}


def _who_talks(settings: Mapping[str, Any], body: CallBody) -> dict[str, Any]:
    """The assistant: described here, saved there, or no more than a model with its instructions."""
    described = settings.get("assistant")
    if isinstance(described, Mapping):
        return {"assistant": dict(described)}
    if isinstance(settings.get("assistantId"), str):
        version = settings.get("assistantVersion")
        return {"assistantId": settings["assistantId"], **({"assistantVersion": version} if version else {})}
    if not body.instructions:
        raise IncompleteCallError("no_assistant", "nothing says who talks (assistantId), or what (instructions)")
    return {"assistant": {"model": _model(settings, body)}}


def _overrides(settings: Mapping[str, Any], order: Order, integration: VapiConfig) -> dict[str, Any]:
    """What is said of the assistant in this one call."""
    body = order.body
    assert isinstance(body, CallBody)
    variables = {**body.variables, **({"instructions": body.instructions} if body.instructions else {})}
    apart = _OF_THE_CALL | _OF_THE_MODEL | _OURS | {"model", "voice"}
    overrides: dict[str, Any] = {name: value for name, value in settings.items() if name not in apart}
    if "model" in settings and _WHO_TALKS & set(settings):
        overrides["model"] = _model(settings, body)
    if "voice" in settings:
        overrides["voice"] = _voice(settings["voice"])
    if body.first_message:
        overrides["firstMessage"] = body.first_message
    overrides |= {"variableValues": variables, "metadata": {"x": order.callback_key}}
    report = integration.webhook_url or order.callback_url
    if report is not None:
        server = {"url": report, "timeoutSeconds": REPORT_SECONDS, "backoffPlan": dict(BACKOFF)}
        if integration.webhook_credential_id is not None:
            server["credentialId"] = integration.webhook_credential_id
        overrides |= {"server": server, "serverMessages": list(REPORTS)}
    return overrides


def _model(settings: Mapping[str, Any], body: CallBody) -> dict[str, Any]:
    """A model with its instructions before whatever messages it has."""
    given = settings.get("model", DEFAULT_MODEL)
    model: dict[str, Any] = dict(given) if isinstance(given, Mapping) else {"provider": "openai", "model": given}
    model = {**{name: settings[name] for name in _OF_THE_MODEL if name in settings}, **model}
    if body.instructions:
        others = model.get("messages")
        rest = [one for one in others if not _is_system(one)] if isinstance(others, list) else []
        model["messages"] = [{"role": "system", "content": body.instructions}, *rest]
    return model


def _is_system(message: Any) -> bool:
    return isinstance(message, Mapping) and message.get("role") == "system"


def _voice(given: Any) -> Any:
    return {"provider": "openai", "voiceId": given} if isinstance(given, str) else given
