"""What a row changes of a lead that is known: what it says replaces what is there, or fills in what is not there."""

from collections.abc import Mapping, Sequence
from typing import Any

from retention.core import Core
from retention.errors import AlreadyExistsError, ContentionError, FieldError, InvalidInputError, NotFoundError
from retention.imports.leads.mapping import META
from retention.imports.leads.rows import Row
from retention.imports.model import OnDuplicate
from retention.leads import addresses
from retention.leads.contact import lead_key
from retention.leads.model import Lead
from retention.leads.service import LeadService


class Changing:
    """Changes leads by rows."""

    def __init__(self, core: Core, rule: OnDuplicate) -> None:
        self.rule = rule
        self._core = core
        self._leads = LeadService(core)

    def patches(self, wanted: Mapping[int, tuple[Row, str]], *, consistent: bool = True) -> dict[int, Any]:
        """For each row the merge patch of the lead that it is about: empty where it says nothing new, None where that
        lead is gone.
        """
        places = [(Lead, lead_key(owner)) for _, owner in wanted.values()]
        found = self._core.store.find_many(places, consistent=consistent)
        return {
            number: None if lead is None or lead.deleting else patch_of(row, lead, self.rule)
            for (number, (row, _)), lead in zip(wanted.items(), found, strict=True)
        }

    def change(self, lead_id: str, patch: Mapping[str, Any]) -> Sequence[FieldError] | None:
        """Carry out a patch: why it was refused, nothing if it was not; None when it has to be looked at again."""
        try:
            self._leads.update(lead_id, dict(patch), if_match=None)
        except InvalidInputError as error:
            return error.errors
        except (AlreadyExistsError, NotFoundError, ContentionError):
            return None
        return ()


def patch_of(row: Row, lead: Lead, rule: OnDuplicate) -> dict[str, Any]:
    """What a row changes of a lead, as a merge patch."""
    assert row.lead is not None
    names = {info.alias or name: name for name, info in type(row.lead).model_fields.items()}
    patch: dict[str, Any] = {}
    for name in row.said:
        there, said = getattr(lead, names[name]), getattr(row.lead, names[name])
        if not _is_same(name, there, said) and (rule == "update" or there is None):
            patch[name] = said
    there = lead.meta or {}
    meta = {
        name: value
        for name, value in row.meta.items()
        if there.get(name) != value and (rule == "update" or name not in there)
    }
    return {**patch, META: meta} if meta else patch


def _is_same(name: str, there: Any, said: Any) -> bool:
    if name == "email" and there is not None:
        return addresses.email_identity(there) == addresses.email_identity(said)
    return bool(there == said)
