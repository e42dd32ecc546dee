"""Which variant a lead is given."""

import subprocess
import sys
from math import sqrt
from pathlib import Path

from retention.experiments import variants
from retention.experiments.variants import Part, variant_for

LEADS = [f"01khr9y5g0{number:016d}" for number in range(20_000)]
TEST = "campaign.01khr9y5g00ee14f4j9mykf4q2"


def share_of_b(given: list[str]) -> float:
    return given.count("B") / len(given)


def test_a_lead_is_given_either_with_probability_one_half() -> None:
    # Four standard deviations of a fair coin.
    assert abs(share_of_b([variant_for(TEST, lead) for lead in LEADS]) - 0.5) < 4 * sqrt(0.25 / len(LEADS))


def test_tests_are_independent_of_each_other() -> None:
    first = [variant_for(TEST, lead) for lead in LEADS]
    second = [variant_for(TEST + "x", lead) for lead in LEADS]

    for variant in "AB":
        of_these = [other for one, other in zip(first, second, strict=True) if one == variant]
        assert abs(share_of_b(list(of_these)) - 0.5) < 4 * sqrt(0.25 / len(of_these))


def test_it_is_the_same_for_ever_and_in_every_process() -> None:
    # Written down: a change of the hash would change the variant of every lead in every running test.
    assert "".join(variant_for(TEST, lead) for lead in LEADS[:32]) == "BAAABBBBBBABBBBABBBAAAAAABAAABAB"
    code = f"from retention.experiments.variants import variant_for as v; print(v({TEST!r}, {LEADS[0]!r}))"
    layer = Path(variants.__file__).parents[2]
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": "7", "PYTHONPATH": str(layer)},
        capture_output=True,
        text=True,
    )
    assert told.stdout.strip() == variant_for(TEST, LEADS[0])


def test_a_part_is_read_as_it_was_written() -> None:
    for part in (Part(TEST, "A"), Part(TEST, "B")):
        assert Part.read(str(part)) == part
    assert Part.read(None) is None
    assert Part.read("") is None
