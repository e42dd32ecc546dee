"""Whom the sandbox knows: the credentials that it takes and signs with, and the integrations that use them. None of it
is secret."""

from typing import Any, Final

TWILIO_ACCOUNT: Final = "AC" + "5a" * 16
TWILIO_TOKEN: Final = "sandbox-twilio-auth-token"
#: The number that Twilio itself reserves as a sender for tests.
TWILIO_NUMBER: Final = "+15005550006"
SENDGRID_KEY: Final = "SG.sandbox-sendgrid-api-key"
SENDGRID_FROM: Final = "hello@example.com"
VAPI_KEY: Final = "sandbox-vapi-private-key"
VAPI_WEBHOOK_SECRET: Final = "sandbox-vapi-webhook-secret"
VAPI_ORGANISATION: Final = "5a5a5a5a-0000-4000-8000-000000000001"
VAPI_PHONE_NUMBER: Final = "5a5a5a5a-0000-4000-8000-000000000002"
VAPI_ASSISTANT: Final = "5a5a5a5a-0000-4000-8000-000000000003"
KEITARO_TOKEN: Final = "sandbox-keitaro-postback-token"
META_APP_SECRET: Final = "sandbox-meta-app-secret"
META_VERIFY_TOKEN: Final = "sandbox-meta-verify-token"
META_PAGE_TOKEN: Final = "sandbox-meta-page-access-token"
META_PAGE: Final = "5550000000001"
META_FORM: Final = "5550000000002"


def integrations(url: str, *, public_key: str | None = None, concurrency: int | None = None) -> dict[str, Any]:
    """What `PUT /v1/integrations/{provider}` takes to send through the sandbox at `url`.

    Args:
        public_key: the key that verifies SendGrid's reports.
        concurrency: calls that may be under way at a time; None leaves it to the default.
    """
    twilio = {
        "accountSid": TWILIO_ACCOUNT,
        "authToken": TWILIO_TOKEN,
        "fromNumber": TWILIO_NUMBER,
        "baseUrl": url,
    }
    sendgrid = {"apiKey": SENDGRID_KEY, "fromEmail": SENDGRID_FROM, "fromName": "Retention Center", "baseUrl": url}
    if public_key is not None:
        sendgrid["webhookPublicKey"] = public_key
    vapi: dict[str, Any] = {
        "apiKey": VAPI_KEY,
        "phoneNumberId": VAPI_PHONE_NUMBER,
        "assistantId": VAPI_ASSISTANT,
        "webhookSecret": VAPI_WEBHOOK_SECRET,
        "baseUrl": url,
    }
    meta = {
        "appSecret": META_APP_SECRET,
        "verifyToken": META_VERIFY_TOKEN,
        "pageAccessToken": META_PAGE_TOKEN,
        "baseUrl": url,
    }
    if concurrency is not None:
        vapi["concurrency"] = concurrency
    return {
        "twilio": {"type": "SMS", "config": twilio},
        "sendgrid": {"type": "EMAIL", "config": sendgrid},
        "vapi": {"type": "CALL", "config": vapi},
        "keitaro": {"type": "TRACKING", "config": {"postbackToken": KEITARO_TOKEN, "rates": {"EUR": "1.08"}}},
        "meta": {"type": "LEADS", "config": meta},
    }
