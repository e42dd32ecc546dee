"""The language of our templates: Liquid with fewer tags, nothing from outside, and every limit switched on.

Source: https://shopify.github.io/liquid/ and the documentation of python-liquid, "Resource limits".
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar, Final, TextIO

from liquid import BoundTemplate, Environment, Expression, Node, RenderContext, Undefined
from liquid.builtin.expressions import LoopExpression
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.builtin.tags.for_tag import ForNode, ForTag
from liquid.undefined import UNDEFINED
from liquid.utils import ReadOnlyChainMap

from retention.templates import filters
from retention.templates.absence import CannotFillError, Unavailable
from retention.templates.limits import (
    MAX_NESTING,
    MAX_OUTPUT,
    MAX_TURNS,
    MAX_VARIABLES,
    MAX_WORK,
    Meter,
    TooMuchError,
)

#: Tags that begin something, and those that belong inside or end it. None of them reads anything from elsewhere.
_TAGS: Final = (
    "assign break capture case comment continue cycle else elsif endcapture endcase endcomment endfor endif endraw"
    " endunless for if raw unless when"
)
TAGS: Final = frozenset(_TAGS.split())
#: What the library calls its pseudo tags: text, output and what is not known.
_PSEUDO: Final = frozenset(("content", "output", "illegal"))


class Missing(Undefined):
    """A name without a value: written out it is nothing, and remembered; one that must be there says why it is not."""

    __slots__ = ("_context", "_path", "_why")

    def __init__(self, name: str, context: "Context", path: str, why: str | None) -> None:
        super().__init__(name)
        self._context = context
        self._path = path
        self._why = why

    def __str__(self) -> str:
        if self._why is not None:
            raise CannotFillError(self._why)
        self._context.missing[self._path] = None
        return ""


class Context(RenderContext):
    """One rendering: what it may see, what it has done, and what it found missing."""

    __slots__ = ("meter", "missing", "track")

    def __init__(self, template: BoundTemplate, *, values: Mapping[str, Any], track: Callable[[str], str]) -> None:
        super().__init__(template, globals=values)
        self.globals = values
        # Without the library's `now` and `today`, which read the clock of the machine.
        self.scope = ReadOnlyChainMap(self.locals, self.globals)
        self.meter = Meter()
        #: Names that were written out without a value, in order.
        self.missing: dict[str, None] = {}
        self.track = track

    def get(self, path: list[object], *, token: Any, default: object = UNDEFINED) -> object:
        """What a path leads to; what is not there is `Missing`."""
        found = super().get(path, token=token, default=default)
        if isinstance(found, Missing) or not isinstance(found, Undefined | Unavailable):
            return found
        why = found.why if isinstance(found, Unavailable) else None
        return Missing(str(path[0]), self, ".".join(map(str, path)), why)


class Loop(ForNode):
    """A loop that says how much work it is before it begins, and takes no endless ranges."""

    __slots__ = ("_weight",)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._weight = 1 + sum(1 for _ in _inside(self.block))

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        """Carry out the loop.

        Raises:
            TooMuchError: it has too many turns, or all loops together are too much work.
        """
        turns = _turns(self.expression.iterable.evaluate(context))
        if turns > MAX_TURNS:
            raise TooMuchError(f"a loop has more than {MAX_TURNS:,} turns")
        assert isinstance(context, Context)
        context.meter.charge(turns * self._weight)
        return super().render_to_output(context, buffer)


def _turns(over: object) -> int:
    """How many turns a loop over something has; a range is not counted out."""
    if isinstance(over, range):
        return max(0, over.stop - over.start)
    return len(over) if isinstance(over, list | dict) else 1


class _LoopTag(ForTag):
    node_class = Loop


def _inside(node: Node) -> Iterator[object]:
    """The parts of a block that are carried out with it; a loop inside counts once, it reckons for itself."""
    for expression in node.expressions():
        yield from _parts(expression)
    if isinstance(node, Loop):
        return
    for child in node.children(_NOWHERE):
        yield child
        yield from _inside(child)


def _parts(expression: Expression) -> Iterator[Expression]:
    yield expression
    for part in expression.children():
        yield from _parts(part)


class _Dialect(Environment):
    """The language; what it writes is plain text, or with `autoescape` HTML."""

    block_nesting_limit: ClassVar[int] = MAX_NESTING
    context_depth_limit: ClassVar[int] = MAX_NESTING + 10
    loop_iteration_limit: ClassVar[int | None] = MAX_WORK
    local_namespace_limit: ClassVar[int | None] = MAX_VARIABLES
    output_stream_limit: ClassVar[int | None] = MAX_OUTPUT

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """Keep what the language has of what the library offers."""
        super().setup_tags_and_filters()
        self.add_tag(_LoopTag)
        self.tags = {name: tag for name, tag in self.tags.items() if name in TAGS | _PSEUDO}
        self.filters = filters.all_of(self)


#: For texts, subjects and what a call says; and for the HTML part of an e-mail, where every value is escaped.
TEXT: Final = _Dialect()
HTML: Final = _Dialect(autoescape=True)
#: Children are asked for in a context, though none of our tags looks at it.
_NOWHERE: Final = RenderContext(BoundTemplate(TEXT, []))


def expressions_in(nodes: Iterable[Node]) -> Iterator[tuple[Node, Expression]]:
    """Every expression of a template, with the part that it stands in."""
    for node in nodes:
        for expression in node.expressions():
            for part in _parts(expression):
                yield node, part
        yield from expressions_in(node.children(_NOWHERE))


def stray_ranges(nodes: Iterable[Node]) -> Iterator[RangeLiteral]:
    """Ranges that no loop goes through."""
    looped = set()
    ranges = []
    for _, expression in expressions_in(nodes):
        if isinstance(expression, LoopExpression):
            looped.add(id(expression.iterable))
        if isinstance(expression, RangeLiteral):
            ranges.append(expression)
    return (one for one in ranges if id(one) not in looped)
