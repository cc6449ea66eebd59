"""Which model a workflow talks to: the one that the person's settings name."""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from hitl_cli.environment import Environment
from hitl_cli.errors import NoModelError
from hitl_cli.settings import Settings

if TYPE_CHECKING:
    from llama_index.core.llms.function_calling import FunctionCallingLLM

NO_MODEL = """\
No model is configured, so nothing was asked and nothing ran. Set one of these:
  a key:     export OPENAI_API_KEY=sk-...
  a server:  export OPENAI_BASE_URL=http://127.0.0.1:11434/v1   (any OpenAI-compatible one: Ollama, LM Studio, vLLM ...)
             export HITL_MODEL=the-name-of-its-model
`hitl config` shows what is set and where it came from."""


class ModelWatcher(Protocol):
    """Whoever wants to know what goes on between the program and the model."""

    def model_asked(self, model: str, attempt: int, attempts: int) -> None:
        """A request is on its way, or about to be sent once more; `attempt` counts from 1."""

    def tokens_used(self, prompt: int, completion: int) -> None:
        """The model counted that many tokens for one request and its answer."""


class _NobodyWatches:
    def model_asked(self, model: str, attempt: int, attempts: int) -> None: ...

    def tokens_used(self, prompt: int, completion: int) -> None: ...


@dataclass(frozen=True)
class _Lent:
    settings: Settings
    watcher: ModelWatcher


_lent: ContextVar[_Lent | None] = ContextVar("hitl_model", default=None)


@contextlib.contextmanager
def lent(settings: Settings, watcher: ModelWatcher) -> Iterator[None]:
    """Make `default_model` go by `settings` for as long as the block runs, in all tasks that are started in it."""
    token = _lent.set(_Lent(settings, watcher))
    try:
        yield
    finally:
        _lent.reset(token)


def _in_force() -> _Lent:
    return _lent.get() or _Lent(Settings.load(Environment.from_process()), _NobodyWatches())


def default_model() -> "FunctionCallingLLM":
    """Return the model of the settings: OpenAI's, or that of any server which speaks its protocol.

    Raises:
        NoModelError: There is neither a key nor a base URL.
        UsageError: A setting cannot be understood.
    """
    lent_now = _in_force()
    require_model(lent_now.settings)
    from hitl_cli.models.openai_compatible import connect

    return connect(lent_now.settings, lent_now.watcher)


def require_model(settings: Settings) -> None:
    """Return if the settings name a model that can be asked.

    Raises:
        NoModelError: There is neither a key nor a base URL.
    """
    if not settings.has_model:
        raise NoModelError(NO_MODEL)


def system_prompt(default: str) -> str:
    """Return the person's own instructions to the model, or `default` where they gave none."""
    return _in_force().settings.system_prompt.value or default
