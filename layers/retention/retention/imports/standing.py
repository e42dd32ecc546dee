"""Where an import stands: kept on the import itself, its place and its progress in one write.

So what an import shows is never behind or ahead of what it would go on from.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from retention.core import Core
from retention.errors import ContentionError
from retention.imports import files
from retention.imports.cancelling import import_key
from retention.imports.model import Import, Progress
from retention.moving.storage import Transfers
from retention.table.writes import RefusedError, Replace

#: How often a save is tried again when somebody asks for a stop at the same moment.
_TRIES = 5


class Standing:
    """An import that is worked on by this runner alone."""

    def __init__(self, core: Core, found: Import) -> None:
        self.core = core
        self.found = found
        self.transfers = Transfers(core)

    def save(self, **fields: Any) -> None:
        """Write what has changed.

        Raises:
            RefusedError: somebody else works on it by now, or it is gone.
            ContentionError
        """
        for _ in range(_TRIES):
            following = self.core.changed(self.found, **fields)
            try:
                self.core.store.write(Replace(following, before=self.found))
            except RefusedError:
                # Only a stop that was asked for meanwhile may have changed it.
                now = self.core.store.find(Import, import_key(self.found.id))
                if now is None or now.model_copy(update=self._of_a_stop(self.found)) != self.found:
                    raise
                self.found = now
            else:
                self.found = following
                return
        raise ContentionError

    @staticmethod
    def _of_a_stop(found: Import) -> dict[str, Any]:
        return {name: getattr(found, name) for name in ("cancelling", "revision", "updated_at")}

    def save_progress(self, progress: Progress, **fields: Any) -> None:
        """Write how far it is, with what else has changed; raises what `save` raises."""
        self.save(progress=progress.model_dump(by_alias=True), **fields)

    def end(self, status: str, progress: Progress | None = None, **fields: Any) -> None:
        """Join the result, say how it ended, and tidy up. Doing it again does no harm.

        Raises:
            RefusedError, ContentionError, StorageError
        """
        files.join_parts(self.core, self.found.id)
        ended = {"status": status, "finished_at": self.core.now(), "place": None, "cancelling": False}
        self.save_progress(progress or self.found.how_far(), **ended, **fields)
        files.drop_parts(self.core, self.found.id)


def counted(progress: Progress, statuses: Iterable[str]) -> Progress:
    """The progress with some rows more."""
    more = Counter(statuses)
    counts = {name: getattr(progress, name) + more[name] for name in Progress.model_fields if name in more}
    done = progress.done + sum(more.values())
    return progress.model_copy(update={**counts, "done": done})


def as_lines(errors: Sequence[Any]) -> list[Mapping[str, str]]:
    """Errors as a result shows them."""
    return [{"pointer": one.pointer, "code": one.code, "detail": one.detail} for one in errors]
