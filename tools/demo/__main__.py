"""`make demo`: a hundred leads go through a sequence of three steps, and do what people do, in a minute instead of two
days."""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.demo.audit import audit
from tools.demo.effects import Effect, Known, effects, is_known, look, revenue
from tools.demo.ending import heard, one_lead, summary
from tools.demo.screen import Screen
from tools.demo.story import Api, RefusedError, Story, begin, enroll, rest
from tools.demo.team import Team, listening
from tools.demo.watching import Books, Progress, Watcher
from tools.stack import record
from tools.stack.__main__ import DEFAULT_PORT, EXPECTED
from tools.stack.clock import ANCHOR, FileClock, held_pace
from tools.stack.places import LOCAL
from tools.stack.ports import free_port, is_free
from tools.stack.running import Options, run

#: Seconds between two looks.
LOOK = 0.25

#: Seconds without any progress after which something must be wrong.
PATIENCE = 180.0

#: Seconds without any progress within which the application must come to know what people did.
HEARING = 60.0


class StuckError(Exception):
    """Nothing moves, or would move."""


@contextmanager
def _application(screen: Screen, folder: Path) -> Iterator[record.Record]:
    """The application that runs, or one that runs for the demonstration only."""
    known = record.read(folder / "stack.json")
    if known is not None:
        screen.say(f"  On the stack that runs at {known.url}.")
        yield known
        return
    screen.say("  No stack runs here, so one is started for this; `make run` keeps one running.")
    port = DEFAULT_PORT if is_free(DEFAULT_PORT) else free_port()
    with run(Options(port, folder, watch=False), say=lambda line: screen.say(f"  {line}")) as stack:
        yield stack.record


def _watch(screen: Screen, watcher: Watcher, until: Callable[[Progress], bool]) -> Progress:
    """Show everything until it is as far as that.

    Raises:
        StuckError: it never is.
    """
    moved, accepted = time.monotonic(), -1
    with screen.moving():
        while True:
            progress = watcher.look()
            screen.show(progress)
            if progress.is_over or until(progress):
                return progress
            if progress.accepted != accepted:
                moved, accepted = time.monotonic(), progress.accepted
            if time.monotonic() - moved > PATIENCE:
                raise StuckError(f"Nothing has moved for {PATIENCE:.0f} s; the logs are in .local/logs.")
            time.sleep(LOOK)


def _known(api: Api, story: Story, team: Team, last: str | None = None) -> tuple[dict[str, Known], list[Effect]]:
    """What the application knows of those who did something, once it knows all of it, or is not going to.

    Args:
        last: only of those who are to be left in peace after this step.
    """
    playing = {lead: role for lead, role in story.roles.items() if last is None or role.last == last}
    part = Story(story.sequence, story.leads, playing)
    moved, most, known = time.monotonic(), -1, dict[str, Known]()
    while True:
        left = [lead for lead, role in playing.items() if lead not in known or not is_known(role, known[lead])]
        known |= look(api, part, left)
        found = [*effects(part, known), team.told(part)]
        if (heard_of := sum(one.known for one in found)) > most:
            moved, most = time.monotonic(), heard_of
        if all(one.is_good for one in found) or time.monotonic() - moved > HEARING:
            return known, found
        time.sleep(LOOK)


def demonstrate(screen: Screen, running: record.Record, folder: Path, count: int, pace: float) -> bool:
    """Go through it all; says whether everything was sent, and once, and what came back was heard.

    Raises:
        StuckError
    """
    api, anchor = Api(running.url, running.apiKey), folder / ANCHOR
    if (hold := api.send("GET", "/v1/sending"))["held"]:
        raise StuckError(f"All sending is held ({hold['reason']}). Let it go with: retention sending release")
    with listening(api, running.sandboxUrl) as team:
        story = begin(api, running.sandboxUrl, count)
        zones = len({lead["timeZone"] for lead in story.leads.values()})
        screen.say(
            f"  {count} new leads in {zones} time zones. SMS now, an e-mail a day later, a call a day after that."
        )
        screen.say(f"  Sent through the sandbox at {running.sandboxUrl}: nothing leaves this machine.")
        books, clock = Books(running.sandboxUrl, story), FileClock(anchor)
        watcher = Watcher(api, story, books, clock, clock.now())
        try:
            enroll(api, story)
            # What is sent now is sent in real time, and answered; only the waiting is made short.
            _watch(screen, watcher, lambda progress: progress.is_begun)
            _known(api, story, team, "SMS")
            with held_pace(anchor, pace):
                progress = _watch(screen, watcher, lambda progress: progress.is_over)
            known, found = _known(api, story, team)
        finally:
            watcher.close()
            rest(running.sandboxUrl)
    books.read()
    verdicts = audit(api, story, books, [1.0] + [pace] * (len(story.steps) - 1), known)
    summary(screen, verdicts, progress, pace)
    heard(screen, found, revenue(known), story)
    one_lead(screen, api, story, books)
    return all(verdict.is_good for verdict in verdicts) and all(effect.is_good for effect in found)


def main() -> int:
    """0 when everything was sent once and heard, 1 when not, 2 when it could not be tried, 130 when one had enough."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--folder", type=Path, default=LOCAL, help="folder of the stack")
    parser.add_argument("--leads", type=int, default=100)
    parser.add_argument("--pace", type=float, default=3600, help="how many times as fast as usual the clock goes")
    arguments = parser.parse_args()
    screen = Screen()
    screen.say(f"\n  {screen.bold('Retention Center')}: a sequence, from the first message to the last\n")
    try:
        with _application(screen, arguments.folder.resolve()) as running:
            good = demonstrate(screen, running, arguments.folder.resolve(), arguments.leads, arguments.pace)
    except KeyboardInterrupt:
        screen.say("\n  Stopped. The clock goes at its usual pace again, and so does the sequence.")
        return 130
    except (RefusedError, StuckError, OSError, *EXPECTED) as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 2
    screen.say()
    screen.say(
        "  "
        + (
            screen.good("Each was sent exactly once, and all that came back was heard.")
            if good
            else screen.bad("Something was lost, sent twice, or not heard.")
        )
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
