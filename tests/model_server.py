"""A scripted model behind a real HTTP server that speaks the OpenAI chat protocol. It complains about leftovers."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

USAGE = {"prompt_tokens": 1000, "completion_tokens": 20, "total_tokens": 1020}


@dataclass(frozen=True)
class Text:
    """The model says something, in pieces of a few characters; `finish` is how it says that it is done."""

    text: str
    finish: str | None = "stop"
    pause: float = 0.0


@dataclass(frozen=True)
class Calls:
    """The model calls `cli_executor` once for each command; a tuple is (id, raw arguments) instead."""

    calls: tuple[str | tuple[str, str], ...]
    text: str = ""
    finish: str | None = "tool_calls"
    style: str = "openai"  # or "one chunk", "same index": how imitators of the protocol send them
    name: str = "cli_executor"

    @classmethod
    def of(cls, *calls: str | tuple[str, str], **options: Any) -> "Calls":
        """Return a message with these calls."""
        return cls(calls, **options)

    def pairs(self) -> list[tuple[str, str]]:
        """Return the (id, arguments) of each call."""
        return [
            (f"call_{number}", json.dumps({"command": call})) if isinstance(call, str) else call
            for number, call in enumerate(self.calls)
        ]


@dataclass(frozen=True)
class Status:
    """The server refuses with an HTTP status."""

    status: int
    code: str = ""
    message: str = "no"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Raw:
    """The server answers with something that is not the protocol."""

    body: str
    content_type: str = "text/html"


@dataclass(frozen=True)
class Bytes:
    """The server sends exactly these bytes as its body."""

    body: bytes
    content_type: str = "text/event-stream"
    status: int = 200


@dataclass(frozen=True)
class Cut:
    """The server says `text` and then resets the connection, or just stops where `quietly`."""

    text: str
    quietly: bool = False


@dataclass(frozen=True)
class Hang:
    """The server says `text` and then nothing more until the test ends; if `mute`, it does not even begin."""

    text: str = ""
    mute: bool = False


@dataclass(frozen=True)
class MidError:
    """The server reports an error in the middle of its answer."""

    text: str = "Well"


Reply = Text | Calls | Status | Raw | Bytes | Cut | Hang | MidError


class ModelServer:
    """Answers the n-th request with the n-th reply, and keeps every request."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self._script: list[Reply] = []
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self.unexpected: list[dict[str, Any]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *arguments: object) -> None: ...

            def do_POST(self) -> None:
                server._serve(self)

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/v1"
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    def reply(self, *replies: Reply) -> None:
        """Add to the script."""
        self._script.extend(replies)

    @property
    def leftovers(self) -> list[Reply]:
        """What the program did not ask for."""
        return list(self._script)

    def close(self) -> None:
        """Stop serving."""
        self._ended.set()
        self._http.shutdown()
        self._http.server_close()

    def messages(self, request: int = -1) -> list[dict[str, Any]]:
        """Return the messages of a request, by default of the last."""
        messages: list[dict[str, Any]] = self.requests[request]["messages"]
        return messages

    def tool_results(self, request: int = -1) -> list[str]:
        """Return what a request says that the tools returned."""
        return [message["content"] for message in self.messages(request) if message["role"] == "tool"]

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        body = json.loads(handler.rfile.read(int(handler.headers.get("content-length", 0))) or "{}")
        with self._lock:
            self.requests.append(body)
            self.headers.append(dict(handler.headers))
            reply: Reply = (
                self._script.pop(0) if self._script else Status(400, message="nothing left in the script")
            )
            if reply == Status(400, message="nothing left in the script"):
                self.unexpected.append(body)
        if isinstance(reply, Status):
            error = {"message": reply.message, "type": "error", "code": reply.code or None}
            _send(
                handler,
                reply.status,
                "application/json",
                json.dumps({"error": error}).encode(),
                reply.headers,
            )
        elif isinstance(reply, Raw):
            _send(handler, 200, reply.content_type, reply.body.encode())
        elif isinstance(reply, Bytes):
            _send(handler, reply.status, reply.content_type, reply.body)
        elif isinstance(reply, Hang) and (reply.mute or not body.get("stream")):
            self._ended.wait()
        elif body.get("stream"):
            self._stream(handler, reply)
        else:
            _send(handler, 200, "application/json", json.dumps(_whole(reply)).encode())

    def _stream(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        handler.send_response(200)
        handler.send_header("content-type", "text/event-stream")
        handler.send_header("connection", "close")
        handler.end_headers()
        handler.close_connection = True

        def send(sent: dict[str, Any]) -> None:
            handler.wfile.write(b"data: " + json.dumps(sent).encode() + b"\n\n")
            handler.wfile.flush()

        try:
            for each in _chunks(reply):
                send(each)
                if isinstance(reply, Text) and reply.pause:
                    time.sleep(reply.pause)
            if isinstance(reply, Hang):
                self._ended.wait()
            elif isinstance(reply, MidError):
                send({"error": {"message": "the server burst", "type": "server_error", "code": "x"}})
            elif isinstance(reply, Cut):
                if not reply.quietly:
                    handler.connection.setsockopt(1, 13, b"\x01\0\0\0\0\0\0\0")  # SO_LINGER 0: close resets
                handler.connection.close()
            else:
                send({**chunk({}), "choices": [], "usage": USAGE})
                handler.wfile.write(b"data: [DONE]\n\n")
        except OSError:
            return  # the program hung up


def _send(
    handler: BaseHTTPRequestHandler,
    status: int,
    kind: str,
    body: bytes,
    headers: dict[str, str] | None = None,
) -> None:
    handler.send_response(status)
    for name, value in {"content-type": kind, "content-length": str(len(body)), **(headers or {})}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def chunk(delta: Any, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """Return one chunk of a stream; `more` adds to it, or replaces a part of it."""
    return {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "scripted",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        **more,
    }


def stream(*chunks: dict[str, Any], done: bool = True) -> bytes:
    """Return the bytes of a stream of these chunks."""
    events = b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in chunks)
    return events + (b"data: [DONE]\n\n" if done else b"")


def _call(index: int, identity: str | None, name: str | None, arguments: str) -> dict[str, Any]:
    function = {"arguments": arguments} | ({"name": name} if name else {})
    return {"index": index, "function": function} | ({"id": identity, "type": "function"} if identity else {})


def _chunks(reply: Reply) -> Iterator[dict[str, Any]]:
    text = getattr(reply, "text", "")
    yield chunk({"role": "assistant", "content": "" if text else None})
    for start in range(0, len(text), 7):
        yield chunk({"content": text[start : start + 7]})
    if isinstance(reply, Calls):
        pairs = reply.pairs()
        if reply.style == "one chunk":
            calls = [_call(index, identity, reply.name, text) for index, (identity, text) in enumerate(pairs)]
            yield chunk({"tool_calls": calls})
        else:
            for position, (identity, arguments) in enumerate(pairs):
                index = 0 if reply.style == "same index" else position
                yield chunk({"tool_calls": [_call(index, identity, reply.name, "")]})
                size = max(9, len(arguments) // 100)  # the engine reads all arguments again at each piece
                for start in range(0, len(arguments), size):
                    yield chunk({"tool_calls": [_call(index, None, None, arguments[start : start + size])]})
    if isinstance(reply, Text | Calls) and reply.finish:
        yield chunk({}, reply.finish)


def _whole(reply: Reply) -> dict[str, Any]:
    assert isinstance(reply, Text | Calls), "a completion that is not streamed is a text, or calls"
    message: dict[str, Any] = {"role": "assistant", "content": reply.text}
    if isinstance(reply, Calls):
        message["tool_calls"] = [
            _call(index, identity, reply.name, text) for index, (identity, text) in enumerate(reply.pairs())
        ]
    return {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "scripted",
        "choices": [
            {
                "index": 0,
                "message": message,
                "finish_reason": reply.finish,
            }
        ],
        "usage": USAGE,
    }


@contextmanager
def serving() -> Iterator[ModelServer]:
    """Serve for as long as the block runs; afterwards, what was not asked for, or asked for too much, is a failure."""
    server = ModelServer()
    try:
        yield server
    finally:
        server.close()
    assert not server.unexpected, (
        f"the program asked the model more often than the script says: {server.unexpected}"
    )
    assert not server.leftovers, f"the program did not ask for: {server.leftovers}"
