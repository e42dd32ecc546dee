"""THE key table: where each item lives, and why. Keys are composed from it by table/keys.py and nowhere else.

A template is filled from the entity's own fields; `{shard}` is a hash of `shard_by`. An index key whose fields are not
set, or whose condition does not hold, is absent, and the item is then not in that index.
"""

from collections.abc import Mapping
from typing import Final

from retention.table.layout import IndexKey, Layout

#: Shards of kinds that grow with the number of leads: 4,000 index writes a second, 4 small queries a facet.
LEAD_SHARDS: Final = 4
#: Shards of the due index: 8,000 index writes a second, one query each in every idle minute.
DUE_SHARDS: Final = 8
#: Shards of new leads whose triggers are to be looked at: 2,000 new leads a second, two queries in an idle minute.
ARRIVAL_SHARDS: Final = 2
#: Items over which the figures of one scope and quarter of an hour are spread: a settled step adds to one of them. May
#: be raised at any time, never lowered: figures are the sum of all shares (docs/reports.md, How the figures are kept).
STATS_SHARDS: Final = 8

LAYOUTS: Final[Mapping[str, Layout]] = {
    "Lead": Layout(
        "LEAD#{id}",
        "LEAD",
        "The root of everything about one person: one query of the partition is the whole timeline.",
        {"listing": IndexKey("LEAD#{status}#{shard}", "{created_at}#{id}")},
        shards=LEAD_SHARDS,
    ),
    "Contact": Layout(
        "LEAD#{lead_id}",
        "CONTACT",
        "The one item that decides between a send and an opt-out: stop, sends in flight, caps, version, generations.",
    ),
    "EmailClaim": Layout(
        "EMAIL#{address}", "CLAIM", "One owner per normalised address: dedupe that holds under races."
    ),
    "PhoneClaim": Layout("PHONE#{address}", "CLAIM", "One owner per E.164 number: dedupe that holds under races."),
    "ExternalReference": Layout(
        "EXTERNAL#{external_id}", "LEAD#{lead_id}", "Finds leads by the id that another system gave them."
    ),
    "CampaignLead": Layout(
        "LEAD#{lead_id}",
        "ASSIGNMENT#{campaign_id}",
        "Unique by being the key; dies with its lead's partition.",
        {"owner": IndexKey("CAMPAIGN#{campaign_id}#{shard}", "ASSIGNMENT#{assigned_at}#{id}")},
        shards=LEAD_SHARDS,
        shard_by="lead_id",
    ),
    "CampaignContact": Layout(
        "LEAD#{lead_id}",
        "ASSIGNMENT#{campaign_id}#CONTACT#{channel}#{n}",
        "Under its assignment; the identity of what is sent, so a second delivery of the same work loses by key.",
        {"due": IndexKey("DUE#{shard}", "{due_at}#CONTACT#{channel}#{id}")},
        shards=DUE_SHARDS,
        shard_by="lead_id",
    ),
    "FormerAssignment": Layout(
        "LEAD#{lead_id}",
        "FORMER#{campaign_id}",
        "Remembers the numbers that contacts had after the assignment was deleted: no identity is reused.",
    ),
    "SequenceEnrollment": Layout(
        "LEAD#{lead_id}",
        "ENROLLMENT#{sequence_id}",
        "Unique by being the key; dies with its lead's partition.",
        {
            "owner": IndexKey("SEQUENCE#{sequence_id}#{shard}", "ENROLLMENT#{status}#{enrolled_at}#{id}"),
            "listing": IndexKey("ENROLLMENT#{status}#{shard}", "{enrolled_at}#{id}"),
        },
        shards=LEAD_SHARDS,
        shard_by="lead_id",
    ),
    "SequenceStepExecution": Layout(
        "LEAD#{lead_id}",
        "ENROLLMENT#{sequence_id}#EXECUTION#{generation}#{step_id}",
        "Under its enrollment; the identity of what is sent, so a second delivery of the same work loses by key.",
        {
            # With the channel, so that the dispatcher knows the queue without reading the item.
            "due": IndexKey("DUE#{shard}", "{due_at}#EXECUTION#{channel}#{id}"),
            "owner": IndexKey("STEP#{step_id}#{shard}", "EXECUTION#{executed_at}#{id}"),
            "listing": IndexKey(
                "EXECUTION#{status}#{shard}", "{executed_at}#{id}", only=("status", frozenset({"FAILED"}))
            ),
        },
        shards=DUE_SHARDS,
        shard_by="lead_id",
    ),
    "DirectContact": Layout(
        "LEAD#{lead_id}",
        "DIRECT#{id}",
        "One contact by hand, owed to the lead until it is made; goes with its partition.",
        {"due": IndexKey("DUE#{shard}", "{due_at}#DIRECT#{channel}#{id}")},
        shards=DUE_SHARDS,
        shard_by="lead_id",
    ),
    "Arrival": Layout(
        "LEAD#{lead_id}",
        "ARRIVAL#{what}",
        "The lead, or its assignment, is new: triggers are still to be looked at. Written with what is new.",
        # With the revision, so that what is of no concern is removed without being read.
        {"due": IndexKey("DUE#ARRIVAL#{shard}", "{due_at}#ARRIVAL#{lead_id}#{what}#{revision}")},
        shards=ARRIVAL_SHARDS,
        shard_by="lead_id",
    ),
    "Generation": Layout(
        "LEAD#{lead_id}",
        "GENERATION#{sequence_id}",
        "Remembers how often a lead went through a sequence after the enrollment was deleted: no identity is reused.",
    ),
    "Exposure": Layout(
        "LEAD#{lead_id}",
        "EXPOSURE#{test_id}",
        "What a test has had of a lead, by key, so that a lead counts once; dies with its partition, or with the test.",
        {"owner": IndexKey("TEST#{test_id}#{shard}", "EXPOSURE#{lead_id}")},
        shards=LEAD_SHARDS,
        shard_by="lead_id",
    ),
    "ContactAttempt": Layout(
        "LEAD#{lead_id}",
        "ATTEMPT#{id}",
        "On the lead's timeline; its id names the lead, so that a report about it finds it without an index.",
        {
            "owner": IndexKey("CAMPAIGN#{campaign_id}#{shard}", "ATTEMPT#{started_at}#{id}"),
            "listing": IndexKey("ATTEMPT#{channel}#{shard}", "{started_at}#{id}"),
            # A partition of its own, where nothing looks for what may run: only what waits for somebody to say what
            # became of it, found among any number of attempts. One, since they are few: 1,000 a second may be given up.
            "due": IndexKey("UNKNOWN", "{unknown_since}#{id}"),
        },
        shards=LEAD_SHARDS,
        shard_by="lead_id",
    ),
    "Transcript": Layout(
        "LEAD#{lead_id}",
        "TRANSCRIPT#{contact_attempt_id}",
        "What was said in a call, apart from its attempt and behind all else, so that nothing reads past it.",
    ),
    "Reply": Layout(
        "LEAD#{lead_id}",
        "REPLY#{received_at}#{id}",
        "What a lead wrote back, on its timeline; the latest are found without the others. Goes with its partition.",
    ),
    "Conversion": Layout(
        "CONVERSION#{id}",
        "CONVERSION",
        "Outlives lead, campaign and attempt; its id is a hash of what makes it unique, so dedupe is the key.",
        {
            "owner": IndexKey("CAMPAIGN#{campaign_id}#{shard}", "CONVERSION#{created_at}#{id}"),
            "listing": IndexKey("CONVERSION#{shard}", "{created_at}#{id}"),
        },
        shards=LEAD_SHARDS,
    ),
    "ConversionOfLead": Layout(
        "LEAD#{lead_id}", "CONVERSION#{created_at}#{conversion_id}", "Puts a conversion on its lead's timeline."
    ),
    "ConversionOfSubId": Layout(
        "SUBID#{sub_id}", "CONVERSION#{created_at}#{conversion_id}", "Finds conversions by tracking sub id."
    ),
    "ConversionOfClickId": Layout(
        "CLICKID#{click_id}", "CONVERSION#{created_at}#{conversion_id}", "Finds conversions by tracking click id."
    ),
    "UnmatchedConversion": Layout(
        "UNMATCHED#{external_id}",
        "CONVERSION#{conversion_id}",
        "Finds conversions of nobody known, when a lead with that external id comes; leaves when one has come.",
    ),
    "ConversionOfSource": Layout(
        "SOURCE#{source}#{shard}",
        "CONVERSION#{created_at}#{conversion_id}",
        "Finds conversions by source: an open set of words, which no list of facets could name.",
        shards=LEAD_SHARDS,
        shard_by="conversion_id",
    ),
    "Campaign": Layout("CONFIG#CAMPAIGN", "{id}", "A team has them by the hundred: one partition, one query."),
    "AutoAssigned": Layout(
        "AUTOASSIGNED#{campaign_id}",
        "COUNT",
        "How many leads a campaign has taken by itself, where that is limited: the limit holds under races.",
    ),
    "ABTest": Layout("CONFIG#ABTEST", "{campaign_id}#{local_id}", "By campaign; one partition, one query."),
    "RunningABTest": Layout(
        "CONFIG#ABTEST", "{campaign_id}#RUNNING#{channel}", "One running test per campaign and channel, by key."
    ),
    "RetentionSequence": Layout("CONFIG#SEQUENCE", "{id}", "One query loads a sequence with its steps."),
    "SequenceStep": Layout(
        "CONFIG#SEQUENCE", "{sequence_id}#STEP#{id}", "Beside its sequence; order is an attribute, so moving is cheap."
    ),
    "Script": Layout("CONFIG#SCRIPT", "{id}", "A team has them by the hundred: one partition, one query."),
    "ScriptBody": Layout("SCRIPT#{script_id}", "BODY", "A long text apart, so that lists do not read it."),
    "IntegrationConfig": Layout("CONFIG#INTEGRATION", "{provider}", "One per provider by being the key."),
    "ConversionRule": Layout("CONFIG#RULE", "{id}", "A team has them by the hundred: one partition, one query."),
    "ConversionRuleClaim": Layout(
        "CONFIG#RULE", "UNIQUE#{fingerprint}", "One rule per channel, metric and value, by key."
    ),
    "Suppression": Layout(
        "SUPPRESSION#{id}",
        "SUPPRESSION",
        "By the keyed hash of the address, so that it still holds when the lead is erased.",
        {"listing": IndexKey("SUPPRESSION#{reason}#{shard}", "{created_at}#{id}")},
    ),
    "LiftedSuppression": Layout(
        "SUPPRESSION#{suppression_id}",
        "LIFTED#{lifted_at}",
        "Beside where the suppression was: on what ground an address may be contacted again.",
    ),
    "ApiKey": Layout(
        "APIKEY#{id}",
        "APIKEY",
        "Its own prefix, so that the authorizer's role can be limited to it.",
        {"listing": IndexKey("APIKEY#{shard}", "{created_at}#{id}")},
    ),
    "BootstrapRetirement": Layout(
        "APIKEY#bootstrap", "RETIREMENT", "While it is absent, the key that the deployment was born with opens the API."
    ),
    "Job": Layout(
        "JOB#{id}",
        "JOB",
        "Work that outlives a request; due until it has finished, so that a lost message delays it by a minute only.",
        {
            # Partitions of their own: a backlog of sends must not hide a job that is due.
            "due": IndexKey("DUE#JOB#{shard}", "{due_at}#JOB#{id}"),
            # Only what waits for somebody to look at it: found among any number of jobs that went well.
            "owner": IndexKey("JOB#{status}", "{created_at}#{id}", only=("status", frozenset({"failed"}))),
            "listing": IndexKey("JOB#0", "{created_at}#{id}"),
        },
    ),
    "WebhookEndpoint": Layout("CONFIG#ENDPOINT", "{id}", "A team has a handful: one partition, one query."),
    "EndpointHealth": Layout(
        "CONFIG#ENDPOINT", "{endpoint_id}#HEALTH", "What its failures do to an endpoint, apart from what the team sets."
    ),
    "EndpointRegistry": Layout(
        "CONFIG#ENDPOINTS", "REGISTRY", "Who wants which events, on one item: every announcement asks for it."
    ),
    "Delivery": Layout(
        "DELIVERY#{id}",
        "DELIVERY",
        "One event for one endpoint; its id is a hash of both, so announcing twice makes one. Leaves by TTL.",
        {
            # A partition of its own: an endpoint that is down for days must not hide sends or jobs that are due.
            "due": IndexKey("DUE#DELIVERY#{shard}", "{due_at}#DELIVERY#{id}"),
            "owner": IndexKey("ENDPOINT#{endpoint_id}", "{created_at}#{id}"),
            # Only what was not taken: found among any number of deliveries that went well, to be replayed.
            "listing": IndexKey(
                "DELIVERY#{status}#{endpoint_id}",
                "{created_at}#{id}",
                only=("status", frozenset({"failed", "cancelled"})),
            ),
        },
    ),
    "ProviderSlots": Layout(
        "SLOTS#{provider}",
        "SLOTS",
        "Who holds the few places that a provider has, until when: one item, since there are few.",
    ),
    "Spending": Layout(
        "BUDGET#{scope}",
        "{period}",
        "What is used of a budget in a period: one item, so that its condition holds for all who spend from it.",
    ),
    "Charge": Layout(
        "LEAD#{lead_id}",
        "CHARGE#{id}#{scope}",
        "What one message takes of a budget; keyed by the obligation, so that money is set aside for it once.",
        # Only what is still to be closed: found among any number of messages that were paid for.
        {"owner": IndexKey("BUDGET#{scope}", "CHARGE#{since}#{id}", only=("state", frozenset({"open"})))},
    ),
    "Tally": Layout(
        "STATS#{scope}#{shard}",
        "{bucket}",
        "The figures of a scope and quarter of an hour: read by time, added to in the transactions that they count.",
        shards=STATS_SHARDS,
        shard_by="spread_by",
    ),
    "RecountSheet": Layout(
        "RECOUNT#{recount}", "SHEET", "How far a recount of the figures is, so that it goes on where it was killed."
    ),
    "RecountPiece": Layout(
        "RECOUNT#{recount}", "PIECE#{token}#{n}", "The sums of a recount, which are more than an item takes."
    ),
    "FigureRepair": Layout(
        "REPAIR#{scope}",
        "{bucket}#{changes}",
        "What a recount put right: once for each state of the tallies, by key. Leaves by TTL.",
    ),
    "ReceivedEvent": Layout(
        "EVENT#{source}#{id}",
        "EVENT",
        "One effect for each event that came in: its copies lose by key; leaves by TTL after the last repetition.",
    ),
    "InboundWebhook": Layout("CONFIG#FORM", "{id}", "A team has them by the dozen: one partition, one query."),
    "InboundWebhookSlug": Layout("CONFIG#FORM", "SLUG#{slug}", "One form for each address, by key."),
    "IntakeActivity": Layout(
        "INTAKE#{id}",
        "INTAKE",
        "What came of one submission; by the name of the event, so that its copies find it. Leaves by TTL.",
        {"owner": IndexKey("FORM#{webhook_id}", "INTAKE#{received_at}#{id}")},
    ),
    "ProviderRest": Layout(
        "REST#{provider}", "REST", "Until when a provider is left alone: one item that all workers read."
    ),
    "SendingHold": Layout(
        "CONFIG#ACCOUNT",
        "SENDING",
        "Whether anything is sent at all: one item, read along by every worker and once a minute by the dispatcher.",
    ),
    "Import": Layout(
        "IMPORT#{id}",
        "IMPORT",
        "A file that is being taken in, and what came of it. Leaves by TTL.",
        {"listing": IndexKey("IMPORT#0", "{created_at}#{id}")},
    ),
    "Export": Layout(
        "EXPORT#{id}",
        "EXPORT",
        "A file that is being made. Leaves by TTL, with the file.",
        {"listing": IndexKey("EXPORT#0", "{created_at}#{id}")},
    ),
    "FormerId": Layout(
        "FORMERID#{former}",
        "{of}",
        "Finds what was imported by the id that it had before, where its id here names its place.",
    ),
    "FormerIdOfLead": Layout(
        "LEAD#{lead_id}",
        "FORMERID#{of}#{former}",
        "Names the former ids of what a lead has, so that they go with the lead.",
    ),
    "IdempotencyRecord": Layout(
        "IDEMPOTENCY#{id}", "IDEMPOTENCY", "One effect for one Idempotency-Key of one API key; leaves by TTL."
    ),
}
