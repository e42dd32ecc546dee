"""What the settings of a provider may hold."""

import pytest
from pydantic import TypeAdapter, ValidationError

from retention.integrations.providers import PROVIDERS, VapiUrl
from retention.integrations.values import SenderNumber, WebhookUrl

own_host = TypeAdapter(VapiUrl)
webhook = TypeAdapter(WebhookUrl)
sender = TypeAdapter(SenderNumber)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.vapi.ai",
        "https://api.vapi.ai/",
        "https://api.vapi.ai:443",
        "HTTPS://API.VAPI.AI",
    ],
)
def test_an_own_host_is_known_in_each_notation(url: str) -> None:
    assert own_host.validate_python(url) == "https://api.vapi.ai"


@pytest.mark.parametrize(
    "url",
    [
        "http://api.vapi.ai",
        "https://api.vapi.ai:8443",
        "https://api.vapi.ai:80",
        "https://user@api.vapi.ai",
        "https://api.vapi.ai@169.254.169.254",
        "https://api.vapi.ai.example.com",
        "https://api.vapi.ai/call",
        "https://api.vapi.ai?x=1",
        "https://api.vapi.ai#x",
        "https://api.vapi.ai\n",
        " https://api.vapi.ai",
        "https://api.vapi.ai\t",
        "https:/api.vapi.ai",
        "https:\\\\api.vapi.ai",
        "//api.vapi.ai",
        "api.vapi.ai",
        "https://api\uff0evapi\uff0eai",
        "https://api.v\u0430pi.ai",
        "https://api.vapi.ai%2f@evil.example",
        "https://apixvapi.ai",
        "https://sandbox.vapi.ai",
        "https://127.0.0.1",
        "https://127.1",
        "https://0x7f.1",
        "https://2130706433",
        "https://localhost",
        "https://[::1]",
        "https://[::ffff:169.254.169.254]",
        "https://169.254.169.254/latest/meta-data",
        "https://\u2460\u2461\u2466.0.0.1",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "",
        "https://",
        "https://api.vapi.ai" + "/" * 300,
    ],
)
def test_no_other_address_gets_our_credentials(url: str) -> None:
    with pytest.raises(ValidationError):
        own_host.validate_python(url)


@pytest.mark.parametrize("url", ["https://yourapp.com/api/webhooks/sms", "https://yourapp.com:443/x?y=1"])
def test_a_webhook_is_an_https_address(url: str) -> None:
    assert webhook.validate_python(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://yourapp.com",
        "https://yourapp.com:444/",
        "https://a@yourapp.com",
        "https://",
        "https:///x",
        "https://x\r\ny",
        "https://[",
    ],
)
def test_a_webhook_is_nothing_else(url: str) -> None:
    with pytest.raises(ValidationError):
        webhook.validate_python(url)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("+15559990000", "+15559990000"), ("+1 (555) 999-0000", "+15559990000"), ("12345", "12345"), ("Acme", "Acme")],
)
def test_a_message_comes_from_a_number_a_short_code_or_a_name(given: str, kept: str) -> None:
    assert sender.validate_python(given) == kept


@pytest.mark.parametrize("given", ["+0123456789", "+1", "much too long a name", "a@b", "", "Ac\nme"])
def test_a_message_comes_from_nothing_else(given: str) -> None:
    with pytest.raises(ValidationError):
        sender.validate_python(given)


def test_the_secrets_of_each_provider_are_known() -> None:
    assert {name: sorted(kind.secrets()) for name, kind in PROVIDERS.items()} == {
        "vapi": ["apiKey", "webhookSecret"],
        "twilio": ["authToken"],
        "sendgrid": ["apiKey"],
        "keitaro": ["postbackToken"],
        "meta": ["appSecret", "pageAccessToken", "verifyToken"],
    }
