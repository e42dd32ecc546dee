"""Requests about many leads, and their answers: one shape for taking in, assigning and enrolling."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from api.answer import Answer, json_answer
from retention.bulk import RowResult
from retention.fields import Contract

#: Rows that one request may have.
MAX_ROWS = 1000
#: The id of a lead as a request names it; whether there is one is checked for each.
_LeadId = Annotated[str, Field(min_length=1, max_length=200)]
_LEAD_ID_SCHEMA = {"type": "string", "minLength": 1, "maxLength": 200}


class OneOrManyLeads(Contract):
    """One lead, or many: exactly one of leadId and leadIds."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["leadId"]}, {"required": ["leadIds"]}]})

    lead_id: Annotated[_LeadId | None, WithJsonSchema(_LEAD_ID_SCHEMA)] = Field(
        default=None, description="A lead; the answer is what was made for it"
    )
    lead_ids: Annotated[
        list[_LeadId] | None,
        WithJsonSchema({"type": "array", "items": _LEAD_ID_SCHEMA, "minItems": 1, "maxItems": MAX_ROWS}),
    ] = Field(default=None, min_length=1, max_length=MAX_ROWS, description="Leads; the answer has a result for each")

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        given = self.model_fields_set & {"lead_id", "lead_ids"}
        if len(given) != 1 or (self.lead_id is None and self.lead_ids is None):
            raise PydanticCustomError("exactly_one", "either leadId or leadIds is needed, not both")
        return self


class RowError(Contract):
    """What is wrong with a row."""

    pointer: str = Field(description="JSON pointer to what is wrong")
    code: str = Field(description="For programs")
    detail: str = Field(description="For people")


class Row(Contract):
    """What became of one row."""

    index: int = Field(description="Position of the row in the request, from 0")
    status: Literal["created", "existing", "rejected"] = Field(description="What became of it")
    id: str | None = Field(description="What was created or is there already; none when rejected")
    errors: list[RowError] | None = Field(description="Why it was rejected")


class LeadRow(Row):
    """What became of one lead that was named."""

    lead_id: str = Field(description="The lead")


class Rows(Contract):
    """One result a row, in the order of the request."""

    results: list[Row]


class LeadRows(Contract):
    """One result for each lead, in the order of the request."""

    results: list[LeadRow]


def rows_answer(results: Sequence[RowResult]) -> Answer:
    """200 with what became of each row."""
    rows = []
    for index, row in enumerate(results):
        errors = [vars(error) for error in row.errors] or None
        named = {} if row.lead_id is None else {"leadId": row.lead_id}
        rows.append({"index": index, **named, "status": row.status, "id": row.id, "errors": errors})
    return json_answer(200, {"results": rows})
