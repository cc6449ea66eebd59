"""The first request of a run, sent while the engine is still loading.

A model needs about as long for its answer as the engine for its imports. The shape of the first request of a bundled
workflow is the same each time for the same settings and versions, so it is known before the first run, or remembered
from an earlier one, and sent at once with the new request of the person. Nobody reads the answer before the workflow
has made its own first request: only if that is identical, the answer is used. Otherwise the workflow's request is sent
as usual, and the person is told what the early one took.
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from hitl_cli.models.provider import ModelWatcher, NullModelWatcher
from hitl_cli.models.request_shapes import Shapes, Texts

if TYPE_CHECKING:
    import httpx

    from hitl_cli.models.chat_client import ChatClient
    from hitl_cli.models.reply import Usage

    ReadUsage = Callable[[httpx.Response], Awaitable[Usage | None]]

_HEAD_START = 0.03  # seconds in which the request leaves; then the imports compete with it for the processor
_LAST_WAIT = 0.3  # seconds for the end of an answer that is not used, which says how many tokens it took


class _Attempts(NullModelWatcher):
    """Watches the early request; a run that waits for its answer is told of the last attempt and of all later ones."""

    def __init__(self) -> None:
        self._last: tuple[str, int, int] | None = None
        self._watcher: ModelWatcher = NullModelWatcher()

    def model_asked(self, model: str, attempt: int, attempts: int) -> None:
        """Pass an attempt on, and remember it."""
        self._last = (model, attempt, attempts)
        self._watcher.model_asked(*self._last)

    def pass_to(self, watcher: ModelWatcher) -> None:
        """Tell `watcher` the last attempt now, and all later ones."""
        self._watcher = watcher
        if self._last is not None:
            watcher.model_asked(*self._last)


class EarlyRequest:
    """The early request of one run; to be used by one event loop.

    It is sent over a client of its own, which `connect` makes, and which is closed with it. Its shape is the one stored
    under `key`, or else the one that is `known`. Without any, nothing is sent, and the run's own first request is
    remembered.
    """

    def __init__(
        self,
        shapes: Shapes,
        key: str,
        texts: Texts,
        connect: "Callable[[ModelWatcher], ChatClient]",
        known: dict[str, Any] | None = None,
    ) -> None:
        self._shapes = shapes
        self._key = key
        self._texts = texts
        self._attempts = _Attempts()
        self._client = connect(self._attempts)
        self._known = known
        self._request: dict[str, Any] | None = None
        self._sending: asyncio.Task[httpx.Response] | None = None
        self._counting: asyncio.Task[Usage | None] | None = None
        self._is_remembered = self._is_compared = self._is_used = False

    async def begin(self) -> None:
        """Send the request if its shape is known; its answer is not waited for."""
        with contextlib.suppress(LookupError, TypeError, ValueError):
            shape = self._shapes.get(self._key, self._known)
            self._request = self._texts.in_shape(shape) if shape is not None else None
            self._is_remembered = shape is not self._known
        if self._request is not None:
            self._sending = asyncio.create_task(self._client.post(self._request))
            await asyncio.wait([self._sending], timeout=_HEAD_START)

    async def response_to(
        self, request: Mapping[str, Any], read_usage: "ReadUsage", watcher: ModelWatcher
    ) -> "httpx.Response | None":
        """Return the response if the run's own first `request` is identical to the early one; otherwise None.

        Only the first call compares. The `watcher` is told about the attempts that the run waits for. `read_usage`
        reads an answer that is not used to its end, because only there the server says how many tokens it took.

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
            self._attempts.pass_to(watcher)
            return await self._sending
        # One that was remembered varies with something that the key does not have; the next run sends nothing early.
        self._shapes.put(self._key, None if self._is_remembered else self._texts.shape_of(request))
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
