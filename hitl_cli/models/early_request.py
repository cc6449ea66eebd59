"""The first request of a run, sent while the engine is still loading.

A model needs about as long for its answer as the engine for its imports. The shape of the first request of a bundled
workflow is the same each time for the same settings and versions, so it is remembered, and the next run sends it at
once with the new request of the person. Nobody reads the answer before the workflow has made its own first request:
only if that is identical, the answer is used. Otherwise the workflow's request is sent as usual, and the person is told
what the early one took.
"""

import asyncio
import contextlib
import hashlib
import json
import os
import platform
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hitl_cli import private
from hitl_cli.text.secrets.masking import Mask, secret_variables

if TYPE_CHECKING:
    import httpx

    from hitl_cli.models.chat_client import ChatClient
    from hitl_cli.models.reply import Usage

    ReadUsage = Callable[[httpx.Response], Awaitable[Usage | None]]

FILE = "early-requests.json"
"""The file with the shapes, in the cache folder."""

_MOST_SHAPES = 8
_HEAD_START = 0.03  # seconds in which the request leaves; then the imports compete with it for the processor
_LAST_WAIT = 0.3  # seconds for the end of an answer that is not used, which says how many tokens it took
_REQUEST, _INSTRUCTIONS = {"hitl": "request"}, {"hitl": "instructions"}  # what stands in a shape for a text


