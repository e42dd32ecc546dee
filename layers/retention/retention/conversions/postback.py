"""A tracker's postback: from its parameters to what it says. Pure.

Source: Keitaro's documentation of postbacks (parameters of the postback address) and of S2S postbacks (macros, which
arrive as they stand when the tracker has nothing to put there).
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from retention import jsontext
from retention.conversions.unusable import UnusableError
from retention.conversions.words import WORDS
from retention.integrations.providers import ConversionWord

#: Names of parameters that say the same, the first of them wins; written without `_` and in lower case.
_SUB: Final = ("subid",)
_CLICK: Final = ("clickid",)
_EXTERNAL: Final = ("externalid",)
_TRANSACTION: Final = ("tid", "transactionid", "txid")
_AMOUNT: Final = ("payout", "revenue", "amount")
_CURRENCY: Final = ("currency",)
_STATUS: Final = ("status",)
#: The further sub ids: sub_id_1 to sub_id_30, also written sub_id1.
_FURTHER: Final = re.compile(r"subid([1-9]|[12][0-9]|30)")
_MACRO: Final = re.compile(r"\{.*\}", re.DOTALL)
#: Characters of a token of ours at least: a name, and a signature of 12 bytes.
_SHORTEST_TOKEN: Final = 20
#: Characters of an id: it becomes part of a key (fields.ForeignId).
_LONGEST_ID: Final = 200
#: Bytes of a conversion's postbackData; of a larger postback only what is looked at is kept.
_MOST_KEPT: Final = 32_768


class Postback(NamedTuple):
    """What a tracker says of a conversion; what it does not say is None."""

    #: The tracker's id of the visit; another id of it; the id that we, or our own system, gave the person.
    sub_id: str | None
    click_id: str | None
    external_id: str | None
    #: Tells one purchase of a visitor from another.
    transaction: str | None
    #: The tracker's word, the amount and its currency, as they came.
    status: str
    amount: str | None
    currency: str | None
    #: What the address itself says that words mean (sale_status=billed,paid), in lower case.
    meanings: Mapping[str, ConversionWord]
    #: The values that may be a token of ours: the sub ids come first, but any parameter may carry it.
    tokens: tuple[str, ...]
    #: What is kept of it: the parameters as they came.
    raw: Mapping[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """The ids by which its lead may be known elsewhere, the most telling first."""
        given = (self.external_id, self.sub_id, self.click_id)
        return tuple(dict.fromkeys(name for name in given if name is not None))


def read(params: Any) -> Postback:
    """What the parameters of a postback say.

    Raises:
        UnusableError: they say nothing that could be recorded.
    """
    if not isinstance(params, dict) or not all(isinstance(value, str) for value in params.values()):
        raise UnusableError("its parameters are no texts")
    macros = [name for name, value in params.items() if _MACRO.fullmatch(value.strip())]
    if macros:
        raise UnusableError(f"the tracker did not fill in {', '.join(macros)}")
    given = _by_tidy_name(params)
    status = _first(given, _STATUS)
    if status is None:
        raise UnusableError("it has no status: put status={status} into the postback's address")
    sub, click, external, transaction = (_id(given, names) for names in (_SUB, _CLICK, _EXTERNAL, _TRANSACTION))
    first = sorted(given, key=lambda name: not (name in _SUB or _FURTHER.fullmatch(name)))
    return Postback(
        sub_id=sub,
        click_id=click,
        external_id=external,
        transaction=transaction,
        status=status,
        amount=_first(given, _AMOUNT),
        currency=_first(given, _CURRENCY),
        meanings=_meanings(given),
        tokens=tuple(dict.fromkeys(given[name] for name in first if len(given[name]) >= _SHORTEST_TOKEN)),
        raw=_kept(params),
    )


def _tidy(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def _by_tidy_name(params: Mapping[str, str]) -> dict[str, str]:
    """The parameters that say something, by their names in one form; the first of several in the order of names."""
    given: dict[str, str] = {}
    for name in sorted(params, key=lambda one: (len(one), one)):
        value = params[name].strip()
        if value:
            given.setdefault(_tidy(name), value)
    return given


def _first(given: Mapping[str, str], names: Iterable[str]) -> str | None:
    return next((given[name] for name in names if name in given), None)


def _id(given: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    """An id under one of some names.

    Raises:
        UnusableError: it cannot be kept.
    """
    value = _first(given, names)
    if value is not None and (len(value) > _LONGEST_ID or "\x00" in value):
        # The id itself may be an address of the person, and causes are logged.
        raise UnusableError(f"the {names[0]} is longer than {_LONGEST_ID} characters, or holds a zero")
    return value


def _meanings(given: Mapping[str, str]) -> dict[str, ConversionWord]:
    """The words that the address itself maps; where two claim a word, the first in the order of `WORDS`."""
    found: dict[str, ConversionWord] = {}
    for word in WORDS:
        for foreign in given.get(f"{word}status", "").split(","):
            if foreign.strip():
                found.setdefault(foreign.strip().lower(), word)
    return found


def _kept(params: Mapping[str, str]) -> dict[str, str]:
    """The parameters as they came; of very many those that are looked at, as far as they may be long."""
    if len(jsontext.dump_bytes(params)) <= _MOST_KEPT:
        return dict(params)
    known = {*_SUB, *_CLICK, *_EXTERNAL, *_TRANSACTION, *_AMOUNT, *_CURRENCY, *_STATUS}
    return {name: value[:_LONGEST_ID] for name, value in params.items() if _tidy(name) in known}
