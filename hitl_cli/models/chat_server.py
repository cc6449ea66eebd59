"""Sends one request to a server that speaks OpenAI's chat protocol, or something close to it, and reads the reply.

Server-sent events follow the HTML standard, section 9.2.6 "Interpreting an event stream", with tolerance: bytes that
are not UTF-8 are replaced, and events without data are dropped, because servers send both.
"""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from hitl_cli.models.chat_client import ChatClient, RefusedError
from hitl_cli.models.early_request import EarlyRequest
from hitl_cli.models.provider import ModelWatcher
from hitl_cli.models.reply import Call, Delta, OnArrival, ReplyReader, Usage
from hitl_cli.models.reply_errors import NotTheProtocolError, ReplyError, ServerSaidError, TooLongError
from hitl_cli.models.server_words import error_in, is_page, says_no_tools

MAX_RESPONSE_BYTES = 64_000_000
"""How many bytes of one response are read."""

STALLED = 1.0
"""Seconds without a byte after which text that is held back is shown."""

_LIMIT, _NEWER_LIMIT = (
    "max_tokens",
    "max_completion_tokens",
)  # OpenAI refuses the older one for reasoning models
_OPTIONAL = ("stream_options", "parallel_tool_calls", "tool_choice", "temperature", _LIMIT, _NEWER_LIMIT)
_UNKNOWN_PARAMETER = re.compile(
    r"extra (?:inputs?|fields?)|unrecogni[sz]ed|un(?:known|expected|supported) \w* ?(?:field|argument|parameter|key)"
    r"|not permitted|additional propert",
    re.IGNORECASE,
)
_KEPT_ALIVE = frozenset({"ping", "pong", "heartbeat", "keep-alive", "keepalive"})
_LINE_END = re.compile(rb"\r\n|\n|\r")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class ServerEvent:
    """One server-sent event: its `data`, never blank, and its `name`, empty for an ordinary message."""

    data: str
    name: str = ""


class EventReader:
    """Parses bytes into events, in time linear in their number however they are split into chunks."""

    def __init__(self) -> None:
        self._line: list[bytes] = []
        self._after_return = False
        self._at_start = True
        self._data: list[str] = []
        self._name = ""
        self._other: list[str] = []

    @property
    def other(self) -> str:
        """The lines that belong to no event: the whole body if the server sent no event stream."""
        return "\n".join(self._other)

    def feed(self, received: bytes) -> list[ServerEvent]:
        """Parse the next bytes, and return the events that they complete."""
        if self._after_return and received.startswith(b"\n"):
            received = received[1:]
            self._after_return = False
        if not received:
            return []
        self._after_return = received.endswith(b"\r")
        first, *rest = _LINE_END.split(received)
        self._line.append(first)
        events = []
        for following in rest:
            events += self._line_ended()
            self._line = [following]
        return events

    def end(self) -> list[ServerEvent]:
        """Return the event that the end of the response completes, if any."""
        return [*self._line_ended(), *self._event_ended()]

    def _line_ended(self) -> list[ServerEvent]:
        raw, self._line = b"".join(self._line), []
        if self._at_start:
            raw = raw.removeprefix(_BYTE_ORDER_MARK)
            self._at_start = False
        line = raw.decode("utf-8", "replace")
        if not line:
            return self._event_ended()
        field, colon, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
        elif field == "event":
            self._name = value
        elif not (colon and not field) and field not in ("id", "retry"):
            self._other.append(line)
        return []

    def _event_ended(self) -> list[ServerEvent]:
        event = ServerEvent("\n".join(self._data), self._name)
        self._data, self._name = [], ""
        return [event] if event.data.strip() else []


@dataclass(frozen=True)
class ReplyEnd:
    """The end of a complete reply, with its tool calls."""

    calls: tuple[Call, ...]


