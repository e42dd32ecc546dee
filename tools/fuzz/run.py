"""Sends requests, made from the OpenAPI document, until there are enough."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema
from schemathesis.hooks import GLOBAL_HOOK_DISPATCHER
from schemathesis.schemas import BaseSchema

from tools.fuzz.report import Finding, Report
from tools.fuzz.rules import configuration
from tools.fuzz.world import World

#: What the first round goes through; it is the same whatever the seed, but for the last two.
FIRST: Final = ("examples", "coverage", "fuzzing", "stateful")
#: What every further round goes through, each with a seed of its own.
FURTHER: Final = ("fuzzing", "stateful")
#: Characters of a message or a curl line that are kept.
_SHOWN: Final = 2000


def fuzz(
    url: str,
    key: str,
    *,
    requests: int | None = None,
    seed: int = 1,
    examples: int = 25,
    first: tuple[str, ...] = FIRST,
    spare: Sequence[str] = (),
    watch: Callable[[Report], None] = lambda _: None,
) -> Report:
    """Fuzz the API at an address.

    Args:
        requests: how many; rounds are added until they are reached. None: one round, whatever its length.
        examples: requests an operation and round.
        first: the phases of the first round.
        spare: operationIds to leave alone.
        watch: told how it goes, several times a second.
    """
    report = Report()
    began = time.monotonic()
    phases = first
    world = World(url, key, seed)
    while not report.errors and (report.requests < requests if requests else phases is first):
        before = report.requests
        world.populate()
        stream = _round(url, configuration(key, seed=seed, examples=examples, phases=phases), spare)
        with _hooks(world):
            for event in stream:
                _note(event, report)
                report.seconds = time.monotonic() - began
                watch(report)
                if requests and report.requests >= requests:
                    stream.stop()
        if report.requests == before:
            report.errors.append("a whole round sent nothing")
        seed, phases = seed + 1, FURTHER
    return report


@contextmanager
def _hooks(world: World) -> Iterator[None]:
    """Let the world take part in each call. Schemathesis has these hooks for all runs of a process at once only."""
    GLOBAL_HOOK_DISPATCHER.register_hook_with_name(world.before_call, "before_call")
    GLOBAL_HOOK_DISPATCHER.register_hook_with_name(world.after_call, "after_call")
    try:
        yield
    finally:
        GLOBAL_HOOK_DISPATCHER.unregister_all()


def _round(url: str, settings: dict[str, Any], spare: Sequence[str]) -> Any:
    config = SchemathesisConfig.from_dict(settings)
    schema: BaseSchema = schemathesis.openapi.from_url(f"{url}/v1/openapi.json", config=config, wait_for_schema=10)
    for operation_id in spare:
        schema = schema.exclude(operation_id=operation_id)
    return from_schema(schema).execute()


def _note(event: events.EngineEvent, report: Report) -> None:
    """Take over what an event tells."""
    if isinstance(event, events.ScenarioFinished):
        for case_id, interaction in event.recorder.interactions.items():
            node = event.recorder.cases.get(case_id)
            label = node.value.operation.label if node else str(event.label)
            if interaction.response is None:
                report.errors.append(f"{label}: no answer")
                continue
            report.operations[label] += 1
            report.statuses[interaction.response.status_code] += 1
        for finding in _findings(event):
            report.add(finding)
    elif isinstance(event, events.NonFatalError):
        report.errors.append(f"{event.label}: {event.info.format()}"[:_SHOWN])
    elif isinstance(event, events.FatalError):
        report.errors.append(repr(event.exception)[:_SHOWN])


def _findings(event: events.ScenarioFinished) -> Iterator[Finding]:
    for case_id, checks in event.recorder.checks.items():
        for check in checks:
            if check.status is Status.FAILURE and check.failure_info is not None:
                failure = check.failure_info.failure
                yield Finding(
                    event.recorder.cases[case_id].value.operation.label,
                    check.name,
                    failure.title,
                    failure.message[:_SHOWN],
                    check.failure_info.code_sample[:_SHOWN],
                )
