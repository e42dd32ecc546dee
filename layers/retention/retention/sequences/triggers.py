"""Which configuration fits which trigger."""

from typing import Any, Final

from retention.errors import FieldError
from retention.sequences.model import TriggerConfig, TriggerType

#: The members that say something to a trigger.
MEMBERS: Final[dict[TriggerType, tuple[str, ...]]] = {
    "manual": (),
    "new_lead": ("sources", "campaigns"),
    "no_conversion": ("minDaysSinceLastContact", "excludeStatus"),
}


def shown(config: TriggerConfig) -> dict[str, Any]:
    """A configuration as it is kept and shown: the members that are set, by their public names."""
    return config.model_dump(by_alias=True, exclude_none=True)


def misfits(trigger: TriggerType, config: TriggerConfig) -> list[FieldError]:
    """One error for each member that is set and says nothing to this trigger."""
    allowed = MEMBERS[trigger]
    only = f"takes only {' and '.join(allowed)}" if allowed else "takes none"
    return [
        FieldError(f"/triggerConfig/{name}", "not_for_this_trigger", f"The trigger {trigger} {only}.")
        for name in shown(config)
        if name not in allowed
    ]
