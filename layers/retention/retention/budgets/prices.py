"""What a provider charges, as its integration says, in the account's currency."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple


class Prices(NamedTuple):
    """The price of one unit of a channel: a segment of a text message, an e-mail, a minute of a call."""

    #: None: nobody has said it.
    each: Decimal | None = None
    #: Where it differs: by the country of the number, ISO 3166-1.
    by_country: Mapping[str, Decimal] = {}
