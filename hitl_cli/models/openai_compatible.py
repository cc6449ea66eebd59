"""OpenAI's chat protocol, as spoken by OpenAI and by the many servers that imitate it."""

from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
from llama_index.core.base.llms.types import LLMMetadata
from llama_index.llms.openai import OpenAI
from llama_index.llms.openai.utils import O1_MODELS
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from hitl_cli.errors import ModelError
from hitl_cli.models import ModelWatcher
from hitl_cli.models.failures import AnswerCutError, EmptyAnswerError
from hitl_cli.models.tool_calls import ToolCallRepair
from hitl_cli.settings import Settings

ATTEMPTS = 3
"""How often a request is tried when the server is busy or cannot be reached."""

_RETRIED = frozenset({408, 409, 429, *range(500, 600)})  # the statuses after which the client tries again
_CONTEXT_WINDOW = 128_000  # tokens; only LlamaIndex's own memories, which are not used here, go by it
_NO_KEY = "none"  # servers of one's own want no key, but the client insists on sending one


class OpenAICompatible(OpenAI):
    """LlamaIndex's OpenAI model for any model name, whose answers are checked to be whole, and which keeps its key."""

    def talk_through(self, client: "_CheckedClient") -> None:
        """Send every request through `client` from now on."""
        self._aclient = cast(AsyncOpenAI, client)

    @property
    def metadata(self) -> LLMMetadata:
        """What LlamaIndex wants to know; its own table has OpenAI's models only."""
        return LLMMetadata(
            context_window=_CONTEXT_WINDOW,
            num_output=-1,
            is_chat_model=True,
            is_function_calling_model=True,
            model_name=self.model,
        )

    def _get_model_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        arguments = super()._get_model_kwargs(**kwargs)
        if self.model not in O1_MODELS:
            arguments.pop("temperature", None)  # a reasoning model that the table does not know refuses it
        return arguments


def connect(settings: Settings, watcher: ModelWatcher) -> OpenAICompatible:
    """Return the model of the settings; nothing is sent before it is used.

    `watcher` is told of each request and of the tokens it took.

    Raises:
        ModelError: The name is that of a model which does not speak this protocol.
    """
    name = settings.model.value

    def attempt_of(request: httpx.Request) -> int:
        return (
            int(request.headers.get("x-stainless-retry-count", "0")) + 1
        )  # the client counts its retries here

    async def before(request: httpx.Request) -> None:
        watcher.model_asked(name, attempt_of(request), ATTEMPTS)

    async def after(response: httpx.Response) -> None:
        if not response.is_error:
            return
        await response.aread()
        if "insufficient_quota" in response.text:
            response.headers["x-should-retry"] = "false"  # the client goes by this header of OpenAI's
        elif response.status_code in _RETRIED and (attempt := attempt_of(response.request)) < ATTEMPTS:
            watcher.model_asked(name, attempt + 1, ATTEMPTS)

    timeout = httpx.Timeout(settings.model_timeout.value, connect=min(10.0, settings.model_timeout.value))
    client = AsyncOpenAI(
        api_key=settings.api_key.value or _NO_KEY,
        base_url=settings.base_url.value or "https://api.openai.com/v1",
        max_retries=ATTEMPTS - 1,
        timeout=timeout,
        http_client=httpx.AsyncClient(
            timeout=timeout,
            follow_redirects=True,
            event_hooks={"request": [before], "response": [after]},
        ),
    )
    try:
        model = OpenAICompatible(
            model=name,
            api_key=_NO_KEY,  # the client has the real one; LlamaIndex would show it in the model's repr
            max_retries=0,  # LlamaIndex would retry around the client's own retries, and say nothing
            additional_kwargs={"stream_options": {"include_usage": True}},
        )
    except ValueError as problem:
        raise ModelError(f"The model {name!r} cannot be used: {problem} Nothing was asked.") from problem
    model.talk_through(_CheckedClient(client, watcher))
    return model


class _CheckedClient:
    """As much of the client as LlamaIndex calls, with every answer checked and counted on its way."""

    def __init__(self, client: AsyncOpenAI, watcher: ModelWatcher) -> None:
        self._client = client
        self._watcher = watcher

    @property
    def chat(self) -> "_CheckedClient":
        return self

    @property
    def completions(self) -> "_CheckedClient":
        return self

    async def create(self, **request: Any) -> ChatCompletion | AsyncIterator[ChatCompletionChunk]:
        answer = await self._client.chat.completions.create(**request)
        if request.get("stream"):
            return self._checked_stream(answer)
        return self._checked(answer)

    def _checked(self, answer: object) -> ChatCompletion:
        if not isinstance(answer, ChatCompletion) or not answer.choices:
            raise EmptyAnswerError
        if answer.usage:
            self._watcher.tokens_used(answer.usage.prompt_tokens, answer.usage.completion_tokens)
        choice = answer.choices[0]
        if choice.finish_reason == "length":
            raise AnswerCutError("at its length limit")
        if not choice.message.content and not choice.message.tool_calls:
            raise EmptyAnswerError
        return answer

    async def _checked_stream(
        self, chunks: AsyncIterator[ChatCompletionChunk]
    ) -> AsyncIterator[ChatCompletionChunk]:
        repair = ToolCallRepair()
        finish_reason: str | None = None
        said_something = False
        async for chunk in chunks:
            if chunk.usage:
                self._watcher.tokens_used(chunk.usage.prompt_tokens, chunk.usage.completion_tokens)
            if chunk.choices:
                choice = chunk.choices[0]
                finish_reason = choice.finish_reason or finish_reason
                said_something = said_something or bool(choice.delta.content or choice.delta.tool_calls)
                if choice.delta.content is None:
                    choice.delta.content = (
                        ""  # LlamaIndex drops a first chunk without text, reasoning and all
                    )
            for repaired in repair.split(chunk):
                yield repaired
        if finish_reason is None:
            raise AnswerCutError("before its end")
        if finish_reason == "length":
            raise AnswerCutError("at its length limit")
        if not said_something:
            raise EmptyAnswerError
