"""JSON merge patch. Source: RFC 7396, section 2."""

from typing import Any


def apply(target: Any, patch: Any) -> Any:
    """The target with the patch applied; null removes a member, an array or a scalar replaces."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = apply(result.get(name), value)
    return result
