"""Ids that items had before they moved here, so that old links still lead to them."""

from retention.entity import Entity


class FormerId(Entity):
    """Where the item is that bore an id in the system before this one."""

    former: str
    #: The kind of the item, such as SequenceEnrollment; in that system, each kind had ids of its own.
    of: str
    #: The id that it has here.
    now: str
