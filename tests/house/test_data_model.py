"""The thirteen entities have exactly the fields, types, enums and defaults of the documented data model.

Written by hand from the document of the data model, line by line. What differs on purpose:

* What was JSON kept as text (`meta`, `channels`, `triggerConfig`, `vapiConfig`, `conditions`, `postbackData`, `config`,
  `statsA`, `statsB`, and `result` of an execution) is a real object or list here; an empty text became an empty object.
* Ids are made by the service, some of them name where the item lives; they are texts all the same.
* `now()` is what the service does, not a default that the model could show.
* Script.content is a text, or an object for an e-mail.
* Additions, each of them optional: `timeZone` of a lead, which also shows `contact`; `settings` of a campaign, a
  sequence and a step, for what the document has no field for, such as contact hours; of an A/B test when it is decided
  (`confidence`, `minimumSample`, `horizon`, `autoComplete`).
* `cost` and `revenue` are exact decimals; they were floats.
* `provider` and `type` of an integration are closed sets: the documented three, and two extensions.
"""

import re
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from api.schemas import Schemas
from retention.attempts.model import ContactAttempt
from retention.campaigns.model import Campaign, CampaignLead
from retention.conversions.model import Conversion, ConversionRule
from retention.experiments.model import ABTest
from retention.integrations.model import IntegrationConfig, IntegrationInput
from retention.leads.model import Lead
from retention.scripts.model import Script
from retention.sequences.model import RetentionSequence, SequenceEnrollment, SequenceStep, SequenceStepExecution

#: Name, type (`?`: may be null; words joined by `|`: an enum), default. `text/object` may be either.
MODEL: dict[type[BaseModel], str] = {
    Lead: """
        id text
        externalId text?
        firstName text
        lastName text
        phone text?
        email text?
        timeZone text?
        source MANUAL|META|API = MANUAL
        status NEW|CONTACTED|IN_PROGRESS|CONVERTED|LOST = NEW
        meta object?
        notes text?
        createdAt instant
        updatedAt instant
    """,
    Campaign: """
        id text
        name text
        description text?
        status DRAFT|ACTIVE|PAUSED|COMPLETED = DRAFT
        channels list = []
        meta object?
        startDate instant?
        endDate instant?
        settings object = {}
        createdAt instant
        updatedAt instant
    """,
    CampaignLead: """
        id text
        campaignId text
        leadId text
        status PENDING|IN_PROGRESS|COMPLETED|FAILED = PENDING
        assignedAt instant
        completedAt instant?
    """,
    Script: """
        id text
        name text
        type CALL|SMS|EMAIL
        content text/object?
        vapiConfig object?
        campaignId text?
        isDefault boolean = False
        createdAt instant
        updatedAt instant
    """,
    ContactAttempt: """
        id text
        leadId text
        campaignId text?
        channel CALL|SMS|EMAIL
        status PENDING|SUCCESS|NO_ANSWER|IN_PROGRESS|FAILED = PENDING
        scriptId text?
        provider text?
        providerRef text?
        startedAt instant
        completedAt instant?
        duration integer?
        cost number?
        result text?
        notes text?
    """,
    IntegrationConfig: """
        id text
        provider vapi|twilio|sendgrid|keitaro|meta
        type CALL|SMS|EMAIL|TRACKING|LEADS
        config object
        isActive boolean = True
        createdAt instant
        updatedAt instant
    """,
    RetentionSequence: """
        id text
        name text
        description text?
        status DRAFT|ACTIVE|PAUSED|ARCHIVED = DRAFT
        channels list = []
        triggerType manual|new_lead|no_conversion = manual
        triggerConfig object = {}
        settings object = {}
        createdAt instant
        updatedAt instant
    """,
    SequenceStep: """
        id text
        sequenceId text
        stepOrder integer
        channel CALL|SMS|EMAIL
        scriptId text?
        delayValue integer = 0
        delayUnit HOURS|DAYS|WEEKS = HOURS
        conditions object = {}
        isActive boolean = True
        settings object = {}
        createdAt instant
        updatedAt instant
    """,
    SequenceEnrollment: """
        id text
        sequenceId text
        leadId text
        status ACTIVE|PAUSED|COMPLETED|CANCELLED|CONVERTED = ACTIVE
        currentStep integer = 0
        enrolledAt instant
        completedAt instant?
        lastStepAt instant?
        meta object = {}
    """,
    SequenceStepExecution: """
        id text
        enrollmentId text
        stepId text
        contactAttemptId text?
        status PENDING|SCHEDULED|SENT|DELIVERED|FAILED|SKIPPED = PENDING
        scheduledAt instant?
        executedAt instant?
        result object = {}
    """,
    Conversion: """
        id text
        leadId text?
        campaignId text?
        channel CALL|SMS|EMAIL?
        revenue number = 0
        status lead|qualified|customer|churn = lead
        subId text?
        clickId text?
        source text = keitaro
        postbackData object?
        contactAttemptId text?
        createdAt instant
    """,
    ConversionRule: """
        id text
        channel CALL|SMS|EMAIL
        metric text
        value text
        conversionRate number = 0
        sampleSize integer = 0
        confidence number = 0
        createdAt instant
        updatedAt instant
    """,
    ABTest: """
        id text
        campaignId text
        channel CALL|SMS|EMAIL
        variantA text
        variantB text
        confidence number = 0.95
        minimumSample integer = 200
        horizon integer = 20000
        autoComplete boolean = True
        status RUNNING|PAUSED|COMPLETED = RUNNING
        winnerId A|B?
        startedAt instant
        endedAt instant?
        statsA object
        statsB object
    """,
}

