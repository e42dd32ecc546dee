"""The text part of an e-mail, out of its HTML part."""

import pytest

from retention.templates.plaintext import is_data, text_of

PAGE = """<!DOCTYPE html>
<html><head><title>No</title><style>p { color: red }</style><!--[if mso]><p>No</p><![endif]--></head>
<body style="x > y">
  <h1>Hi Ada,</h1>
  <p>come <b>back</b>, it's
     <i>free</i> &amp; easy: 1 < 2.</p>
  <ul><li>one</li><li>two <a href="https://x.example/?a=1&amp;b=2">three</a></li></ul>
  <table><tr><td>left</td><td>right</td></tr><tr><td>below</td></tr></table>
  <script>document.write("<p>No</p>")</script>
  <a href='mailto:a@b.example'>a@b.example</a><br><a href=https://y.example>https://y.example</a>
  <a href="#top">up</a> <a href="javascript:x">no link</a> <a href="https://z.example"><img src="l.png" alt="Logo"></a>
  <hr><a href="https://z.example/2"><img src="l.png"></a>
</body></html>"""

TEXT = """Hi Ada,

come back, it's free & easy: 1 < 2.

- one
- two three (https://x.example/?a=1&b=2)

left right
below

a@b.example
https://y.example up no link Logo (https://z.example)

---

https://z.example/2"""


def test_a_page_is_what_a_person_reads_with_the_targets_of_its_links() -> None:
    assert text_of(PAGE) == TEXT


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("just words", "just words"),
        ("a<br/>b<br><br><br>c", "a\nb\n\nc"),
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("<div><div>a</div></div><div>b</div>", "a\nb"),
        ("<p>open <a href='https://x.example'>link", "open link (https://x.example)"),
        ("&lt;b&gt; &#233; &nbsp;x", "<b> é x"),
        ("a <b c < d", "a <b c < d"),
        ("<style>never closed", ""),
        ("<!-- never closed", ""),
    ],
)
def test_odd_pages_are_read_as_well_as_can_be(html: str, text: str) -> None:
    assert text_of(html) == text


@pytest.mark.parametrize(
    "part", ["<", "<a ", "<!--", '<a href="', "</", "&", "<div>", "<a>", "<style>", '<a "', "<a href='x'>y", "<!x"]
)
def test_no_page_takes_more_than_one_pass(part: str) -> None:
    # Python's own parser takes minutes for some of these.
    text_of(part * (200_000 // len(part)))


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ('{"subject": "a", "body": "b"}', True),
        (" [1]", True),
        ("{ css } <p>a</p>", False),
        ("<p>{}</p>", False),
        ("[x]", False),
    ],
)
def test_data_is_told_from_words(text: str, data: bool) -> None:
    assert is_data(text) is data
