"""The few lines that stand-in functions consist of: they hand over to the handler in the working tree."""

import os
from pathlib import Path

from tools.stack.places import DEPENDENCIES, ROOT, SOURCE_ROOTS

#: Handler of every stub.
HANDLER = "index.handler"

# A call that writes nothing to its error output is waited on for 50 ms by the stand-in, hence the line at the end of
# each. What the handler itself prints goes to a file that a person can follow, instead of piling up in memory. An
# answer whose body is null has none for AWS, but breaks the stand-in.
_CODE = """\
import sys, traceback
done = sys.stderr
sys.stdout = sys.stderr = open({log!r}, "a", buffering=1)
try:
    from retention.clock import install
    from tools.stack.clock import FileClock
    install(FileClock({anchor!r}))
    from {module} import {function} as call
except BaseException:
    traceback.print_exc()
    raise
def handler(event, context):
    try:
        answer = call(event, context)
        if isinstance(answer, dict) and answer.get("body", "") is None:
            del answer["body"]
        return answer
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        print("done", file=done, flush=True)
"""


def code(handler: str, logs: Path, anchor: Path) -> str:
    """Source of the stub for `handler`, such as `api.app.lambda_handler`, that writes below `logs`.

    Args:
        anchor: what the function's clock goes by; see clock.py.
    """
    module, function = handler.rsplit(".", 1)
    log = str(logs / f"{module.partition('.')[0]}.log")
    return _CODE.format(log=log, anchor=str(anchor), module=module, function=function)


def python_path() -> str:
    """PYTHONPATH of the functions: our source first, then the locked packages, both before the stand-in's own.

    Last comes the repository, for the clock of the local stack.
    """
    return os.pathsep.join(str(folder) for folder in (*SOURCE_ROOTS, DEPENDENCIES, ROOT))
