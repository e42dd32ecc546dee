"""What each function may do: exactly what its work needs, on exactly the things it works on."""

import re
from typing import Any

import pytest

from tests.infra.expansion import ROOT, alternatives, expanded, properties, resources, text

#: Actions that know no resources. Source: Service Authorization Reference, AWS X-Ray.
WITHOUT_RESOURCE = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}

#: Where provider credentials lie: one folder per stack, in whichever store the stack uses.
INTEGRATION_SECRETS = re.compile(
    r"arn:\$\{AWS::Partition\}:(ssm|secretsmanager):\$\{AWS::Region\}:\$\{AWS::AccountId\}:"
    r"(parameter|secret:)/\$\{AWS::StackName\}/integrations/\*"
)
#: Where the keys lie with which callers of webhooks prove themselves.
WEBHOOK_KEYS = re.compile(INTEGRATION_SECRETS.pattern.replace("integrations", "webhooks"))

#: Where the functions read the address of this stack.
PUBLIC_URL = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/${AWS::StackName}/public-url"

#: One resource of this template, or one index of the table.
OWN_RESOURCE = re.compile(
    r"\$\{\w+(\.Arn|\.Id)\}|\$\{(Inbox|Transfer)Bucket\.Arn\}/(uploads/)?\*|\$\{Table\.Arn\}/index/(due|owner|listing)"
)

READ_ITEMS = {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:Scan"}
WRITE_ITEMS = {
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:ConditionCheckItem",
}
INDEXES = {f"${{Table.Arn}}/index/{name}" for name in ("due", "owner", "listing")}

ROLES = {
    "ApiRole",
    "AuthorizerRole",
    "DispatcherRole",
    "WorkerRole",
    "WebhooksRole",
    "InboundRole",
    "JobsRole",
}

#: The queue of each channel.
STEP_QUEUES = {f"${{{name}.Arn}}" for name in ("CallQueue", "SmsQueue", "EmailQueue")}
CONSUME = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}

Statement = dict[str, Any]


def statements(role: str) -> list[Statement]:
    """Every statement that a role can have, under any parameters."""
    return [
        statement
        for policy in properties(role)["Policies"]
        for statement in alternatives(policy["PolicyDocument"]["Statement"])
    ]


def actions(statement: Statement) -> set[str]:
    return set(alternatives(statement["Action"]))


def targets(statement: Statement) -> set[str]:
    return {text(resource) for resource in alternatives(statement["Resource"])}


def granted(role: str, service: str) -> dict[str, set[str]]:
    """What a role may do in a service: actions by resource."""
    rights: dict[str, set[str]] = {}
    for statement in statements(role):
        for target in targets(statement):
            found = {action for action in actions(statement) if action.startswith(f"{service}:")}
            if found:
                rights[target] = rights.get(target, set()) | found
    return rights


def test_the_roles_are_the_ones_that_these_tests_know() -> None:
    assert resources("AWS::IAM::Role").keys() == ROLES
    assert resources("AWS::IAM::ManagedPolicy") == {}
    assert resources("AWS::IAM::Policy") == {}


def test_every_function_has_a_role_of_its_own() -> None:
    roles = [text(function["Role"]) for function in resources("AWS::Lambda::Function").values()]

    assert sorted(roles) == sorted(f"${{{name}.Arn}}" for name in ROLES)


@pytest.mark.parametrize("role", sorted(ROLES))
def test_only_lambda_may_take_a_role(role: str) -> None:
    (statement,) = properties(role)["AssumeRolePolicyDocument"]["Statement"]

    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert statement["Action"] == "sts:AssumeRole"


@pytest.mark.parametrize("role", sorted(ROLES))
def test_no_role_takes_a_policy_that_somebody_else_may_widen(role: str) -> None:
    assert "ManagedPolicyArns" not in properties(role)


