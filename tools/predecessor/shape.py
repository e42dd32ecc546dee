"""Which tables and columns the file has: those of the predecessor's releases, and those that somebody has added."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tools.predecessor.opening import Source, UnusableFileError

#: The thirteen tables with their columns. Source: schema.md.
TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    name: tuple(columns.split())
    for name, columns in {
        "Campaign": "id name description status channels meta startDate endDate createdAt updatedAt",
        "Script": "id name type content vapiConfig campaignId isDefault createdAt updatedAt",
        "RetentionSequence": "id name description status channels triggerType triggerConfig createdAt updatedAt",
        "SequenceStep": "id sequenceId stepOrder channel scriptId delayValue delayUnit conditions isActive createdAt "
        "updatedAt",
        "ABTest": "id campaignId channel variantA variantB status winnerId startedAt endedAt statsA statsB",
        "ConversionRule": "id channel metric value conversionRate sampleSize confidence createdAt updatedAt",
        "IntegrationConfig": "id provider type config isActive createdAt updatedAt",
        "Lead": "id externalId firstName lastName phone email source status meta notes createdAt updatedAt",
        "CampaignLead": "id campaignId leadId status assignedAt completedAt",
        "SequenceEnrollment": "id sequenceId leadId status currentStep enrolledAt completedAt lastStepAt meta",
        "ContactAttempt": "id leadId campaignId channel status scriptId provider providerRef startedAt completedAt "
        "duration cost result notes",
        "SequenceStepExecution": "id enrollmentId stepId contactAttemptId status scheduledAt executedAt result",
        "Conversion": "id leadId campaignId channel revenue status subId clickId source postbackData "
        "contactAttemptId createdAt",
    }.items()
}
#: The tables of the first release, which had no sequences and counted no conversions.
FIRST_RELEASE: Final = frozenset({"Lead", "Campaign", "CampaignLead", "Script", "ContactAttempt", "IntegrationConfig"})
#: Tables that tools of the predecessor keep for themselves.
_OF_TOOLS: Final = frozenset({"_prisma_migrations", "_litestream_seq", "_litestream_lock", "libsql_wasm_func_table"})


@dataclass(frozen=True)
class Shape:
    """What a file is made of."""

    #: In words.
    name: str
    #: Tables of ours that it has not.
    missing_tables: tuple[str, ...]
    #: Tables that are not ours, with the number of their rows.
    extra_tables: Mapping[str, int]
    #: By table: columns that are not ours, and those of ours that are missing.
    extra_columns: Mapping[str, tuple[str, ...]]
    missing_columns: Mapping[str, tuple[str, ...]]


def shape_of(source: Source) -> Shape:
    """The shape of a file.

    Raises:
        UnusableFileError: it has none of the predecessor's tables.
    """
    there = source.tables.keys() & TABLES.keys()
    if not there:
        found = ", ".join(list(source.tables)[:5]) or "no table at all"
        raise UnusableFileError(f"{source.path} is not the predecessor's database: it has {found}, but no Lead table.")
    extra = {name: source.count(name) for name in source.tables if name not in TABLES and name not in _OF_TOOLS}
    columns = {
        table: tuple(one for one in source.tables[table] if one not in TABLES[table])
        for table in TABLES
        if table in there
    }
    missing = {
        table: tuple(one for one in TABLES[table] if one not in source.tables[table])
        for table in TABLES
        if table in there
    }
    return Shape(
        name=_name(there, bool(extra) or any(columns.values())),
        missing_tables=tuple(table for table in TABLES if table not in there),
        extra_tables=extra,
        extra_columns={table: names for table, names in columns.items() if names},
        missing_columns={table: names for table, names in missing.items() if names},
    )


def _name(there: set[str], more: bool) -> str:
    if there == FIRST_RELEASE:
        base = "the first release (6 tables)"
    elif there == TABLES.keys():
        base = "the full schema (13 tables)"
    else:
        base = f"{len(there)} of the 13 tables"
    return f"{base}, with additions of its own" if more else base
