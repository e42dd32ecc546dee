"""The name under which an address is suppressed."""

from retention.keyring import Keyring
from retention.leads import addresses


def suppression_id(keyring: Keyring, address: str) -> str:
    """The id of a suppression: the same for every way of writing an address, useless without the root secret.

    Args:
        address: an e-mail address, or a phone number in E.164 form.
    """
    return keyring.keyed_hash("suppression", addresses.email_identity(address))
