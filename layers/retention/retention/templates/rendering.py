"""A template and values, made a text."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from liquid import BoundTemplate
from liquid.exceptions import FilterArgumentError, LiquidError, ResourceLimitError, UnknownFilterError

from retention.templates.absence import CannotFillError
from retention.templates.dialect import HTML, TAGS, TEXT, Context, stray_ranges
from retention.templates.filters import UnfitError
from retention.templates.limits import TooMuchError
from retention.templates.outline import Fault, faults_of, line_of

#: What filters and comparisons raise when they are given what they cannot work with.
_CHOKED = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)

#: Characters of a template that is remembered.
_REMEMBERED: Final = 20_000


class TemplateError(Exception):
    """A template cannot be used, or not with these values. Says where and why."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(str(faults[0]))
        self.faults = faults


class Rendered(NamedTuple):
    """What a template has become."""

    text: str
    #: Names that were written out without a value, each once.
    missing: tuple[str, ...]


def parse(source: str, html: bool) -> BoundTemplate:
    """A template, read; those of usual length are remembered, since one script goes to many leads.

    Raises:
        TemplateError: it is none.
    """
    return _remembered(source, html) if len(source) <= _REMEMBERED else _parse(source, html)


def _parse(source: str, html: bool) -> BoundTemplate:
    faults = faults_of(source, TAGS)
    if faults:
        raise TemplateError(*faults)
    try:
        template = (HTML if html else TEXT).from_string(source)
        strays = [line_of(source, one.token.start_index) for one in stray_ranges(template.nodes)]
    except (LiquidError, RecursionError) as error:
        raise TemplateError(_unreadable(source, error)) from None
    if strays:
        raise TemplateError(*(Fault(line, "template_syntax", "A range can only be looped over.") for line in strays))
    return template


_remembered = lru_cache(maxsize=32)(_parse)


def render(source: str, values: Mapping[str, Any], track: Callable[[str], str], *, html: bool = False) -> Rendered:
    """Fill in a template. What has no value becomes nothing, never its own name.

    Args:
        values: what the names stand for; `Unavailable` for one without which it must not be filled in.
        track: makes the tracked address of a web address.
        html: whether it is HTML: every value is escaped then.

    Raises:
        TemplateError: it cannot be filled in with these values.
    """
    template = parse(source, html)
    context = Context(template, values=values, track=track)
    buffer = context.get_buffer()
    try:
        template.render_with_context(context, buffer)
    except TooMuchError as error:
        raise TemplateError(Fault(None, "template_limit", f"The template does too much: {error}.")) from None
    except CannotFillError as error:
        raise TemplateError(Fault(None, "unavailable", str(error))) from None
    except (LiquidError, *_CHOKED) as error:
        raise TemplateError(_unfit(source, error)) from None
    return Rendered(buffer.getvalue(), tuple(context.missing))


def _unreadable(source: str, error: Exception) -> Fault:
    """The words for a template that the library cannot read."""
    if isinstance(error, ResourceLimitError):
        return _excess(source, error)
    message = str(error.message) if isinstance(error, LiquidError) and error.token is not None else "nested too deep"
    return Fault(
        _line(source, error),
        "template_syntax",
        f"This cannot be read: {message.replace('end of expression', 'the end')}.",
    )


def _unfit(source: str, error: Exception) -> Fault:
    """The words for values that a template cannot be filled in with. The values themselves are not told."""
    if isinstance(error, ResourceLimitError):
        return _excess(source, error)
    token = getattr(error, "token", None)
    if token is None or not isinstance(error, FilterArgumentError | UnknownFilterError):
        detail = "Something here cannot be worked out with these values."
    elif isinstance(error, UnknownFilterError):
        detail = f"There is no filter `{token.value}`."
    elif isinstance(error, UnfitError):
        detail = f"The filter `{token.value}` cannot be applied: {error.message}."
    else:
        detail = f"The filter `{token.value}` cannot be applied to this value."
    return Fault(_line(source, error), "bad_value", detail)


def _excess(source: str, error: ResourceLimitError) -> Fault:
    return Fault(_line(source, error), "template_limit", f"The template does too much: {error.message}.")


def _line(source: str, error: Exception) -> int | None:
    token = getattr(error, "token", None)
    return None if token is None or token.start_index < 0 else line_of(source, token.start_index)