@pytest.mark.parametrize("role", sorted(ROLES))
def test_every_right_names_its_actions_and_its_resources(role: str) -> None:
    for statement in statements(role):
        assert statement["Effect"] == "Allow"
        assert "NotAction" not in statement
        assert "NotResource" not in statement
        assert [action for action in actions(statement) if "*" in action] == []
        for target in targets(statement):
            if target == "*":
                assert actions(statement) == WITHOUT_RESOURCE
            else:
                known = (OWN_RESOURCE, INTEGRATION_SECRETS, WEBHOOK_KEYS)
                assert any(kind.fullmatch(target) for kind in known) or target == PUBLIC_URL


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_function_writes_its_own_log_and_no_other(role: str) -> None:
    log = f"${{{role.removesuffix('Role')}LogGroup.Arn}}"

    assert granted(role, "logs") == {log: {"logs:CreateLogStream", "logs:PutLogEvents"}}


@pytest.mark.parametrize("role", sorted(ROLES))
def test_the_encryption_key_is_used_through_the_services_that_hold_the_data(role: str) -> None:
    for statement in statements(role):
        if any(action.startswith("kms:") for action in actions(statement)):
            assert targets(statement) == {"${Key.Arn}"}
            assert statement["Condition"]["StringEquals"]["kms:ViaService"]


def test_the_authorizer_reads_keys_and_nothing_else() -> None:
    assert granted("AuthorizerRole", "dynamodb") == {"${Table.Arn}": {"dynamodb:GetItem"}}
    (read,) = [statement for statement in statements("AuthorizerRole") if "dynamodb:GetItem" in actions(statement)]
    assert read["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["APIKEY#*"]}}
    assert granted("AuthorizerRole", "sqs") == {}
    assert granted("AuthorizerRole", "ssm") == {}
    assert granted("AuthorizerRole", "secretsmanager") == {
        name: {"secretsmanager:GetSecretValue"} for name in ("${RootSecret.Id}", "${BootstrapKeySecret.Id}")
    }


def test_the_dispatcher_reads_what_is_due_and_whether_it_may_be_sent_and_queues_it() -> None:
    index, table = "${Table.Arn}/index/due", "${Table.Arn}"
    assert granted("DispatcherRole", "dynamodb") == {index: {"dynamodb:Query"}, table: {"dynamodb:Query"}}
    (hold,) = [statement for statement in statements("DispatcherRole") if targets(statement) == {table}]
    assert hold["Condition"] == {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["CONFIG#ACCOUNT"]}}
    assert granted("DispatcherRole", "sqs") == {
        **{name: {"sqs:SendMessage"} for name in ("${JobsQueue.Arn}", "${TicksDeadLetterQueue.Arn}")},
        **{name: {"sqs:SendMessage", "sqs:GetQueueAttributes"} for name in STEP_QUEUES},
    }
    assert granted("DispatcherRole", "ssm") == {}
    assert granted("DispatcherRole", "secretsmanager") == {}


@pytest.mark.parametrize("role", ["ApiRole", "JobsRole"])
def test_api_and_jobs_keep_the_items_of_the_table_and_not_the_table(role: str) -> None:
    assert granted(role, "dynamodb") == {
        # The figures of an A/B test lie in many shares, and so do conversions that wait for new leads.
        "${Table.Arn}": READ_ITEMS | WRITE_ITEMS | {"dynamodb:PartiQLSelect"},
        **{index: {"dynamodb:Query"} for index in INDEXES},
    }


def test_the_worker_changes_items_under_conditions_and_reads_no_index() -> None:
    assert granted("WorkerRole", "dynamodb") == {
        "${Table.Arn}": (READ_ITEMS - {"dynamodb:Scan"} | WRITE_ITEMS | {"dynamodb:PartiQLUpdate"})
        - {"dynamodb:BatchWriteItem"}
    }
    assert granted("WorkerRole", "secretsmanager")["${RootSecret.Id}"] == {"secretsmanager:GetSecretValue"}


