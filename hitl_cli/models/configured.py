"""The provider that the person's settings name."""

import contextlib
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, cast

from hitl_cli.errors import ModelError, NoCommandError
from hitl_cli.models.command_request import command_request
from hitl_cli.models.provider import ModelProvider, ModelWatcher, TokensOnly
from hitl_cli.requests import Alternative
from hitl_cli.settings import Settings

if TYPE_CHECKING:
    from llama_index.core.llms import LLM
    from llama_index.core.llms.function_calling import FunctionCallingLLM

    from hitl_cli.models.command_reply import CommandReply, Proposed
    from hitl_cli.models.early_request import EarlyRequest
    from hitl_cli.models.openai_compatible import OpenAICompatible
    from hitl_cli.models.reply import Call

_SOURCE = "model's reply"
_CHOICE = "choose_a_command"


def provider_of(
    settings: Settings, watcher: ModelWatcher, early: "EarlyRequest | None" = None
) -> ModelProvider:
    """Return the provider that `settings` name; `watcher` is told about each request. Nothing is sent yet.

    `early` is the request that was sent already, if there is one.

    Raises:
        UsageError: The model class that they name cannot be used.
    """
    if settings.is_offline:
        from hitl_cli.models.offline import CatalogueProvider

        return CatalogueProvider.of_machine(settings, watcher)
    if settings.llm_class is not None:
        return ClassProvider(settings, watcher)
    return ServerProvider(settings, watcher, early)


class ServerProvider:
    """A model behind a server that speaks OpenAI's protocol.

    A proposal is one request over a small client; LlamaIndex's class is imported when a workflow asks for it.
    """

    def __init__(
        self, settings: Settings, watcher: ModelWatcher, early: "EarlyRequest | None" = None
    ) -> None:
        """Make the client; nothing is sent yet.

        What the first proposal needs is loaded here, in the thread that builds the session, not on the event loop.
        """
        import hitl_cli.models.arrival
        import hitl_cli.models.command_reply  # noqa: F401
        from hitl_cli.models.chat_client import ChatClient, certificates
        from hitl_cli.models.chat_server import ChatServer

        with contextlib.suppress(OSError):  # the first request reports it
            certificates()

        self.watcher: ModelWatcher = watcher
        self._settings = settings
        self._early = early
        self._refused_parameters: set[str] = set()
        self._server = ChatServer(ChatClient.of(settings, watcher), watcher, self._refused_parameters, early)

    def llm(self, *, quiet: bool = False) -> "OpenAICompatible":
        """Return LlamaIndex's model; see `ModelProvider.llm`."""
        from hitl_cli.models.openai_compatible import connect

        if quiet:
            return connect(self._settings, TokensOnly(self.watcher), self._refused_parameters)
        return connect(self._settings, self.watcher, self._refused_parameters, self._early)

    async def propose(self, prompt: str) -> Sequence[Alternative]:
        """Return the commands of the model's reply to `prompt`; see `ModelProvider.propose`.

        The model is offered a tool for its proposal; a server without tool calling answers in text. Where a reply has
        several commands, the first alternative is a gap that cannot run: the person chooses.
        """
        from hitl_cli.models.arrival import Arrival
        from hitl_cli.models.chat_server import ReplyEnd
        from hitl_cli.models.command_reply import read_command_reply
        from hitl_cli.models.reply_errors import AnswerCutError

        limit = self._settings.max_tokens.value
        request = command_request(self._settings, prompt)
        texts: list[str] = []
        calls: tuple[Call, ...] = ()
        arrival = Arrival(self.watcher, limit)
        try:
            async for part in self._server.ask(request, needs_tools=False, on_arrival=arrival):
                if isinstance(part, ReplyEnd):
                    calls = part.calls
                else:
                    texts.append(part.text)
        except AnswerCutError as cut:
            if not cut.is_at_limit:
                raise
            raise AnswerCutError(f"at its length limit (HITL_MAX_TOKENS is {limit:,})") from None
        return _alternatives(_read_calls(calls) if calls else read_command_reply("".join(texts)))


def model_of(provider: ModelProvider) -> "LLM | None":
    """Return the model of `provider` if the settings name its class; None for the server and the catalogue."""
    return provider.model if isinstance(provider, ClassProvider) else None


class ClassProvider:
    """A model class of LlamaIndex that the settings name."""

    def __init__(self, settings: Settings, watcher: ModelWatcher) -> None:
        """Make the model.

        Raises:
            UsageError: It cannot be imported, is no language model, or refuses its arguments.
        """
        from hitl_cli.models.llm_class import made

        self.watcher: ModelWatcher = watcher
        self.model = made(settings)

    def llm(self, *, quiet: bool = False) -> "FunctionCallingLLM":
        """Return the model, which is always the same; see `ModelProvider.llm`."""
        return cast("FunctionCallingLLM", self.model)  # what needs function calling asks its metadata

    def as_library_default(self) -> AbstractContextManager[None]:
        """Return a context in which LlamaIndex gives the model to whatever names no model itself."""
        from hitl_cli.models.llm_class import as_library_default

        return as_library_default(self.model)

    async def propose(self, prompt: str) -> Sequence[Alternative]:
        """Return the commands in the text that the model answers; see `ModelProvider.propose`."""
        from hitl_cli.models.command_reply import read_command_reply
        from hitl_cli.models.foreign import name_of_model

        self.watcher.model_asked(name_of_model(self.model), 1, 1)
        return _alternatives(read_command_reply((await self.model.acomplete(prompt)).text))


def _alternatives(reply: "CommandReply") -> list[Alternative]:
    """Return the commands of a reply; of several, the first alternative is a gap that cannot run.

    Raises:
        NoCommandError: It has none.
    """
    if not reply.commands:
        raise NoCommandError(reply.prose)
    commands = {each.command: each for each in reversed(reply.commands)}
    if len(commands) == 1:
        return [Alternative(each.command, each.said, _SOURCE) for each in commands.values()]
    note = f"choose one of these {len(commands)} commands (next match), or reject"
    choice = f": {{{{{_CHOICE}}}}}"  # does nothing, should it ever run
    return [
        Alternative(choice, note, _SOURCE, gaps=(_CHOICE,)),
        *(Alternative(each.command, _described(each), _SOURCE) for each in reversed(commands.values())),
    ]


def _read_calls(calls: "Sequence[Call]") -> "CommandReply":
    from hitl_cli.models.command_reply import CommandReply, Proposed

    proposed = []
    for call in calls:
        command = call.arguments.get("command")
        if not isinstance(command, str):
            problem = (call.problem or "it has no text named 'command'").rstrip(".")
            raise ModelError(f"The model's tool call is invalid, so nothing ran ({problem}). Ask again.")
        proposed.append(Proposed(command))
    return CommandReply(tuple(proposed))


def _described(proposed: "Proposed") -> str:
    first, _, rest = proposed.command.partition("\n")
    command = first[:60] + (" …" if rest or len(first) > 60 else "")
    return f"{command}   ({proposed.said})" if proposed.said else command
