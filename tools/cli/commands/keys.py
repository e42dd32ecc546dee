"""`retention keys`"""

from typing import Any

import click

from tools.cli.app import group
from tools.cli.session import Session


@group(
    "keys",
    examples="""
    retention keys create "my admin key" --scope admin --stack retention-center --bootstrap-key
    retention keys create "reporting" --scope reports:read --scope leads:read
    retention keys rotate 01k...
    """,
)
def keys() -> None:
    """Make, replace and revoke API keys. It takes a key with the scope admin."""


@keys.below("list", examples="retention keys list")
@click.pass_obj
def list_keys(session: Session) -> None:
    """List keys, newest first: who uses them, what they may do, whether they work."""
    rows = list(session.client.pages("/v1/api-keys"))
    shown = [
        (
            row["id"],
            row["name"],
            " ".join(row["scopes"]),
            "revoked" if row.get("revokedAt") else (row.get("validUntil") or "without end"),
            row.get("lastUsedAt") or "never",
        )
        for row in rows
    ]
    session.output.table(("id", "name", "scopes", "works until", "last used"), shown)
    session.output.result(rows)


@keys.below(
    "create",
    examples="""
    retention keys create "reporting" --scope reports:read
    retention keys create "the shop" --scope leads:write --valid-until 2027-01-01T00:00:00Z
    key=$(retention keys create "the shop" --scope leads:write --quiet)
    """,
)
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, help="What it may do, such as leads:read, or admin.")
@click.option("--valid-until", metavar="INSTANT", help="When it stops working: 2027-01-01T00:00:00Z.")
@click.pass_obj
def create_key(session: Session, name: str, scopes: tuple[str, ...], valid_until: str | None) -> None:
    """Make a key. It is shown once: keep it."""
    asked: dict[str, Any] = {"name": name, "scopes": list(scopes)}
    if valid_until:
        asked["validUntil"] = valid_until
    _show(session, session.client.post("/v1/api-keys", asked))


@keys.below("rotate", examples="retention keys rotate 01k...")
@click.argument("id")
@click.option("--old-valid-until", metavar="INSTANT", help="When the old key stops working, instead of in 24 hours.")
@click.pass_obj
def rotate_key(session: Session, id: str, old_valid_until: str | None) -> None:
    """Make a key that takes over from another, with the same name and scopes."""
    from tools.cli.client import segment

    asked = {"oldValidUntil": old_valid_until} if old_valid_until else {}
    _show(session, session.client.post(f"/v1/api-keys/{segment(id)}/rotate", asked))


@keys.below("revoke", examples="retention keys revoke 01k...")
@click.argument("id")
@click.option("--force", is_flag=True, help="Even if it is the last admin key that works.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def revoke_key(session: Session, id: str, force: bool, yes: bool) -> int | None:
    """Have a key stop working, within a minute."""
    from tools.cli.client import segment
    from tools.cli.exits import PARTLY

    key = session.client.get(f"/v1/api-keys/{segment(id)}")
    if not session.output.confirm(f"Revoke {key['name']!r} ({' '.join(key['scopes'])})?", yes=yes):
        session.output.result({"id": id, "revoked": False})
        return PARTLY
    query = {"force": "true"} if force else None
    session.client.ask("DELETE", f"/v1/api-keys/{segment(id)}", query=query)
    session.output.say("Revoked: it stops working within a minute.")
    session.output.result({"id": id, "revoked": True})
    return None


def _show(session: Session, issued: dict[str, Any]) -> None:
    session.output.say(f"{issued['name']} ({' '.join(issued['scopes'])}), id {issued['id']}. Shown this once:")
    if issued["key"] is None:
        session.output.warn("The key was made, but the answer with it was lost. Revoke it and make another.")
    else:
        session.output.value(issued["key"])
    session.output.result(issued)
