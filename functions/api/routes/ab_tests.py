"""/v1/ab-tests"""

from typing import Any, NoReturn

from pydantic import Field

from api.answer import created, deleted, listed, shown
from api.operation import ListQuery, Request, Routes
from retention.deletion.service import Deleted
from retention.errors import NotAvailableError
from retention.experiments.model import ABTest, ABTestInput, ABTestStatus, ABTestVariants
from retention.experiments.service import ABTestFilter
from retention.fields import RootId
from retention.table.listing import Page

routes = Routes("ab-tests", read="ab-tests:read", write="ab-tests:write")


class ABTestQuery(ListQuery):
    """Filters of the list of A/B tests."""

    campaign_id: RootId | None = Field(default=None, description="Only tests of this campaign")
    status: ABTestStatus | None = Field(default=None, description="Only tests with this status")


@routes(
    "POST",
    "/v1/ab-tests",
    created("/v1/ab-tests/{id}"),
    "Create an A/B test",
    body=ABTestInput,
    answers={201: ABTest},
)
def create_ab_test(request: Request[Any, ABTestInput]) -> ABTest:
    """It runs at once. One test runs on each channel of a campaign; the two scripts are for that channel and differ."""
    return request.app.ab_tests.create(request.body)


@routes("GET", "/v1/ab-tests", listed, "List A/B tests", query=ABTestQuery, answers={200: ABTest})
def list_ab_tests(request: Request[ABTestQuery, None]) -> Page[ABTest]:
    """Newest first."""
    query = request.query
    wanted = ABTestFilter(campaign_id=query.campaign_id, status=query.status)
    return request.app.ab_tests.page(wanted, limit=query.limit, position=request.position)


@routes("GET", "/v1/ab-tests/{id}", shown, "Read an A/B test", answers={200: ABTest})
def get_ab_test(request: Request[Any, None]) -> ABTest:
    """With the figures of both variants."""
    return request.app.ab_tests.get(request.path["id"])


@routes("PATCH", "/v1/ab-tests/{id}", shown, "Change an A/B test", body=ABTestVariants, answers={200: ABTest})
def update_ab_test(request: Request[Any, Any]) -> ABTest:
    """A JSON merge patch on the variants, possible while nothing has been counted."""
    return request.app.ab_tests.update(request.path["id"], request.body, if_match=request.if_match)


@routes("DELETE", "/v1/ab-tests/{id}", deleted, "Delete an A/B test", answers={204: None})
def delete_ab_test(request: Request[Any, None]) -> Deleted:
    """Another test may then run on the channel. The scripts stay."""
    return request.app.ab_tests.delete(request.path["id"], if_match=request.if_match)


# --- verbs -----------------------------------------------------------------------------------------------------


def _not_yet(request: Request[Any, None], what: str) -> NoReturn:
    request.app.ab_tests.get(request.path["id"])
    raise NotAvailableError(f"{what} an A/B test comes with the engine, in a later version.")


@routes("GET", "/v1/ab-tests/{id}/results", shown, "Results of an A/B test", answers={}, coming=True)
def get_ab_test_results(request: Request[Any, None]) -> NoReturn:
    """Not available yet."""
    _not_yet(request, "Judging")


@routes("POST", "/v1/ab-tests/{id}/pause", shown, "Pause an A/B test", answers={200: ABTest}, coming=True)
def pause_ab_test(request: Request[Any, None]) -> ABTest:
    """Not available yet."""
    _not_yet(request, "Pausing")


@routes("POST", "/v1/ab-tests/{id}/resume", shown, "Resume an A/B test", answers={200: ABTest}, coming=True)
def resume_ab_test(request: Request[Any, None]) -> ABTest:
    """Not available yet."""
    _not_yet(request, "Resuming")


@routes("POST", "/v1/ab-tests/{id}/complete", shown, "Complete an A/B test", answers={200: ABTest}, coming=True)
def complete_ab_test(request: Request[Any, None]) -> ABTest:
    """Not available yet."""
    _not_yet(request, "Completing")
