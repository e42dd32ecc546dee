"""What texts and calls want. The labelled texts are in texts.tsv and calls.tsv: label, text, and why where in doubt.

definitive: the law's and the carrier's words. end: whoever reads it knows. doubt: taken for an opt-out, though it may
be none; why that is accepted stands beside it. none, start, help: no opt-out.
"""

from collections import Counter
from pathlib import Path

import pytest

from retention.replies.wording import meaning_of, opts_out, speaks_opt_out

_MEANT = {"definitive": "OPT_OUT", "end": "OPT_OUT", "doubt": "OPT_OUT"} | {
    "none": "OTHER",
    "start": "OPT_IN",
    "help": "HELP",
}


def labelled(name: str) -> list[list[str]]:
    """Label, text and reason of each line."""
    lines = (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()
    return [(line + "\t").split("\t")[:3] for line in lines]


TEXTS, CALLS = labelled("texts.tsv"), labelled("calls.tsv")


@pytest.mark.parametrize("label", list(_MEANT))
def test_what_texts_want(label: str) -> None:
    texts = [text for one, text, _ in TEXTS if one == label]

    assert {text: meaning_of(text) for text in texts if meaning_of(text) != _MEANT[label]} == {}


def test_the_texts_are_many_and_each_doubt_is_explained() -> None:
    counted = Counter(label for label, _, _ in TEXTS)

    assert sum(counted.values()) >= 250
    assert counted["definitive"] >= 40
    assert counted["none"] >= 100
    assert all(why for label, _, why in TEXTS if label == "doubt")


@pytest.mark.parametrize("word", ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"])
@pytest.mark.parametrize(
    "form", ["{}", " {} ", "{}.", "{}!", "'{}'", "“{}”", "({})", "\n{}\n", "{},", "-{}-", "{}\u200b"]
)
def test_each_keyword_in_any_case_and_any_quotes_is_an_opt_out(word: str, form: str) -> None:
    for spelling in (word, word.lower(), word.title()):
        assert opts_out(form.format(spelling))


@pytest.mark.parametrize(("label", "line"), [(label, line) for label, line, _ in CALLS])
def test_in_a_call_it_takes_a_sentence_about_contact(label: str, line: str) -> None:
    assert speaks_opt_out(["Hello?", line, "Bye."]) is (label == "end")


def test_what_the_provider_took_it_for_counts_but_never_against_an_opt_out() -> None:
    assert meaning_of("adios", "STOP") == "OPT_OUT"
    assert meaning_of("yes", "START") == "OPT_IN"
    assert meaning_of("?", "HELP") == "HELP"
    assert meaning_of("Please stop texting me", "START") == "OPT_OUT"
    assert meaning_of("stop", "HELP") == "OPT_OUT"


def test_yes_alone_brings_nobody_back() -> None:
    assert meaning_of("YES") == "OTHER"


def test_a_long_text_is_looked_at_in_no_time_and_to_its_limit() -> None:
    for part in (
        "stop ",
        "do not ",
        "dont dont ",
        "a|",
        "please ",
        "s ",
        "🛑"[:0] + "\u0301",
        "no more ",
        "i want to ",
    ):
        meaning_of(part * 5000)
    assert opts_out("This goes on and on. " * 60 + "Please stop texting me.")
