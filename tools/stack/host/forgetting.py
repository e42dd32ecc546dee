"""Drops what ministack collects about each call and never lets go: log streams and metric values.

The functions' own output is in files; the rest would cost about 3 KB of memory and of every snapshot a call.
"""

import asyncio
import sys

#: Seconds between two times.
PERIOD = 60.0


def forget() -> None:
    """Empties log groups and metrics; the groups and alarms themselves stay, CloudFormation knows them."""
    logs = sys.modules.get("ministack.services.cloudwatch_logs")
    if logs is not None:
        for group in list(logs._log_groups._data.values()):
            group["streams"].clear()
    metrics = sys.modules.get("ministack.services.cloudwatch")
    if metrics is not None:
        metrics._metrics._data.clear()


async def forget_regularly() -> None:
    """Keeps the memory small until cancelled."""
    while True:
        await asyncio.sleep(PERIOD)
        forget()
