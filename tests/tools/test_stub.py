"""The functions of the local stack run the source in the working tree, by the clock of the stack."""

import os
import subprocess
import sys
from pathlib import Path

from tools.stack.clock import set_pace
from tools.stack.stub import code, python_path

HANDLER = """\
from retention.clock import process_clock
print("said while importing")
def lambda_handler(event, context):
    print("said while answering")
    if event == "wrong":
        raise ValueError("no such event")
    if event == "pace":
        return process_clock().pace
    if event == "delete":
        return {"statusCode": 204, "body": None}
    return [event, context]
"""


def run(folder: Path, event: str) -> subprocess.CompletedProcess[str]:
    """One call of a stub over `HANDLER`, with its log at `sample.log` in the folder."""
    package = folder / "sample"
    package.mkdir(exist_ok=True)
    (package / "app.py").write_text(HANDLER)
    stub = (
        code("sample.app.lambda_handler", folder, folder / "clock.json")
        + f"print(handler({event!r}, 'context'), file=sys.__stdout__)\n"
    )
    return subprocess.run(
        [sys.executable, "-c", stub],
        cwd=folder,
        env={"PYTHONPATH": os.pathsep.join([str(folder), python_path()])},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_call_reaches_the_handler_and_its_answer_comes_back(tmp_path: Path) -> None:
    assert run(tmp_path, "event").stdout == "['event', 'context']\n"


def test_time_goes_as_the_clock_of_the_stack(tmp_path: Path) -> None:
    assert run(tmp_path, "pace").stdout == "1.0\n"
    set_pace(tmp_path / "clock.json", 3600)
    assert run(tmp_path, "pace").stdout == "3600\n"


def test_an_answer_whose_body_is_null_has_none(tmp_path: Path) -> None:
    assert run(tmp_path, "delete").stdout == "{'statusCode': 204}\n"


def test_each_call_writes_one_line_to_its_error_output(tmp_path: Path) -> None:
    assert run(tmp_path, "event").stderr == "done\n"


def test_what_the_handler_prints_is_in_the_functions_log(tmp_path: Path) -> None:
    run(tmp_path, "event")

    assert (tmp_path / "sample.log").read_text() == "said while importing\nsaid while answering\n"


def test_an_error_of_the_handler_is_in_the_log_and_is_raised(tmp_path: Path) -> None:
    done = run(tmp_path, "wrong")

    assert done.returncode == 1
    assert "ValueError: no such event" in (tmp_path / "sample.log").read_text()
