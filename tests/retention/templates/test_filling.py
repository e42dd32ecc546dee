"""A script, a lead and a campaign, made what a provider sends."""

import re
import subprocess
import sys
from typing import Any

import pytest

from retention.bootstrap import build
from retention.config import Settings
from retention.core import Core
from retention.errors import NotFilledInError
from retention.keyring import Keyring
from retention.providers.port import TextBody
from retention.templates.links import Click, Unsubscribe, verify
from tests import factories
from tests.house.source import FUNCTIONS, LAYER
from tests.retention.templates.words import BASE, call, email, filled_in, text


def refusal(fill: Any, *given: Any, **more: Any) -> str:
    """Why something cannot be filled in."""
    with pytest.raises(NotFilledInError) as refused:
        fill(*given, **more)
    return str(refused.value)


def unsubscribed(core: Core, url: str) -> Unsubscribe:
    """What an unsubscribe link names."""
    found = verify(core.keyring, url.removeprefix(f"{BASE}/u/"), Unsubscribe)
    assert found is not None
    return found


def clicked(core: Core, url: str) -> Click:
    """What a tracked link names."""
    found = verify(core.keyring, url.removeprefix(f"{BASE}/r/"), Click)
    assert found is not None
    return found


# --- text messages -----------------------------------------------------------------------------------------------


def test_a_text_message_is_filled_in_and_trimmed(core: Core) -> None:
    assert text(core, "\n Hi {{ firstName }}, {{ meta.note }}\n", meta={"note": "it's & <b>"}) == "Hi Ada, it's & <b>"


def test_what_nothing_is_left_of_and_what_is_too_long_is_not_sent(core: Core) -> None:
    assert refusal(text, core, " {{ meta.note }} ") == "Text: nothing is left of it for this lead."
    assert "1,601 characters" in refusal(text, core, "{{ meta.note }}", meta={"note": "x" * 1_601})
    assert len(text(core, "{{ meta.note }}", meta={"note": "x" * 1_600})) == 1_600
    assert refusal(filled_in, core, {"type": "SMS", "content": None}) == "This script has no text."


def test_a_placeholder_that_is_not_known_never_goes_out_literally(core: Core) -> None:
    # Kept before scripts were checked, or imported.
    assert text(core, "Hi {{ firstname }}{{ meta.x }}{{lead.first_name}}!") == "Hi !"
    assert "Text: Line 1" in refusal(text, core, "Hi {{ firstName | shout }}")
    assert "Text: Line 1" in refusal(text, core, "Hi {{ firstName")


def test_the_link_of_the_campaign_goes_before_the_leads(core: Core) -> None:
    lead = factories.a_lead(meta={"link": "https://lead.example/"})
    script = {"type": "SMS", "content": "{{ link }}"}
    campaign = factories.a_campaign(meta={"link": "https://campaign.example/?a=1"})

    of_campaign, of_lead = (
        filled_in(core, script, one, **{"id": lead.id, "meta": lead.meta}) for one in (campaign, factories.a_campaign())
    )

    assert clicked(core, of_campaign.body).target == "https://campaign.example/?a=1"
    assert clicked(core, of_lead.body).target == "https://lead.example/"
    assert clicked(core, of_lead.body).work == f"{lead.id}.one"


def test_without_a_link_that_is_one_a_message_that_shows_it_is_not_sent(core: Core) -> None:
    assert "no `link` in the free data" in refusal(text, core, "Look: {{ link }}")
    for unfit in ("shop.example", "javascript:alert(1)", "https://", 7, {"a": 1}):
        assert "is no web address" in refusal(text, core, "Look: {{ link }}", meta={"link": unfit})
    assert text(core, "{% if link %}Look: {{ link }}{% else %}Hi{% endif %}") == "Hi"


def test_any_web_address_can_be_tracked(core: Core) -> None:
    sent = text(core, 'Hi {{ "https://shop.example/offer?a=1" | tracked }}')

    assert clicked(core, sent.removeprefix("Hi ")).target == "https://shop.example/offer?a=1"


