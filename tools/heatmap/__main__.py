"""`python -m tools.heatmap`: from an answer of /v1/reports/heatmap to a picture (SVG).

curl "$URL/v1/reports/heatmap?channel=SMS" -H "Authorization: Bearer $KEY" | python -m tools.heatmap > heatmap.svg
"""

import argparse
import json
import sys

from tools.heatmap.drawing import RATES, draw


def main() -> int:
    """Read a report, write a picture; 0 when that went well, 1 when it is no such report."""
    parser = argparse.ArgumentParser(prog="python -m tools.heatmap", description="Draw the hours of the week as SVG.")
    parser.add_argument("--rate", choices=RATES, default="replied", help="which rate is drawn (replied)")
    options = parser.parse_args()
    try:
        print(draw(json.load(sys.stdin), options.rate))
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        print(f"This is no answer of /v1/reports/heatmap: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
