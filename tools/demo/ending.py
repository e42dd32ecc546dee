"""The end of the demonstration: the summary, and what happened to one of the leads."""

import random
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tools.demo.audit import Verdict
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
            f"  {'':9}{'sent once':>10}{'twice':>8}{'lost':>7}   {'seconds late: half':>21}{'99 %':>8}{'all':>8}"
        )
    )
    for verdict in verdicts:
        counts = f"{verdict.once:10}{verdict.twice:8}{verdict.lost:7}"
        late = f"{verdict.share(0.5):21.1f}{verdict.share(0.99):8.1f}{verdict.share(1.0):8.1f}"
        mark = screen.good(counts) if verdict.is_good else screen.bad(counts)
        screen.say(f"  {NAMES[verdict.channel]:9}{mark}   {late}")
    screen.say()
    for verdict in verdicts:
        for reason, count in verdict.reasons.items():
            screen.say(screen.bad(f"  {count} times {NAMES[verdict.channel]} not sent: {reason}"))
    screen.say(
        screen.dim(
            "  Counted in the sandbox's ledger. The seconds are this machine's; "
            f"while the clock went fast, one was {_span(pace)}."
        )
    )


def one_lead(screen: Screen, api: Api, story: Story, books: Books) -> None:
    """Tell what happened to one of the leads, and why."""
    lead_id = random.choice(list(story.leads))
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
        else:
            what = "enrollment" if entry["type"] == "change" else entry["type"]
            yield f"{at}   {what:10} {entry['status'].lower():10} {entry['reason'] or ''}".rstrip()


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
