"""Replies of a model over real HTTP, in small pieces: 100 kB of arguments and of Markdown.

First what an agent reads of them, then the whole program at a terminal. Twice the size takes twice the time.
"""

import asyncio
import contextlib
import json
import os
import pty
import resource
import subprocess
import sys
import tempfile
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
    # Without the numbers, it would be stopped as an endless repetition.
    markdown = "".join(f"- **{number:05}** `two` three\n" for number in range(size // 24 + 1))[:size]
    return stream(*(chunk({"content": piece}) for piece in _pieces(markdown)), chunk({}, "stop"))


def _calls(count: int) -> bytes:
    calls = [_call(index, '{"command": "ls"}', "cli_executor") for index in range(count)]
    return stream(chunk({"tool_calls": calls}), chunk({}, "tool_calls"))


async def _measure() -> None:
    with serving() as server:
        settings = Settings.load(replace(Environment.from_process(), variables=_variables(server.url)))
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


def _at_terminal(size: int) -> float:
    """Return the seconds of CPU time that the program takes to show so much Markdown, its start included."""
    with serving() as server, tempfile.TemporaryDirectory() as home:
        server.reply(Bytes(_text(size)))
        ours, theirs = pty.openpty()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        program = subprocess.Popen(
            [sys.executable, "-m", "hitl_cli", "run", "agent", "x"],
            env={
                "PATH": os.environ["PATH"],
                "HOME": home,
                "TERM": "xterm-256color",
                **_variables(server.url),
            },
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        with contextlib.suppress(OSError):  # the end of a pseudo-terminal
            while os.read(ours, 65_536):
                pass
        assert program.wait() == 0
        os.close(ours)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _variables(url: str) -> dict[str, str]:
    return {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "none", "HITL_MODEL": "scripted"}


def main() -> None:
    """Print how long each reply takes."""
    asyncio.run(_measure())
    start = _at_terminal(100)
    for size in (50_000, 100_000):
        more = _at_terminal(size) - start
        print(f"{size // 1000} kB of Markdown at a terminal: {more:.2f} s of CPU time after the start")
