"""What a test says by now: both variants side by side, the difference, and in a sentence what to make of it. Pure."""

from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from pydantic import Field

from retention.experiments import inference
from retention.experiments.figures import Compared, Figures
from retention.experiments.inference import Arm, Difference
from retention.experiments.model import ABTest, ABTestStatus, EndedBy
from retention.experiments.stats import rate
from retention.experiments.variants import Variant
from retention.fields import Contract, Count, Instant, Money, Ratio

_PLACES: Final = Decimal("0.000001")


class Verdict(StrEnum):
    """What the figures allow to be said."""

    #: One variant converts better, for certain enough.
    DECIDED = "decided"
    #: Neither, so far.
    OPEN = "open"
    #: The interval leaves out 0, but a variant has fewer recipients than the test asks for.
    TOO_FEW = "too_few"
    #: The variants did not get as many recipients as they must have: something is wrong, so nothing is concluded.
    UNEVEN = "uneven"
    #: Neither, and as many recipients as were to be waited for.
    UNDECIDED = "undecided"


class ArmResult(Contract):
    """What one variant has come to."""

    script_id: str = Field(description="Its script")
    recipients: Count = Field(description="Leads that were sent something")
    impressions: Count = Field(description="Sends that were accepted")
    clicks: Count = Field(description="Leads that clicked")
    conversions: Count = Field(description="Leads that converted")
    revenue: Money = Field(description="What they paid")
    cost: Money = Field(description="What the sends cost")
    click_rate: Ratio | None = Field(description="clicks / recipients")
    conversion_rate: Ratio | None = Field(description="conversions / recipients: what the variants are compared by")
    roas: Decimal | None = Field(description="revenue / cost; none without cost")


class DifferenceResult(Contract):
    """How much better variant B converts than A; below 0: worse."""

    estimate: Decimal = Field(description="conversionRate of B minus that of A")
    low: Decimal = Field(description="The true difference is at least this, with the confidence asked for")
    high: Decimal = Field(description="The true difference is at most this, with the confidence asked for")


class SplitResult(Contract):
    """How the recipients were divided."""

    share_a: Ratio | None = Field(description="Share of variant A; one half, but for chance")
    even: bool = Field(description="False: no chance explains it, so nothing can be concluded")


class ABTestResults(Contract):
    """What a test says by now. It may be looked at at any time, as often as anybody likes."""

    test_id: str = Field(description="The test")
    status: ABTestStatus = Field(description="RUNNING, PAUSED or COMPLETED")
    started_at: Instant = Field(description="When it began")
    ended_at: Instant | None = Field(description="When it ended")
    winner_id: Variant | None = Field(description="The variant that won, once it is completed")
    ended_by: EndedBy | None = Field(description="EVIDENCE: decided. HORIZON: no winner found. HAND: somebody's word")
    confidence: Ratio = Field(description="How certain a winner must be")
    minimum_sample: Count = Field(description="Recipients that each variant needs")
    horizon: Count = Field(description="Recipients of each variant at which it ends")
    a: ArmResult = Field(description="Variant A")
    b: ArmResult = Field(description="Variant B")
    difference: DifferenceResult = Field(description="Of the conversion rates; holds at every look at once")
    verdict: Verdict = Field(description="What the figures allow to be said")
    better: Variant | None = Field(description="decided: the variant that converts better")
    split: SplitResult = Field(description="How the recipients were divided")
    expected_recipients: Count | None = Field(
        description="More recipients that each variant takes to a decision if the rates stay as they are, up to the "
        "horizon; none when nothing more is to be expected"
    )
    sentence: str = Field(description="The same for people")


class Judgement(NamedTuple):
    """What the figures of a test come to."""

    difference: Difference
    verdict: Verdict
    #: None unless it is decided.
    better: Variant | None
    is_split_evenly: bool
    #: More recipients of each variant that a decision is expected to take; None where none is to be expected.
    expected: int | None


