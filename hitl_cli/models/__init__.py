"""Which model a workflow talks to: the one that the person's settings name."""

import contextlib
import sys
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from hitl_cli.environment import Environment
from hitl_cli.settings import Settings

if TYPE_CHECKING:
    from hitl_cli.catalogue.candidate import Candidate

_MODEL_CLASSES = "llama_index.core.llms.function_calling"


@dataclass
class Dialect:
    """What is known of a server: the names of the parameters that it has `refused` so far."""

    refused: set[str] = field(default_factory=set)


class ModelWatcher(Protocol):
    """Whoever wants to know what goes on between the program and the model.

    `request` is what the person asked for, in their own words; empty where nobody knows.
    """

    request: str

    def model_asked(self, model: str, attempt: int, attempts: int) -> None:
        """A request is on its way, or about to be sent once more; `attempt` counts from 1."""

    def tokens_used(self, prompt: int, completion: int) -> None:
        """The model counted that many tokens for one request and its answer."""

    def suggested(self, candidates: "Sequence[Candidate]") -> None:
        """The model has several commands for one request, the best first; it proposes that one."""


class _NobodyWatches:
    request = ""

    def model_asked(self, model: str, attempt: int, attempts: int) -> None: ...

    def tokens_used(self, prompt: int, completion: int) -> None: ...

    def suggested(self, candidates: "Sequence[Candidate]") -> None: ...


class _Unshown(_NobodyWatches):
    """Counts what is asked beside the run, and shows nothing of it: whoever asks has the screen."""

    def __init__(self, watcher: ModelWatcher) -> None:
        self._watcher = watcher

    def tokens_used(self, prompt: int, completion: int) -> None:
        self._watcher.tokens_used(prompt, completion)


@dataclass(frozen=True)
class _Lent:
    settings: Settings
    watcher: ModelWatcher
    dialect: Dialect


_lent: ContextVar[_Lent | None] = ContextVar("hitl_model", default=None)


@contextlib.contextmanager
def lent(settings: Settings, watcher: ModelWatcher, dialect: Dialect | None = None) -> Iterator[None]:
    """Make `default_model` go by `settings` for as long as the block runs, in all tasks that are started in it.

    `dialect` keeps what is learned of the server; without one it is forgotten after the block.
    """
    token = _lent.set(_Lent(settings, watcher, dialect or Dialect()))
    try:
        yield
    finally:
        _lent.reset(token)


def in_force() -> _Lent:
    """Return the settings, the watcher and the dialect that `default_model` goes by."""
    return _lent.get() or _Lent(Settings.load(Environment.from_process()), _NobodyWatches(), Dialect())


def default_model() -> Any:
    """Return the model of the settings: OpenAI's, that of any server which speaks its protocol, or the catalogue.

    The first two are LlamaIndex's `FunctionCallingLLM`. So is the catalogue for a workflow that has loaded
    LlamaIndex's model classes, as every agent has; for another, which can want no more than `acomplete`, it does
    not load them.

    Raises:
        UsageError: A setting cannot be understood.
    """
    lent_now = in_force()
    if not lent_now.settings.is_offline:
        from hitl_cli.models.openai_compatible import connect

        return connect(lent_now.settings, lent_now.watcher, lent_now.dialect)
    from hitl_cli.models import offline

    catalogue = offline.connect(lent_now.settings, lent_now.watcher)
    if _MODEL_CLASSES not in sys.modules:
        return catalogue
    from hitl_cli.models.offline_agent import OfflineAgentModel

    return OfflineAgentModel(catalogue)


def unshown_model() -> Any:
    """Return the model of the settings for a request that is not a part of the run: its tokens count, nothing is shown.

    Raises:
        UsageError: A setting cannot be understood.
    """
    now = in_force()
    with lent(now.settings, _Unshown(now.watcher), now.dialect):
        return default_model()


def system_prompt(default: str) -> str:
    """Return the person's own instructions to the model, or `default` where they gave none."""
    return in_force().settings.system_prompt.value or default
