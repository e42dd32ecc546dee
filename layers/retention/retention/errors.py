"""What can go wrong, in the words of the business: no HTTP, no AWS. The docstring is the default message."""

from dataclasses import dataclass
from typing import ClassVar, Self


class RetentionError(Exception):
    """Something went wrong."""

    #: A stable word for programs; part of the public contract.
    code: ClassVar[str] = "error"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").split("\n", 1)[0])


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field of an input. `pointer` is a JSON pointer (RFC 6901) into it."""

    pointer: str
    code: str
    detail: str


class InvalidInputError(RetentionError):
    """The input was understood but cannot be accepted."""

    code = "invalid_input"

    def __init__(self, *errors: FieldError, message: str | None = None) -> None:
        super().__init__(message or self._first(errors))
        self.errors = errors

    @staticmethod
    def _first(errors: tuple[FieldError, ...]) -> str | None:
        """What a person reads first: the first error, and how many more there are."""
        if not errors:
            return None
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        return f"{errors[0].pointer or 'The body'}: {errors[0].detail}{more}"

    @classmethod
    def at(cls, pointer: str, code: str, detail: str) -> Self:
        """One error at one place."""
        return cls(FieldError(pointer, code, detail))


class MalformedInputError(InvalidInputError):
    """The input could not be read."""

    code = "malformed_input"


class AnchorNeededError(MalformedInputError):
    """This list is too long to be read without one of certain filters."""

    code = "anchor_needed"


class InputTooLargeError(RetentionError):
    """The input is larger than is accepted here."""

    code = "input_too_large"


class NotFoundError(RetentionError):
    """There is no such resource."""

    code = "not_found"


class AlreadyExistsError(RetentionError):
    """There is one already, and there can be only one."""

    code = "already_exists"

    def __init__(self, existing_id: str, message: str | None = None) -> None:
        super().__init__(message)
        self.existing_id = existing_id


class ConflictError(RetentionError):
    """The present state does not allow this."""

    code = "conflict"


class LeadStoppedError(ConflictError):
    """The lead asked to be left alone."""

    code = "lead_stopped"


class LastAdminKeyError(ConflictError):
    """This is the last working admin key: make another one first, or revoke it with force=true."""

    code = "last_admin_key"


class ContentionError(ConflictError):
    """Others kept changing the same item; nothing was written. Try again."""

    code = "contention"


class StaleError(RetentionError):
    """The resource has changed since the state that If-Match names; nothing was written."""

    code = "stale"


class IdempotencyRunningError(ConflictError):
    """A request with this Idempotency-Key is still running."""

    code = "idempotency_running"


class IdempotencyMismatchError(RetentionError):
    """This Idempotency-Key was used with another request."""

    code = "idempotency_mismatch"


class NotAvailableError(RetentionError):
    """This is not available in this version."""

    code = "not_available"


class SecretStoreError(RetentionError):
    """The secret store did not answer as it should; nothing was changed."""

    code = "secret_store_unavailable"


class MisconfiguredError(RetentionError):
    """A setting of this deployment cannot be used."""

    code = "misconfigured"


class NotFilledInError(RetentionError):
    """The script cannot be filled in for this lead."""

    code = "not_filled_in"
