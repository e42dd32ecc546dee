"""How often a lead may be contacted, against the contacts themselves, counted in every span."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retention.contactrules.caps import (
    DAY as ALWAYS_KEPT,
)
from retention.contactrules.caps import (
    MAX_STAMPS,
    Cap,
    frees_at,
    parse_caps,
    with_contact,
    with_moved_stamp,
    without_contact,
)
from retention.fields import CHANNELS, Channel
from retention.leads.model import Contact
from retention.table.items import raw_of
from tests.start import START

HOUR, DAY, MOMENT = timedelta(hours=1), timedelta(days=1), timedelta(milliseconds=1)
Contacts = list[tuple[Channel, datetime]]


def recent_of(caps: tuple[Cap, ...], contacts: Contacts) -> dict[str, list[int]]:
    recent: dict[str, list[int]] = {}
    for channel, at in contacts:
        recent = with_contact(caps, recent, channel, at)
    return recent


@pytest.mark.parametrize(
    ("text", "caps"),
    [
        ("none", ()),
        ("CALL 1/24h", (Cap("CALL", 1, DAY),)),
        (" sms 2 / 90m ;any 3/2w;", (Cap("SMS", 2, 1.5 * HOUR), Cap(None, 3, 14 * DAY))),
        ("EMAIL 24/366d", (Cap("EMAIL", 24, 366 * DAY),)),
    ],
)
def test_caps_are_read_as_an_operator_writes_them(text: str, caps: tuple[Cap, ...]) -> None:
    assert parse_caps(text) == caps


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "there is no cap"),
        (" ; ", "there is no cap"),
        ("SMS", '"SMS" is no cap'),
        ("SMS 2 per day", "is no cap"),
        ("SMS 2/1y", "is no cap"),
        ("SMS -1/24h", "is no cap"),
        ("FAX 1/24h", "names no channel"),
        ("SMS 0/24h", "allows nothing"),
        ("SMS 1/0h", "span"),
        ("SMS 1/367d", "span"),
        ("SMS 1/24h, CALL 1/24h", "is no cap"),
        ("SMS 12/24h; ANY 13/7d", "more than 24"),
    ],
)
def test_what_is_no_cap_is_said_in_words(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_caps(text)


def test_a_contact_uses_up_a_cap_until_its_span_is_over_to_the_second() -> None:
    caps = parse_caps("SMS 2/24h")
    recent = recent_of(caps, [("SMS", START), ("SMS", START + HOUR)])

    assert frees_at(caps, {}, "SMS", START) is None
    assert frees_at(caps, recent_of(caps, [("SMS", START)]), "SMS", START) is None
    assert frees_at(caps, recent, "SMS", START + HOUR) == START + DAY
    assert frees_at(caps, recent, "SMS", START + DAY - MOMENT) == START + DAY
    assert frees_at(caps, recent, "SMS", START + DAY) is None
    assert frees_at(caps, recent, "CALL", START + HOUR) is None


def test_whole_seconds_are_rounded_to_the_late_side() -> None:
    caps = parse_caps("CALL 1/24h")
    recent = recent_of(caps, [("CALL", START + MOMENT)])

    assert frees_at(caps, recent, "CALL", START + DAY) == START + DAY + timedelta(seconds=1)
    assert frees_at(caps, recent, "CALL", START + MOMENT) is not None


def test_a_contact_in_the_last_second_of_a_span_does_not_make_it_forgotten() -> None:
    caps = parse_caps("SMS 2/24h")
    last_moment = START + DAY - MOMENT
    recent = recent_of(caps, [("SMS", START), ("SMS", last_moment)])

    assert frees_at(caps, recent, "SMS", last_moment) == START + DAY


def test_the_latest_of_several_caps_decides_and_one_of_all_channels_counts_them_all() -> None:
    caps = parse_caps("CALL 1/1h; ANY 2/24h; ANY 3/7d")
    recent = recent_of(caps, [("SMS", START), ("CALL", START + HOUR)])

    assert frees_at(caps, recent, "CALL", START + HOUR) == START + DAY
    assert frees_at(caps, recent, "EMAIL", START + HOUR) == START + DAY
    more = with_contact(caps, recent, "EMAIL", START + DAY)
    assert frees_at(caps, more, "SMS", START + DAY) == START + 7 * DAY


def test_a_contact_that_was_not_made_after_all_uses_up_nothing() -> None:
    caps = parse_caps("SMS 1/24h")
    recent = recent_of(caps, [("SMS", START + MOMENT)])

    assert without_contact(recent, "SMS", START + MOMENT) == {}
    assert without_contact(recent, "SMS", START + HOUR) == recent
    assert without_contact(recent, "CALL", START + MOMENT) == recent


def test_a_repeated_send_counts_once_and_from_the_repetition() -> None:
    caps = parse_caps("SMS 2/24h")
    recent = recent_of(caps, [("SMS", START), ("SMS", START + HOUR)])

    moved = with_moved_stamp(recent, "SMS", START, START + 2 * HOUR)

    assert frees_at(caps, moved, "SMS", START + 3 * HOUR) == START + HOUR + DAY
    assert len(moved["SMS"]) == 2
    # One that nobody remembers any more counts again.
    assert frees_at(caps, with_moved_stamp({}, "SMS", START, START + DAY), "SMS", START + DAY) is None
    assert with_moved_stamp({}, "SMS", START, START + DAY) == recent_of(caps, [("SMS", START + DAY)])


def test_what_no_cap_looks_at_any_more_is_forgotten() -> None:
    caps = parse_caps("SMS 2/24h; CALL 1/7d")
    recent = recent_of(caps, [("CALL", START), ("SMS", START), ("EMAIL", START)])

    later = with_contact(caps, recent, "SMS", START + 2 * DAY)

    assert set(recent) == {"CALL", "SMS"}
    assert {channel: len(stamps) for channel, stamps in later.items()} == {"CALL": 1, "SMS": 1}
    assert with_contact((), recent, "SMS", START) == {}


def test_the_contact_item_stays_below_one_write_unit_with_as_many_stamps_as_there_can_be() -> None:
    caps = parse_caps(f"SMS {MAX_STAMPS // 2}/366d; ANY {MAX_STAMPS // 2}/1d")
    contacts: Contacts = [(channel, START + count * HOUR) for count in range(200) for channel in CHANNELS]
    recent = recent_of((*caps, ALWAYS_KEPT), contacts)
    ulid, name = "0" * 26, "0" * 40
    flight = {
        "work": f"{ulid}.{ulid}.1.{ulid}",
        "channel": "EMAIL",
        "nonce": ulid,
        "at": "2026-02-18T12:00:00.000Z",
        "to": "somebody.with.a.long.name@mail.example.com",
        "digest": "0" * 32,
    }

    contact = Contact(
        lead_id=ulid, version=999, revision=ulid, phone_name=name, email_name=name, last_contacted_at=START,
        email_flight=flight, recent=recent,
    )  # fmt: skip

    assert MAX_STAMPS // 2 <= sum(map(len, recent.values())) <= MAX_STAMPS + ALWAYS_KEPT.most
    stored = raw_of(contact)
    assert sum(len(name) + len(str(*value.values())) for name, value in stored.items()) < 1024


caps_ = st.lists(
    st.builds(
        Cap,
        st.sampled_from([None, *CHANNELS]),
        st.integers(1, 4),
        st.sampled_from([timedelta(minutes=1), HOUR, DAY, 7 * DAY]),
    ),
    max_size=4,
).map(tuple)
pauses = st.one_of(
    st.integers(0, 3_000),
    st.integers(0, 26 * 3_600_000),
    st.sampled_from([59_999, 60_000, 60_001, 3_600_000, 86_399_999, 86_400_000]),
).map(lambda milliseconds: timedelta(milliseconds=milliseconds))


@settings(deadline=None)
@given(caps_, st.lists(st.tuples(st.sampled_from(CHANNELS), pauses, st.booleans()), max_size=40))
def test_no_span_ever_holds_more_contacts_than_a_cap_allows_and_none_waits_longer_than_it_must(
    caps: tuple[Cap, ...], wishes: list[tuple[Channel, timedelta, bool]]
) -> None:
    recent: dict[str, list[int]] = {}
    made: Contacts = []
    now = START
    for channel, pause, patient in wishes:
        now += pause
        free = frees_at(caps, recent, channel, now)
        if free is None:
            assert is_allowed(caps, made, channel, now)
        else:
            assert free > now
            # A second too late at most, since stamps are rounded up; and never too early.
            assert is_allowed(caps, made, channel, free)
            assert not is_allowed(caps, made, channel, free - timedelta(seconds=1))
            if not patient:
                continue
            now = free
            assert frees_at(caps, recent, channel, now) is None
        recent = with_contact(caps, recent, channel, now)
        made.append((channel, now))
        assert sum(map(len, recent.values())) <= sum(cap.most for cap in caps)


def is_allowed(caps: tuple[Cap, ...], made: Contacts, channel: Channel, at: datetime) -> bool:
    """Whether one more contact leaves no span, of those that end with it, with more contacts than a cap allows."""
    return all(
        sum(cap.counts(one) and when > at - cap.span for one, when in made) < cap.most
        for cap in caps
        if cap.counts(channel)
    )
