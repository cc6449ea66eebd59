"""A run from its start to the prompt of the shell, beside the bare engine and, where they are installed, codex and llm.

All rows of one round run in turn, so that a change in the machine's speed hits all; a figure is the median of the
rounds. The bare engine is LlamaIndex's agent: its imports and one request. Its CPU time is given too, because on a busy
machine the ratio of CPU times is steadier. The other goals have benchmarks of their own: `question`, `execution` and
`conversation`.
"""

import contextlib
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from benchmarks._compare import cpu_time
from tests.model_server import Calls, ModelServer, Text
from tests.terminal import Person

ROUNDS = 5
_ALONE = 0.12  # seconds that a question waits for another key after Enter
_TYPED = 0.6  # seconds after which Enter cannot belong to a paste

_ENGINE = """
import asyncio, os, sys
from llama_index.core.agent.workflow import AgentWorkflow
from llama_index.llms.openai import OpenAI

def cli_executor(command: str) -> str:
    "Run a command."
    return command

async def main():
    llm = OpenAI(model="gpt-4.1-mini", api_key="x", api_base=sys.argv[1])
    await AgentWorkflow.from_tools_or_functions([cli_executor], llm=llm).run(user_msg="go")

asyncio.run(main())
"""
_CODEX = """\
model = "scripted"
model_provider = "bench"
[model_providers.bench]
name = "bench"
base_url = "{url}"
env_key = "OPENAI_API_KEY"
"""
_LLM = """\
- model_id: scripted
  model_name: scripted
  api_base: "{url}"
"""

Figures = dict[str, float]


class _Timed(ModelServer):
    """Notes when the first request came, and how much CPU time `process` had taken by then."""

    def __init__(self) -> None:
        self.process = 0
        self.asked_at = self.cpu = 0.0
        super().__init__()

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        if not self.asked_at:
            self.asked_at, self.cpu = time.time(), cpu_time(self.process)
        with contextlib.suppress(OSError):  # a program that was ended does not read its answer
            super()._serve(handler)


