"""What Twilio's error codes mean for a message.

Source: Twilio's error and warning dictionary (docs/api/errors/<code>), with the advice given there. Codes that only
reports carry stand here as well: a refusal means the same in whichever answer it comes.

A number that cannot get text messages (21614, 21635, 30006) is not suppressed: a landline can be called. Only one that
is no number at all is.
"""

from collections.abc import Mapping
from typing import Final

from retention.providers.outcomes import Verdict

_TOO_MANY: Final = Verdict("wait", "there are too many requests")
_QUEUE_FULL: Final = Verdict("wait", "the sender's queue is full")
_SUSPENDED: Final = Verdict("set_up", "the account is suspended or closed")
_NO_SENDER: Final = Verdict("set_up", "the sender cannot be used for this")
_UNREGISTERED: Final = Verdict("set_up", "the sender is not registered for this traffic")
_NO_NUMBER: Final = Verdict("refused", "it is no phone number", suppress="INVALID_NUMBER")
_NOT_MOBILE: Final = Verdict("refused", "the number takes no text messages")
_NOT_REACHED: Final = Verdict("wait", "the handset cannot be reached")

#: By Twilio's code.
CODES: Final[Mapping[int, Verdict]] = {
    14107: _TOO_MANY,
    20003: Verdict("set_up", "it does not take the credentials"),
    20005: _SUSPENDED,
    20404: Verdict("set_up", "there is no such account"),
    20429: _TOO_MANY,
    21211: _NO_NUMBER,
    21212: _NO_SENDER,
    21217: _NO_NUMBER,
    21408: Verdict("set_up", "the country is not switched on for this account"),
    21602: Verdict("refused", "the message has no words"),
    21603: _NO_SENDER,
    21604: Verdict("refused", "the message has no address"),
    21606: _NO_SENDER,
    21608: Verdict("set_up", "a trial account sends to verified numbers only"),
    21610: Verdict("refused", "the recipient has opted out", suppress="OPT_OUT"),
    21611: _QUEUE_FULL,
    21612: Verdict("refused", "the number cannot be reached from this sender"),
    21614: _NOT_MOBILE,
    21617: Verdict("refused", "the message is too long"),
    21635: _NOT_MOBILE,
    21659: _NO_SENDER,
    21660: _NO_SENDER,
    21703: _NO_SENDER,
    21705: _NO_SENDER,
    30001: _QUEUE_FULL,
    30002: _SUSPENDED,
    30003: _NOT_REACHED,
    30004: Verdict("refused", "the message was blocked"),
    30005: Verdict("refused", "the handset is not known"),
    30006: _NOT_MOBILE,
    30007: Verdict("refused", "the carrier filtered the message"),
    30008: Verdict("wait", "it failed for an unknown reason"),
    30032: _UNREGISTERED,
    30034: _UNREGISTERED,
    30036: Verdict("refused", "the message waited too long in the queue"),
    30410: Verdict("refused", "the carrier did not answer; the message may have arrived"),
    30450: Verdict("refused", "the message was taken for fraud"),
    30610: Verdict("wait", "it is outside the hours that the account allows"),
    30640: Verdict("refused", "the recipient is known for going to law", suppress="COMPLAINT"),
    63038: Verdict("wait", "the account has sent all that it may today"),
}
