"""Which content fits which channel."""

import pytest

from retention.errors import InvalidInputError
from retention.scripts import content
from retention.scripts.model import ScriptInput


def a_script(**fields: object) -> ScriptInput:
    return ScriptInput.model_validate({"name": "x", **fields})


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "SMS", "content": "x"},
        {"type": "SMS", "content": "x" * content.MAX_SMS},
        {"type": "EMAIL", "content": {"subject": "s", "html": "h"}},
        {"type": "CALL", "content": "x"},
        {"type": "CALL", "vapiConfig": {"instructions": "x"}},
        {"type": "CALL", "content": "x", "vapiConfig": {"temperature": 1}},
    ],
)
def test_content_that_its_channel_can_send_is_accepted(fields: dict[str, object]) -> None:
    content.check(a_script(**fields))


def test_everything_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        content.check(a_script(type="SMS", vapiConfig={"instructions": "x"}))

    assert [(error.pointer, error.code) for error in refusal.value.errors] == [
        ("/content", "required"),
        ("/vapiConfig", "not_for_this_type"),
    ]


@pytest.mark.parametrize("instructions", [None, "", "  ", 5, {"a": 1}])
def test_a_call_without_words_is_refused_even_if_it_has_settings(instructions: object) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        content.check(a_script(type="CALL", vapiConfig={"instructions": instructions}))

    assert refusal.value.errors[0].pointer == "/content"


def test_content_is_measured_in_bytes_as_it_is_stored() -> None:
    fitting = "x" * (content.MAX_BYTES - 2)  # Two quotes make it JSON.
    content.check(a_script(type="CALL", content=fitting))

    with pytest.raises(InvalidInputError):
        content.check(a_script(type="CALL", content=fitting[1:] + "\u00e9"))
