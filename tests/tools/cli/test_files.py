"""Files go up and come down whole, or not at all."""

import hashlib
from pathlib import Path

import pytest

from tests.tools.cli.scripted import Reply, scripted
from tools.cli import files
from tools.cli.exits import BadInputError, CommandError, UnreachableError
from tools.cli.output import Output

CONTENT = bytes(range(256)) * 4000


def link(url: str, method: str = "GET") -> dict[str, object]:
    """A signed link."""
    return {"method": method, "url": f"{url}/file?signature=x", "headers": {"Content-Type": "text/csv"}}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setattr("tools.cli.client.FIRST_PAUSE", 0)


def test_a_file_goes_up_as_it_is_and_again_from_its_start_when_the_store_is_busy(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(CONTENT)
    with scripted(Reply(503), Reply(200, b"")) as (url, server):
        files.upload(path, link(url, "PUT"), Output())

    assert [one["body"] == CONTENT for one in server.asked] == [True, True]
    assert server.asked[1]["CONTENT_TYPE"] == "text/csv", "it is part of what was signed"
    assert "HTTP_TRANSFER_ENCODING" not in server.asked[1], "the store takes no chunks"


def test_a_refusal_of_the_store_is_told_in_words(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a")
    said = b"<Error><Code>SignatureDoesNotMatch</Code></Error>"
    with scripted(Reply(403, said)) as (url, _), pytest.raises(UnreachableError, match="403 SignatureDoesNotMatch"):
        files.upload(path, link(url, "PUT"), Output())


def test_a_download_that_breaks_goes_on_where_it_broke(tmp_path: Path) -> None:
    half = len(CONTENT) // 2
    with scripted(Reply(200, CONTENT, cut=half), Reply(206, CONTENT)) as (url, server):
        size = files.download(link(url), tmp_path / "a", Output(), sha256=hashlib.sha256(CONTENT).hexdigest())

    assert size == len(CONTENT)
    begun = int(server.asked[1]["HTTP_RANGE"].removeprefix("bytes=").rstrip("-"))
    assert 0 < begun <= half, "it does not begin anew"
    assert (tmp_path / "a").read_bytes() == CONTENT
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600, "it is about people"


def test_a_store_without_ranges_gives_it_anew(tmp_path: Path) -> None:
    with scripted(Reply(200, CONTENT, cut=1000), Reply(200, CONTENT)) as (url, _):
        files.download(link(url), tmp_path / "a", Output())

    assert (tmp_path / "a").read_bytes() == CONTENT


def test_what_came_damaged_is_not_kept_and_what_was_there_stays(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("before")
    with scripted(Reply(200, CONTENT)) as (url, _), pytest.raises(CommandError, match="damaged"):
        files.download(link(url), tmp_path / "a", Output(), sha256="0" * 64)

    assert [one.name for one in tmp_path.iterdir()] == ["a"], "no draft is left"
    assert (tmp_path / "a").read_text() == "before"


def test_a_folder_that_is_not_there_is_the_user_s_to_make(tmp_path: Path) -> None:
    with scripted(Reply(200, CONTENT)) as (url, _), pytest.raises(BadInputError, match="cannot be written"):
        files.download(link(url), tmp_path / "no" / "a", Output())


def test_what_is_no_file_or_empty_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    for path, why in ((tmp_path / "none", "no file"), (tmp_path, "is no file"), (tmp_path / "empty", "is empty")):
        with pytest.raises(BadInputError, match=why):
            files.checked(path)


def test_what_is_about_people_is_for_its_owner_alone(tmp_path: Path) -> None:
    files.write_json({"name": "Zoë"}, tmp_path / "a.json")

    assert (tmp_path / "a.json").stat().st_mode & 0o777 == 0o600
    assert "Zoë" in (tmp_path / "a.json").read_text(encoding="utf-8")
