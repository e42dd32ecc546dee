"""The right to contact a lead: the parts of a transaction by which others depend on it or change it."""

from typing import Any

from retention.leads.model import Contact, Lead, LeadView
from retention.table.keys import Key, key
from retention.table.writes import Change, Require


def contact_key(lead_id: str) -> Key:
    """Where the contact item of a lead lives."""
    return key("Contact", lead_id=lead_id)


def lead_key(lead_id: str) -> Key:
    """Where a lead lives."""
    return key("Lead", id=lead_id)


def require_lead(lead_id: str) -> Require:
    """The part of a transaction that refuses children for a lead that is gone or going: exact, on its contact item."""
    return Require(Contact, contact_key(lead_id), equal={"erased": False})


def touch_contact(lead_id: str) -> Change:
    """The part of a transaction that raises the version of a lead's right to be contacted; a lead must be there.

    Source: the send protocol: whatever changes an execution or an enrollment must be seen by a gate under way.
    """
    return change_contact(lead_id)


def change_contact(lead_id: str, **fields: Any) -> Change:
    """As `touch_contact`, with these fields of the contact item set; None clears one."""
    return Change(
        Contact,
        contact_key(lead_id),
        set={name: value for name, value in fields.items() if value is not None},
        drop=tuple(name for name, value in fields.items() if value is None),
        add={"version": 1},
        equal={"erased": False},
    )


def view_of(lead: Lead, contact: Contact) -> LeadView:
    """A lead as it is shown: with its right to be left alone."""
    return LeadView.model_construct(**vars(lead), contact=contact.state())
