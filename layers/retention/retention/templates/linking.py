"""The links of one message, made when its templates ask for them."""

from functools import cached_property

from retention.core import Core
from retention.fields import Channel
from retention.templates.absence import CannotFillError
from retention.templates.links import Click, Unsubscribe, public_base_url, url_of

#: Why there is no link at all.
NO_BASE = "The public address of this stack is not known, so links cannot be made: set PublicBaseUrl."


class Linking:
    """Makes the links of the message that meets an obligation, and remembers where they lead.

    Args:
        work: the id of the obligation; it begins with the lead's.
        preview: whether the links are samples: they are shown, and following them counts for nothing.
    """

    def __init__(self, core: Core, channel: Channel, work: str, *, preview: bool = False) -> None:
        self._core = core
        self._channel = channel
        self._work = work
        self._preview = preview
        #: The links that were made, with the address that each leads to; None: the page on which one unsubscribes.
        self.made: dict[str, str | None] = {}

    @cached_property
    def unsubscribe_url(self) -> str:
        """Where the lead unsubscribes.

        Raises:
            CannotFillError: this stack has no public address.
            SecretStoreError: whether it has one could not be found out.
        """
        url = url_of(self._base, self._core.keyring, Unsubscribe(self._channel, self._work, self._preview))
        self.made[url] = None
        return url

    def track(self, target: str) -> str:
        """The tracked link to a web address.

        Raises:
            CannotFillError, SecretStoreError: as for `unsubscribe_url`.
        """
        url = url_of(self._base, self._core.keyring, Click(self._work, target, self._preview))
        self.made[url] = target
        return url

    @cached_property
    def _base(self) -> str:
        base = public_base_url(self._core)
        if base is None:
            raise CannotFillError(NO_BASE)
        return base
