"""What Twilio's signature leaves open: where one parameter ends and the next begins.

It covers names and values written one after the other, so {"a": "1b2"} has the signature of {"a": "1", "b": "2"}, and
who holds a signed request could cut it anew. So every parameter that we use must be there once, in a form that cannot
be made longer or shorter, and no other may hold what looks like one of them:

    fixed  ids, states, numbers, languages of opt-out: their form leaves one way to read them
    free   what people wrote or where they live: a name that we do not know must not stand right behind the text of a
           message, nor look like the end of a place
    other  Twilio adds parameters without notice: any name is taken that hides none of these

Source: security.md's finding on concatenation; Twilio, "Twilio's request to your webhook" (names of parameters).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal

#: States of a message. Source: twilio_api_v2010.json, message_enum_status.
STATES: Final = (
    *("queued", "sending", "sent", "failed", "delivered", "undelivered", "receiving", "received", "accepted"),
    *("scheduled", "read", "partially_delivered", "canceled"),
)

_SID: Final = "(SM|MM)[0-9a-f]{32}"
_STATE: Final = f"({'|'.join(STATES)})"
_NUMBER: Final = r"([a-z]{2,20}:)?\+?[0-9]{3,20}"
_SENDER: Final = rf"({_NUMBER}|[A-Za-z0-9 +_&-]{{1,11}}|[a-z]{{2,20}}:[!-~]{{1,100}})"
#: The form of each parameter that is fixed.
_FIXED: Final[Mapping[str, str]] = {
    "AccountSid": "AC[0-9A-Za-z]{32}",
    "ApiVersion": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "ErrorCode": "[0-9]{0,6}",
    "MessageSid": _SID,
    "MessageStatus": _STATE,
    "MessagingServiceSid": "(MG[0-9a-fA-F]{32})?",
    "NumMedia": "[0-9]{1,2}",
    "NumSegments": "[0-9]{1,2}",
    "OptOutType": "(STOP|START|HELP)",
    "RawDlrDoneDate": "[0-9]{10,14}",
    "ReferralNumMedia": "[0-9]{1,2}",
    "SmsMessageSid": _SID,
    "SmsSid": _SID,
    "SmsStatus": _STATE,
    # Empty where a message failed before a sender was chosen for it.
    "From": f"({_SENDER})?",
    "FromCountry": "([A-Z]{2})?",
    "To": _SENDER,
    "ToCountry": "([A-Z]{2})?",
}
_PLACES: Final = tuple(f"{end}{part}" for end in ("From", "To") for part in ("City", "Country", "State", "Zip"))
#: Parameters that Twilio sends with messages and that we do not use; their values are free.
_KNOWN: Final = frozenset(_PLACES) | {
    *("AddOns", "Body", "ButtonPayload", "ButtonText", "ButtonType", "ChannelInstallSid", "ChannelMetadata"),
    *("ChannelPrefix", "ChannelStatusMessage", "ChannelToAddress", "ErrorMessage", "EventType", "Forwarded"),
    *("FrequentlyForwarded", "InteractiveData", "Label", "Latitude", "ListId", "ListTitle", "Longitude"),
    *("MessageType", "OriginalRepliedMessageSender", "OriginalRepliedMessageSid", "ProfileName"),
    *("ReferralBody", "ReferralCtwaClid", "ReferralHeadline", "ReferralMediaContentType", "ReferralMediaId"),
    *("ReferralMediaUrl", "ReferralSourceId", "ReferralSourceType", "ReferralSourceUrl", "StructuredMessage"),
    "WaId",
}
_MEDIA: Final = re.compile(r"Media(Url|ContentType)[0-9]{1,2}", re.ASCII)
_NAME: Final = re.compile(r"[A-Z][A-Za-z0-9_.]{0,99}", re.ASCII)
_FORMS: Final = {name: re.compile(form, re.ASCII) for name, form in _FIXED.items()}
#: A parameter within another: a name that we use and the beginning of what it holds.
_SWALLOWED: Final = re.compile(
    r"AccountSidAC[0-9A-Za-z]|ApiVersion[0-9]|ErrorCode[0-9]|MessagingServiceSidMG|(Message|Sms)Sid[SM]M[0-9a-f]"
    rf"|(Message|Sms)Status{_STATE}|Num(Media|Segments)[0-9]|OptOutType(STOP|START|HELP)|RawDlrDoneDate[0-9]"
    r"|(From|To)(([a-z]+:)?\+[0-9]|(City|Country|State|Zip)($|[^a-z]))",
    re.ASCII,
)
#: What may be the end of a place: Twilio writes them without small letters; or of the name of one.
_END_OF_PLACE: Final = re.compile(r"[^a-z]+|City|Country|State|Zip")
_NEEDED: Final = {
    "status": ("AccountSid", "MessageSid", "MessageStatus"),
    "inbound": ("AccountSid", "Body", "From", "MessageSid", "To"),
}


def refusal(
    pairs: Sequence[tuple[str, str]], route: Literal["status", "inbound"], account: str | None, *, signed: bool
) -> str | None:
    """Why parameters are not taken although they are signed; None when they are.

    Args:
        route: what they were sent to.
        account: the account that must have sent them; None: any.
        signed: whether each parameter is signed as one of a row. False where a hash covers the body as it is.
    """
    params = dict(pairs)
    if len(params) != len(pairs) or not all(_NAME.fullmatch(name) for name in params):
        return "bad_parameter_name"
    if not all(params.get(name) is not None for name in _NEEDED[route]):
        return "parameter_missing"
    if account is not None and params["AccountSid"] != account:
        return "wrong_account"
    # An account that is known is a form of its own.
    loose = _FORMS.keys() & params.keys() - ({"AccountSid"} if account is not None else set())
    if not all(_FORMS[name].fullmatch(params[name]) for name in loose):
        return "bad_parameter"
    if not _agree(params, route):
        return "parameters_differ"
    return "ambiguous_parameters" if signed and _is_ambiguous(params) else None


def _agree(params: Mapping[str, str], route: str) -> bool:
    """Whether what is said twice is said alike."""
    sids = {params[name] for name in ("MessageSid", "SmsSid", "SmsMessageSid") if name in params}
    state = params.get("SmsStatus")
    expected = params["MessageStatus"] if route == "status" else "received"
    return len(sids) == 1 and state in (None, expected)


def _is_ambiguous(params: Mapping[str, str]) -> bool:
    before = ""
    for name in sorted(params):
        is_known = name in _FIXED or name in _KNOWN or bool(_MEDIA.fullmatch(name))
        # The text of a message may say anything: whatever was cut off must then stand in another parameter.
        is_open = name != "Body" and name not in _FIXED
        if is_open and _SWALLOWED.search(name + params[name], len(name) if is_known else 0):
            return True
        if not is_known and (before in ("", "Body", "From", "To") or _is_piece(before, name, params)):
            return True
        before = name
    return False


def _is_piece(before: str, name: str, params: Mapping[str, str]) -> bool:
    """Whether an unknown name may be the end of the place before it, or hides a parameter that is missing."""
    if before in _PLACES and _END_OF_PLACE.fullmatch(name):
        return True
    return any(missing not in params and (name.startswith(missing) or missing.startswith(name)) for missing in _FIXED)
