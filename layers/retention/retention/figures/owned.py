"""What sequences and campaigns have in common in reports: figures by script, and counts by reason."""

from collections.abc import Iterator, Mapping

from pydantic import Field

from retention.fields import Contract
from retention.figures.measures import Amount, Share, money, quotient, rate
from retention.figures.reading import Numbers

_COUNTS = ("sent", "opened", "clicked", "replied", "answered", "converted")


class ScriptFigures(Contract):
    """What was sent with one script, and what has come of it."""

    script_id: str = Field(description="The script")
    name: str | None = Field(description="Its name; null when it is gone")
    sent: int = Field(description="Messages sent, calls placed")
    opened: int = Field(description="Opened by a person, of those sent")
    clicked: int = Field(description="Clicked by a person, of those sent")
    replied: int = Field(description="Replied to, of those sent")
    answered: int = Field(description="Calls that a person took, of those placed")
    converted: int = Field(description="Paid conversions that they brought, whenever recorded")
    revenue: Amount = Field(description="What these conversions are worth")
    cost: Amount = Field(description="What sending cost")
    conversion_rate: Share | None = Field(description="converted / sent, 1 at most; null when nothing was sent")
    roas: Amount | None = Field(description="revenue / cost; null without a cost")


class Reasons(Contract):
    """How many, and why."""

    total: int = Field(description="All of them")
    reasons: dict[str, int] = Field(description="By reason, as executions name it (docs/engine.md)")


def reasons(numbers: Numbers, prefix: str) -> Reasons:
    """The counts by reason whose names begin so, the most frequent first."""
    told = dict(parts_of(numbers, f"{prefix}:"))
    ordered = {reason: told[reason] for reason in sorted(told, key=lambda reason: (-told[reason], reason))}
    return Reasons(total=sum(ordered.values()), reasons=ordered)


def parts_of(numbers: Numbers, prefix: str) -> Iterator[tuple[str, int]]:
    """The rest of each name that begins so, with its number; what came to nothing is left out."""
    return ((name.removeprefix(prefix), count) for name, count in numbers.items() if name.startswith(prefix) and count)


def owners_of(numbers: Numbers, kind: str) -> list[str]:
    """The ids of the steps or scripts that there are numbers of, in the order of their ids."""
    return sorted({rest.partition(":")[0] for rest, _ in parts_of(numbers, f"{kind}:")})


def script_figures(numbers: Numbers, names: Mapping[str, str]) -> list[ScriptFigures]:
    """The scripts of a sequence or a campaign, the one most sent first."""
    rows = [_of_script(numbers, script_id, names.get(script_id)) for script_id in owners_of(numbers, "script")]
    return sorted(rows, key=lambda row: (-row.sent, row.script_id))


def _of_script(numbers: Numbers, script_id: str, name: str | None) -> ScriptFigures:
    told = {what: numbers[f"script:{script_id}:{what}"] for what in _COUNTS}
    revenue, cost = (money(numbers, f"script:{script_id}:{what}") for what in ("revenue", "cost"))
    return ScriptFigures(
        script_id=script_id,
        name=name,
        **told,
        revenue=revenue,
        cost=cost,
        conversion_rate=rate(told["converted"], told["sent"]),
        roas=quotient(revenue, cost),
    )
