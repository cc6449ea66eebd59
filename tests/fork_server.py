"""A process that has imported what `hitl` needs, and starts programs as forks of itself.

`python -m tests.fork_server LISTENER CONTROL` takes jobs from the clients of the listening socket with that descriptor,
until the other end of the control socket is closed; see `tests.forks` for what is sent. It imports when the first job
comes. A fork becomes the program in all that can be seen from within or without, and ends as `python -m` does.
"""

import atexit
import contextlib
import fcntl
import gc
import io
import json
import os
import runpy
import select
import signal
import socket
import sys
import termios
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version

# What `hitl run` imports in the course of its life, unless another of these imports it.
_MODULES = (
    "anyio._backends._asyncio",
    "encodings.ascii",
    "hitl_cli.agent",
    "hitl_cli.approval.agents",
    "hitl_cli.catalogue.index",
    "hitl_cli.catalogue.index_builder",
    "hitl_cli.catalogue.search",
    "hitl_cli.cli",
    "hitl_cli.cli.authors",
    "hitl_cli.cli.catalogue",
    "hitl_cli.cli.history",
    "hitl_cli.cli.policy",
    "hitl_cli.cli.preview",
    "hitl_cli.cli.settings",
    "hitl_cli.commands.catalogue",
    "hitl_cli.commands.config",
    "hitl_cli.commands.doctor",
    "hitl_cli.commands.history_output",
    "hitl_cli.commands.list",
    "hitl_cli.commands.recap",
    "hitl_cli.commands.resume",
    "hitl_cli.commands.resuming",
    "hitl_cli.commands.run",
    "hitl_cli.commands.runner",
    "hitl_cli.commands.user_interface",
    "hitl_cli.memory",
    "hitl_cli.models.arrival",
    "hitl_cli.models.command_reply",
    "hitl_cli.models.early_request",
    "hitl_cli.models.explanation",
    "hitl_cli.models.failures",
    "hitl_cli.models.first_requests",
    "hitl_cli.models.offline",
    "hitl_cli.models.offline_agent",
    "hitl_cli.models.openai_compatible",
    "hitl_cli.persons.at_terminal",
    "hitl_cli.persons.in_plain_lines",
    "hitl_cli.screen.live_rows",
    "hitl_cli.screen.own_panels",
    "hitl_cli.screen.records",
    "hitl_cli.screen.screen",
    "hitl_cli.session.session",
    "hitl_cli.shell.fence",
    "hitl_cli.terminal.relay",
    "hitl_cli.text.secrets.formats",
    "httpcore",
    "llama_index.core.llms.mock",
    "openai.resources",
    "prompt_toolkit.key_binding.bindings.search",
    "prompt_toolkit.patch_stdout",
    "psutil",
    "rich.markdown",
    "tomlkit",
    "tree_sitter_bash",
    "typer._adapters",
    "typer._click._textwrap",
    "typer._click.decorators",
    "workflows.plugins.basic",
    "workflows.representation.build",
    "workflows.representation.validate",
    "workflows.runtime.runtime_decorators",
    "workflows.runtime.verbose",
)

# What the interpreter itself adds to the environment: a locale of UTF-8 where none is set.
_ADDED = {name: os.environ[name] for name in ("LC_CTYPE",) if name in os.environ}


@dataclass(frozen=True)
class _Job:
    """A module to run as the main program, and what the process of it is to be like."""

    module: str
    arguments: list[str]
    environment: dict[str, str]
    folder: str
    terminal: bool
    descriptors: list[int]


def _is_asked(listener: socket.socket, control: socket.socket) -> bool:
    """Wait for the first client; return False where there will be none."""
    return control not in select.select([listener, control], [], [])[0]