def test_every_request_that_the_table_is_asked_is_allowed() -> None:
    table = ROOT / "layers" / "retention" / "retention" / "table"
    text_of_all = "".join(file.read_text(encoding="utf-8") for file in table.glob("*.py"))

    made = {f"dynamodb:{name}" for name in re.findall(r'dispatch\(\s*"(\w+)"', text_of_all)}

    needs_the_rights_of_its_parts = {
        "dynamodb:TransactWriteItems",
        "dynamodb:BatchExecuteStatement",
        "dynamodb:ExecuteStatement",
    }
    assert made > needs_the_rights_of_its_parts
    assert made - needs_the_rights_of_its_parts <= READ_ITEMS | WRITE_ITEMS


def test_whoever_makes_work_tells_its_queue_and_only_its_function_takes_it() -> None:
    tell = {"sqs:SendMessage"}

    assert granted("ApiRole", "sqs") == dict.fromkeys(STEP_QUEUES | {"${JobsQueue.Arn}"}, tell)
    assert granted("JobsRole", "sqs") == {
        "${JobsQueue.Arn}": CONSUME | tell,
        **dict.fromkeys(STEP_QUEUES, tell),
        # What could not be applied is searched for whoever is erased.
        "${InboundDeadLetterQueue.Arn}": {
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:ChangeMessageVisibility",
            "sqs:SendMessage",
        },
    }
    assert granted("WorkerRole", "sqs") == {"${JobsQueue.Arn}": tell, **dict.fromkeys(STEP_QUEUES, CONSUME | tell)}


def test_the_door_proves_callers_and_queues_and_has_no_right_to_the_table() -> None:
    assert granted("WebhooksRole", "dynamodb") == {}
    assert granted("WebhooksRole", "sqs") == {"${InboundQueue.Arn}": {"sqs:SendMessage"}}
    assert granted("WebhooksRole", "s3") == {"${InboxBucket.Arn}/*": {"s3:PutObject"}}


def test_what_came_in_is_applied_comes_again_or_rests() -> None:
    tell = {"sqs:SendMessage"}

    assert granted("InboundRole", "sqs") == {
        "${InboundQueue.Arn}": CONSUME | tell,
        **dict.fromkeys(STEP_QUEUES | {"${InboundDeadLetterQueue.Arn}", "${JobsQueue.Arn}"}, tell),
    }
    assert granted("InboundRole", "s3") == {
        "${InboxBucket.Arn}/*": {"s3:GetObject", "s3:PutObject", "s3:DeleteObject"},
        "${InboxBucket.Arn}": {"s3:ListBucket"},
    }
    assert granted("InboundRole", "dynamodb") == {
        "${Table.Arn}": (READ_ITEMS - {"dynamodb:Scan"} | WRITE_ITEMS | {"dynamodb:PartiQLSelect"})
        - {"dynamodb:BatchWriteItem"}
    }


def test_files_are_put_by_signed_links_only_where_uploads_go_and_worked_on_by_jobs() -> None:
    everything, bucket = "${TransferBucket.Arn}/*", {"${TransferBucket.Arn}": {"s3:ListBucket"}}

    assert granted("ApiRole", "s3") == {
        "${TransferBucket.Arn}/uploads/*": {"s3:PutObject"},
        everything: {"s3:GetObject", "s3:DeleteObject"},
        **bucket,
    }
    worked_on = {"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"}
    # An erasure reads and removes what names the person among what came in.
    inbox = {"${InboxBucket.Arn}/*": {"s3:GetObject", "s3:DeleteObject"}, "${InboxBucket.Arn}": {"s3:ListBucket"}}
    assert granted("JobsRole", "s3") == {everything: worked_on, **bucket, **inbox}


def credentials_rights(role: str, service: str, where: re.Pattern[str] = INTEGRATION_SECRETS) -> set[str]:
    """What a role may do with provider credentials, or with webhook keys, in a store."""
    return {
        action
        for target, actions_there in granted(role, service).items()
        if where.fullmatch(target)
        for action in actions_there
    }


