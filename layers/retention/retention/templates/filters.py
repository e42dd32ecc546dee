"""The filters that templates have: most of the library's own, each kept within limits, and two of ours."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Final

from liquid import Environment, Markup, RenderContext
from liquid.exceptions import FilterArgumentError
from liquid.undefined import is_undefined

from retention.templates.limits import MAX_TEXT, PACE, TooMuchError, size_of
from retention.templates.webaddress import web_address

#: What is taken over from the library. Left out: `safe`, which would let a name into an e-mail as HTML, `escapejs`,
#: base64, and what compares every item with every other.
_TAKEN_OVER: Final = (
    "abs append at_least at_most capitalize ceil compact concat default divided_by downcase escape escape_once first"
    " floor join last lstrip map minus modulo newline_to_br plus prepend remove remove_first remove_last replace"
    " replace_first replace_last reverse round rstrip size slice sort sort_natural split squish strip strip_html"
    " strip_newlines sum times truncate truncatewords upcase url_decode url_encode where"
)
#: Filters whose work can grow faster than what they are given, and how much more they count.
_DEAR: Final = {"strip_html": 20}
#: What `date` writes: the usual directives, a minus leaves out leading zeros.
_FORMAT: Final = re.compile(r"(?:[^%]|%%|%-?[aAbBdeHIjklmMpPSuwyYFTRDZz])*")
#: Characters of a form.
_MAX_FORMAT: Final = 100

Filter = Callable[..., Any]


class UnfitError(FilterArgumentError):
    """A value does not fit one of our own filters; says why, without the value."""


def all_of(environment: Environment) -> dict[str, Filter]:
    """The filters for an environment that has the library's own."""
    found: dict[str, Filter] = {name: environment.filters[name] for name in _TAKEN_OVER.split()}
    found |= {"date": date, "tracked": tracked}
    return {name: _limited(name, filter_) for name, filter_ in found.items()}


def _limited(name: str, filter_: Filter) -> Filter:
    """A filter that counts its work and handles nothing larger than it may."""

    @wraps(filter_)
    def limited(value: Any, *given: Any, context: Any, **named: Any) -> Any:
        sizes = [size_of(one) for one in (value, *given, *named.values())]
        context.meter.charge(1 + sum(sizes) * _DEAR.get(name, 1) // PACE)
        if name == "replace":
            _check_replacement(value, *given)
        if getattr(filter_, "with_environment", False):
            named["environment"] = context.env
        if getattr(filter_, "with_context", False):
            named["context"] = context
        made = filter_(value, *given, **named)
        size_of(made)
        return made

    limited.with_context = True  # type: ignore[attr-defined]
    limited.with_environment = False  # type: ignore[attr-defined]
    return limited


def _check_replacement(value: object, old: object = "", new: object = "") -> None:
    """Refuse a replacement that would grow beyond all bounds, before it does: each place of a text may be replaced."""
    if str(value).count(str(old)) * len(str(new)) > MAX_TEXT:
        raise TooMuchError("a replacement makes a text that is too long")


def date(value: Any, form: Any) -> Any:
    """A date or an instant (ISO 8601, or seconds since 1970) in the form that is given, in the zone that it names.

    What is no date stays as it is. "now" is none: what is written must not depend on when it is looked at.
    """
    form = str(form)
    check_form(form)
    if is_undefined(value):
        return value
    instant = _instant(value)
    if instant is None:
        return value
    written = instant.strftime(form)
    return Markup(written) if isinstance(form, Markup) else written


def _instant(value: Any) -> datetime | None:
    try:
        if isinstance(value, int) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        return datetime.fromisoformat(str(value).strip())
    except (ValueError, OverflowError, OSError):
        return None


def check_form(form: str) -> None:
    """Refuse a form that `date` does not know.

    Raises:
        UnfitError: says what is wrong with it.
    """
    if len(form) > _MAX_FORMAT or not _FORMAT.fullmatch(form):
        raise UnfitError("this form has a directive that is not known", token=None)


def tracked(value: Any, *, context: RenderContext) -> Any:
    """The address of a redirect of ours to a web address: following it is a click that we see."""
    if is_undefined(value):
        raise UnfitError("there is no address", token=None)
    # In HTML people write an ampersand either way.
    text = str(value).replace("&amp;", "&") if isinstance(value, Markup) else str(value)
    return context.track(_checked(text))  # type: ignore[attr-defined]


tracked.with_context = True  # type: ignore[attr-defined]


def _checked(text: str) -> str:
    try:
        return web_address(text)
    except ValueError as error:
        raise UnfitError(str(error), token=None) from None


def check_date(text: str) -> None:
    """Refuse what is no date.

    Raises:
        UnfitError: it is none.
    """
    if _instant(text) is None:
        raise UnfitError("this is no date such as 2026-02-18 or 2026-02-18T14:30:00Z", token=None)


#: What a text must be that a filter is applied to, where it stands in the template itself.
OF_LITERALS: Final[Mapping[str, Callable[[str], object]]] = {"date": check_date, "tracked": _checked}