def _peak(process: int) -> float:
    """Return the most memory that a process has had, in megabytes."""
    status = Path(f"/proc/{process}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return int(found[1]) / 1024 if found else 0.0


def _variables(home: Path, url: str | None) -> dict[str, str]:
    key = {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "x"} if url else {}
    base = {"PATH": os.environ["PATH"], "HOME": str(home), "TERM": "xterm-256color", "SHELL": "/bin/bash"}
    return {**base, **key}


def _run(server: _Timed, workflow: str, home: Path, *, offline: bool = False) -> Figures:
    """Return the figures of one request at a terminal, whose command is approved."""
    command, output_line = ("df -h", "^Filesystem ") if offline else ("echo seen", "^seen$")
    if not offline:
        server.reply(*([Calls.of(command), Text("Done.")] if workflow == "agent" else [Text(command)]))
    server.asked_at = 0.0
    started = time.time()
    at = Person(
        [sys.executable, "-m", "hitl_cli", "run", workflow, "show how much space is free"],
        _variables(home, None if offline else server.url),
        home,
        cold=True,
    )
    server.process = at.pid
    try:
        at.sees("Read first|all keys")
        asked, memory = at.read_at, _peak(at.pid)
        at.waits_until_keys_count()
        at.reads(_TYPED)
        entered = time.time()
        at.type_at_once("\r")
        at.sees(output_line)
        output = at.read_at
        at.leaves()
        gone = time.time()
    finally:
        at.close()
    figures = {
        "start to question": asked - started,
        "approval to output": output - entered - _ALONE,
        "last output to exit": gone - at.read_at,
        "memory": memory,
    }
    if not offline:
        figures |= {"start to request": server.asked_at - started, "CPU to request": server.cpu}
    return figures


def _conversation(home: Path) -> Figures:
    """Return how soon the prompt of a conversation takes keys, and how soon a typed request leaves."""
    server = _Timed()
    server.reply(Text("echo seen"))
    started = time.time()
    at = Person(
        [sys.executable, "-m", "hitl_cli", "run", "custom"], _variables(home, server.url), home, cold=True
    )
    server.process = at.pid
    try:
        at.sees(r"^>\s*$")
        ready = at.read_at
        at.reads(3.0)  # everything is loaded
        at.type_at_once("go")
        at.sees("^> go$")
        at.reads(_TYPED)
        entered = time.time()
        at.type_at_once("\r")
        at.sees("all keys")
        return {
            "start to prompt": ready - started,
            "Enter to request": server.asked_at - entered - _ALONE,
        }
    finally:
        at.close()
        server.close()


def _until_asked(
    command: Callable[[str], list[str]], variables: Callable[[str], Mapping[str, str]]
) -> Figures:
    """Return the figures of another program, which is ended after its first request."""
    server = _Timed()
    server.reply(Text("done"))
    started = time.time()
    process = subprocess.Popen(
        command(server.url),
        env={**os.environ, **variables(server.url)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    server.process = process.pid
    try:
        while not server.asked_at:
            if time.time() > started + 60 or process.poll() is not None:
                return {}
            time.sleep(0.002)
        return {"start to request": server.asked_at - started, "CPU to request": server.cpu}
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # codex is a process below its own
        process.wait()
        server.close()


def _engine(home: Path) -> Figures:
    return _until_asked(lambda url: [sys.executable, "-c", _ENGINE, url], lambda url: {"HOME": str(home)})


def _codex(home: Path) -> Figures:
    def variables(url: str) -> Mapping[str, str]:
        (home / "config.toml").write_text(_CODEX.format(url=url))
        return {"HOME": str(home), "CODEX_HOME": str(home), "OPENAI_API_KEY": "x"}

    return _until_asked(lambda url: ["codex", "exec", "--skip-git-repo-check", "go"], variables)


def _llm(home: Path) -> Figures:
    def variables(url: str) -> Mapping[str, str]:
        (home / "extra-openai-models.yaml").write_text(_LLM.format(url=url))
        return {"HOME": str(home), "LLM_USER_PATH": str(home), "OPENAI_API_KEY": "x"}

    return _until_asked(lambda url: ["llm", "-m", "scripted", "go"], variables)


def _in_new_home(measure: Callable[[Path], Figures]) -> Figures:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        return measure(Path(home))


def _rows(server: _Timed, kept: Path) -> dict[str, Callable[[], Figures]]:
    """Return what measures each row; the `kept` folder is the home of runs that are not the first ones."""
    rows: dict[str, Callable[[], Figures]] = {
        "bare engine": lambda: _in_new_home(_engine),
        "custom, first run": lambda: _in_new_home(lambda home: _run(server, "custom", home)),
        "custom, later run": lambda: _run(server, "custom", kept),
        "agent, first run": lambda: _in_new_home(lambda home: _run(server, "agent", home)),
        "agent, later run": lambda: _run(server, "agent", kept),
        "offline": lambda: _run(server, "custom", kept, offline=True),
        "conversation": lambda: _in_new_home(_conversation),
    }
    others = {"codex": _codex, "llm": _llm}
    for name, measure in others.items():
        if shutil.which(name):
            rows[name] = lambda measure=measure: _in_new_home(measure)  # type: ignore[misc]
    return rows


def _shown(name: str, value: float) -> str:
    if name == "memory":
        return f"{name} {value:.0f} MB"
    return f"{name} {value * 1000:.0f} ms"


def main() -> None:
    """Print the medians of each row, and the ratios to the bare engine."""
    found: dict[str, list[Figures]] = {}
    server = _Timed()
    try:
        with tempfile.TemporaryDirectory() as kept:
            rows = _rows(server, Path(kept))
            for number in range(ROUNDS + 1):
                for row, measure in rows.items():
                    figures = measure()
                    if number and figures:  # the first round warms up
                        found.setdefault(row, []).append(figures)
    finally:
        server.close()
    medians = {
        row: {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}
        for row, rounds in found.items()
    }
    floor = medians["bare engine"]
    for row, figures in medians.items():
        print(f"{row}: {', '.join(_shown(name, value) for name, value in figures.items())}")
        if row != "bare engine" and "start to request" in figures:
            wall, work = (figures[name] / floor[name] for name in ("start to request", "CPU to request"))
            print(f"  start to request: {wall:.2f} of the bare engine, {work:.2f} in CPU time")
