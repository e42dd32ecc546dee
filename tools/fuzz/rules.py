"""What the fuzzer checks of every answer, and how it makes its requests."""

from typing import Any, Final

#: Checks of schemathesis that every answer must pass. Left out: `positive_data_acceptance`, since a schema cannot say
#: all that a use case may refuse (an id that names nothing, a number that nobody could dial).
CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
    "use_after_free",
    "ensure_resource_availability",
)
#: 501 is documented: the behaviour comes with a later version.
NO_SERVER_ERROR: Final = ["2xx", "3xx", "4xx", "501"]
#: 412 and 413 refuse bad requests, too; the rest is what schemathesis expects by itself.
REFUSALS: Final = ["400", "401", "403", "404", "405", "409", "412", "413", "415", "422", "429", "501"]


def configuration(key: str, *, seed: int, examples: int, phases: tuple[str, ...]) -> dict[str, Any]:
    """The settings of one run of schemathesis.

    Args:
        key: the API key, sent with every request.
        seed: equal seeds make equal requests, as far as the answers are equal.
        examples: requests an operation in the fuzzing phase, and scenarios in the stateful phase.
        phases: which of examples, coverage, fuzzing and stateful to go through.
    """
    return {
        "seed": seed,
        "headers": {"Authorization": f"Bearer {key}"},
        "continue-on-failure": True,
        "request-timeout": 30,
        "generation": {"max-examples": examples, "database": "none", "no-shrink": True},
        "phases": {name: {"enabled": name in phases} for name in ("examples", "coverage", "fuzzing", "stateful")},
        "checks": {
            "enabled": False,
            **{name: {"enabled": True} for name in CHECKS},
            "not_a_server_error": {"enabled": True, "expected-statuses": NO_SERVER_ERROR},
            "negative_data_rejection": {"enabled": True, "expected-statuses": REFUSALS},
        },
    }
