"""Measures starts in fresh processes and keeps the best of several, which is the one that nothing disturbed."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tools.bench_cold.layout import Layout
from tools.bench_cold.subjects import Subject

#: What the processes see of an environment: nothing of this machine's, and what the template tells a function.
SETTINGS = {
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "TABLE_NAME": "table",
    "JOBS_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/jobs",
    "CALL_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/call",
    "SMS_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/sms",
    "EMAIL_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/email",
    "INBOUND_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/inbound",
    "INBOUND_DEAD_LETTER_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/inbound-dead-letter",
    "ROOT_SECRET_ARN": "root",
    "BOOTSTRAP_KEY_SECRET_ARN": "bootstrap",
    "POWERTOOLS_SERVICE_NAME": "bench",
    "POWERTOOLS_METRICS_NAMESPACE": "Bench",
    "POWERTOOLS_LOG_LEVEL": "ERROR",
    "PYDANTIC_DISABLE_PLUGINS": "__all__",
}


class StartFailedError(Exception):
    """A function did not start; the message holds the end of what it said."""


@dataclass(frozen=True)
class Start:
    """One start: CPU milliseconds by step, and the most memory that the process held, in MB."""

    importing: float
    setting_up: float
    first_event: float
    status: object
    memory: float
    modules: int

    @property
    def init(self) -> float:
        """What a budget is about: import and set-up, in CPU milliseconds."""
        return self.importing + self.setting_up


def environment(endpoint: str) -> dict[str, str]:
    """The environment of a measured process."""
    return {**SETTINGS, "AWS_ENDPOINT_URL": endpoint}


def interpreter() -> list[str]:
    """The command of a Python that sees the standard library only, writes no byte code and reads no site files."""
    return [sys.executable, "-I", "-S", "-B"]


def start_once(subject: Subject, layout: Layout, endpoint: str) -> Start:
    """Starts one process and measures it.

    Raises:
        StartFailedError: it raised.
    """
    asked = json.dumps({"path": layout.path, "code": subject.code, "event": subject.event})
    probe = [*interpreter(), str(Path(__file__).with_name("probe.py"))]
    done = subprocess.run(
        probe, input=asked, env=environment(endpoint), capture_output=True, text=True, check=False, timeout=120
    )
    if done.returncode:
        raise StartFailedError(f"{subject.name}: {done.stderr.strip()[-2000:]}")
    answer = json.loads(done.stdout.strip().splitlines()[-1])
    importing, setting_up, first_event = answer["spent"]
    return Start(importing, setting_up, first_event, answer["status"], answer["memory"], answer["modules"])


def measure(subjects: list[Subject], layout: Layout, endpoint: str, runs: int) -> dict[str, Start]:
    """The best start of each subject. The subjects take turns, so that a busy machine disturbs all alike."""
    best: dict[str, Start] = {}
    for _ in range(runs):
        for subject in subjects:
            start = start_once(subject, layout, endpoint)
            if subject.name not in best or start.init < best[subject.name].init:
                best[subject.name] = start
    return best


def import_times(subject: Subject, layout: Layout, endpoint: str) -> list[tuple[float, str]]:
    """The modules that cost most by themselves in one start, with milliseconds, by Python's own account."""
    code = f"import sys; sys.path[:0] = {layout.path!r}\n{subject.code['import']}"
    done = subprocess.run(
        [*interpreter(), "-X", "importtime", "-c", code],
        env=environment(endpoint),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    rows = [line.removeprefix("import time:").split("|") for line in done.stderr.splitlines() if line.count("|") == 2]
    times = [(int(own) / 1000, name.strip()) for own, _, name in rows if own.strip().isdigit()]
    return sorted(times, reverse=True)