def judged(test: ABTest, figures: Compared) -> Judgement:
    """Judge a test by its figures: a variant is better when the interval leaves out 0 and nothing speaks against it."""
    a, b = (Arm(arm.recipients, arm.conversions) for arm in figures)
    alpha = float(1 - test.confidence)
    difference = inference.difference(a, b, alpha=alpha, horizon=test.horizon)
    even = inference.is_split_evenly(a.recipients, b.recipients)
    fewest = min(a.recipients, b.recipients)
    if not even:
        verdict = Verdict.UNEVEN
    elif difference.better is not None:
        verdict = Verdict.DECIDED if fewest >= test.minimum_sample else Verdict.TOO_FEW
    else:
        verdict = Verdict.UNDECIDED if fewest >= test.horizon else Verdict.OPEN
    expected: int | None = None
    if verdict is Verdict.TOO_FEW:
        expected = test.minimum_sample - fewest
    elif verdict is Verdict.OPEN:
        wanted = inference.recipients_needed(a, b, alpha=alpha, horizon=test.horizon)
        expected = max(0, max(wanted, test.minimum_sample) - fewest)
    better = difference.better if verdict is Verdict.DECIDED else None
    return Judgement(difference, verdict, better, even, expected)


def results_of(test: ABTest, figures: Compared) -> ABTestResults:
    """What a test says by now."""
    judgement = judged(test, figures)
    total = figures.a.recipients + figures.b.recipients
    return ABTestResults(
        test_id=test.id,
        status=test.status,
        started_at=test.started_at,
        ended_at=test.ended_at,
        winner_id=test.winner_id,
        ended_by=test.ended_by,
        confidence=test.confidence,
        minimum_sample=test.minimum_sample,
        horizon=test.horizon,
        a=_arm(test.variant_a, figures.a),
        b=_arm(test.variant_b, figures.b),
        difference=DifferenceResult(**{name: _decimal(one) for name, one in judgement.difference._asdict().items()}),
        verdict=judgement.verdict,
        better=judgement.better,
        split=SplitResult(share_a=rate(figures.a.recipients, total), even=judgement.is_split_evenly),
        expected_recipients=judgement.expected if test.status != "COMPLETED" else None,
        sentence=" ".join(_sentences(test, figures, judgement)),
    )


def _arm(script_id: str, figures: Figures) -> ArmResult:
    return ArmResult(
        script_id=script_id,
        **figures._asdict(),
        click_rate=rate(figures.clicks, figures.recipients),
        conversion_rate=rate(figures.conversions, figures.recipients),
        roas=figures.roas,
    )


def _decimal(number: float) -> Decimal:
    return Decimal(number).quantize(_PLACES).normalize() + 0


# --- in words ----------------------------------------------------------------------------------------------------


def _sentences(test: ABTest, figures: Compared, judgement: Judgement) -> list[str]:
    ended = [] if test.status != "COMPLETED" else [_ended(test)]
    return [*ended, _found(test, figures, judgement)]


def _ended(test: ABTest) -> str:
    if test.winner_id is None:
        by = "Somebody ended it" if test.ended_by == "HAND" else "It ended at its horizon"
        return f"{by} without a winner."
    by = "Somebody named" if test.ended_by == "HAND" else "The figures named"
    return f"{by} variant {test.winner_id} the winner."


def _found(test: ABTest, figures: Compared, judgement: Judgement) -> str:
    if judgement.verdict is Verdict.UNEVEN:
        return (
            f"The variants have {figures.a.recipients:,} and {figures.b.recipients:,} recipients, which no chance "
            "explains: something keeps one of them from being sent, so nothing is concluded."
        )
    certain = f"{_percent(test.confidence)} confidence"
    if judgement.verdict is Verdict.DECIDED:
        better, worse = (figures.a, figures.b) if judgement.better == "A" else (figures.b, figures.a)
        low, high = sorted(abs(bound) for bound in judgement.difference[1:])
        return (
            f"Variant {judgement.better} converts better: {_share(better)} of its recipients against {_share(worse)}. "
            f"At {certain} the difference is between {_points(low)} and {_points(high)} percentage points."
        )
    so_far = f"So far {_share(figures.a)} of the recipients of A and {_share(figures.b)} of those of B converted"
    if judgement.verdict is Verdict.UNDECIDED:
        return f"{so_far}; at {certain} neither is better, after as many recipients as the test was to have."
    more = f"about {_rough(judgement.expected):,} more recipients of each" if judgement.expected else "a few more"
    if judgement.verdict is Verdict.TOO_FEW:
        return f"{so_far}. That would decide it, but each variant needs {test.minimum_sample:,} recipients: {more}."
    return f"{so_far}; at {certain} neither is better yet. If it goes on like this, that takes {more}."


def _share(figures: Figures) -> str:
    return _percent(rate(figures.conversions, figures.recipients) or Decimal(0))


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f} %"


def _rough(number: int) -> int:
    """A number to two digits: it is a guess."""
    return round(number, 2 - len(str(number)))


def _points(difference: float) -> str:
    return f"{difference * 100:.2f}"
