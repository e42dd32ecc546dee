"""Where the words of a script live: in its own item while they are short, else apart, so that lists stay light."""

from collections.abc import Sequence
from typing import Final

from retention import jsontext
from retention.core import Core
from retention.errors import ContentionError
from retention.scripts.model import Script, ScriptBody
from retention.table.keys import key
from retention.table.writes import Put, Remove, Write

#: Bytes of JSON up to which content and settings stay in the script's item: one read unit is 4 KB.
MAX_INLINE: Final = 3_072
#: How often script and body are read again when somebody changes them between the two readings.
READ_TRIES: Final = 5


def put_away(core: Core, script: Script, before: Script | None) -> tuple[Script, list[Write]]:
    """A script as its item holds it, and what is written beside it.

    Args:
        script: the next state, with its content.
        before: the present state, with its content; None for a new script.
    """
    body = ScriptBody(script_id=script.id, content=script.content, vapi_config=script.vapi_config)
    size = len(_words(script))
    if size <= MAX_INLINE:
        stored = script.model_copy(update={"body_bytes": 0, "body_revision": None})
        gone = Remove(ScriptBody, key("ScriptBody", script_id=script.id))
        return stored, [gone] if before is not None and before.body_bytes else []
    if before is not None and before.body_bytes and _words(before) == _words(script):
        outside = {"body_bytes": before.body_bytes, "body_revision": before.body_revision}
        return script.model_copy(update={"content": None, "vapi_config": None, **outside}), []
    body = body.model_copy(update={"revision": core.ids.revision()})
    outside = {"body_bytes": size, "body_revision": body.revision}
    return script.model_copy(update={"content": None, "vapi_config": None, **outside}), [Put(body)]


def _words(script: Script) -> bytes:
    return jsontext.canonical([script.content, script.vapi_config])


def fetch(core: Core, scripts: Sequence[Script]) -> list[Script]:
    """Stored scripts with their content.

    A script that changes, or goes, while it is read is read again; one that is gone is left out.

    Raises:
        ContentionError: others kept changing one of them.
    """
    found = {script.id: script for script in scripts}
    todo = [script for script in scripts if script.body_bytes]
    for _ in range(READ_TRIES):
        if not todo:
            return [found[script.id] for script in scripts if script.id in found]
        bodies = core.store.find_many([(ScriptBody, key("ScriptBody", script_id=script.id)) for script in todo])
        torn = []
        for script, body in zip(todo, bodies, strict=True):
            if body is None or body.revision != script.body_revision:
                torn.append(script.id)
            else:
                words = {"content": body.content, "vapi_config": body.vapi_config}
                found[script.id] = script.model_copy(update=words)
        todo = []
        for identifier, again in zip(torn, _again(core, torn), strict=True):
            if again is None or again.deleting:
                del found[identifier]
                continue
            found[identifier] = again
            if again.body_bytes:
                todo.append(again)
    raise ContentionError


def _again(core: Core, identifiers: Sequence[str]) -> list[Script | None]:
    return core.store.find_many([(Script, key("Script", id=identifier)) for identifier in identifiers])
