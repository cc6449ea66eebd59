"""A server that speaks OpenAI's chat protocol, or something close to it: one request, and the reply to it."""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import openai
from openai import AsyncOpenAI

from hitl_cli.models import Dialect, ModelWatcher
from hitl_cli.models.reply import (
    Call,
    Delta,
    NotTheProtocolError,
    ReplyReader,
    ServerSaidError,
    TooLongError,
    error_in,
)
from hitl_cli.models.sse import EventReader, ServerEvent

MAX_RESPONSE_BYTES = 64_000_000
"""How many bytes of one response are read."""

STALLED = 1.0
"""After how many seconds without a byte the text that is held back is shown."""

_OPTIONAL = ("stream_options", "parallel_tool_calls", "tool_choice", "temperature")
_REFUSED = frozenset({400, 404, 422, 500, 501})
_UNKNOWN_PARAMETER = re.compile(
    r"extra (?:inputs?|fields?)|unrecogni[sz]ed|un(?:known|expected|supported) \w* ?(?:field|argument|parameter|key)"
    r"|not permitted|additional propert",
    re.IGNORECASE,
)
_TOOLS = re.compile(r"\btools?\b|tool[_ -](?:use|choice|call)|function[_ -]?call|--jinja", re.IGNORECASE)
_KEPT_ALIVE = frozenset({"ping", "pong", "heartbeat", "keep-alive", "keepalive"})


@dataclass(frozen=True)
class Whole:
    """A reply that is complete."""

    calls: tuple[Call, ...]


class ChatServer:
    """Asks a server through its `client`, which retries; the `watcher` is told of the tokens.

    A request is sent again without a parameter that the server refuses; `dialect` remembers that.
    """

    def __init__(self, client: AsyncOpenAI, watcher: ModelWatcher, dialect: Dialect) -> None:
        self._client = client
        self._watcher = watcher
        self._dialect = dialect

    async def ask(
        self, request: Mapping[str, Any], *, needs_tools: bool = True
    ) -> AsyncIterator[Delta | Whole]:
        """Send `request` and yield the reply as it arrives, last of all a `Whole`.

        Where the request does not need its tools, it is sent without them to a server that refuses them.

        Raises:
            ReplyError: The reply cannot be used.
            Exception: The server refuses, or cannot be reached; what the client or httpx says of it.
        """
        while True:
            sent = self._accepted(request, needs_tools)
            opened = self._client.chat.completions.with_streaming_response.create(**sent)
            try:
                response = await opened.__aenter__()
            except openai.APIStatusError as refusal:
                if (parameter := _refused_by(refusal, sent, needs_tools)) is None:
                    raise
                self._dialect.refused.add(parameter)
                continue
            try:
                async for part in self._reply(response, sent):
                    yield part
            finally:
                await opened.__aexit__(None, None, None)
            return

    def _accepted(self, request: Mapping[str, Any], needs_tools: bool) -> dict[str, Any]:
        left_out = self._dialect.refused - ({"tools"} if needs_tools else set())
        if "tools" in left_out:
            left_out |= {"tool_choice", "parallel_tool_calls"}
        return {name: value for name, value in request.items() if name not in left_out}

    async def _reply(self, response: Any, request: Mapping[str, Any]) -> AsyncIterator[Delta | Whole]:
        reader = ReplyReader(_names(request))
        events = EventReader()
        is_done = False
        try:
            async with contextlib.aclosing(_arriving(response)) as arriving:
                async for data in arriving:
                    text, thought, is_done = _read(reader, events.feed(data))
                    text = text if data else reader.stalled().text
                    if text or thought:
                        yield Delta(text, thought)
                    if is_done:
                        break
            if not is_done:
                text, thought, is_done = _read(reader, events.end())
                if text or thought:
                    yield Delta(text, thought)
            if not reader.has_choices:
                is_done = True
                text, thought = _read_body(reader, events.other, response.headers.get("content-type", ""))
                if text or thought:
                    yield Delta(text, thought)
        except Exception:
            if rest := reader.rest().text:
                yield Delta(rest)
            raise
        finally:
            if reader.usage is not None:
                self._watcher.tokens_used(reader.usage.prompt, reader.usage.completion)
        if rest := reader.rest().text:
            yield Delta(rest)
        reader.check(is_whole=is_done)
        yield Whole(tuple(reader.calls()))


