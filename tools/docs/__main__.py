"""`python -m tools.docs`: writes the generated reference. `--check` writes nothing and fails where a file is stale."""

import argparse
import json
import sys
from pathlib import Path

from tools.stack.places import ROOT, SOURCE_ROOTS

sys.path[:0] = [str(root) for root in SOURCE_ROOTS]

#: Where the reference lies.
REFERENCE = ROOT / "docs" / "reference"


def pages() -> dict[Path, str]:
    """Each generated file with the text that it must have."""
    from api.openapi import document
    from tools.docs import api_reference, table_reference

    return {
        REFERENCE / "api.md": api_reference.render(),
        REFERENCE / "table.md": table_reference.render(),
        REFERENCE / "openapi.json": json.dumps(document(), indent=2, ensure_ascii=False) + "\n",
    }


def stale() -> list[Path]:
    """The files that differ from what the code says."""
    return [path for path, text in pages().items() if not path.exists() or path.read_text(encoding="utf-8") != text]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.docs", description="Write docs/reference/ from the code.")
    parser.add_argument("--check", action="store_true", help="only say what is stale")
    arguments = parser.parse_args()
    old = stale()
    if arguments.check:
        for path in old:
            print(f"{path.relative_to(ROOT)} is stale: run `make docs`", file=sys.stderr)
        return 1 if old else 0
    REFERENCE.mkdir(parents=True, exist_ok=True)
    written = pages()
    for path in old:
        path.write_text(written[path], encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
