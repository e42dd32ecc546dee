"""Makes ministack faster without changing what it does: it keeps what it finds out again and again, and waits less.

A transaction of a hundred writes has the same few expressions a hundred times, and each is taken apart twice. What is
kept depends on nothing but the text, so that it is as true the second time.
"""

import copy
import gc
import json
import marshal
import time
from email.utils import formatdate
from functools import lru_cache, wraps
from types import SimpleNamespace
from typing import Any, Final

import orjson

#: Functions of one text, or of a text and a word, that answer with a text, a tuple or nothing.
_OF_TEXTS: Final = ("_condition_syntax_error", "_number_error", "_ddb_canonicalize_number", "_number_size_bytes")
#: Seconds between two looks at the queues of which the first found nothing.
IDLE_GAP: Final = 0.005
#: What may be written without the spaces and escapes of the library's writer, by what it is and how that is asked for:
#: documents that somebody reads, and lists that are compared as a whole. Others stand in messages, or are sorted by.
_HOW: Final[tuple[tuple[type, dict[str, bool]], ...]] = (
    (dict, {}),
    (dict, {"ensure_ascii": False}),
    (list, {"sort_keys": True}),
)
#: Characters of a text that may be measured: ministack counts a transaction's up to 4 MB, and its own writer makes six
#: of one at most. One that is longer is written by that.
_MEASURED: Final = 4_194_304 // 6
#: Texts that are kept for each.
KEPT: Final = 4096


def remember() -> None:
    """From now on. ministack's table must not have been asked anything yet."""
    from ministack import app
    from ministack.core import responses
    from ministack.services import _dynamodb_keywords, dynamodb

    functions: dict[str, Any] = vars(dynamodb)
    for name in _OF_TEXTS:
        functions[name] = _kept(functions[name])
    for module in (dynamodb, _dynamodb_keywords):
        vars(module)["_tokenize"] = _lists_kept(vars(module)["_tokenize"])
    functions["_parse_partiql"] = _twice_kept(functions["_parse_partiql"])
    functions["_item_size_bytes"] = _size_of_items(dynamodb._attribute_value_size)
    # Items are JSON, so that nothing of what the library's own copy looks out for can be in them.
    functions["copy"] = SimpleNamespace(deepcopy=_copied, copy=copy.copy)
    for module in (dynamodb, responses):
        vars(module)["json"] = SimpleNamespace(loads=_loads, dumps=_dumps, JSONDecodeError=json.JSONDecodeError)
    vars(app)["formatdate"] = lambda **how: _date(int(time.time()), **how)


def look_at_queues_sooner() -> None:
    """Have a worker that is done get its next messages at once: by itself ministack may let it wait for 50 ms."""
    from ministack.services import lambda_svc

    vars(lambda_svc)["_ESM_IDLE_WAKE_GAP_SECONDS"] = IDLE_GAP


def settle_down() -> None:
    """Have the collector leave alone what was loaded, and look at the rest less often: answers leave few circles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _kept(function: Any) -> Any:
    """The same function, which remembers what it answered to texts."""
    known = lru_cache(KEPT, typed=True)(function)

    @wraps(function)
    def asked(*texts: Any) -> Any:
        try:
            return known(*texts)
        except TypeError:  # No text, but something that cannot be remembered.
            return function(*texts)

    return asked


def _lists_kept(function: Any) -> Any:
    """As `_kept`, for a function that gives a list, which whoever asks may change."""
    known = lru_cache(KEPT)(lambda text: tuple(function(text)))
    return lambda text: list(known(text))


def _twice_kept(function: Any) -> Any:
    """The same function of a statement and its parameters; of a batch each is asked for twice in a row."""
    last: tuple[Any, ...] = ()

    @wraps(function)
    def asked(statement: Any, parameters: Any) -> Any:
        nonlocal last
        if last and last[0] is statement and last[1] is parameters:
            answer, last = last[2], ()
            return answer
        answer = function(statement, parameters)
        last = (statement, parameters, answer)
        return answer

    return asked


def _loads(text: Any) -> Any:
    """JSON, read. Whatever is unusual is left to the library's own reader, and its errors; but whole numbers of more
    than 64 bits, which no request has (an item's numbers are texts), come as floating point."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


def _dumps(value: Any, **how: Any) -> str:
    """JSON, written; by the library's own writer where somebody could tell the difference."""
    if (type(value), how) in _HOW:
        try:
            text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS if "sort_keys" in how else None).decode()
        except TypeError:
            return json.dumps(value, **how)
        if how or len(text) <= _MEASURED:
            return text
    return json.dumps(value, **how)


@lru_cache(1)
def _date(second: int, **how: Any) -> str:
    """The date of an answer: the same for a whole second."""
    return formatdate(second, **how)


def _copied(value: Any) -> Any:
    """A copy of some JSON, all the way down; of anything else as the library makes it."""
    try:
        return marshal.loads(marshal.dumps(value))
    except ValueError:
        return copy.deepcopy(value)


def _size_of_items(size_of_value: Any) -> Any:
    """Bytes of an item: of its names and its values, most of which are texts.

    Args:
        size_of_value: the library's own function, for all that is no text.
    """

    def asked(item: Any) -> int:
        if not isinstance(item, dict):
            return 0
        total = 0
        for name, value in item.items():
            text = value.get("S") if type(value) is dict and len(value) == 1 else None
            total += len(name) if name.isascii() else len(name.encode())
            if type(text) is str:
                total += len(text) if text.isascii() else len(text.encode())
            else:
                total += size_of_value(value)
        return total

    return asked
