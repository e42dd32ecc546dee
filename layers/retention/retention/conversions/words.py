"""What a tracker's word for a conversion comes to, and where a conversion may move from where it is.

    lead --> qualified --> customer --> churn      never back; whatever is skipped was not told

Source: Keitaro's documentation of postbacks: the statuses lead, sale, rejected and rebill, the parameters that map
other words, and moves between them.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, get_args

from retention.conversions.model import Conversion, ConversionStatus
from retention.conversions.unusable import UnusableError, quoted
from retention.integrations.providers import ConversionWord

WORDS: Final[tuple[ConversionWord, ...]] = get_args(ConversionWord)
#: How far a conversion has come. It never goes back by itself.
RANK: Final[Mapping[ConversionStatus, int]] = {"lead": 0, "qualified": 1, "customer": 2, "churn": 3}
#: The status of each word; `ignore` has none.
STATUS: Final[Mapping[ConversionWord, ConversionStatus]] = {
    "lead": "lead",
    "qualified": "qualified",
    "sale": "customer",
    "rebill": "customer",
    "rejected": "churn",
}
#: Words that affiliate networks use for the same, all over. Others need a line in the settings of the integration.
_COMMON: Final[Mapping[ConversionWord, str]] = {
    "lead": "hold onhold on_hold pending waiting new in_progress processing",
    "qualified": "qualified",
    "sale": "approved approve accepted confirmed confirm paid payed purchase purchased completed customer",
    "rebill": "rebilled recurring",
    "rejected": "reject declined decline cancelled canceled cancel refunded refund chargeback trash spam fraud churn",
}
_BUILT_IN: Final[Mapping[str, ConversionWord]] = {
    **{foreign: word for word, many in _COMMON.items() for foreign in many.split()},
    **{word: word for word in WORDS},
}


def meaning(
    said: str, in_address: Mapping[str, ConversionWord], in_settings: Mapping[str, ConversionWord]
) -> ConversionWord:
    """What a word means: as the postback's address says, else the integration, else by common use.

    Args:
        said: the word as it came.
        in_address, in_settings: meanings by words in lower case.

    Raises:
        UnusableError: nobody says.
    """
    word = said.strip().lower()
    for meanings in (in_address, in_settings, _BUILT_IN):
        if word in meanings:
            return meanings[word]
    raise UnusableError(
        f"the status {quoted(said)} is not known: add it to the statuses of the integration keitaro, and replay"
    )


def moved(before: Conversion | None, word: ConversionWord, amount: Decimal | None) -> tuple[ConversionStatus, Decimal]:
    """Status and revenue of a conversion after a postback, which may be late.

    Args:
        before: as it is; None: it begins with this postback.
        amount: what the postback says that it is worth; None: nothing.
    """
    status = STATUS[word]
    if before is not None and RANK[before.status] > RANK[status]:
        return before.status, before.revenue
    if status == "churn":
        return status, Decimal(0)
    known = Decimal(0) if before is None else before.revenue
    return status, known if amount is None else amount
