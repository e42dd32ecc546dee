"""The picture: a square for each hour of the week, the darker the higher the rate, the larger the more was sent.

A rate of few messages says little, so a small square is one not to be relied on. Every square names its numbers when
pointed at, and for readers of the picture's text.
"""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

RATES: Final = ("replied", "answered", "clicked", "opened", "delivered")
_CELL, _LEFT, _TOP = 26, 52, 58
#: Messages from which a square has its full size.
_ENOUGH: Final = 30
#: From pale to strong, as red, green, blue: of one hue, so that it can be told without seeing colours.
_PALE, _STRONG = (219, 234, 254), (30, 58, 138)


def draw(report: Mapping[str, Any], rate: str) -> str:
    """The hours of the week of a report, as SVG.

    Raises:
        KeyError, TypeError: it is no such report.
    """
    rows = report["data"]
    highest = max((row["rates"][rate] or 0 for row in rows), default=0)
    title = f"{rate.capitalize()}, by hour of the week where the lead lives, {report['from']} to {report['to']}"
    width, height = _LEFT + 24 * _CELL + 12, _TOP + 7 * _CELL + 44
    days = list(dict.fromkeys(row["weekday"] for row in rows))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        'font-family="system-ui, sans-serif" font-size="11" fill="#334155">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" rx="8" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="22" font-size="13" font-weight="600">{escape(title)}</text>',
        *(_label(_LEFT + hour * _CELL, _TOP - 8, f"{hour:02d}") for hour in range(0, 24, 2)),
        *(_label(12, _TOP + at * _CELL + 17, day.capitalize()) for at, day in enumerate(days)),
        *(_square(row, days.index(row["weekday"]), rate, highest) for row in rows),
        *_legend(highest, _TOP + 7 * _CELL + 26),
        "</svg>",
    ]
    return "\n".join(parts)


def _label(x: float, y: float, text: str) -> str:
    return f'<text x="{x}" y="{y}">{escape(text)}</text>'


def _square(row: Mapping[str, Any], line: int, rate: str, highest: float) -> str:
    value, sent = row["rates"][rate], row["sent"]
    if value is None:
        return ""
    side = (_CELL - 2) * min(1.0, 0.3 + 0.7 * sent / _ENOUGH)
    x = _LEFT + row["hour"] * _CELL + (_CELL - side) / 2
    y = _TOP + line * _CELL + (_CELL - side) / 2
    told = f"{row['weekday'].capitalize()} {row['hour']:02d}:00: {value:.1%} of {sent}"
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{side:.1f}" height="{side:.1f}" rx="3" '
        f'fill="{_colour(value, highest)}"><title>{told}</title></rect>'
    )


def _colour(value: float, highest: float) -> str:
    share = value / highest if highest else 0
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(_PALE, _STRONG, strict=True))


def _legend(highest: float, y: int) -> Iterator[str]:
    for step in range(5):
        colour = _colour(step / 4, 1)
        yield f'<rect x="{_LEFT + step * 18}" y="{y - 11}" width="16" height="14" rx="3" fill="{colour}"/>'
    yield _label(_LEFT + 100, y, f"0 % to {highest:.1%}; a small square stands for fewer than {_ENOUGH} messages")