def test_webhook_keys_are_published_by_api_and_jobs_and_read_by_the_door() -> None:
    def rights(role: str) -> tuple[set[str], set[str]]:
        return tuple(credentials_rights(role, service, WEBHOOK_KEYS) for service in ("ssm", "secretsmanager"))  # type: ignore[return-value]

    publishes = (
        {"ssm:GetParameter", "ssm:PutParameter", "ssm:DeleteParameter"},
        {
            "secretsmanager:GetSecretValue",
            "secretsmanager:CreateSecret",
            "secretsmanager:PutSecretValue",
            "secretsmanager:DeleteSecret",
        },
    )
    assert rights("ApiRole") == rights("JobsRole") == publishes
    assert rights("WebhooksRole") == ({"ssm:GetParameter"}, {"secretsmanager:GetSecretValue"})
    for role in ROLES - {"ApiRole", "JobsRole", "WebhooksRole"}:
        assert rights(role) == (set(), set()), role


def test_credentials_are_kept_by_the_api_and_jobs_and_read_by_those_who_call() -> None:
    def rights(role: str) -> tuple[set[str], set[str]]:
        return credentials_rights(role, "ssm"), credentials_rights(role, "secretsmanager")

    # Jobs keep what comes with an archive: the suppression key, and secrets of endpoints.
    keep = (
        {"ssm:GetParameter", "ssm:PutParameter", "ssm:DeleteParameter"},
        {"secretsmanager:GetSecretValue", "secretsmanager:CreateSecret", "secretsmanager:DeleteSecret"},
    )
    assert rights("ApiRole") == rights("JobsRole") == keep
    read = ({"ssm:GetParameter"}, {"secretsmanager:GetSecretValue"})
    assert rights("WorkerRole") == rights("InboundRole") == read
    assert rights("DispatcherRole") == rights("AuthorizerRole") == rights("WebhooksRole") == (set(), set())


def test_the_address_of_the_stack_is_read_by_those_who_make_links() -> None:
    readers = {role for role in ROLES if PUBLIC_URL in granted(role, "ssm")}

    assert readers == {"ApiRole", "WorkerRole", "WebhooksRole"}
    assert all(granted(role, "ssm")[PUBLIC_URL] == {"ssm:GetParameter"} for role in readers)


@pytest.mark.parametrize("role", ["ApiRole", "WorkerRole", "InboundRole", "JobsRole"])
def test_credentials_are_reachable_in_one_store_only(role: str) -> None:
    (policy,) = [policy for policy in properties(role)["Policies"] if "integration-secrets" in policy["PolicyName"]]

    ((condition, in_ssm, in_secrets_manager),) = [
        statement["Fn::If"] for statement in policy["PolicyDocument"]["Statement"]
    ]

    assert condition == "KeepsSecretsInSsm"
    assert {action.partition(":")[0] for action in actions(in_ssm)} == {"ssm"}
    assert {action.partition(":")[0] for action in actions(in_secrets_manager)} == {"secretsmanager"}


def test_the_bootstrap_key_is_read_by_the_authorizer_alone() -> None:
    readers = {role for role in ROLES if any("${BootstrapKeySecret.Id}" in targets(part) for part in statements(role))}

    assert readers == {"AuthorizerRole"}


def test_only_named_services_and_this_account_use_the_encryption_key() -> None:
    account, logs, senders = expanded()["Resources"]["Key"]["Properties"]["KeyPolicy"]["Statement"]

    assert text(account["Principal"]["AWS"]) == "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"
    assert text(logs["Principal"]["Service"]) == "logs.${AWS::Region}.amazonaws.com"
    assert logs["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    assert senders["Principal"]["Service"] == ["events.amazonaws.com", "cloudwatch.amazonaws.com"]
    assert senders["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
