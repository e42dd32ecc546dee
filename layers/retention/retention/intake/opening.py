"""The door learns of forms: which there are, and what each proves itself with.

A form's secret is derived from the root secret, the form and a version that its item names, so it is kept nowhere but
in the document that the door reads, and can be published again at any time. As with integrations, a job does that,
written in the transaction that changes the form: a death leaves the door behind for a minute at most.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from retention.core import REVISE_TRIES, Core
from retention.errors import ContentionError
from retention.intake.model import InboundWebhook, InboundWebhookSlug
from retention.integrations.publishing import publish, unpublish
from retention.integrations.secrets import caller_documents
from retention.jobs.model import Job
from retention.jobs.runner import Chunk, Plan
from retention.jobs.starting import begun
from retention.receiving.callers import Caller, form_caller
from retention.table.keys import key

#: What every secret begins with, and what follows is base 64 as well as hexadecimal: it serves as a token, and as a key
#: of signatures. Source: Standard Webhooks, "Signature scheme".
PREFIX: Final = "whsec_"


def secret_of(core: Core, form: InboundWebhook) -> str:
    """What a form proves itself with, by the version that it names: 160 bits."""
    return PREFIX + core.keyring.keyed_hash("forms", f"{form.id}.{form.secret_version}")


def opening(core: Core, form: InboundWebhook) -> Job:
    """The job that tells the door of a form as it will be; its lease is the caller's."""
    return begun(core, "publish", {"kind": InboundWebhook.__name__, "slug": form.slug})


def _told(core: Core, target: Mapping[str, str], _: Any) -> Iterator[Chunk]:
    """Tell the door of the form that has an address now, or that nobody may call there.

    By the address: the one that had it when the job was written may be gone, and another may be there.
    """
    name, done, changed = form_caller(target["slug"]), "", False
    for _round in range(REVISE_TRIES):
        form = _at(core, target["slug"])
        version = _version(form)
        if version == done:
            break
        if form is None:
            unpublish(core, name)
            changed = True
        else:
            secret = {"secret": secret_of(core, form)}
            changed |= publish(core, name, version, secret, {}, _is_of_era(core, name, form.secret_era))
        done = version
    else:
        raise ContentionError
    if changed:
        yield Chunk(changed=1)


def _at(core: Core, slug: str) -> InboundWebhook | None:
    """The form at an address, where it is open."""
    claim = core.store.find(InboundWebhookSlug, key("InboundWebhookSlug", slug=slug))
    form = None if claim is None else core.store.find(InboundWebhook, key("InboundWebhook", id=claim.webhook_id))
    return form if form is not None and form.is_active else None


def _version(form: InboundWebhook | None) -> str:
    """Names what the door has to know of a form."""
    return "closed" if form is None else f"{form.secret_era}.{form.secret_version}"


def _is_of_era(core: Core, name: str, era: str) -> bool:
    text = caller_documents(core.settings).read(name)
    return text is not None and Caller.of(text).version.partition(".")[0] == era


def _nothing(_: Core, __: Mapping[str, str]) -> None:
    """What was published stays."""


#: How such a job is carried out.
PLAN: Final = Plan((_told,), _nothing)
