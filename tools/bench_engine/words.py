"""The figures as tables of text."""

from tools.bench_engine.alone import Run
from tools.bench_engine.lateness import Lateness, plot
from tools.bench_engine.whole import Passage


def runs(named: dict[str, Run]) -> list[str]:
    """The engine alone: a row for each way of working."""
    head = f"{'':18}{'steps':>7}{'steps/s':>9}{'CPU ms':>8}{'table requests':>16}{'write units':>13}{'provider':>10}"
    rows = [head, f"{'':18}{'':7}{'':9}{'a step':>8}{'a step':>16}{'a step':>13}{'a step':>10}"]
    for name, run in named.items():
        table = sum(run.requests.values()) / run.steps
        rows.append(
            f"{name:18}{run.steps:7,}{run.steps / run.seconds:9.1f}{1000 * run.processor / run.steps:8.1f}"
            f"{table:16.2f}{run.write_units / run.steps:13.2f}{run.calls / run.steps:10.2f}"
        )
    return rows


def passages(named: dict[str, Passage]) -> list[str]:
    """Through the queues: what came out, how late it was, and how many in a second."""
    rows = [
        f"{'':18}{'steps':>7}{'once':>7}{'twice':>7}{'lost':>6}{'early':>7}{'messages':>10}{'gates':>7}{'steps/s':>9}"
    ]
    for name, one in named.items():
        rate = f"{one.steps / one.seconds:.1f}" if one.seconds else "-"
        rows.append(
            f"{name:18}{one.steps:7,}{one.once:7,}{one.twice:7,}{one.lost:6,}"
            f"{one.gate.early + one.accepted.early:7,}{one.messages:10,}{one.gates:7,}{rate:>9}"
        )
    rows += ["", f"{'seconds late':37}{'p50':>7}{'p90':>7}{'p99':>7}{'max':>7}"]
    for name, one in named.items():
        rows.append(f"{name + ', at the gate':37}{_parts(one.gate)}")
        rows.append(f"{name + ', at the provider':37}{_parts(one.accepted)}")
    return rows


def shape(lateness: Lateness, full: str) -> list[str]:
    """A plot of a distribution, with a line that says what it shows."""
    return ["seconds from due to gate, how many steps, and what part of all by then", "", *plot(lateness, full)]


def _parts(lateness: Lateness) -> str:
    if not lateness.seconds:
        return f"{'-':>7}" * 4
    return "".join(f"{lateness.within(part):7.2f}" for part in (0.5, 0.9, 0.99, 1.0))
