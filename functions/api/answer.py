"""Writing answers: entities, pages, results of deletes, as JSON."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from retention import jsontext
from retention.deletion.service import Deleted
from retention.entity import Entity
from retention.shown import plain
from retention.table.listing import Page

JSON: Final = "application/json"


@dataclass(frozen=True)
class Answer:
    """A finished HTTP answer."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """As the gateway takes it (payload format 2.0)."""
        return {"statusCode": self.status, "headers": dict(self.headers), "body": self.body, "isBase64Encoded": False}


#: Turns what a handler returned into an answer.
Presenter = Callable[[Any], Answer]


def json_answer(status: int, value: Any, **headers: str) -> Answer:
    """A JSON answer."""
    return Answer(status, jsontext.dumps(plain(value)), {"Content-Type": JSON, **headers})


def etag(entity: Entity) -> str:
    """The strong entity tag of a state."""
    return f'"{entity.revision}"'


def shown(entity: Any) -> Answer:
    """200 with one resource and its ETag."""
    headers = {"ETag": etag(entity)} if isinstance(entity, Entity) and entity.revision else {}
    return json_answer(200, entity, **headers)


def created(location: str) -> Presenter:
    """201 with a new resource, its ETag and its Location: a template over the resource's fields."""

    def present(entity: Any) -> Answer:
        headers = {"ETag": etag(entity)} if isinstance(entity, Entity) and entity.revision else {}
        return json_answer(201, entity, Location=location.format_map(vars(entity)), **headers)

    return present


def listed(page: Page[Any]) -> Answer:
    """200 with a page; its position has been made a cursor by then."""
    return json_answer(200, {"data": page.data, "nextCursor": page.position})


def followed(entity: Any, job_id: str | None) -> Answer:
    """200 with one resource; a Link header names the job that follows its change through. Source: RFC 5989."""
    answer = shown(entity)
    links = {} if job_id is None else {"Link": f'</v1/jobs/{job_id}>; rel="monitor"'}
    return Answer(answer.status, answer.body, {**answer.headers, **links})


def accepted(location: str) -> Presenter:
    """202 with a resource that is worked on, and its Location: a template over the resource's fields."""

    def present(entity: Any) -> Answer:
        return json_answer(202, entity, Location=location.format_map(vars(entity)))

    return present


def deleted(outcome: Deleted) -> Answer:
    """204 when everything is gone, 202 with the job that carries on otherwise."""
    if outcome.job is None:
        return Answer(204)
    return json_answer(202, outcome.job, Location=f"/v1/jobs/{outcome.job.id}")
