"""How the predecessor creates its tables. Source: schema.md, as Prisma writes it for SQLite."""

from collections.abc import Mapping
from typing import Final

_TYPES: Final = {
    "s": "TEXT NOT NULL",
    "s?": "TEXT",
    "i": "INTEGER NOT NULL DEFAULT 0",
    "i?": "INTEGER",
    "r": "REAL NOT NULL DEFAULT 0",
    "r?": "REAL",
    "b": "BOOLEAN NOT NULL DEFAULT true",
    "d": "DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP",
    "d?": "DATETIME",
    "j": "TEXT NOT NULL DEFAULT '{}'",
}
#: Columns with their types, by table.
_COLUMNS: Final = {
    "Lead": "externalId:s? firstName:s lastName:s phone:s? email:s? source:s status:s meta:s? notes:s? createdAt:d "
    "updatedAt:d",
    "Campaign": "name:s description:s? status:s channels:j meta:s? startDate:d? endDate:d? createdAt:d updatedAt:d",
    "CampaignLead": "campaignId:s leadId:s status:s assignedAt:d completedAt:d?",
    "Script": "name:s type:s content:s? vapiConfig:s? campaignId:s? isDefault:b createdAt:d updatedAt:d",
    "ContactAttempt": "leadId:s campaignId:s? channel:s status:s scriptId:s? provider:s? providerRef:s? startedAt:d "
    "completedAt:d? duration:i? cost:r? result:s? notes:s?",
    "IntegrationConfig": "provider:s type:s config:j isActive:b createdAt:d updatedAt:d",
    "RetentionSequence": "name:s description:s? status:s channels:j triggerType:s triggerConfig:j createdAt:d "
    "updatedAt:d",
    "SequenceStep": "sequenceId:s stepOrder:i channel:s scriptId:s? delayValue:i delayUnit:s conditions:j isActive:b "
    "createdAt:d updatedAt:d",
    "SequenceEnrollment": "sequenceId:s leadId:s status:s currentStep:i enrolledAt:d completedAt:d? lastStepAt:d? "
    "meta:j",
    "SequenceStepExecution": "enrollmentId:s stepId:s contactAttemptId:s? status:s scheduledAt:d? executedAt:d? "
    "result:j",
    "Conversion": "leadId:s? campaignId:s? channel:s? revenue:r status:s subId:s? clickId:s? source:s postbackData:s? "
    "contactAttemptId:s? createdAt:d",
    "ConversionRule": "channel:s metric:s value:s conversionRate:r sampleSize:i confidence:r createdAt:d updatedAt:d",
    "ABTest": "campaignId:s channel:s variantA:s variantB:s status:s winnerId:s? startedAt:d endedAt:d? statsA:j "
    "statsB:j",
}


def _statement(table: str, columns: str) -> str:
    named = (column.split(":") for column in columns.split())
    rest = ", ".join(f'"{name}" {_TYPES[kind]}' for name, kind in named)
    return f'CREATE TABLE "{table}" ("id" TEXT NOT NULL PRIMARY KEY, {rest});'


#: The statement for each table, without the constraints between them: files are found in which they do not hold.
SCHEMA: Final[Mapping[str, str]] = {table: _statement(table, columns) for table, columns in _COLUMNS.items()}
