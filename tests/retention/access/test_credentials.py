"""How keys are written and recognised."""

import pytest

from retention.access import credentials
from retention.access.credentials import Credential
from retention.access.scopes import SCOPES, known
from retention.keyring import Keyring

KEYRING = Keyring(lambda: "root")
SECRET = "0123456789abcdefghjkmnpqrstvwxyz0123456789abcdefghjk"


def test_a_key_is_read_as_it_was_written() -> None:
    credential = Credential("0123456789abcdef", SECRET)

    assert credentials.parse(credentials.write(credential)) == credential


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rk_",
        "rk__",
        f"rk__{SECRET}",
        "rk_a_",
        "rk_a_short",
        f"RK_a_{SECRET}",
        f"rk_A_{SECRET}",
        f"rk_a#b_{SECRET}",
        f"rk_a_{SECRET}\n",
        f" rk_a_{SECRET}",
        f"rk_{'a' * 41}_{SECRET}",
        f"rk_a_{SECRET * 3}",
        f"rk_\u00e0_{SECRET}",
        f"rk_a_{SECRET}\u0663",
    ],
)
def test_anything_else_is_no_key(text: str) -> None:
    assert credentials.parse(text) is None


def test_what_is_kept_fits_one_key_of_one_deployment_only() -> None:
    mine = Credential("a", SECRET)
    kept = credentials.hashed(KEYRING, mine)

    assert credentials.same(kept, credentials.hashed(KEYRING, mine))
    assert not credentials.same(kept, credentials.hashed(KEYRING, Credential("b", SECRET)))
    assert not credentials.same(kept, credentials.hashed(Keyring(lambda: "other root"), mine))
    assert SECRET not in kept


def test_a_key_does_not_show_its_secret_when_it_is_printed() -> None:
    assert SECRET not in f"{Credential('a', SECRET)} {Credential('a', SECRET)!r}"


def test_scopes_come_once_and_in_the_order_of_the_list() -> None:
    assert known(["admin", "jobs:read", "leads:read", "jobs:read", "root", 7]) == ("leads:read", "jobs:read", "admin")
    assert known(reversed(SCOPES)) == SCOPES
