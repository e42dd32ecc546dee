"""Settings come from the environment, and one that cannot be used is named before anything is done with it."""

import pytest

from retention.config import Settings
from retention.errors import MisconfiguredError


def test_an_environment_that_tells_nothing_leaves_everything_as_it_is() -> None:
    assert Settings.told_by({"TABLE_NAME": "", "SMS_SETTLE_SECONDS": "", "HOME": "/root"}) == Settings()


def test_what_is_told_is_taken() -> None:
    settings = Settings.told_by({"TABLE_NAME": "leads", "AUTH_MODE": "Both", "DELETE_SETTLE_SECONDS": "0"})

    assert settings == Settings(table_name="leads", auth_mode="Both", delete_settle_seconds=0)


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("AUTH_MODE", "Open", "AUTH_MODE cannot be used: it must be one of ApiKey, Jwt, Both"),
        ("SECRET_STORE", "file", "SECRET_STORE cannot be used: it must be one of ssm, secretsmanager"),
        ("SMS_SETTLE_SECONDS", "soon", 'SMS_SETTLE_SECONDS cannot be used: "soon" is no whole number'),
        ("CALL_SETTLE_SECONDS", "119", "CALL_SETTLE_SECONDS cannot be used: it must be at least 120"),
        ("SMS_SETTLE_SECONDS", "119", "SMS_SETTLE_SECONDS cannot be used: it must be at least 120"),
        ("EMAIL_SETTLE_SECONDS", "119", "EMAIL_SETTLE_SECONDS cannot be used: it must be at least 120"),
        ("DELETE_SETTLE_SECONDS", "-1", "DELETE_SETTLE_SECONDS cannot be used: it must be at least 0"),
    ],
)
def test_what_cannot_be_used_is_named(name: str, text: str, why: str) -> None:
    with pytest.raises(MisconfiguredError, match=why):
        Settings.told_by({name: text})
