"""From a lead as Meta's Graph API tells it to what we know of a lead: pure.

Source: Meta's Graph API reference, "Lead" (field_data, custom_disclaimer_responses); names of the standard questions
from "Lead Ads, Questions".
"""

from collections.abc import Mapping
from typing import Any, Final

from retention.intake.mapping import USUAL, Draft, Wanted, drafted
from retention.intake.model import Defaults

#: What is asked of the Graph API: without it, it tells less and does not say so.
FIELDS: Final = (
    "id",
    "created_time",
    "ad_id",
    "ad_name",
    "adset_id",
    "campaign_id",
    "form_id",
    "is_organic",
    "platform",
    "field_data",
    "custom_disclaimer_responses",
)
#: What of it describes where the lead came from, by its name in `meta.ad`.
_AD: Final[Mapping[str, str]] = {
    "leadgenId": "id",
    "createdTime": "created_time",
    "adId": "ad_id",
    "adName": "ad_name",
    "adsetId": "adset_id",
    "campaignId": "campaign_id",
    "formId": "form_id",
    "isOrganic": "is_organic",
    "platform": "platform",
}


def lead_of(told: Mapping[str, Any], page_id: str | None, mapping: Mapping[str, str] | None, *, region: str) -> Draft:
    """The lead that Meta tells of: always one, also where nobody can be contacted.

    Args:
        told: what the Graph API answered.
        mapping: which field of a lead (`firstName`, `meta.size`, `consent.news`) the answer to a question is.
        region: where phone numbers without a country code belong.
    """
    ad: dict[str, Any] = {name: told[theirs] for name, theirs in _AD.items() if told.get(theirs) is not None}
    if page_id is not None:
        ad["pageId"] = page_id
    consent = _consent(told.get("custom_disclaimer_responses"))
    more = {"ad": ad, **({"consent": consent} if consent else {})}
    answers = _answers(told.get("field_data"))
    return drafted(answers, _wanted(mapping or {}), source="META", region=region, more=more, known_as=str(told["id"]))


def _answers(field_data: Any) -> dict[str, Any]:
    """The answers of a form by their questions: a text, or the texts of a question with several answers."""
    found: dict[str, Any] = {}
    for entry in field_data if isinstance(field_data, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("name"), str):
            values = entry.get("values")
            found[entry["name"]] = values[0] if isinstance(values, list) and len(values) == 1 else values
    return found


def _consent(responses: Any) -> dict[str, bool]:
    """What was ticked and what was not, by the keys of the boxes: evidence of what was agreed to."""
    return {
        entry["checkbox_key"]: entry.get("is_checked") in (True, "1", 1, "true")
        for entry in (responses if isinstance(responses, list) else ())
        if isinstance(entry, dict) and isinstance(entry.get("checkbox_key"), str)
    }


def _wanted(mapping: Mapping[str, str]) -> Wanted:
    """What is looked for: the questions that a team names, then Meta's standard ones."""
    named: dict[str, list[str]] = {}
    groups: dict[str, dict[str, str]] = {"meta": {}, "consent": {}}
    for question, field in mapping.items():
        group, dot, name = field.partition(".")
        if dot and group in groups:
            groups[group][name] = question
        else:
            named.setdefault(field, []).append(question)
    fields = {field: (*named.get(field, ()), *usual) for field, usual in USUAL.items()}
    return Wanted(fields, Defaults(), groups["consent"], groups["meta"])
