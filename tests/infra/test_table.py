"""The table, its indexes and the secrets beside it."""

from typing import Any

import pytest

from tests.infra.expansion import properties, resources, source


def key_schema(description: dict[str, Any]) -> list[tuple[str, str]]:
    return [(key["AttributeName"], key["KeyType"]) for key in description["KeySchema"]]


def test_there_is_one_table_with_text_keys() -> None:
    assert list(resources("AWS::DynamoDB::Table")) == ["Table"]
    assert key_schema(properties("Table")) == [("pk", "HASH"), ("sk", "RANGE")]
    assert {attribute["AttributeType"] for attribute in properties("Table")["AttributeDefinitions"]} == {"S"}


def test_each_index_answers_its_question_with_keys_only() -> None:
    indexes = {index["IndexName"]: index for index in properties("Table")["GlobalSecondaryIndexes"]}

    assert indexes.keys() == {"due", "owner", "listing"}
    for name, index in indexes.items():
        assert key_schema(index) == [(f"{name}Pk", "HASH"), (f"{name}Sk", "RANGE")]
        assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}


def test_no_attribute_is_declared_that_no_key_uses() -> None:
    table = properties("Table")
    used = {name for part in [table, *table["GlobalSecondaryIndexes"]] for name, _ in key_schema(part)}

    assert {attribute["AttributeName"] for attribute in table["AttributeDefinitions"]} == used


def test_the_table_costs_nothing_while_idle_and_forgets_what_expired() -> None:
    assert properties("Table")["BillingMode"] == "PAY_PER_REQUEST"
    assert properties("Table")["TimeToLiveSpecification"] == {"Enabled": True, "AttributeName": "expiresAt"}


def test_the_table_survives_mistakes() -> None:
    assert properties("Table")["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties("Table")["DeletionProtectionEnabled"] == {"Ref": "DeletionProtection"}
    assert source()["Parameters"]["DeletionProtection"]["Default"] == "true"


def test_the_table_has_no_fixed_name_that_a_second_stack_would_run_into() -> None:
    assert "TableName" not in properties("Table")


def test_the_customer_managed_key_encrypts_the_table_and_turns_every_year() -> None:
    condition, encryption, otherwise = properties("Table")["SSESpecification"]["Fn::If"]

    assert condition == "WithCmk"
    assert encryption == {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Fn::GetAtt": ["Key", "Arn"]}}
    assert otherwise == {"Ref": "AWS::NoValue"}
    assert properties("Key")["EnableKeyRotation"] is True


def test_the_root_secret_is_256_bits_of_hexadecimal_digits() -> None:
    generated = properties("RootSecret")["GenerateSecretString"]

    left = set("abcdefghijklmnopqrstuvwxyz0123456789") - set(generated["ExcludeCharacters"])
    assert left == set("0123456789abcdef")
    assert generated["PasswordLength"] * 4 == 256
    assert generated["ExcludeUppercase"] is True
    assert generated["ExcludePunctuation"] is True


def test_the_bootstrap_key_is_letters_and_digits_that_fit_a_header() -> None:
    generated = properties("BootstrapKeySecret")["GenerateSecretString"]

    assert (generated["SecretStringTemplate"], generated["GenerateStringKey"]) == ('{"id":"bootstrap"}', "secret")
    assert generated["PasswordLength"] == 43
    assert generated["ExcludePunctuation"] is True
    assert generated["IncludeSpace"] is False


def test_no_secret_changes_by_itself() -> None:
    assert resources("AWS::SecretsManager::RotationSchedule") == {}


@pytest.mark.parametrize("name", ["RootSecret", "BootstrapKeySecret"])
def test_every_secret_takes_the_customer_managed_key_if_there_is_one(name: str) -> None:
    assert properties(name)["KmsKeyId"]["Fn::If"][:2] == ["WithCmk", {"Fn::GetAtt": ["Key", "Arn"]}]
