"""Is a template acceptable? Its names are known, its filters are ours and get what they need, it keeps the limits."""

import inspect
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from itertools import chain, islice
from typing import Any, Final

from liquid import BoundTemplate, Expression
from liquid.builtin.expressions import FilteredExpression, KeywordArgument, StringLiteral
from liquid.builtin.expressions.filtered import Filter
from liquid.builtin.output import OutputNode

from retention.templates import filters, variables
from retention.templates.dialect import TEXT, expressions_in
from retention.templates.outline import MAX_FAULTS, Fault, line_of
from retention.templates.rendering import TemplateError, parse, render

#: Members that a text has.
_OF_TEXT: Final = frozenset(("size",))
#: What stands for every text and link when a template is tried.
_SAMPLE: Final = "sample"


def faults_of(source: str, *, html: bool = False) -> list[Fault]:
    """What is wrong with a template; nothing, when it may be kept."""
    try:
        template = parse(source, html)
    except TemplateError as error:
        return list(error.faults)
    faults = list(islice(chain(_unknown_names(source, template), _bad_uses(source, template)), MAX_FAULTS))
    return sorted(faults, key=lambda fault: fault.line or 0) or _excesses(source, html)


def _unknown_names(source: str, template: BoundTemplate) -> Iterator[Fault]:
    for uses in template.analyze(include_partials=False).globals.values():
        for use in uses:
            wrong = _wrong_with(use.segments)
            if wrong is not None:
                yield Fault(line_of(source, use.span.index), "unknown_variable", wrong)


def _wrong_with(path: list[Any]) -> str | None:
    """Why a path leads nowhere, whatever the lead."""
    root, members = path[0], path[1:]
    if not isinstance(root, str) or root not in variables.NAMES:
        return f"There is no variable `{root}`{_meant(str(root), variables.NAMES)}"
    if not members:
        return None
    known = variables.OBJECTS[root].members if root in variables.OBJECTS else _OF_TEXT
    if known is None or not isinstance(members[0], str) or members[0] in known:
        return None
    return f"`{root}` has no member `{members[0]}`."


def _meant(name: str, names: Iterable[str]) -> str:
    """A hint at what was meant, or else at what there is."""
    close = get_close_matches(name, names, 1)
    return f"; did you mean `{close[0]}`?" if close else f"; there are {', '.join(sorted(names))}."


def _bad_uses(source: str, template: BoundTemplate) -> Iterator[Fault]:
    for node, expression in expressions_in(template.nodes):
        if not isinstance(expression, FilteredExpression):
            continue
        if isinstance(node, OutputNode) and not expression.filters and str(expression.left) in variables.OBJECTS:
            detail = f"`{expression.left}` is no text: name a member of it."
            yield Fault(line_of(source, expression.token.start_index), "not_a_text", detail)
        subject: Expression | None = expression.left
        for filter_ in expression.filters or ():
            wrong = _wrong_filter(filter_, subject)
            if wrong is not None:
                yield Fault(line_of(source, filter_.token.start_index), *wrong)
            subject = None


def _wrong_filter(filter_: Filter, subject: Expression | None) -> tuple[str, str] | None:
    """What is wrong with the use of a filter, as far as it can be seen without a lead: code and words.

    Args:
        subject: what it is applied to, unless that is what another filter makes.
    """
    function = TEXT.filters.get(filter_.name)
    if function is None:
        return "unknown_filter", f"There is no filter `{filter_.name}`{_meant(filter_.name, TEXT.filters)}"
    named = {one.name: None for one in filter_.args if isinstance(one, KeywordArgument)}
    positional = [one.value for one in filter_.args if not isinstance(one, KeywordArgument)]
    signature = inspect.signature(function)
    ours = {name: None for name in ("context", "environment") if name in signature.parameters}
    if ours.keys() & named.keys() or not _fits(signature, [None, *positional], {**named, **ours}):
        return "bad_arguments", f"The filter `{filter_.name}` takes other arguments than these."
    try:
        if filter_.name == "date" and isinstance(positional[0], StringLiteral):
            filters.check_form(positional[0].value)
        if isinstance(subject, StringLiteral) and filter_.name in filters.OF_LITERALS:
            filters.OF_LITERALS[filter_.name](subject.value)
    except filters.UnfitError as error:
        return "bad_arguments", f"The filter `{filter_.name}` cannot be applied: {error.message}."
    return None


def _fits(signature: inspect.Signature, positional: list[Any], named: dict[str, Any]) -> bool:
    try:
        signature.bind(*positional, **named)
    except TypeError:
        return False
    return True


def _excesses(source: str, html: bool) -> list[Fault]:
    """The limits that a template breaks whatever the lead: found by trying it. The rest shows with a lead only."""
    texts = {one.name: _SAMPLE for one in (*variables.TEXTS, *variables.LINKS)}
    try:
        render(source, texts, lambda address: address, html=html)
    except TemplateError as error:
        return [fault for fault in error.faults if fault.code == "template_limit"]
    return []
