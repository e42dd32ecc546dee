"""Whether the scripts and campaigns that a sequence names are there.

Read just before the write, not within it: whoever deletes one looks for such latecomers once more after a while.
"""

from collections.abc import Collection, Mapping, Sequence

from retention.campaigns.model import Campaign
from retention.core import Core
from retention.errors import FieldError
from retention.references import to_root
from retention.scripts.model import Script
from retention.sequences.model import StepInput


def script_errors(core: Core, steps: Mapping[str, StepInput]) -> list[FieldError]:
    """What is wrong with the scripts of steps; `steps` are by the JSON pointer of each."""
    naming = [
        (step, reference)
        for pointer, step in steps.items()
        if (reference := to_root(f"{pointer}/scriptId", Script, step.script_id)) is not None
    ]
    scripts = core.store.find_many([(Script, reference.key) for _, reference in naming])
    errors = []
    for (step, reference), script in zip(naming, scripts, strict=True):
        if script is None or script.deleting:
            errors.append(reference.unknown())
        elif script.type != step.channel:
            detail = f"The script {script.id} is for {script.type}, the step is for {step.channel}."
            errors.append(FieldError(reference.pointer, "wrong_channel", detail))
    return errors


def campaign_errors(core: Core, named: Sequence[str], already: Collection[str] = ()) -> list[FieldError]:
    """An error for each campaign of a trigger configuration that is not there; what it named already is let be."""
    references = [
        reference
        for place, campaign_id in enumerate(named)
        if campaign_id not in already
        and (reference := to_root(f"/triggerConfig/campaigns/{place}", Campaign, campaign_id)) is not None
    ]
    found = core.store.find_many([(Campaign, reference.key) for reference in references])
    return [
        reference.unknown()
        for reference, campaign in zip(references, found, strict=True)
        if campaign is None or campaign.deleting
    ]
