"""docs/reference/table.md: where every item lives and why, and what a delete does to it."""

from typing import Final

from retention.table.layout import INDEXES, Layout
from retention.table.layouts import LAYOUTS
from tools.docs.markdown import GENERATED, table

#: What becomes of a child when its parent is deleted: child, parent, rule, how the key layout makes it cheap.
DELETE_RULES: Final = (
    ("CampaignLead", "Campaign", "goes", "found by `owner`"),
    ("CampaignLead", "Lead", "goes", "in the lead's partition"),
    ("Script", "Campaign", "stays, `campaignId` null", "scripts share one partition"),
    ("ContactAttempt", "Lead", "goes", "in the lead's partition"),
    ("ContactAttempt", "Campaign", "stays, `campaignId` null", "found by `owner`"),
    ("ContactAttempt", "Script", "stays, `scriptId` null", "a scan: rare, so that no attempt pays for an index"),
    ("SequenceStep", "RetentionSequence", "goes", "beside its sequence"),
    ("SequenceStep", "Script", "stays, `scriptId` null", "steps share one partition"),
    ("SequenceEnrollment", "RetentionSequence", "goes", "found by `owner`"),
    ("SequenceEnrollment", "Lead", "goes", "in the lead's partition"),
    ("SequenceStepExecution", "SequenceEnrollment", "goes", "its key begins with the enrollment's"),
    ("SequenceStepExecution", "SequenceStep", "goes", "keys follow from the enrollments"),
    ("SequenceStepExecution", "ContactAttempt", "stays, `contactAttemptId` null", "in the same lead's partition"),
    ("ABTest", "Campaign", "goes", "its key begins with the campaign's id"),
    ("Conversion", "Lead", "stays, `leadId` null", "pointers in the lead's partition"),
    ("Conversion", "Campaign", "stays, `campaignId` null", "found by `owner`"),
    ("Conversion", "ContactAttempt", "stays, `contactAttemptId` null", "pointers in the lead's partition"),
)

_INTRODUCTION: Final = """\
# The table

One DynamoDB table holds everything. Each item has `pk`, `sk`, its `kind`, and the fields of its entity as attributes,
under the names of the API. A key is a template filled from those fields; `{shard}` is a hash that spreads a busy list
over several partitions. An index key is absent, and the item not in the index, while a field that it names is unset.
"""


def render() -> str:
    """The whole file."""
    return "".join(
        [
            GENERATED,
            _INTRODUCTION,
            "\n## Indexes\n\nSparse, keys only: a list reads keys from the index and the items from the table.\n\n",
            table(
                ("Index", "Keys", "Answers"),
                [(f"`{name}`", f"`{pk}`, `{sk}`", question) for name, (pk, sk, question) in INDEXES.items()],
            ),
            "\n## Items\n\n",
            table(("Kind", "`pk`", "`sk`", "Indexes", "Why"), [_item(name, one) for name, one in LAYOUTS.items()]),
            "\n## Deletes\n\nA parent is gone for readers at once; a job removes or detaches its children.\n\n",
            table(("Child", "Parent", "When the parent is deleted", "How it is found"), DELETE_RULES),
        ]
    )


def _item(name: str, layout: Layout) -> tuple[str, str, str, str, str]:
    indexes = []
    for index, keys in layout.indexes.items():
        only = f", only {keys.only[0]} {' or '.join(sorted(keys.only[1]))}" if keys.only else ""
        indexes.append(f"{index}: `{keys.pk}` / `{keys.sk}`{only}")
    shards = f" ({layout.shards} shards by `{layout.shard_by}`)" if layout.shards > 1 else ""
    return name, f"`{layout.pk}`", f"`{layout.sk}`", "; ".join(indexes) + (shards if indexes else ""), layout.why