class ChatServer:
    """Asks a server through its `client`, which retries; the `watcher` is told about the tokens.

    The answer to an `early` request is used if the first request is identical to it. If the server refuses a parameter,
    the request is sent again without it; `refused` remembers its name.
    """

    def __init__(
        self, client: ChatClient, watcher: ModelWatcher, refused: set[str], early: EarlyRequest | None = None
    ) -> None:
        self._early = early
        self._client = client
        self._watcher = watcher
        self._refused = refused

    async def ask(
        self, request: Mapping[str, Any], *, needs_tools: bool = True, on_arrival: OnArrival | None = None
    ) -> AsyncIterator[Delta | ReplyEnd]:
        """Send `request` and yield the reply as it arrives, then a `ReplyEnd`.

        If the request does not need its tools and the server refuses them, it is sent again without them. What it
        yields may be held back for a moment; `on_arrival` is told at once.

        Raises:
            ReplyError: The reply is unusable.
            ClientError: The server refuses or cannot be reached.
            Exception: The connection broke in mid-answer; an exception of httpx.
        """
        while True:
            sent = self._accepted(request, needs_tools)
            try:
                response = await self._early_response(sent)
                if response is None:
                    response = await self._client.post(sent)
            except RefusedError as refusal:
                if (parameter := _refused_by(refusal, sent, needs_tools)) is None:
                    raise
                self._refused.add(parameter)
                continue
            try:
                async for part in self._reply(response, sent, on_arrival):
                    yield part
            finally:
                await response.aclose()
            return

    async def _early_response(self, request: Mapping[str, Any]) -> httpx.Response | None:
        early, self._early = self._early, None
        if early is None:
            return None
        return await early.response_to(request, read_usage, self._watcher)

    def _accepted(self, request: Mapping[str, Any], needs_tools: bool) -> dict[str, Any]:
        left_out = self._refused - ({"tools"} if needs_tools else set())
        if "tools" in left_out:
            left_out |= {"tool_choice", "parallel_tool_calls"}
        accepted = {name: value for name, value in request.items() if name not in left_out}
        if _LIMIT in request and _LIMIT in left_out and _NEWER_LIMIT not in left_out:
            accepted[_NEWER_LIMIT] = request[_LIMIT]
        return accepted

    async def _reply(
        self, response: httpx.Response, request: Mapping[str, Any], on_arrival: OnArrival | None = None
    ) -> AsyncIterator[Delta | ReplyEnd]:
        reader = ReplyReader(_names(request), on_arrival)
        events = EventReader()
        is_done = False
        try:
            async with contextlib.aclosing(_arriving(response)) as arriving:
                async for data in arriving:
                    text, reasoning, is_done, problem = _read(reader, events.feed(data))
                    text = text if data else reader.stalled().text
                    if text or reasoning:
                        yield Delta(text, reasoning)
                    if problem is not None:
                        raise problem
                    if is_done:
                        break
            if not is_done:
                text, reasoning, is_done, problem = _read(reader, events.end())
                if text or reasoning:
                    yield Delta(text, reasoning)
                if problem is not None:
                    raise problem
            if not reader.has_choices:
                is_done = True
                text, reasoning = _read_body(reader, events.other, response.headers.get("content-type", ""))
                if text or reasoning:
                    yield Delta(text, reasoning)
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
        yield ReplyEnd(tuple(reader.calls()))


async def read_usage(response: httpx.Response) -> Usage | None:
    """Read a reply that is not used to its end, and return its tokens, if the server counted them.

    Raises:
        ReplyError: The reply is unusable.
        Exception: The connection broke; an exception of httpx.
    """
    reader, events = ReplyReader(frozenset()), EventReader()
    async with contextlib.aclosing(_arriving(response)) as arriving:
        async for data in arriving:
            _read(reader, events.feed(data))
    _read(reader, events.end())
    return reader.usage


async def _arriving(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    """Yield the bytes of a response as they arrive, and `b""` whenever they stall.

    Raises:
        TooLongError: The response exceeds the limit.
        Exception: The connection broke; an exception of httpx.
    """
    arrived: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def receive() -> None:
        received = 0
        async for data in response.aiter_bytes():
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
            receiving.exception()  # otherwise the event loop logs it


def _read(reader: ReplyReader, events: list[ServerEvent]) -> tuple[str, str, bool, Exception | None]:
    """Return the text and the reasoning that the events add, whether one of them marks the end, and what is wrong.

    What came before an event that is wrong is not lost.
    """
    texts: list[str] = []
    reasoning_parts: list[str] = []
    is_done, problem = False, None
    try:
        for event in events:
            if is_done := event.data.strip().upper() in ("[DONE]", "DONE"):
                break
            for value in _values(event, reader):
                delta = reader.receive(value)
                texts.append(delta.text)
                reasoning_parts.append(delta.reasoning)
    except ReplyError as found:
        problem = found
    return "".join(texts), "".join(reasoning_parts), is_done, problem


def _values(event: ServerEvent, reader: ReplyReader) -> list[Any]:
    """Return the JSON values of one event: one for each line if the server does not separate its events."""
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
    """Read a body that is not an event stream: a whole completion in JSON, or lines of JSON.

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
        raise NotTheProtocolError("nothing" if not text else "JSON that is not a chat completion")
    return "".join(delta.text for delta in deltas), "".join(delta.reasoning for delta in deltas)


def _kind(text: str, content_type: str) -> str:
    if is_page(text) or "html" in content_type:
        return "a web page"
    return f"text that is not a chat completion, {' '.join(text.split())[:80]!r}"


def _names(request: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(tool["function"]["name"] for tool in request.get("tools") or () if "function" in tool)


def _refused_by(refusal: RefusedError, sent: Mapping[str, Any], needs_tools: bool) -> str | None:
    """Return the parameter that the server refuses and that can be left out, if there is one."""
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