async def _arriving(response: Any) -> AsyncGenerator[bytes, None]:
    """Yield the bytes of a response as they come, and none of them (`b""`) whenever they stall.

    Raises:
        TooLongError: There are more than what is read.
        Exception: What httpx says of a connection that broke.
    """
    arrived: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def receive() -> None:
        received = 0
        async for data in response.iter_bytes():
            received += len(data)
            if received > MAX_RESPONSE_BYTES:
                raise TooLongError(f"{MAX_RESPONSE_BYTES:,} bytes")
            if data:
                arrived.put_nowait(data)

    receiving = asyncio.create_task(receive())
    receiving.add_done_callback(lambda _: arrived.put_nowait(None))
    has_stalled = False
    try:
        while True:
            try:
                async with asyncio.timeout(None if has_stalled else STALLED):
                    data = await arrived.get()
            except TimeoutError:
                has_stalled = True
                yield b""
                continue
            if data is None:
                receiving.result()
                return
            has_stalled = False
            yield data
    finally:
        receiving.cancel()
        await asyncio.wait([receiving])
        if not receiving.cancelled():
            receiving.exception()  # else the event loop would log it


def _read(reader: ReplyReader, events: list[ServerEvent]) -> tuple[str, str, bool]:
    """Return the text and the thoughts that the events add, and whether one of them marks the end."""
    texts: list[str] = []
    thoughts: list[str] = []
    for event in events:
        if event.data.strip().upper() in ("[DONE]", "DONE"):
            return "".join(texts), "".join(thoughts), True
        for value in _values(event, reader):
            delta = reader.receive(value)
            texts.append(delta.text)
            thoughts.append(delta.thought)
    return "".join(texts), "".join(thoughts), False


def _values(event: ServerEvent, reader: ReplyReader) -> list[Any]:
    """Return the JSON values of one event: one as a rule, one for each line where a server does not part its events."""
    data = event.data.strip()
    if data.lower() in _KEPT_ALIVE:
        return []
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        try:
            values = [
                json.loads(line) for line in data.split("\n") if line.strip() and line.strip() != "[DONE]"
            ]
        except (ValueError, RecursionError):
            raise _no_json(event, reader) from None
        return values
    if event.name == "error" and isinstance(value, dict):
        said = error_in(value) or str(value.get("message") or data)
        raise ServerSaidError(said, in_mid_answer=reader.has_choices)
    return [value]


def _no_json(event: ServerEvent, reader: ReplyReader) -> Exception:
    data = event.data.strip()
    if data.startswith(("{", "[")) or reader.has_choices:
        data = f"it sent an event that is not valid JSON, {data[:60]!r}"
    return ServerSaidError(data, in_mid_answer=reader.has_choices)


def _read_body(reader: ReplyReader, body: str, content_type: str) -> tuple[str, str]:
    """Read what a server sent that is no event stream: a whole completion in JSON, or nothing that can be used.

    Raises:
        ServerSaidError: It is an error.
        NotTheProtocolError: It is something else.
    """
    text = body.strip()
    try:
        values = [json.loads(text)]
    except (ValueError, RecursionError):
        try:
            values = [json.loads(line) for line in text.split("\n") if line.strip()]
        except (ValueError, RecursionError):
            raise NotTheProtocolError(_kind(text, content_type)) from None
    deltas = [reader.receive(value) for value in values]
    if not reader.has_choices:
        raise NotTheProtocolError("nothing" if not text else "JSON that is no chat completion")
    return "".join(delta.text for delta in deltas), "".join(delta.thought for delta in deltas)


def _kind(text: str, content_type: str) -> str:
    if is_page(text) or "html" in content_type:
        return "a web page"
    return f"text that is no chat completion, {' '.join(text.split())[:80]!r}"


def is_page(text: str) -> bool:
    """Return whether `text` is HTML or XML."""
    return bool(re.match(r"\s*<(?:!|\?xml|[a-z]+[\s>])", text, re.IGNORECASE))


def _names(request: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(tool["function"]["name"] for tool in request.get("tools") or () if "function" in tool)


def says_no_tools(status: int, said: str) -> bool:
    """Return whether a server that answers with `status` says that it, or the model, has no tool calling."""
    return status in _REFUSED and bool(_TOOLS.search(said))


def _refused_by(refusal: openai.APIStatusError, sent: Mapping[str, Any], needs_tools: bool) -> str | None:
    """Return the parameter that the server refuses, and that the request can do without."""
    present = [name for name in _OPTIONAL if sent.get(name) is not None]
    if refusal.status_code in (400, 422):
        said = refusal.response.text
        if named := next((name for name in present if name in said), None):
            return named
        if present and _UNKNOWN_PARAMETER.search(said):
            return present[0]
    if not needs_tools and sent.get("tools") and says_no_tools(refusal.status_code, refusal.response.text):
        return "tools"
    return None
