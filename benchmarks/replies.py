"""Replies of a model, from a real HTTP server to what an agent reads: 100 kB of arguments and of text, in small pieces.

Twice the size takes twice the time, and 100 kB of arguments at most 2 s.
"""

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hitl_cli.environment import Environment
from hitl_cli.settings import Settings
from tests.model_server import Bytes, chunk, serving, stream
from tests.models.conftest import Asker, Watching

_PIECE = 4  # characters, as many as a token has


def _pieces(text: str) -> Iterator[str]:
    return (text[start : start + _PIECE] for start in range(0, len(text), _PIECE))


def _call(index: int, arguments: str, name: str | None = None) -> dict[str, Any]:
    function = {"arguments": arguments} | ({"name": name} if name else {})
    return {"index": index, "function": function} | ({"id": f"call_{index}"} if name else {})


def _arguments(size: int) -> bytes:
    pieces = _pieces(json.dumps({"command": "x" * size}))
    return stream(
        chunk({"tool_calls": [_call(0, "", "cli_executor")]}),
        *(chunk({"tool_calls": [_call(0, piece)]}) for piece in pieces),
        chunk({}, "tool_calls"),
    )


def _text(size: int) -> bytes:
    markdown = ("- **one** `two` three\n" * (size // 22 + 1))[:size]
    return stream(*(chunk({"content": piece}) for piece in _pieces(markdown)), chunk({}, "stop"))


def _calls(count: int) -> bytes:
    calls = [_call(index, '{"command": "ls"}', "cli_executor") for index in range(count)]
    return stream(chunk({"tool_calls": calls}), chunk({}, "tool_calls"))


async def _measure() -> None:
    with serving() as server:
        variables = {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "none", "HITL_MODEL": "scripted"}
        settings = Settings.load(replace(Environment.from_process(), variables=variables))
        asker = Asker(Watching(), settings)
        for name, body in {
            "100 kB of arguments": _arguments(100_000),
            "200 kB of arguments": _arguments(200_000),
            "100 kB of Markdown": _text(100_000),
            "200 kB of Markdown": _text(200_000),
            "1,000 calls": _calls(1_000),
        }.items():
            server.reply(Bytes(body))
            wall, work = time.perf_counter(), time.process_time()
            await asker()
            wall, work = time.perf_counter() - wall, time.process_time() - work
            print(f"{name}: {wall:.2f} s, {work:.2f} s of CPU time, {len(body) / 1e6:.1f} MB on the wire")
        await asker.close()


def main() -> None:
    """Print how long each reply takes."""
    asyncio.run(_measure())
