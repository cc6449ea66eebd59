"""The port to a model: what the program asks of a provider of proposals, and what a provider reports."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from llama_index.core.llms.function_calling import FunctionCallingLLM

    from hitl_cli.requests import Alternative


class ModelProvider(Protocol):
    """Where the proposals of a run come from: a model behind a server, the offline catalogue, a script in a test."""

    @property
    def watcher(self) -> "ModelWatcher":
        """What is told about each request."""

    def llm(self, *, quiet: bool = False) -> "FunctionCallingLLM":
        """Return the model as LlamaIndex uses it: for chats, completions and tool calls.

        With `quiet`, nothing is shown while it is asked, because the screen is in use; its tokens still count.

        Raises:
            ModelError: The settings name a model that cannot be used.
        """

    async def propose(self, prompt: str) -> "Sequence[Alternative]":
        """Return the commands that are offered for `prompt`: at least one, and the first is the one to propose.

        Raises:
            NoCommandError: The model answered with prose and no command.
            NoMatchError: The catalogue has no good match.
            ModelError: The model cannot be asked, or its answer is unusable.
        """


class ModelWatcher(Protocol):
    """What is told about the traffic between the program and a model.

    `request` is what the person asked for, in their own words; empty if unknown.
    """

    request: str

    def model_asked(self, model: str, attempt: int, attempts: int) -> None:
        """A request is on its way, or about to be retried; `attempt` counts from 1."""

    def model_writes(self, text: str) -> None:
        """The answer to the request arrives; `text` is the end of what has come, reasoning included."""

    def tokens_used(self, prompt: int, completion: int) -> None:
        """The server counted that many tokens for one request and its answer."""

    def alternatives_found(self, alternatives: "Sequence[Alternative]") -> None:
        """The provider offers several commands for one request, or says something about the only one."""


class NullModelWatcher:
    """A `ModelWatcher` outside a run; it ignores everything."""

    request = ""

    def model_asked(self, model: str, attempt: int, attempts: int) -> None: ...

    def model_writes(self, text: str) -> None: ...

    def tokens_used(self, prompt: int, completion: int) -> None: ...

    def alternatives_found(self, alternatives: "Sequence[Alternative]") -> None: ...


class TokensOnly(NullModelWatcher):
    """Passes on token counts to another `watcher`, and nothing else."""

    def __init__(self, watcher: ModelWatcher) -> None:
        self._watcher = watcher

    def tokens_used(self, prompt: int, completion: int) -> None:
        """Pass the count on."""
        self._watcher.tokens_used(prompt, completion)
