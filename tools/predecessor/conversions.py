"""Conversions, and the rules that learn from them."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from retention.conversions.identity import transaction_in, visitor_of
from retention.conversions.model import Conversion, ConversionRule, ConversionRuleClaim
from retention.conversions.recording import pointers
from retention.entity import Entity
from retention.table.keys import fingerprint
from tools.predecessor import cells, words
from tools.predecessor.attempts import Brought
from tools.predecessor.cells import UnreadableCellError
from tools.predecessor.desk import Desk
from tools.predecessor.row import RefusedRowError, Row

_REPORT: Final = 32_768
#: The source of conversions that a tracker posts.
_TRACKER: Final = "keitaro"


def conversions(desk: Desk, brought: dict[str, Brought]) -> None:
    """Every conversion, where a later report about the same visitor finds it."""
    taken: set[str] = set()

    def one(row: Row) -> Iterator[Entity]:
        own = desk.identities.claim(row)
        outcome = _outcome(row)
        channel = _channel(row)
        source = row.text("source", 200) or _TRACKER
        if row["source"] != source:
            row.normalised("source", "absent", "The default of the column.", row["source"], source)
        sub_id, click_id = row.foreign("subId"), row.foreign("clickId")
        revenue = _revenue(row, outcome.is_rejected)
        lead = desk.identities.optional(row, "leadId", "Lead")
        campaign = desk.identities.optional(row, "campaignId", "Campaign")
        attempt = desk.identities.optional(row, "contactAttemptId", "ContactAttempt")
        report = row.json_object("postbackData", _REPORT)
        transaction = transaction_in(report)
        contact = brought.get(attempt or "", Brought(None, None))
        conversion = Conversion.model_construct(
            id=_identity(taken, own, source, sub_id, click_id, transaction),
            lead_id=lead,
            campaign_id=campaign,
            channel=channel,
            revenue=revenue,
            status=outcome.status,
            sub_id=sub_id,
            click_id=click_id,
            source=source,
            contact_attempt_id=attempt,
            created_at=row.dated("createdAt"),
            transaction=transaction if transaction is not None and len(transaction) <= 200 else None,
            word=outcome.word if source == _TRACKER else None,
            script_id=contact.script,
            sent_at=contact.sent_at,
            postback_data=row.with_kept(report, _REPORT),
        )
        yield conversion
        taken.add(conversion.id)
        yield from pointers(conversion)

    desk.each("Conversion", one)


def _identity(
    taken: set[str], own: str, source: str, sub_id: str | None, click_id: str | None, transaction: str | None
) -> str:
    """Under which id a conversion lives: that which a report about it would look for, unless another row has it.

    Source: retention/conversions/identity: the visitor's first conversion, or a further one with its transaction.
    """
    visitor = visitor_of(source, sub_id, click_id)
    if visitor is None:
        return own
    first = visitor.first_id()
    if first not in taken:
        return first
    further = None if transaction is None else visitor.id_of(transaction)
    return own if further is None or further in taken else further


def _outcome(row: Row) -> words.Outcome:
    said = cells.text(row["status"]).value
    if said is None or not said.strip():
        row.normalised("status", "absent", "The default of the column.", said, "lead")
        return words.conversion("lead")
    outcome = words.conversion(said)
    if outcome.status != said:
        row.kept["status"] = said
        code = "word" if outcome.is_known else "unknown_word"
        row.normalised("status", code, "Statuses of conversions have one form here.", said, outcome.status)
    return outcome


def _revenue(row: Row, is_rejected: bool) -> Decimal:
    """What it is worth; nothing where it was rejected."""
    amount = row.money("revenue") or Decimal(0)
    if (is_rejected and amount) or _is_negative(row["revenue"]):
        row.kept["revenue"] = cells.text(row["revenue"]).value
    if is_rejected and amount:
        row.normalised("revenue", "rejected", "What was rejected is worth nothing.", row["revenue"], Decimal(0))
        return Decimal(0)
    return amount


def _is_negative(cell: Any) -> bool:
    return isinstance(cell, int | float) and cell < 0


def _channel(row: Row) -> Any:
    """The channel; a word that is none is kept apart."""
    said = cells.text(row["channel"]).value
    if not said or not said.strip():
        return None
    meant = words.CHANNEL.meaning(said)
    if meant is None:
        row.keep("channel", "unknown_word", "No such channel.")
    elif meant != said:
        row.normalised("channel", "word", "Words of channel have one form here.", said, meant)
    return meant


def rules(desk: Desk) -> None:
    """Every rule: one for each channel, metric and value."""
    percent = {column: _is_percentage(desk, column) for column in ("conversionRate", "confidence")}
    first: dict[str, str] = {}

    def one(row: Row) -> Iterator[Entity]:
        identity = desk.identities.claim(row)
        channel = row.word("channel", words.CHANNEL)
        metric, value = row.text("metric", 200), row.text("value", 200)
        if metric is None or value is None:
            raise RefusedRowError("required", "A rule has a metric and a value.")
        name = fingerprint(channel, metric, value)
        if name in first:
            raise RefusedRowError(
                "duplicate", "An earlier rule is about the same channel, metric and value.", first[name]
            )
        yield ConversionRule.model_construct(
            id=identity,
            channel=channel,
            metric=metric,
            value=value,
            conversion_rate=row.share("conversionRate", percent=percent["conversionRate"]),
            sample_size=row.whole("sampleSize") or 0,
            confidence=row.share("confidence", percent=percent["confidence"]),
            created_at=row.dated("createdAt", "updatedAt"),
            updated_at=row.dated("updatedAt", "createdAt"),
        )
        first[name] = row.id
        yield ConversionRuleClaim(fingerprint=name, rule_id=identity)

    desk.each("ConversionRule", one)


def _is_percentage(desk: Desk, column: str) -> bool:
    """Whether a column holds percentages: one number above 1 tells it of all."""
    return any(_above_one(held.get(column)) for held in desk.source.rows("ConversionRule", [column]))


def _above_one(cell: Any) -> bool:
    try:
        amount = cells.money(cell).value
    except UnreadableCellError:
        return False
    return amount is not None and amount > 1
