"""The settings of a deployed function: the one place that reads the environment."""

import os
from functools import lru_cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    """What template.yaml tells a function. Each field is the environment variable of the same name in capitals."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    table_name: str = Field(default="", description="Name of the one table")
    aws_region: str = Field(default="us-east-1", description="Region, set by Lambda itself")
    stage: str = Field(default="local", description="Name of the deployment, shown in logs and metrics")
    jobs_queue_url: str = Field(default="", description="Queue that wakes the jobs function")
    root_secret_arn: str = Field(default="", description="Secret from which all other keys are derived")
    bootstrap_key_secret_arn: str = Field(default="", description="Secret that holds the first admin key")
    auth_mode: Literal["ApiKey", "Jwt", "Both"] = Field(default="ApiKey", description="Who may call the API")
    jwt_issuer: str = Field(default="", description="Issuer whose tokens are accepted")
    jwt_audience: str = Field(default="", description="Audience that a token must name")
    jwt_scopes_claim: str = Field(default="scope", description="Claim that holds the scopes of a token")
    integration_secrets_prefix: str = Field(default="/retention", description="Where provider credentials are kept")
    secret_store: Literal["ssm", "secretsmanager"] = Field(default="ssm", description="What keeps them")
    delete_settle_seconds: int = Field(
        default=90, ge=0, description="How long a deleted parent is watched for late children before it is forgotten"
    )
    powertools_metrics_namespace: str = Field(default="RetentionCenter", description="Namespace of our own metrics")
    default_phone_region: str = Field(default="US", description="Region of phone numbers without a country code")
    call_queue_url: str = Field(default="", description="Queue of due calls")
    sms_queue_url: str = Field(default="", description="Queue of due text messages")
    email_queue_url: str = Field(default="", description="Queue of due e-mails")
    inbound_queue_url: str = Field(default="", description="Queue of what came in and is to be applied")
    inbound_dead_letter_queue_url: str = Field(default="", description="Queue of what came in and cannot be applied")
    inbox_bucket: str = Field(default="", description="Bucket of what came in and is too large for the queue")
    webhook_keys_prefix: str = Field(
        default="/retention-webhooks", description="Where the keys of webhook callers are kept"
    )
    public_base_url: str = Field(default="", description="Address under which people and providers reach this stack")
    public_url_parameter: str = Field(default="", description="SSM parameter that holds it, where it is not given")
    allowed_provider_urls: str = Field(
        default="", description="Base URLs of providers that are accepted besides their own, separated by spaces"
    )
    tracked_link_parameter: str = Field(
        default="sub_id_1", description="Query parameter by which a tracked link names the message that was clicked"
    )
    default_time_zone: str = Field(default="UTC", description="Zone of leads that give no other hint, an IANA name")
    call_hours: str = Field(default="Mon-Sat 10:00-18:00", description="When calls may be made, where the lead lives")
    sms_hours: str = Field(default="Mon-Sat 10:00-18:00", description="When texts may be sent, where the lead lives")
    email_hours: str = Field(default="always", description="When e-mail may be sent, where the lead lives")
    frequency_caps: str = Field(
        default="CALL 1/24h; SMS 2/24h; EMAIL 2/24h; ANY 3/24h", description="Most contacts of a lead in a rolling span"
    )
    call_settle_seconds: int = Field(default=300, ge=120, description="Silence after which a call's fate is looked up")
    sms_settle_seconds: int = Field(default=300, ge=120, description="Silence after which a text's fate is looked up")
    email_settle_seconds: int = Field(
        default=900, ge=120, description="Silence after which an e-mail's fate is looked up"
    )


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once."""
    present = {name: os.environ[name.upper()] for name in Settings.model_fields if os.environ.get(name.upper())}
    return Settings.model_validate(present)