def _next_job(listener: socket.socket, control: socket.socket) -> _Job | None:
    """Fork for each job that comes, and return it there; return None where there are no more."""
    ended, wake = os.pipe()
    for end in (ended, wake):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    reports: dict[int, socket.socket] = {}
    while True:
        ready = select.select([listener.fileno(), control.fileno(), ended], [], [])[0]
        if ended in ready:
            os.read(ended, 4096)
            _report_ended(reports)
        if control.fileno() in ready:
            return None
        if listener.fileno() not in ready:
            continue
        report, _ = listener.accept()
        job = _received(report)
        if process := os.fork():
            reports[process] = report
            _send_number(report, process)
            for descriptor in job.descriptors:
                os.close(descriptor)
            continue
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell has background jobs ignore
        for other in (listener, control, report, *reports.values()):
            other.close()
        os.close(ended)
        os.close(wake)
        return job


def _received(report: socket.socket) -> _Job:
    """Return the job that a client sends: a byte with the descriptors, then a line."""
    _, descriptors, _, _ = socket.recv_fds(report, 1, 3)
    with report.makefile("r", encoding="utf-8") as lines:
        return _Job(**json.loads(lines.readline()), descriptors=descriptors)


def _send_number(report: socket.socket, number: int) -> None:
    with contextlib.suppress(OSError):  # nobody waits for it any more
        report.sendall(f"{number}\n".encode())


def _report_ended(reports: dict[int, socket.socket]) -> None:
    """Tell how the forks ended that have."""
    while reports:
        process, status = os.waitpid(-1, os.WNOHANG)
        if not process:
            return
        with reports.pop(process) as report:
            _send_number(report, os.waitstatus_to_exitcode(status))


def _become(job: _Job) -> None:
    """Make this process what a new one would be, except for the modules that are loaded."""
    os.setsid()
    for number, descriptor in enumerate(job.descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    if job.terminal:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    os.chdir(job.folder)
    os.environ.clear()
    os.environ.update({**_ADDED, **job.environment})
    time.tzset()
    sys.argv[1:] = job.arguments
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        stream = _standard(number, name, getattr(sys, name))
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _standard(number: int, name: str, ours: io.TextIOWrapper) -> io.TextIOWrapper:
    """Return what the interpreter makes of a standard descriptor; encoding and errors are those of `ours`."""
    raw = io.FileIO(number, "w" if number else "r", closefd=False)
    raw.name = f"<{name}>"
    buffered = io.BufferedWriter(raw) if number else io.BufferedReader(raw)
    lines = name == "stderr" or raw.isatty()
    stream = io.TextIOWrapper(buffered, ours.encoding, ours.errors, newline="\n", line_buffering=lines)
    stream.mode = raw.mode[0]  # type: ignore[misc]
    return stream


def _exit_at_once(statuses: Sequence[int]) -> None:
    """Exit with the status, if there is one: to destroy all objects first would copy most of what forks share."""
    if statuses:
        # The interpreter itself reports a broken stream.
        with contextlib.suppress(OSError, ValueError, AttributeError):
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(statuses[0])


def main(listener: socket.socket, control: socket.socket) -> None:
    """Import everything as soon as something is asked for, then start that and all that follows."""
    if not _is_asked(listener, control):
        return
    statuses: list[int] = []
    atexit.register(_exit_at_once, statuses)  # the first that is registered is called last
    for module in _MODULES:
        import_module(module)
    # What each program would find out anew: tests have state folders of their own, but one engine and one system.
    engine_support = import_module("hitl_cli.session.engine.support")
    engine_support.checked(version(engine_support.ENGINE))
    import_module("hitl_cli.models.chat_client").certificates()
    gc.collect()
    gc.freeze()  # what is looked through is copied, and everything is shared now
    job = _next_job(listener, control)
    if job is None:
        return
    _become(job)
    try:
        runpy.run_module(job.module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            statuses.append((end.code or 0) & 0xFF)
        raise
    statuses.append(0)


if __name__ == "__main__":
    main(*(socket.socket(fileno=int(descriptor)) for descriptor in sys.argv[1:]))
