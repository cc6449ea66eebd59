"""A command under `run_command`'s shell, at a terminal, against script(1), a plain subprocess and a bare `pty.spawn`.

The flood: at most 5 s, 1.5 s of CPU time in the program itself, and 10 MB more memory. Its CPU time is set against that
of a loop that only reads the same flood from a pseudo-terminal. Approval to first byte: at most 5 ms more than the bare
pseudo-terminal. A trickle of one line every 50 ms: seen within 20 ms.
"""

import asyncio
import contextlib
import os
import pty
import shutil
import statistics
import subprocess
import tempfile
import termios
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import psutil

from hitl_cli.environment import Environment, Terminal
from hitl_cli.screen.screen import TerminalScreen
from hitl_cli.screen.themes import DARK
from hitl_cli.shell import Shell
from tests.shell.at_terminal import OnScreen

FLOOD = "yes | head -c 200000000"
RUNS = 15
_LAST = 1000  # bytes on the screen in which the end of the output is, with what is said of it then


class _Outer:
    """The person's terminal: a pseudo-terminal that is read as fast as it can be."""

    def __init__(self) -> None:
        self.ours, self.theirs = pty.openpty()
        self.first_at = 0.0
        self.begun = threading.Event()
        self.seen = bytearray()
        self.moments: list[tuple[float, bytes]] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while True:
            try:
                chunk = os.read(self.ours, 65_536)
            except OSError:
                return
            self.first_at = self.first_at or time.perf_counter()
            self.begun.set()
            self.moments.append((time.time(), chunk))
            self.seen += chunk


@asynccontextmanager
async def _shell(outer: _Outer) -> AsyncIterator[Shell]:
    with (
        os.fdopen(os.dup(outer.theirs), "r") as keys,
        os.fdopen(os.dup(outer.theirs), "w") as drawing,
        tempfile.TemporaryDirectory() as logs,
    ):
        terminal = Terminal(keys, drawing, termios.tcgetattr(drawing))
        environment = replace(Environment.from_process(), stdin=keys, stdout=drawing)
        shell = replace(Shell.of_process(), program="/bin/bash", terminal=terminal, log_folder=Path(logs))
        shell.watcher = OnScreen(TerminalScreen(environment, terminal, DARK))
        yield shell
        await shell.close()


async def _flood() -> tuple[float, float, float, int, int]:
    """Return seconds, seconds of CPU time, megabytes of memory more, bytes to the model and bytes on the screen."""
    outer = _Outer()
    async with _shell(outer) as shell:
        await shell.run("seq 1000")
        before = psutil.Process().memory_info().rss
        peak = before
        ended = threading.Event()

        def watch() -> None:
            nonlocal peak
            while not ended.wait(0.02):
                peak = max(peak, psutil.Process().memory_info().rss)

        watching = threading.Thread(target=watch)
        watching.start()
        started, cpu_started = time.perf_counter(), time.thread_time()
        result = await shell.run(FLOOD)
        seconds, cpu = time.perf_counter() - started, time.thread_time() - cpu_started
        ended.set()
        watching.join()
        assert b"y\r\ny\r\n" in outer.seen[-_LAST:]
        return seconds, cpu, (peak - before) / 1e6, len(result.output.encode()), len(outer.seen)


def _bare_flood() -> float:
    """Return the seconds of CPU time that it takes only to read the flood from a pseudo-terminal."""
    process, terminal = pty.fork()
    if process == 0:
        os.execv("/bin/bash", ["/bin/bash", "-c", f"stty -opost; {FLOOD}"])
    started = time.thread_time()
    with contextlib.suppress(OSError):  # EIO: the flood is over
        while os.read(terminal, 65_536):
            pass
    cpu = time.thread_time() - started
    os.waitpid(process, 0)
    os.close(terminal)
    return cpu


async def _first_byte() -> float:
    outer = _Outer()
    async with _shell(outer) as shell:
        shell.prepare()
        await asyncio.sleep(0.1)  # the person reads the question
        started = time.perf_counter()
        await shell.run("echo x")
        await asyncio.to_thread(outer.begun.wait)
        return outer.first_at - started


def _bare_first_byte() -> float:
    started = time.perf_counter()
    process, terminal = pty.fork()
    if process == 0:
        os.execv("/bin/bash", ["/bin/bash", "-c", "echo x"])
    os.read(terminal, 1024)
    seconds = time.perf_counter() - started
    os.waitpid(process, 0)
    os.close(terminal)
    return seconds


async def _trickle() -> list[float]:
    outer = _Outer()
    async with _shell(outer) as shell:
        await shell.run("for i in $(seq 20); do sleep 0.05; echo at $EPOCHREALTIME; done")
    return [
        moment - float(chunk.split()[1])
        for moment, chunk in outer.moments
        if chunk.startswith(b"at ") and chunk.count(b"at ") == 1
    ]


def main() -> None:
    """Print what was measured, all in one run."""
    seconds, cpu, megabytes, to_model, on_screen = asyncio.run(_flood())
    print(
        f"flood: {seconds:.1f} s, {megabytes:.1f} MB more, {to_model} bytes to the model, {on_screen} on the screen"
    )
    bare_cpu = _bare_flood()
    print(
        f"flood, CPU time: {cpu:.2f} s in the program, {bare_cpu:.2f} s in a loop that only reads it, "
        f"{cpu / bare_cpu:.1f} times as much"
    )
    started = time.perf_counter()
    subprocess.run(["/bin/bash", "-c", FLOOD], stdout=subprocess.PIPE, check=True)
    print(f"flood, plain subprocess: {time.perf_counter() - started:.1f} s, all of it in memory")
    if shutil.which("script"):
        started = time.perf_counter()
        subprocess.run(
            ["script", "-qc", FLOOD, os.devnull],
            stdout=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            check=True,
        )
        theirs = time.perf_counter() - started
        print(f"flood, script(1): {theirs:.1f} s, {theirs / seconds:.1f} times as long")
    pairs = [(asyncio.run(_first_byte()), _bare_first_byte()) for _ in range(RUNS)]
    ours, bare = (statistics.median(each) * 1000 for each in zip(*pairs, strict=True))
    more = statistics.median(a - b for a, b in pairs) * 1000
    print(f"first byte: {ours:.1f} ms, bare pseudo-terminal {bare:.1f} ms, {more:.1f} ms more")
    late = sorted(asyncio.run(_trickle()))
    print(f"trickle: seen after {statistics.median(late) * 1000:.1f} ms, at most {late[-1] * 1000:.1f} ms")
