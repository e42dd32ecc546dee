"""What holds for every route, in words, and what each group of routes is about: the prose of the API document."""

from collections.abc import Mapping
from typing import Final

from retention.templates import variables

#: Version of the API, the same as the project's.
VERSION: Final = "0.5.0"

#: The introduction of the document, in Markdown.
INTRODUCTION: Final = """\
Retention Center keeps leads, campaigns, scripts, sequences and conversions, and decides who is contacted when.

**Keys.** Every route but the documents needs `Authorization: Bearer rk_<id>_<secret>`. A key has scopes, such as
`leads:read`; each operation names the one it needs. `admin` may do everything.

**Values.** JSON in UTF-8. Instants are RFC 3339 in UTC with milliseconds. Money is a number with at most four decimals.
An answer has all its fields; one without a value is `null`. A body may be 256 KB large (1 MB for bulk routes) and
nested 32 levels deep. Unknown fields and parameters are refused, not ignored.

**Problems.** Whatever goes wrong is answered as `application/problem+json` (RFC 9457). `code` is for programs and stays
the same, `detail` is for people. `errors` names each field that is wrong by its JSON pointer; places outside the body
begin with `/query` or `/header`. `existingId` names the resource that is there already. A method that a path does not
know is answered with 405 and `Allow`. The gateway in front answers a few things itself, as `{"message": "..."}`:
a missing key, too many requests, a body beyond its own limit.

**Lists.** `limit` (1 to 100, 25 unless given) and `cursor`. An answer has `data` and `nextCursor`, `null` on the last
page. A page may be shorter than `limit` and still have a `nextCursor`. Newest first, unless the route says otherwise.
A cursor is good for 24 hours, for the same list, filters and key.

**Tables.** Every list and every report can be had as CSV, by `Accept: text/csv` or, as a file for a spreadsheet, by
`?format=csv`. A header row names the fields, nested ones joined by dots; lists and free data are JSON in one cell. The
next page of a list is in the `Link` header. A text that a spreadsheet would take for a formula, such as a phone number
that begins with `+`, has an apostrophe in front. Problems stay JSON.

**Changes.** PATCH takes a JSON merge patch (RFC 7396): what is absent stays, `null` clears an optional field. Every
single resource has an `ETag`; send it back as `If-Match`, and a change of a state that is no longer the present one is
refused with 412.

**Repeats.** Send an `Idempotency-Key` with a write and repeat it as often as you need: it takes effect once, and each
repeat gets the first answer, marked `Idempotency-Replayed: true`. Keys are kept for 24 hours, those of requests that
send something to a lead for 30 days. The same key with another request is refused with 422; while the first request is
still running, with 409.

**Deletes.** 204 when all is done, 202 with a job when many things hang on what was deleted. Either way it is gone for
readers at once.
"""

#: What each group of routes is about.
TAGS: Final[Mapping[str, str]] = {
    "ab-tests": "Comparisons of two scripts on one channel of a campaign.",
    "api-keys": "Keys of the API: created, shown once, rotated, revoked.",
    "campaigns": "Groups of leads that are contacted together, and the assignment of leads to them.",
    "contact-attempts": "Contacts with leads through one channel, as they were made.",
    "conversion-rules": "How often a value of a metric goes with a conversion.",
    "conversions": "Paid outcomes, and what brought them.",
    "documents": "What this API is, and whether it is there. No key is needed.",
    "enrollments": "Leads in sequences.",
    "executions": "Single steps of a sequence for single leads.",
    "exports": "Taking data out: the whole account, everything of one kind, all that is known of one lead.",
    "imports": "Taking files in: leads as CSV or JSON Lines, a whole account as an archive.",
    "inbound-webhooks": "Forms and tools that send leads: how each is read, and where its leads go.",
    "integrations": "Credentials and settings of providers. Secrets go in and never come out.",
    "jobs": "Work that outlives a request, such as a large delete.",
    "leads": "People whom the team may contact. A person is known by e-mail address, else by phone number.",
    "reports": (
        "What was sent, what came of it, what it cost and brought, in days of a time zone. Made of figures that are "
        "kept as things happen: a report costs the same however much was sent."
    ),
    "scripts": (
        "The words of a call, a text message or an e-mail. They are templates in Liquid, such as "
        '`{{ firstName | default: "there" }}`, and are checked when they are saved. What has no value is left out. '
        f"They may name: {variables.described()} "
        'A tracked link to any web address is `{{ "https://example.com/offer" | tracked }}`.'
    ),
    "sequences": "Plans of steps over days or weeks.",
    "sending": "Holding all sending: for moving in and out, and for an emergency.",
    "suppressions": "Addresses that must not be contacted.",
    "webhook-endpoints": "Addresses of the team's own that are told what happens, and the log of what they were told.",
}
