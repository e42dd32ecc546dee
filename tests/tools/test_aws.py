"""Nothing of the user's own AWS account reaches the local stack."""

import os

from tools.stack.aws import client, isolated, isolated_process

USERS = {
    "AWS_PROFILE": "work",
    "AWS_ACCESS_KEY_ID": "users-own",
    "AWS_SESSION_TOKEN": "users-own",
    "AWS_ENDPOINT_URL_DYNAMODB": "https://dynamodb.eu-west-1.amazonaws.com",
    "HTTPS_PROXY": "http://proxy:3128",
    "http_proxy": "http://proxy:3128",
    "PATH": "/usr/bin",
}


def test_credentials_profiles_endpoints_and_proxies_are_gone() -> None:
    kept = isolated(USERS)

    assert kept["PATH"] == "/usr/bin"
    assert kept["AWS_ACCESS_KEY_ID"] == "test"
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_DYNAMODB", "HTTPS_PROXY", "http_proxy"} & set(
        kept
    )


def test_the_users_configuration_files_are_not_read() -> None:
    assert isolated(USERS)["AWS_CONFIG_FILE"] == os.devnull
    assert isolated(USERS)["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull


def test_the_environment_is_as_before_after_the_block() -> None:
    before = dict(os.environ)  # noqa: TID251 - this test is about the environment
    with isolated_process():
        assert os.environ["AWS_ACCESS_KEY_ID"] == "test"  # noqa: TID251
    assert dict(os.environ) == before  # noqa: TID251


def test_a_client_calls_the_endpoint_it_is_given() -> None:
    with isolated_process():
        assert client("dynamodb", "http://127.0.0.1:9").meta.endpoint_url == "http://127.0.0.1:9"
