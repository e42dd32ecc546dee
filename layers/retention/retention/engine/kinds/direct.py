"""One contact by hand, as an obligation. It belongs to nothing but its lead; its attempt was written with it."""

from dataclasses import dataclass
from typing import Any

from retention.attempts.model import ContactAttempt, DirectContact
from retention.core import Core
from retention.engine.configuration import Configuration
from retention.engine.errand import Asking, Errand, Wanted
from retention.ids import split
from retention.leads.model import Contact, Lead
from retention.scripts.model import Script
from retention.sequences.progress import Onward
from retention.table.keys import key


@dataclass(frozen=True)
class DirectKind:
    """Contacts by hand."""

    core: Core
    configuration: Configuration

    def asking(self, identifier: str) -> Asking | None:
        """What is to be asked about one."""
        parts = split(identifier, 2)
        return None if parts is None else DirectAsking(self, parts[0], identifier)


@dataclass(frozen=True)
class DirectAsking:
    """What is to be read of one contact by hand."""

    kind: DirectKind
    lead_id: str
    id: str

    @property
    def wanted(self) -> list[Wanted]:
        """The contact and its attempt."""
        return [
            (DirectContact, key("DirectContact", lead_id=self.lead_id, id=self.id)),
            (ContactAttempt, key("ContactAttempt", lead_id=self.lead_id, id=self.id)),
        ]

    def errand(self, contact: Contact, lead: Lead | None, suppressed: bool, read: list[Any]) -> Errand:
        """Put together what was read."""
        work: DirectContact = read[0]
        script = self._script(work)
        campaign, settings = self.kind.configuration.campaign_of(script)
        return Errand(
            work=work,
            contact=contact,
            lead=lead,
            suppressed=suppressed,
            channel=work.channel,
            script=script,
            standing=None,
            passed_over=None,
            conditions=lambda now: (True, {}),
            follow=lambda ending, everything: Onward(),
            campaign=campaign,
            campaign_settings=settings,
            attempt=read[1],
        )

    def _script(self, work: DirectContact) -> Script | None:
        if work.script_id is not None:
            return self.kind.configuration.script.get(work.script_id)
        now = self.kind.core.now()
        return Script.model_construct(
            id="", name="", type=work.channel, content=work.content, created_at=now, updated_at=now
        )
