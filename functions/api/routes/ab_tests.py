"""/v1/ab-tests"""

from typing import Any

from pydantic import Field

from api.answer import created, deleted, listed, shown
from api.operation import ListQuery, Request, Routes
from retention.deletion.service import Deleted
from retention.experiments.model import ABTest, ABTestChange, ABTestInput, ABTestStatus
from retention.experiments.results import ABTestResults
from retention.experiments.service import ABTestFilter
from retention.experiments.variants import Variant
from retention.fields import Contract, RootId
from retention.jobs.model import Job
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


@routes("PATCH", "/v1/ab-tests/{id}", shown, "Change an A/B test", body=ABTestChange, answers={200: ABTest})
def update_ab_test(request: Request[Any, Any]) -> ABTest:
    """A JSON merge patch, possible while nothing has been counted; from then on `autoComplete` alone may change."""
    return request.app.ab_tests.update(request.path["id"], request.body, if_match=request.if_match)


@routes("DELETE", "/v1/ab-tests/{id}", deleted, "Delete an A/B test", answers={204: None, 202: Job})
def delete_ab_test(request: Request[Any, None]) -> Deleted:
    """Another test may then run on the channel. The scripts stay; what was counted for the test goes."""
    return request.app.deletion.ab_test(request.path["id"], if_match=request.if_match)


# --- verbs -----------------------------------------------------------------------------------------------------


class Completion(Contract):
    """How a test is ended by hand."""

    winner_id: Variant | None = Field(
        default=None, description="The variant that serves everybody from now on; none: neither"
    )


@routes("GET", "/v1/ab-tests/{id}/results", shown, "Results of an A/B test", answers={200: ABTestResults})
def get_ab_test_results(request: Request[Any, None]) -> ABTestResults:
    """Both variants, their difference, and what to make of it. To look often does not make it less certain."""
    return request.app.ab_tests.results(request.path["id"])


@routes("POST", "/v1/ab-tests/{id}/pause", shown, "Pause an A/B test", answers={200: ABTest}, conditional=True)
def pause_ab_test(request: Request[Any, None]) -> ABTest:
    """The campaign goes on with its usual script. What was counted stays; another test may run in the meantime."""
    return request.app.ab_tests.pause(request.path["id"], if_match=request.if_match)


@routes("POST", "/v1/ab-tests/{id}/resume", shown, "Resume an A/B test", answers={200: ABTest}, conditional=True)
def resume_ab_test(request: Request[Any, None]) -> ABTest:
    """Each lead is given the variant that it was given before. Refused while another test runs on the channel."""
    return request.app.ab_tests.resume(request.path["id"], if_match=request.if_match)


@routes(
    "POST",
    "/v1/ab-tests/{id}/complete",
    shown,
    "Complete an A/B test",
    body=Completion,
    answers={200: ABTest},
    conditional=True,
)
def complete_ab_test(request: Request[Any, Completion]) -> ABTest:
    """With a winner, which then serves everybody, or without. The results say that somebody ended it by hand."""
    return request.app.ab_tests.complete(request.path["id"], request.body.winner_id, if_match=request.if_match)
