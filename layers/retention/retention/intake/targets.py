"""The campaign or the sequence that new leads go to: each lead once, however often it is tried."""

from dataclasses import dataclass

from retention.campaigns.assignments import AssignmentService
from retention.core import Core
from retention.errors import AlreadyExistsError, ContentionError, FieldError, RetentionError
from retention.intake.model import IntakeActivity
from retention.sequences.enrolling import EnrollingService
from retention.sequences.model import SequenceEnrollment
from retention.table.keys import key


@dataclass(frozen=True)
class Targets:
    """Sends leads where they are to go."""

    core: Core
    assignments: AssignmentService
    enrolling: EnrollingService

    def reach(self, entry: IntakeActivity) -> FieldError | None:
        """Send the lead of a submission to its target; what stands against it, or None.

        A rule asks for this, not a person: a lead that somebody took out of the sequence stays out.

        Raises:
            ContentionError: others kept changing the lead. Trying again helps.
        """
        target, lead_id = entry.target or {}, entry.lead_id or ""
        try:
            if "campaignId" in target:
                self.assignments.create(target["campaignId"], lead_id)
            elif "sequenceId" in target and not self._came_since(entry, target["sequenceId"]):
                (result,) = self.enrolling.enroll_many(target["sequenceId"], [lead_id], by_trigger=True)
                if any(error.code == ContentionError.code for error in result.errors):
                    raise ContentionError
                return next((FieldError("/target", error.code, error.detail) for error in result.errors), None)
        except AlreadyExistsError:
            return None
        except ContentionError:
            raise
        except RetentionError as error:
            return FieldError("/target", error.code, str(error))
        return None

    def _came_since(self, entry: IntakeActivity, sequence_id: str) -> bool:
        """Whether the lead came into the sequence after this submission: then an earlier try got that far."""
        where = key("SequenceEnrollment", lead_id=entry.lead_id, sequence_id=sequence_id)
        enrollment = self.core.store.find(SequenceEnrollment, where)
        return enrollment is not None and enrollment.enrolled_at >= entry.received_at
