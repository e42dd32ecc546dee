"""The stores of secrets, where two write the same name."""

from typing import Any

from retention.integrations.secrets import SecretsManager


def test_of_two_that_write_a_name_for_the_first_time_the_last_wins(endpoint: str) -> None:
    name = "/first-time/webhooks/twilio"
    slow, quick = SecretsManager("us-east-1"), SecretsManager("us-east-1")

    def overtake(**_: Any) -> None:
        if quick.read(name) is None:
            quick.overwrite(name, "theirs")

    slow._manager.meta.events.register("before-call.secrets-manager.CreateSecret", overtake)

    slow.overwrite(name, "ours")

    assert quick.read(name) == "ours"
