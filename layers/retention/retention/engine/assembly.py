"""Puts the worker together."""

from concurrent.futures import ThreadPoolExecutor

from retention.budgets.closing import Closer
from retention.budgets.reserving import Reserver
from retention.contactrules.account import account_rules
from retention.core import Core
from retention.engine.commit import Committer
from retention.engine.configuration import Configuration
from retention.engine.errand import Kind
from retention.engine.kinds.contact import ContactKind
from retention.engine.kinds.direct import DirectKind
from retention.engine.kinds.step import StepKind
from retention.engine.loading import Loader
from retention.engine.reconcile import Providers, Reconciler
from retention.engine.sending import Sender
from retention.engine.settle import Settler
from retention.engine.waiting import Waiter
from retention.engine.worker import THREADS, Worker
from retention.reports.polling import Poller


def build_worker(core: Core, providers: Providers) -> Worker:
    """A worker over the table of `core`, with these providers."""
    configuration = Configuration(core)
    kinds: dict[str, Kind] = {
        "SequenceStepExecution": StepKind(core, configuration),
        "DirectContact": DirectKind(core, configuration),
        "CampaignContact": ContactKind(core, configuration),
    }
    loader = Loader(core, kinds)
    account = account_rules(core.settings)
    committer = Committer(core, loader)
    settler, waiter = Settler(core, committer), Waiter(core, committer)
    reconciler = Reconciler(core, providers, settler, waiter, account.settle_seconds)
    poller = Poller(core, providers, committer)
    reserver = Reserver(core, Closer(core))
    sender = Sender(core, account, settler, waiter, reconciler)
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="send")
    return Worker(core, loader, providers, account, settler, waiter, reconciler, poller, sender, reserver, pool)