@dataclass(frozen=True)
class Texts:
    """What is never stored: the person's `request`, and their own `instructions`, if they set a system prompt."""

    request: str
    instructions: str

    def in_shape(self, shape: Mapping[str, Any]) -> dict[str, Any]:
        """Return the request of this `shape`.

        Raises:
            LookupError, TypeError: It is no shape, or one of a run with or without instructions where this is not so.
        """
        parts = [part for each in shape["messages"] for part in each["content"]]
        if parts.count(_REQUEST) != 1 or parts.count(_INSTRUCTIONS) != bool(self.instructions):
            raise LookupError
        texts = {"request": self.request, "instructions": self.instructions}
        messages = [
            {
                **each,
                "content": "".join(p if isinstance(p, str) else texts[p["hitl"]] for p in each["content"]),
            }
            for each in shape["messages"]
        ]
        return {**shape, "messages": messages}

    def shape_of(self, request: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the shape of `request`: each text as a list of parts. None if it is not the first of a conversation.

        That has at most a system message before the person's, which ends with their request; own instructions come
        first.
        """
        match request.get("messages"):
            case [
                {"role": "system", "content": str(first)} as system,
                {"role": "user", "content": str(last)} as user,
            ]:
                messages = [(system, first), (user, last)]
            case [{"role": "user", "content": str(last)} as user]:
                messages = [(user, last)]
            case _:
                return None
        texts = [text for _, text in messages]
        if not (self.request and texts[-1].endswith(self.request)):
            return None
        texts[-1] = texts[-1].removesuffix(self.request)
        if not texts[0].startswith(self.instructions):
            return None
        parts: list[list[Any]] = [[text] for text in texts]
        if self.instructions:
            parts[0] = [_INSTRUCTIONS, texts[0].removeprefix(self.instructions)]
        parts[-1].append(_REQUEST)
        shown = [
            {**message, "content": content} for (message, _), content in zip(messages, parts, strict=True)
        ]
        return {**request, "messages": shown}


class Shapes:
    """The remembered shapes in `file`; one that has a secret of these `variables` in it is not stored."""

    def __init__(self, file: Path, variables: Mapping[str, str]) -> None:
        self._file = file
        self._secrets = secret_variables(variables)

    def get(self, key: str) -> dict[str, Any] | None:
        """Return the shape with this key, if there is one."""
        found = self._all().get(key)
        return found if isinstance(found, dict) else None

    def put(self, key: str, shape: Mapping[str, Any] | None) -> None:
        """Store a shape, or with None forget it; without a folder that can be written, nothing is remembered."""
        shapes = self._all()
        if shapes.pop(key, None) is None and shape is None:
            return
        if shape is not None:
            shapes[key] = dict(shape)
        text = json.dumps(dict([*shapes.items()][-_MOST_SHAPES:]))
        if Mask(self._secrets).applied(text)[1]:
            return
        with contextlib.suppress(OSError, private.NotPrivateError):
            private.make_missing(self._file.parent)
            descriptor = private.open_file(self._file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            with os.fdopen(descriptor, "w") as written:
                written.write(text)

    def _all(self) -> dict[str, Any]:
        try:
            descriptor = private.open_file(self._file, os.O_RDONLY)
            with os.fdopen(descriptor) as opened:
                shapes = json.load(opened)
        except (OSError, ValueError, RecursionError, private.NotPrivateError):
            return {}
        return shapes if isinstance(shapes, dict) else {}


def key_of(file: Path, versions: Mapping[str, str], *settings: object) -> str:
    """Return the key of the shape for these `settings` and `versions`, and the workflow in `file`."""
    machine = [platform.python_version(), platform.system(), platform.release(), platform.machine()]
    what = [file.read_text(), dict(versions), machine, [str(each) for each in settings]]
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()


class EarlyRequest:
    """The early request of one run; to be used by one event loop.

    It is sent over a `client` of its own, which is closed with it. Without a shape under `key`, nothing is sent, and
    the run's own first request is remembered.
    """

    def __init__(self, shapes: Shapes, key: str, texts: Texts, client: "ChatClient") -> None:
        self._shapes = shapes
        self._key = key
        self._texts = texts
        self._client = client
        self._request: dict[str, Any] | None = None
        self._sending: asyncio.Task[httpx.Response] | None = None
        self._counting: asyncio.Task[Usage | None] | None = None
        self._is_compared = self._is_used = False

    async def begin(self) -> None:
        """Send the request if its shape is known; its answer is not waited for."""
        with contextlib.suppress(LookupError, TypeError, ValueError):
            shape = self._shapes.get(self._key)
            self._request = self._texts.in_shape(shape) if shape is not None else None
        if self._request is not None:
            self._sending = asyncio.create_task(self._client.post(self._request))
            await asyncio.wait([self._sending], timeout=_HEAD_START)

    async def response_to(
        self, request: Mapping[str, Any], read_usage: "ReadUsage"
    ) -> "httpx.Response | None":
        """Return the response if the run's own first `request` is identical to the early one; otherwise None.

        Only the first call compares. `read_usage` reads an answer that is not used to its end, because only there the
        server says how many tokens it took.

        Raises:
            ClientError: The request is identical, and failed.
        """
        if self._is_compared:
            return None
        self._is_compared = True
        if self._sending is None:
            if (shape := self._texts.shape_of(request)) is not None:
                self._shapes.put(self._key, shape)
            return None
        if json.dumps(request) == json.dumps(self._request):
            self._is_used = True
            return await self._sending
        self._shapes.put(self._key, None)
        self._counting = asyncio.create_task(_usage(self._sending, read_usage))
        return None

    async def close(self) -> str:
        """End the request, and return what the person is told of one that was sent and not used; empty otherwise."""
        if self._sending is None:
            return ""
        said = await self._end(self._sending)
        await self._client.close()
        return "" if self._is_used else said

    async def _end(self, sending: "asyncio.Task[httpx.Response]") -> str:
        usage = None
        if self._counting is not None:
            await asyncio.wait([self._counting], timeout=_LAST_WAIT)
            usage = self._counting.result() if self._counting.done() else None
        for task in filter(None, (self._counting, sending)):
            task.cancel()
            await asyncio.wait([task])
        if not sending.cancelled():
            if sending.exception() is not None:
                return ""
            await sending.result().aclose()
        why = "the workflow's own was different" if self._counting is not None else "the run ended before"
        took = (
            f"{usage.prompt:,} tokens in, {usage.completion:,} out"
            if usage
            else "an unknown number of tokens"
        )
        return f"An early request was sent, but its answer was not used: {why}. It took {took}, not counted elsewhere."


async def _usage(sending: "asyncio.Task[httpx.Response]", read_usage: "ReadUsage") -> "Usage | None":
    with contextlib.suppress(Exception):
        return await read_usage(await sending)
    return None