#: Where a default stands on what a client says, and not on the entity.
INPUTS: dict[type[BaseModel], type[BaseModel]] = {IntegrationConfig: IntegrationInput}

#: JSON Schema's words for the document's.
TYPES = {"string": "text", "array": "list"}


def test_there_are_thirteen_entities() -> None:
    assert len(MODEL) == 13


@pytest.mark.parametrize("entity", MODEL, ids=lambda entity: entity.__name__)
def test_an_entity_has_the_fields_types_and_enums_of_the_data_model(entity: type[BaseModel]) -> None:
    components = Schemas([], [entity]).components

    shown = {name: _type_of(schema, components) for name, schema in components[entity.__name__]["properties"].items()}

    assert shown == {name: kind for name, kind, _ in _documented(entity)}


@pytest.mark.parametrize("entity", MODEL, ids=lambda entity: entity.__name__)
def test_an_entity_has_the_defaults_of_the_data_model(entity: type[BaseModel]) -> None:
    fields = {info.alias: info for info in entity.model_fields.values()}
    said = {info.alias: info for info in INPUTS.get(entity, entity).model_fields.values()}

    for name, kind, default in _documented(entity):
        given = (said if default is not None else fields)[name].get_default(
            call_default_factory=True, validated_data={}
        )
        if default is not None:
            assert _plain(given) == default, name
        elif kind.endswith("?"):
            assert given is None, name
        elif kind != "object":
            assert given is PydanticUndefined, name


def _documented(entity: type[BaseModel]) -> list[tuple[str, str, str | None]]:
    """Name, type and default of each documented field."""
    rows = [re.fullmatch(r"(\w+) (\S+)(?: = (.+))?", line.strip()) for line in MODEL[entity].strip().splitlines()]
    return [(row[1], row[2], row[3]) for row in rows if row is not None]


def _type_of(schema: dict[str, Any], components: dict[str, Any]) -> str:
    if "$ref" in schema:
        return _type_of(components[schema["$ref"].rsplit("/", 1)[-1]], components)
    for word in {"anyOf", "oneOf"} & set(schema):
        options = dict.fromkeys(_type_of(option, components) for option in schema[word])
        return "/".join(option for option in options if option != "null") + ("?" if "null" in options else "")
    kinds = schema.get("type", "object")
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    optional = "?" if "null" in kinds and len(kinds) > 1 else ""
    if "enum" in schema and kinds[0] == "string" and len(schema["enum"]) - bool(optional) > 1:
        return "|".join(value for value in schema["enum"] if value is not None) + optional
    if schema.get("format") == "date-time":
        return "instant" + optional
    return TYPES.get(str(kinds[0]), str(kinds[0])) + optional


def _plain(value: Any) -> str:
    if isinstance(value, BaseModel):
        value = value.model_dump(exclude_none=True)
    return str(value)
