"""The end of the demonstration: the summary, and what happened to one of the leads."""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tools.demo.audit import Verdict
from tools.demo.effects import Effect
from tools.demo.screen import NAMES, Screen
from tools.demo.story import Api, Story
from tools.demo.watching import PROVIDERS, Books, Progress
from tools.sandbox.ledger import Entry, Name

#: Characters of a message that are shown.
SHOWN = 56


def summary(screen: Screen, verdicts: list[Verdict], progress: Progress, pace: float) -> None:
    """Say what came of it all."""
    days = (progress.now - progress.began).total_seconds() / 86_400
    screen.say()
    screen.say(f"  {screen.bold(f'{days:.1f} days in {progress.seconds:.0f} seconds.')}")
    screen.say()
    screen.say(
        screen.dim(
            f"  {'':9}{'sent once':>10}{'twice':>7}{'lost':>6}{'left in peace':>15}"
            f"{'seconds late: half':>21}{'99 %':>7}{'all':>7}"
        )
    )
    for verdict in verdicts:
        counts = f"{verdict.once:10}{verdict.twice:7}{verdict.lost:6}"
        late = f"{verdict.share(0.5):21.1f}{verdict.share(0.99):7.1f}{verdict.share(1.0):7.1f}"
        mark = screen.good(counts) if verdict.is_good else screen.bad(counts)
        screen.say(f"  {NAMES[verdict.channel]:9}{mark}{verdict.spared:15}{late}")
    screen.say()
    for verdict in verdicts:
        if verdict.unwanted:
            screen.say(screen.bad(f"  {verdict.unwanted} times {NAMES[verdict.channel]} to those who wanted no more"))
        for reason, count in verdict.reasons.items():
            screen.say(screen.bad(f"  {count} times {NAMES[verdict.channel]} not sent: {reason}"))
    screen.say(
        screen.dim(
            "  Counted in the sandbox's ledger. The seconds are this machine's; "
            f"while the clock went fast, one was {_span(pace)}."
        )
    )


def heard(screen: Screen, effects: Sequence[Effect], revenue: Decimal, story: Story) -> None:
    """Say what people did, and what of it the application knows."""
    screen.say()
    screen.say(f"  {screen.bold('What came back')}, and of how many the application knows it")
    screen.say()
    for effect in effects:
        count = f"{effect.known} of {effect.did}"
        mark = screen.good(f"{count:>9}") if effect.is_good else screen.bad(f"{count:>9}")
        screen.say(f"  {mark}  {effect.name}")
    wanted = sum((role.pays for role in story.roles.values()), Decimal(0))
    exact = screen.good(f"{revenue:.2f}") if revenue == wanted else screen.bad(f"{revenue:.2f}")
    screen.say()
    screen.say(f"  Revenue {exact} USD of {wanted:.2f}; who bought is contacted no more, and neither is who said no.")


def one_lead(screen: Screen, api: Api, story: Story, books: Books) -> None:
    """Tell what happened to one of the leads, and why."""
    # One that did something has more to tell.
    lead_id = random.choice(list(story.roles or story.leads))
    lead = story.leads[lead_id]
    enrollment = f"{lead_id}.{story.sequence['id']}"
    sent = {entry.provider: entry for entry in books.entries if entry.to in (lead["phone"], lead["email"])}
    timeline = api.send("GET", f"/v1/leads/{lead_id}/timeline?limit=100")["data"]
    screen.say()
    screen.say(f"  {screen.bold(lead['firstName'] + ' ' + lead['lastName'])}, by the clocks of {lead['timeZone']}")
    for line in _events(timeline, ZoneInfo(lead["timeZone"]), sent):
        screen.say(f"    {line}")
    screen.say()
    screen.say(f"  {screen.bold('Why')}, as GET /v1/enrollments/{{id}}/explain has it")
    explanation = api.send("GET", f"/v1/enrollments/{enrollment}/explain")
    for step in explanation["steps"]:
        screen.say(f"    {NAMES[step['channel']]:10} {step['state']:10} {step['sentence']}")
    screen.say(f"    {'enrollment':10} {explanation['status'].lower():10} {explanation['sentence']}")
    screen.say()
    screen.say(screen.dim(f"  GET /v1/leads/{lead_id}/timeline"))
    screen.say(screen.dim(f"  GET /v1/enrollments/{enrollment}/explain"))


def _events(timeline: list[dict[str, Any]], zone: ZoneInfo, sent: Mapping[Name, Entry]) -> Iterator[str]:
    """A lead's timeline in words, the oldest first. An attempt goes without saying: its execution tells of it."""
    told = [entry for entry in timeline if entry["type"] != "attempt"]
    # At the same instant what changed the enrollment comes after what it followed from.
    for entry in sorted(told, key=lambda entry: (entry["at"], entry["type"] == "change")):
        at = datetime.fromisoformat(entry["at"]).astimezone(zone).strftime("%a %d %b %H:%M")
        if entry["type"] == "enrollment":
            yield f"{at}   enrolled"
        elif entry["type"] == "execution":
            message = sent.get(PROVIDERS[entry["channel"]])
            text = "" if message is None else _short(_text(message))
            yield f"{at}   {NAMES[entry['channel']]:10} {entry['status'].lower():10} {text}".rstrip()
        elif entry["type"] == "reply":
            said = _short(str((entry["detail"] or {}).get("text", "")))
            yield f"{at}   reply      {entry['status'].lower():10} {said}"
        else:
            what = "enrollment" if entry["type"] == "change" else entry["type"]
            # machineOpened, in words.
            status = re.sub(r"([a-z])([A-Z])", r"\1 \2", entry["status"]).lower()
            yield f"{at}   {what:10} {status:10} {entry['reason'] or ''}".rstrip()


def _text(entry: Entry) -> str:
    """What a lead read or heard first."""
    message = entry.message
    if entry.provider == "twilio":
        return str(message["Body"])
    if entry.provider == "sendgrid":
        return str(message["subject"])
    said = [message.get(part, {}).get("firstMessage") for part in ("assistantOverrides", "assistant")]
    return str(next((text for text in said if text), "what the assistant is set up to say"))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return f'"{line}"' if len(line) <= SHOWN else f'"{line[:SHOWN].rstrip()} ..."'


def _span(seconds: float) -> str:
    return "an hour" if seconds == 3600 else f"{seconds:,.0f} s"
