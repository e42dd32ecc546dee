"""Makes ministack faster without changing what it does: it keeps what it finds out again and again, and waits less.

A transaction of a hundred writes has the same few expressions a hundred times, and each is taken apart twice. What is
kept depends on nothing but the text, so that it is as true the second time.
"""

import copy
import gc
from functools import lru_cache, wraps
from types import SimpleNamespace
from typing import Any, Final

#: Functions of one text, or of a text and a word, that answer with a text, a tuple or nothing.
_OF_TEXTS: Final = ("_condition_syntax_error", "_number_error", "_ddb_canonicalize_number", "_number_size_bytes")
#: Seconds between two looks at the queues of which the first found nothing.
IDLE_GAP: Final = 0.005
#: Texts that are kept for each.
KEPT: Final = 4096


def remember() -> None:
    """From now on. ministack's table must not have been asked anything yet."""
    from ministack.services import dynamodb

    functions: dict[str, Any] = vars(dynamodb)
    for name in _OF_TEXTS:
        functions[name] = _kept(functions[name])
    functions["_tokenize"] = _lists_kept(functions["_tokenize"])
    # Items are JSON, so that nothing of what the library's own copy looks out for can be in them.
    functions["copy"] = SimpleNamespace(deepcopy=_copied, copy=copy.copy)


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
    known = lru_cache(KEPT)(function)

    @wraps(function)
    def asked(*texts: Any) -> Any:
        return known(*texts) if all(isinstance(one, str) for one in texts) else function(*texts)

    return asked


def _lists_kept(function: Any) -> Any:
    """As `_kept`, for a function that gives a list, which whoever asks may change."""
    known = lru_cache(KEPT)(lambda text: tuple(function(text)))
    return lambda text: list(known(text))


def _copied(value: Any) -> Any:
    """A copy of some JSON, all the way down; of anything else as the library makes it."""
    if type(value) is dict:
        return {name: _copied(one) for name, one in value.items()}
    if type(value) is list:
        return [_copied(one) for one in value]
    return value if type(value) in (str, int, bool, float, type(None)) else copy.deepcopy(value)
