"""What the tool remembers between runs, kept inside the stand-in's own state so that both are lost or kept together."""

from botocore.exceptions import ClientError

from tools.stack.aws import client

#: Parameters of the tool; nothing of the application begins like this.
PREFIX = "/local-stack/"


def recall(endpoint: str, name: str) -> str | None:
    """What was remembered under `name`, or None."""
    try:
        found = client("ssm", endpoint).get_parameter(Name=PREFIX + name, WithDecryption=True)
    except ClientError:
        return None
    return str(found["Parameter"]["Value"])


def remember(endpoint: str, name: str, value: str) -> None:
    """Keeps `value` under `name`."""
    client("ssm", endpoint).put_parameter(Name=PREFIX + name, Value=value, Type="SecureString", Overwrite=True)