def test_without_a_public_address_everything_works_that_needs_no_link() -> None:
    core = build(Settings(table_name="none"), keyring=Keyring(lambda: "x")).core

    assert text(core, "Hi {{ firstName }}") == "Hi Ada"
    assert call(core, "Call {{ firstName }}").instructions == "Call Ada"
    for source in ("{{ unsubscribeUrl }}", '{{ "https://a.example" | tracked }}', "{{ link }}"):
        assert "set PublicBaseUrl" in refusal(text, core, source, meta={"link": "https://a.example"})
    assert "set PublicBaseUrl" in refusal(email, core)


# --- e-mail ------------------------------------------------------------------------------------------------------


def test_an_email_has_its_own_subject_and_parts_and_names_are_escaped_in_html_only(core: Core) -> None:
    sent = email(
        core,
        "For {{ firstName }}",
        "<p>Hi {{ firstName }}</p><a href='{{ unsubscribeUrl }}'>no more</a>",
        "Hi {{ firstName }} {{ unsubscribeUrl }}",
        first_name="<b>Ada</b> & Co",
    )

    url = sent.unsubscribe_url
    assert sent.subject == "For <b>Ada</b> & Co"
    assert sent.html == f"<p>Hi &lt;b&gt;Ada&lt;/b&gt; &amp; Co</p><a href='{url}'>no more</a>"
    assert sent.text == f"Hi <b>Ada</b> & Co {url}"


def test_the_text_part_is_made_from_the_html_part_unless_given(core: Core) -> None:
    sent = email(core, html="<h1>Hi {{ firstName }}</h1><p>1 &lt; 2 <a href='https://a.example'>here</a></p>")

    assert sent.text == f"Hi Ada\n\n1 < 2 here (https://a.example)\n\n--\nUnsubscribe: {sent.unsubscribe_url}"


@pytest.mark.parametrize(
    "html",
    [
        "<p>Hi</p>",
        "<html><body><p>Hi</p></body></html>",
        "<p>İİİ</p></BODY >",
        "<!-- {{ unsubscribeUrl }} --><style>{{ unsubscribeUrl }}</style><p>Hi</p>",
        "{% if false %}{{ unsubscribeUrl }}{% endif %}<p>Hi</p>",
    ],
)
def test_an_email_that_does_not_show_how_to_unsubscribe_gets_a_line_that_does(core: Core, html: str) -> None:
    sent = email(core, html=html, words="Hi")

    found = unsubscribed(core, sent.unsubscribe_url)
    assert (found.channel, found.work, found.preview) == ("EMAIL", f"{found.lead_id}.one", False)
    line = f'<a href="{sent.unsubscribe_url}">Unsubscribe</a></p>'
    assert re.search(rf"{re.escape(line)}(</body\s*>(</html>)?)?$", sent.html, re.IGNORECASE)
    assert sent.text == f"Hi\n\n--\nUnsubscribe: {sent.unsubscribe_url}"


def test_one_that_shows_it_is_left_as_it_is(core: Core) -> None:
    sent = email(core, html='<p>Hi</p><a href="{{ unsubscribeUrl }}">No more</a>')

    assert sent.html == f'<p>Hi</p><a href="{sent.unsubscribe_url}">No more</a>'
    assert sent.text == f"Hi\n\nNo more ({sent.unsubscribe_url})"


@pytest.mark.parametrize("evil", ["\r\nBcc: x@evil.example", "\nX: y", "\r", "\u2028", "\x85", "\x0b", "\x00", "\x1b"])
def test_a_name_cannot_begin_another_header(core: Core, evil: str) -> None:
    subject = email(core, "For {{ firstName }}!", first_name=f"Ada{evil}").subject

    assert subject.startswith("For Ada")
    assert subject.isprintable()
    assert len(subject.splitlines()) == 1


def test_a_subject_keeps_what_is_no_control_character(core: Core) -> None:
    assert email(core, " {{ firstName }}  👩‍💻 Grüße\n").subject == "Ada 👩‍💻 Grüße"


def test_an_email_that_lacks_something_is_not_sent(core: Core) -> None:
    assert refusal(email, core, "{{ phone }}") == "Subject: nothing is left of it for this lead."
    assert "999 characters" in refusal(email, core, "{{ meta.long }}", meta={"long": "x" * 999})
    assert refusal(email, core, html=" {{ phone }} ") == "HTML part: nothing is left of it for this lead."
    assert "HTML part: Line 2" in refusal(email, core, html="\n{{ phone | tracked }}")
    assert "Text part: Line 1" in refusal(email, core, words="{{ 1 | divided_by: meta.n }}")


