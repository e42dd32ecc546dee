"""The picture of the hours of the week."""

import io
import json
import xml.etree.ElementTree as ElementTree

import pytest

from tests import factories
from tests.api_client import ApiClient
from tests.start import START
from tools.heatmap.__main__ import main
from tools.heatmap.drawing import draw

SVG = "{http://www.w3.org/2000/svg}"


def test_each_hour_in_which_something_was_sent_is_a_square_that_tells_its_numbers(api: ApiClient) -> None:
    lead = factories.a_lead()
    told = {"replied": {"at": "2026-02-18T13:00:00.000Z", "facts": {}}}
    messages = [factories.an_attempt(lead, sent_at=START, local_hour=at) for at in ("214", "214", "009")]
    replied = factories.an_attempt(lead, sent_at=START, local_hour="214", told=told)
    factories.load(api.app, [lead, *messages, replied])

    picture = ElementTree.fromstring(draw(api.get("/v1/reports/heatmap").json, "replied"))

    squares = [title.text for one in picture.iter(f"{SVG}rect") for title in one.iter(f"{SVG}title")]
    assert squares == ["Mon 09:00: 0.0% of 1", "Wed 14:00: 33.3% of 3"]


def test_an_empty_report_is_an_empty_picture(api: ApiClient) -> None:
    picture = ElementTree.fromstring(draw(api.get("/v1/reports/heatmap").json, "answered"))
    assert not [one for one in picture.iter(f"{SVG}rect") if list(one)]


def test_anything_else_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["heatmap"])
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps({"title": "Forbidden"})))
    assert main() == 1
    assert "no answer of /v1/reports/heatmap" in capsys.readouterr().err
