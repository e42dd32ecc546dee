"""What VAPI takes as a call. Source: VapiAI/docs, openapi.json, CreateCallDTO; the words are those of its validator."""

import re
from typing import Any, Final

_E164: Final = re.compile(r"\+[1-9]\d{6,14}")
#: Characters that names and external ids may have.
MAX_NAME: Final = 40
_MEMBERS: Final = frozenset(
    re.findall(
        r"[\w-]+",
        "assistantVersion transport customers name schedulePlan assistantId assistant assistantOverrides squadId squad "
        "squadOverrides workflowId workflow workflowOverrides phoneNumberId phoneNumber customerId customer",
    )
)
_CUSTOMER: Final = frozenset(
    re.findall(
        r"[\w-]+",
        "numberE164CheckEnabled extension assistantOverrides squadOverrides number sipUri name email externalId",
    )
)
#: Some of what may be overridden: what this service uses, and its close relatives.
_NUMBERS: Final = {"maxDurationSeconds": (10, 43200)}
_SERVER: Final = frozenset(
    re.findall(
        r"[\w-]+",
        "timeoutSeconds credentialId staticIpAddressesEnabled encryptedPaths url headers backoffPlan",
    )
)


def wrong_with(order: Any) -> list[str]:
    """Everything that is wrong with an order for one call; nothing when it is right."""
    if not isinstance(order, dict):
        return ["the body must be an object"]
    wrong = [f"property {name} should not exist" for name in sorted(set(order) - _MEMBERS)]
    wrong += _too_long(order, "name")
    if not order.get("assistantId") and not isinstance(order.get("assistant"), dict):
        wrong.append("Couldn't Get Assistant. Need Either `assistant` Or `assistantId`.")
    if not order.get("phoneNumberId") and not isinstance(order.get("phoneNumber"), dict):
        wrong.append("Need Either `phoneNumberId` Or `phoneNumber`.")
    return wrong + _wrong_customer(order.get("customer")) + _wrong_overrides(order.get("assistantOverrides", {}))


def _wrong_customer(customer: Any) -> list[str]:
    if not isinstance(customer, dict):
        return ["customer must be an object"]
    wrong = [f"customer.property {name} should not exist" for name in sorted(set(customer) - _CUSTOMER)]
    for name in ("name", "email", "externalId"):
        wrong += _too_long(customer, name, "customer.")
    if not isinstance(customer.get("number"), str) or not _E164.fullmatch(customer["number"]):
        wrong.append(
            "customer.number must be a valid phone number in the E.164 format. Hot tip, you may be missing the country "
            "code."
        )
    return wrong


def _wrong_overrides(overrides: Any) -> list[str]:
    if not isinstance(overrides, dict):
        return ["assistantOverrides must be an object"]
    wrong = []
    for name, (least, most) in _NUMBERS.items():
        value = overrides.get(name, least)
        if not isinstance(value, int | float) or not least <= value <= most:
            wrong.append(f"assistantOverrides.{name} must be from {least} to {most}")
    for name in ("metadata", "variableValues"):
        if not isinstance(overrides.get(name, {}), dict):
            wrong.append(f"assistantOverrides.{name} must be an object")
    server = overrides.get("server", {})
    if not isinstance(server, dict) or set(server) - _SERVER:
        wrong.append("assistantOverrides.server has a property that should not exist")
    return wrong


def _too_long(part: dict[str, Any], name: str, where: str = "") -> list[str]:
    if len(str(part.get(name) or "")) <= MAX_NAME:
        return []
    return [f"{where}{name} must be shorter than or equal to {MAX_NAME} characters"]
