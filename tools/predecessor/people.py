"""What has to be known of every lead when all rows were read: its addresses, whether it is left alone, its contacts.

Kept on disk: there may be a million of them.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from retention.leads.model import Contact, EmailClaim, PhoneClaim, StopReason
from tools.predecessor.workspace import Workspace

#: Stamps of a channel that a lead's contact item begins with: what frequency caps look at.
_STAMPS: Final = 3
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


class Stopped(NamedTuple):
    """Why and since when nobody contacts a lead."""

    reason: StopReason
    since: datetime


class People:
    """The leads by what concerns their contact."""

    def __init__(self, work: Workspace) -> None:
        self._held = work.aside
        self._held.execute(
            "CREATE TABLE person (number INTEGER, lead TEXT, email TEXT, phone TEXT, reason TEXT, since INTEGER)"
        )
        self._held.execute("CREATE TABLE owner (address TEXT PRIMARY KEY, lead TEXT) WITHOUT ROWID")
        self._held.execute("CREATE TABLE stopped (address TEXT PRIMARY KEY, reason TEXT, since INTEGER) WITHOUT ROWID")
        self._held.execute("CREATE TABLE touch (lead TEXT, campaign TEXT, channel TEXT, at INTEGER)")
        self._touches_are_indexed = False

    # --- leads ---------------------------------------------------------------------------------------------------

    def add(
        self, number: int, lead: str, email: str | None, phone: str | None, stopped: Stopped | None
    ) -> dict[str, str]:
        """Remember a lead. Gives the earlier leads to which its addresses belong, by the kind of address.

        Args:
            number: of its row.
            email: in the form by which people are recognised.
        """
        reason, since = (None, None) if stopped is None else (stopped.reason, _stamp(stopped.since))
        self._held.execute("INSERT INTO person VALUES (?, ?, ?, ?, ?, ?)", (number, lead, email, phone, reason, since))
        taken: dict[str, str] = {}
        for kind, address in (("email", email), ("phone", phone)):
            if address is None:
                continue
            self._held.execute("INSERT OR IGNORE INTO owner VALUES (?, ?)", (f"{kind}:{address}", lead))
            owner = self._held.execute("SELECT lead FROM owner WHERE address = ?", (f"{kind}:{address}",)).fetchone()[0]
            if owner != lead:
                taken[kind] = owner
            if stopped is not None:
                self._held.execute(
                    "INSERT OR IGNORE INTO stopped VALUES (?, ?, ?)", (f"{kind}:{address}", reason, since)
                )
        return taken

    def contacts(self) -> Iterator[tuple[int, Contact, str | None]]:
        """The contact item of every lead with the number of its row, and the address by which it is stopped though the
        lead itself does not say so.

        Two leads on one number would pass by each other's stop: whoever shares an address with a stopped lead is
        stopped as well.
        """
        self._index()
        rows = self._held.execute("SELECT number, lead, email, phone, reason, since FROM person ORDER BY number")
        for number, lead, email, phone, reason, since in rows.fetchall():
            named = [(kind, address) for kind, address in (("email", email), ("phone", phone)) if address is not None]
            owned = {kind for kind, address in named if self._owner(f"{kind}:{address}") == lead}
            shared = None
            if reason is None:
                for kind, address in named:
                    stop = self._held.execute(
                        "SELECT reason, since FROM stopped WHERE address = ?", (f"{kind}:{address}",)
                    ).fetchone()
                    if stop is not None:
                        (reason, since), shared = stop, kind
                        break
            yield number, self._contact(lead, owned, reason, since), shared

    def _contact(self, lead: str, owned: set[str], reason: StopReason | None, since: int | None) -> Contact:
        recent: dict[str, list[int]] = defaultdict(list)
        last = None
        touches = self._held.execute("SELECT channel, at FROM touch WHERE lead = ? ORDER BY at", (lead,))
        for channel, at in touches.fetchall():
            recent[channel].append(-(-at // 1000))
            last = at
        return Contact(
            lead_id=lead,
            stop_reason=reason,
            stopped_at=None if since is None else _instant(since),
            # Which addresses are the lead's own; under which names they are known, the stack says that takes them in.
            email_name="own" if "email" in owned else None,
            phone_name="own" if "phone" in owned else None,
            recent={channel: sorted(set(stamps))[-_STAMPS:] for channel, stamps in sorted(recent.items())} or None,
            last_contacted_at=None if last is None else _instant(last),
        )

    def claims(self) -> Iterator[EmailClaim | PhoneClaim]:
        """Whose each address is."""
        for address, lead in self._held.execute("SELECT address, lead FROM owner").fetchall():
            kind, _, text = address.partition(":")
            yield EmailClaim(address=text, lead_id=lead) if kind == "email" else PhoneClaim(address=text, lead_id=lead)

    def _owner(self, address: str) -> str | None:
        found = self._held.execute("SELECT lead FROM owner WHERE address = ?", (address,)).fetchone()
        return None if found is None else str(found[0])

    # --- contacts with them ----------------------------------------------------------------------------------------

    def touched(self, lead: str, campaign: str | None, channel: str, at: datetime) -> None:
        """Remember that a provider took something for a lead."""
        self._held.execute("INSERT INTO touch VALUES (?, ?, ?, ?)", (lead, campaign, channel, _stamp(at)))

    def contacted(self, lead: str, campaign: str) -> dict[str, datetime]:
        """By which channels a lead was contacted for a campaign, and when last."""
        self._index()
        rows = self._held.execute(
            "SELECT channel, max(at) FROM touch WHERE lead = ? AND campaign = ? GROUP BY channel", (lead, campaign)
        )
        return {channel: _instant(at) for channel, at in rows.fetchall()}

    def _index(self) -> None:
        if not self._touches_are_indexed:
            self._held.execute("CREATE INDEX touch_lead ON touch (lead, campaign)")
            self._touches_are_indexed = True


def _stamp(at: datetime) -> int:
    return (at - _EPOCH) // _MILLISECOND


def _instant(stamp: int) -> datetime:
    return _EPOCH + stamp * _MILLISECOND
