"""One contact by hand, as an obligation. It belongs to nothing but its lead; its attempt was written with it."""

from dataclasses import dataclass
from typing import Any

from retention.attempts.model import ContactAttempt, DirectContact
from retention.core import Core
from retention.engine.configuration import Configuration
from retention.engine.errand import Errand, Following, Wanted
from retention.ids import split
from retention.leads.model import Contact, Lead
from retention.scripts.model import Script
from retention.table.keys import key


@dataclass(frozen=True)
class DirectKind:
    """Contacts by hand."""

    core: Core
    configuration: Configuration

    def wanted(self, identifier: str) -> list[Wanted] | None:
        """The contact and its attempt."""
        parts = split(identifier, 2)
        if parts is None:
            return None
        return [
            (DirectContact, key("DirectContact", lead_id=parts[0], id=identifier)),
            (ContactAttempt, key("ContactAttempt", lead_id=parts[0], id=identifier)),
        ]

    def errand(self, identifier: str, contact: Contact, lead: Lead | None, suppressed: bool, read: list[Any]) -> Errand:
        """Put together what was read."""
        work: DirectContact = read[0]
        return Errand(
            work=work,
            contact=contact,
            lead=lead,
            suppressed=suppressed,
            channel=work.channel,
            script=self._script(work),
            standing=None,
            passed_over=None,
            conditions=lambda now: (True, {}),
            follow=lambda ending, everything: Following(),
            attempt=read[1],
        )

    def _script(self, work: DirectContact) -> Script | None:
        if work.script_id is not None:
            return self.configuration.script.get(work.script_id)
        now = self.core.now()
        return Script.model_construct(
            id="", name="", type=work.channel, content=work.content, created_at=now, updated_at=now
        )