def test_data_never_goes_out_as_an_email(core: Core) -> None:
    data = '{"subject": "Hi", "body": "<p>Hi</p>"}'

    assert "this is JSON" in refusal(email, core, html=data)
    assert "needs a subject" in refusal(filled_in, core, {"type": "EMAIL", "content": data})
    assert "needs a subject" in refusal(filled_in, core, {"type": "EMAIL", "content": None})


# --- calls -------------------------------------------------------------------------------------------------------


def test_a_call_says_what_its_settings_say_before_its_content(core: Core) -> None:
    settings = {"instructions": "You call {{ firstName }}.", "firstMessage": "Hi {{ firstName }}!", "model": "gpt-4o"}

    said = call(core, "Something else", settings)

    assert (said.instructions, said.first_message) == ("You call Ada.", "Hi Ada!")
    assert said.settings == {"model": "gpt-4o"}
    assert call(core, "You call {{ firstName }}.").instructions == "You call Ada."
    assert call(core, "x", {"firstMessage": "{{ phone }}"}).first_message is None
    assert "Instructions" in refusal(call, core, "{{ phone }}")


def test_the_settings_of_the_script_go_before_those_of_the_campaign(core: Core) -> None:
    shared = {"model": "one", "voice": "alloy", "firstMessage": "{{ not.checked }}"}
    campaign = factories.a_campaign(name="Spring", meta={"vapiConfig": shared})

    said = call(core, "x", {"model": "two", "voicemailMessage": "{{ firstName }}"}, campaign)

    assert said.settings == {"model": "two", "voice": "alloy", "voicemailMessage": "{{ firstName }}"}
    assert said.first_message is None


def test_vapis_own_templates_get_the_leads_values(core: Core) -> None:
    lead = {"phone": "+15551234567", "meta": {"plan": "Pro", "seats": 3, "vip": True, "deep": {"a": 1}, "no-name": 1}}

    said = call(core, "x", None, factories.a_campaign(name="Spring"), **lead)

    assert said.variables == {
        "firstName": "Ada",
        "lastName": "Lovelace",
        "fullName": "Ada Lovelace",
        "phone": "+15551234567",
        "status": "NEW",
        "source": "MANUAL",
        "meta_plan": "Pro",
        "meta_seats": "3",
        "meta_vip": "true",
        "campaign_name": "Spring",
    }


def test_a_lead_cannot_write_a_template_for_vapi(core: Core) -> None:
    said = call(core, "Call {{ firstName }} {{ meta.note }}", first_name="{{ secrets }}", meta={"note": "{% x %}"})

    assert said.instructions == "Call  secrets  % x %"
    assert said.variables["firstName"] == " secrets "
    assert text(core, "{{ firstName }}", first_name="{{ lastName }}") == "{{ lastName }}"


# --- the engine of the language ----------------------------------------------------------------------------------


def run(program: str) -> str:
    """What a fresh Python prints."""
    path = f"import sys; sys.path[:0] = {[str(LAYER), str(FUNCTIONS)]!r}\n"
    return subprocess.run([sys.executable, "-c", path + program], capture_output=True, text=True, check=True).stdout


def test_it_is_loaded_when_a_template_is_first_needed() -> None:
    assert run("import api.app, retention.engine.worker; print('liquid' in sys.modules)") == "False\n"


def test_it_needs_nothing_of_what_babel_knows_of_languages() -> None:
    # That is thirty megabytes, which stay out of the layer.
    program = """
from babel import localedata
localedata._dirname = "/nowhere"
from retention.templates import checking, dialect, rendering
for name in dialect.TEXT.filters:
    checking.faults_of("{{ firstName | " + name + " }}")
print(rendering.render("{{ firstName | upcase }}", {"firstName": "Ada"}, str).text, localedata._cache)
"""
    assert run(program) == "ADA {}\n"


def test_a_body_is_the_same_each_time(core: Core) -> None:
    script = factories.a_script(content="{{ firstName }} {{ unsubscribeUrl }}")

    bodies = {filled_in(core, vars(script), id="lead") for _ in range(2)}

    assert len(bodies) == 1
    assert isinstance(bodies.pop(), TextBody)
