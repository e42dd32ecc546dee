"""Many tests, each looked at every hundred recipients of an arm."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final

from retention.experiments.inference import Arm
from tools.bench_experiments.chance import conversions
from tools.bench_experiments.rules import Rule

#: Recipients of an arm between two looks, and at the last.
EVERY: Final = 100
UP_TO: Final = 20_000


@dataclass
class Outcome:
    """What a rule has come to over many tests."""

    tests: int = 0
    #: Tests in which each variant was named the winner.
    winners: Counter[str] = field(default_factory=Counter)
    #: Recipients of an arm at which a winner was named, in the order of the tests.
    stopped_at: list[int] = field(default_factory=list)

    @property
    def share(self) -> float:
        """The share of tests that named a winner."""
        return len(self.stopped_at) / self.tests

    def share_by(self, recipients: int) -> float:
        """The share of tests that had named one by then."""
        return sum(at <= recipients for at in self.stopped_at) / self.tests


def run(
    tests: int, rates: tuple[float, float], rules: Mapping[str, Rule], seed: str, told: Callable[[int], None]
) -> dict[str, Outcome]:
    """Run tests with these true rates, and judge each by all rules, on the same conversions."""
    random = Random(seed)
    draw_a, draw_b = (conversions(EVERY, rate, random) for rate in rates)
    outcomes = {name: Outcome(tests) for name in rules}
    for number in range(tests):
        open_rules, a, b = dict(rules), 0, 0
        for recipients in range(EVERY, UP_TO + 1, EVERY):
            a, b = a + draw_a(), b + draw_b()
            for name, rule in list(open_rules.items()):
                winner = rule(Arm(recipients, a), Arm(recipients, b))
                if winner is not None:
                    outcomes[name].winners[winner] += 1
                    outcomes[name].stopped_at.append(recipients)
                    del open_rules[name]
            if not open_rules:
                break
        told(number + 1)
    return outcomes
