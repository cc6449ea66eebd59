"""`hitl discard`: the person decides that sessions are not resumed."""

from collections.abc import Iterator, Sequence

from hitl_cli.commands.history_output import open_store
from hitl_cli.decisions import Decider
from hitl_cli.environment import Environment
from hitl_cli.errors import UsageError
from hitl_cli.journal.discard import Discarded, discard
from hitl_cli.journal.history import find
from hitl_cli.journal.reports import delete_reports
from hitl_cli.text.amounts import counted


def discard_sessions(environment: Environment, prefixes: Sequence[str]) -> Iterator[str]:
    """Discard the sessions whose ids start with `prefixes`, all or none; yield a sentence about each.

    Raises:
        HitlError: One of them does not exist, is open elsewhere, or has nothing that waits.
    """
    store = open_store(environment)
    if store is None:
        raise UsageError("Nothing is recorded yet, so nothing was discarded.")
    sessions = list(dict.fromkeys(find(store, prefix) for prefix in prefixes))
    found = discard(store, sessions, Decider.PERSON)
    delete_reports(environment.state_folder / "reports", sessions)
    store.shrink()
    for each in found:
        yield _sentence(each)


def _sentence(discarded: Discarded) -> str:
    parts = [f"{counted(discarded.waiting, 'request')} closed"] if discarded.waiting else []
    parts += [f"{counted(discarded.unknown, 'outcome')} unknown"] if discarded.unknown else []
    what = f" ({', '.join(parts)})" if parts else ""
    return f"Discarded session {discarded.session}{what}. Nothing ran, and it cannot be resumed."
