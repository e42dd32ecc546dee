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
        default=60, ge=0, description="How long a deleted parent is watched for late children before it is forgotten"
    )
    powertools_metrics_namespace: str = Field(default="RetentionCenter", description="Namespace of our own metrics")
    default_phone_region: str = Field(default="US", description="Region of phone numbers without a country code")


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once."""
    present = {name: os.environ[name.upper()] for name in Settings.model_fields if os.environ.get(name.upper())}
    return Settings.model_validate(present)
