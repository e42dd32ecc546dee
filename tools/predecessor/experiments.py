"""A/B tests. Variants that are texts become scripts."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from retention.entity import Entity
from retention.experiments.model import ABTest, RunningABTest, VariantStats
from retention.ids import join
from retention.scripts.model import Script
from retention.table.keys import fingerprint
from tools.predecessor import cells, words
from tools.predecessor.cells import UnreadableCellError
from tools.predecessor.desk import Desk
from tools.predecessor.row import RefusedRowError, Row
from tools.predecessor.scripts import stored

_COUNTS: Final = ("impressions", "clicks", "conversions")
_RATES: Final = ("ctr", "conversionRate")


def experiments(desk: Desk, channels: dict[str, str]) -> None:
    """Every test.

    Args:
        channels: of scripts by their ids here; scripts that are made of variants come to them.
    """
    running: set[tuple[str, str]] = set()

    def one(row: Row) -> Iterator[Entity]:
        local = desk.identities.claim(row)
        campaign = desk.identities.parent(row, "campaignId", "Campaign")
        channel = row.word("channel", words.CHANNEL)
        started = row.dated("startedAt", "endedAt")
        said = {variant: cells.text(row[f"variant{variant}"]).value or "" for variant in "AB"}
        chosen: dict[str, Any] = {variant: desk.identities.of("Script", said[variant]) for variant in "AB"}
        made = []
        for variant in "AB":
            if chosen[variant] is None:
                script = _script(row, variant, said[variant], campaign, channel, started)
                chosen[variant] = script.id
                made.append(script)
        status = _status(row, chosen, (campaign, channel) in running)
        test = ABTest.model_construct(
            id=join(campaign, local),
            local_id=local,
            campaign_id=campaign,
            channel=channel,
            variant_a=chosen["A"],
            variant_b=chosen["B"],
            status=status,
            winner_id=_winner(row, said),
            started_at=started,
            ended_at=row.instant("endedAt"),
            stats_a=_stats(row, "statsA"),
            stats_b=_stats(row, "statsB"),
        )
        yield test
        for script in made:
            channels[script.id] = channel
            yield from stored(script)
        if status == "RUNNING":
            running.add((campaign, channel))
            yield RunningABTest(campaign_id=campaign, channel=channel, test_id=test.id)

    desk.each("ABTest", one)


def _status(row: Row, chosen: dict[str, Any], another_runs: bool) -> Any:
    status = row.word("status", words.TEST_STATUS)
    if status == "RUNNING" and another_runs:
        row.normalised("status", "second_test", "One test runs for a campaign and channel: this one is paused.", status)
        return "PAUSED"
    if status == "RUNNING" and chosen["A"] == chosen["B"]:
        row.normalised("status", "same_script", "Both variants are the same script: it is paused.", status)
        return "PAUSED"
    return status


def _script(row: Row, variant: str, said: str, campaign: str, channel: Any, at: Any) -> Script:
    """A script made of what a variant says."""
    column = f"variant{variant}"
    if not said.strip():
        raise RefusedRowError("required", f"It has no {column}.")
    text = row.text(column, 50_000) or "-"
    script = Script.model_construct(
        id=f"ab{fingerprint(row.id, variant)}",
        name=f"{variant} of the test {row.id}"[:200],
        type=channel,
        content=text,
        campaign_id=None,
        is_default=False,
        created_at=at,
        updated_at=at,
    )
    row.normalised(column, "script_made", "A variant is a script: its text became one.", said, script.id)
    return script


def _winner(row: Row, said: dict[str, str]) -> Any:
    word = cells.text(row["winnerId"]).value
    if word is None or not word.strip():
        return None
    if word in ("A", "B"):
        return word
    found = [
        variant
        for variant in "AB"
        if word.strip().casefold() in (variant.lower(), f"variant{variant}".lower(), said[variant].casefold())
    ]
    if len(found) != 1:
        row.left_out("winnerId", "unknown_variant", "The winner is A or B.", word)
        return None
    row.normalised("winnerId", "word", "The winner is A or B.", word, found[0])
    return found[0]


def _stats(row: Row, column: str) -> VariantStats:
    """The figures of a variant; what is counted here comes on top."""
    given = row.json_object(column, 16_384) or {}
    fields: dict[str, Any] = {}
    for name in _COUNTS:
        fields[name] = _figure(row, column, name, given, lambda cell: cells.whole(cell, 0, 2**53)) or 0
    fields["revenue"] = _figure(row, column, "revenue", given, cells.money) or Decimal(0)
    for name in _RATES:
        percent = (_exact(given.get(name)) or 0) > 1
        fields[name] = _figure(row, column, name, given, lambda cell, by=percent: cells.share(cell, percent=by))
    fields["roas"] = _figure(row, column, "roas", given, cells.money)
    for name in given.keys() - fields.keys():
        row.left_out(column, "unknown_member", f"Figures have no {name[:60]}.", given[name])
    return VariantStats.model_construct(**{_SNAKE.get(name, name): value for name, value in fields.items()})


_SNAKE: Final = {"conversionRate": "conversion_rate"}


def _exact(cell: Any) -> Decimal | None:
    try:
        found: Decimal | None = cells.money(cell if isinstance(cell, int | Decimal | str) else None).value
    except UnreadableCellError:
        return None
    return found


def _figure(row: Row, column: str, name: str, given: dict[str, Any], read: Any) -> Any:
    cell = given.get(name)
    if cell is None:
        return None
    try:
        if isinstance(cell, bool | list | dict):
            raise UnreadableCellError("not_a_number", "This is no number.")
        found = read(cell)
    except UnreadableCellError as error:
        row.left_out(column, error.code, f"{name}: {error.detail}", cell)
        return None
    if found.changed is not None:
        row.normalised(column, found.changed[0], f"{name}: {found.changed[1]}", cell, found.value)
    return found.value
