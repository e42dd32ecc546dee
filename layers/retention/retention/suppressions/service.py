"""Adding, finding and lifting suppressions."""

from retention.keyring import Keyring
from retention.leads import addresses


def suppression_id(keyring: Keyring, address: str) -> str:
    """The id under which an address is suppressed: the same for every way of writing it."""
    return keyring.keyed_hash("suppression", addresses.email_identity(address))
