"""What can be done with scripts: write them down, change, find, duplicate."""

from dataclasses import dataclass
from typing import Any, Final

from retention import validation
from retention.campaigns.model import Campaign
from retention.core import Core
from retention.errors import ConflictError, InvalidInputError, NotFoundError
from retention.experiments.model import ABTest
from retention.fields import Channel
from retention.references import find_all, to_root
from retention.scripts import bodies, content
from retention.scripts.model import Script, ScriptInput
from retention.scripts.preview import PreviewRequest, ScriptPreview, preview
from retention.sequences.model import SequenceStep
from retention.table import keys, listing
from retention.table.keys import key
from retention.table.listing import Page
from retention.table.writes import Create, Write

#: What the name of a duplicate ends with, and the room for what goes before (a name has 200 characters).
COPY: Final = " (copy)"
_ROOM: Final = 200 - len(COPY)
#: Bytes of long bodies on one page: an answer of a function has 6 MB, in which each quote may count three times.
MAX_PAGE_BYTES: Final = 1_500_000


@dataclass(frozen=True)
class ScriptFilter:
    """Which scripts a list shows; None means any."""

    type: Channel | None = None
    campaign_id: str | None = None
    is_default: bool | None = None

    def accepts(self, script: Script) -> bool:
        """Whether a script is among them."""
        return (
            (self.type is None or script.type == self.type)
            and (self.campaign_id is None or script.campaign_id == self.campaign_id)
            and (self.is_default is None or script.is_default == self.is_default)
        )


class ScriptService:
    """The use cases of scripts."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def create(self, given: ScriptInput) -> Script:
        """Write down a script.

        Raises:
            InvalidInputError: its content does not fit its type, or there is no such campaign.
        """
        content.check(given)
        self._check_campaign(given.campaign_id)
        return self._add(given)

    def duplicate(self, script_id: str) -> Script:
        """A second script with the same words, to be changed; it is no default.

        Raises:
            NotFoundError: there is no such script.
        """
        original = self.get(script_id)
        given = ScriptInput.model_construct(**{name: getattr(original, name) for name in ScriptInput.model_fields})
        name = original.name[:_ROOM] + COPY
        try:
            self._check_campaign(original.campaign_id)
        except InvalidInputError:  # The campaign is being deleted, and the original loses it too.
            given = given.model_copy(update={"campaign_id": None})
        return self._add(given.model_copy(update={"name": name, "is_default": False}))

    def _add(self, given: ScriptInput) -> Script:
        core, now = self._core, self._core.now()
        script = Script.model_construct(
            **vars(given), id=core.ids.new(now), created_at=now, updated_at=now, revision=core.ids.revision()
        )
        stored, others = bodies.put_away(core, script, None)
        core.idempotency.commit(Create(stored), *others, outcome=script)
        return script

    def _check_campaign(self, campaign_id: str | None) -> None:
        find_all(self._core.store, to_root("/campaignId", Campaign, campaign_id))

    def get(self, script_id: str) -> Script:
        """A script with its content.

        Raises:
            NotFoundError: none with this id, or it was deleted.
        """
        script = self._core.store.find(Script, key("Script", id=script_id))
        found = [] if script is None or script.deleting else bodies.fetch(self._core, [script])
        if not found:
            raise NotFoundError(f"There is no script {script_id}.")
        return found[0]

    def page(self, wanted: ScriptFilter, *, limit: int, position: str | None) -> Page[Script]:
        """Scripts with their content, newest first. A page of long ones may be short."""
        page = listing.whole(
            list(self._core.store.query_entities(Script, keys.partitions("Script")[0])),
            limit=limit,
            position=position,
            order=_order,
            keep=wanted.accepts,
        )
        shown, room = page, MAX_PAGE_BYTES
        for at, script in enumerate(page.data):
            room -= script.body_bytes
            if room < 0 and at > 0:
                shown = Page(page.data[:at], _order(page.data[at - 1]))
                break
        return Page(bodies.fetch(self._core, shown.data), shown.position)

    def update(self, script_id: str, patch: Any, *, if_match: str | None) -> Script:
        """Apply a JSON merge patch.

        Raises:
            InvalidInputError, NotFoundError, StaleError
            ConflictError: the type would change, and something uses the script on its channel.
        """
        validation.refuse_server_owned(Script, patch)
        after: Script

        def change(script: Script) -> tuple[Script, list[Write]]:
            nonlocal after
            given = validation.patched(ScriptInput, script, patch)
            content.check(given)
            if given.campaign_id != script.campaign_id:
                self._check_campaign(given.campaign_id)
            if given.type != script.type:
                self._check_unused(script)
            after = self._core.changed(script, **vars(given))
            return bodies.put_away(self._core, after, script)

        self._core.revise(lambda: self.get(script_id), change, if_match=if_match, show=lambda _: after)
        return after

    def preview(self, script_id: str, asked: PreviewRequest) -> ScriptPreview:
        """What a script would become for a lead.

        Raises:
            NotFoundError: there is no such script.
            InvalidInputError, NotFilledInError: see `preview`.
        """
        return preview(self._core, self.get(script_id), asked)

    def _check_unused(self, script: Script) -> None:
        store = self._core.store
        steps = store.query_entities(SequenceStep, keys.partitions("SequenceStep")[0])
        if any(step.script_id == script.id for step in steps):
            raise ConflictError("A step of a sequence uses this script on its channel: duplicate the script instead.")
        tests = store.query_entities(ABTest, keys.partitions("ABTest")[0])
        if any(script.id in (test.variant_a, test.variant_b) for test in tests):
            raise ConflictError("An A/B test uses this script on its channel: duplicate the script instead.")


def _order(script: Script) -> str:
    return listing.place(script.created_at, script.id)
