"""Runs a text in a preview: starts the stage, passes on the output, and collects what the stage reports."""

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from hitl_cli.preview import bubblewrap, mounts, system_calls
from hitl_cli.preview.bubblewrap import Bubblewrap, PreviewError, StoppedError, explained
from hitl_cli.preview.changes import LIMITS, ChangeKind, FileChange, MoreChanges, Preview, PreviewLimits
from hitl_cli.preview.stage.limits import available_memory
from hitl_cli.preview.stage.messages import LENGTH, packed, unpacked

_MOST_OUTPUT = (
    1 << 15
)  # what a command prints is shown line by line, which takes much longer than printing it
_END_OF_OUTPUT = 1 << 11
_LAST_OUTPUT = 1 << 14
_NEARLY_FULL = 1 << 16
_GRACE = 60.0  # seconds for the stage to read the changes and end
_HERE = Path(__file__).parent
_MAIN = "import sys; sys.path += sys.argv[1:]; from stage.main import main; main()"
_SERVICES = 300  # the most sockets in /run that are watched
_STREAM, _DATAGRAM = "0001", "0002"
# A text of root has its rights over files and its own processes, and none over the system.
_RIGHTS = (
    "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "SETFCAP", "NET_BIND_SERVICE",
    "SYS_CHROOT",
)  # fmt: skip


@dataclass(frozen=True)
class Previewer:
    """Runs texts in previews: with this shell `program`, in `folder`, and with these `variables`.

    `home` is the person's home folder; less than the `limits` is allowed if the machine has little memory available.
    """

    program: str
    folder: Path
    variables: Mapping[str, str]
    home: str
    limits: PreviewLimits = LIMITS

    async def run(
        self, text: str, on_output: Callable[[bytes], None], stop: asyncio.Event | None = None
    ) -> Preview:
        """Run `text` and return what it would change. `on_output` is called with what it prints, up to a limit.

        When `stop` is set, the text is ended, and what it changed until then is returned.

        Raises:
            PreviewError: There is no preview; nothing ran.
            StoppedError: `stop` was set when the text had ended already.
        """
        plan = self._plan()
        tool = bubblewrap.find()
        began = time.monotonic()
        limits = self.limits.within(available_memory())
        with _Stage(tool, limits.writes) as stage:
            stage.send(self._request(text, tool, plan, limits, stage))
            stage.close_theirs()
            report = await _collected(stage, on_output, stop or asyncio.Event(), limits.seconds + _GRACE)
        return _preview(text, plan, report, limits, time.monotonic() - began)

    def _plan(self) -> mounts.Plan:
        try:
            found = mounts.parsed(Path("/proc/self/mountinfo").read_text(errors="surrogateescape"))
        except OSError:
            raise PreviewError(
                "A preview needs Linux: other systems have no overlays and namespaces."
            ) from None
        plan = mounts.plan(found, self.folder, self.home)
        folder = os.path.realpath(self.folder)
        if not plan.covers(folder):
            raise PreviewError(f"A preview cannot cover the folder {folder}. Nothing ran.")
        return plan

    def _request(
        self, text: str, tool: Bubblewrap, plan: mounts.Plan, limits: PreviewLimits, stage: "_Stage"
    ) -> dict[str, Any]:
        if any("\0" in each for each in (text, str(self.folder))):
            raise PreviewError("The text contains a NUL character. Nothing ran.")
        is_root = os.getuid() == 0
        privileges = ["--cap-drop", "ALL"] if is_root else ["--unshare-user"]
        for right in _RIGHTS if is_root else ():
            privileges += ["--cap-add", f"CAP_{right}"]
        return {
            "bwrap": tool.path,
            "privileges": privileges,
            "steps": plan.steps,
            "services": list(_services()),
            "output": stage.output_for_text,
            "filter": stage.filter,
            "folder": str(self.folder),
            "command": [self.program, "-c", text],
            "variables": {**self.variables, "PWD": str(self.folder)},
            "time_limit": limits.seconds,
            "memory": limits.memory,
            "processes": limits.processes,
            "nearly_full": _NEARLY_FULL,
        }


def why_unavailable(folder: Path, home: str) -> str:
    """Return a sentence that says why previews do not work in `folder`, and what would help; empty if they do."""
    try:
        previewer = Previewer("/bin/sh", folder, {"PATH": os.defpath}, home, PreviewLimits(5.0))
        asyncio.run(previewer.run(":", lambda _: None))
    except PreviewError as problem:
        return str(problem)
    return ""


class _Stage:
    """The stage process with its pipes. The process and all that it started ends with this context."""

    def __init__(self, tool: Bubblewrap, room: int) -> None:
        self._tool = tool
        self._room = room
        self._theirs: list[int] = []
        self._ours: list[int] = []

    def __enter__(self) -> Self:
        try:
            self._start()
        except OSError as problem:
            self.__exit__()
            raise PreviewError(
                f"The preview could not be started: {problem.strerror}. Nothing ran."
            ) from problem
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if hasattr(self, "_process"):
            if self._process.poll() is None:
                self._process.kill()
            self._process.wait()
            for each in (self._process.stdin, self._process.stdout, self._process.stderr):
                if each is not None:
                    with contextlib.suppress(OSError):
                        each.close()
        self.close_theirs()
        while self._ours:
            os.close(self._ours.pop())

    def send(self, request: dict[str, Any]) -> None:
        """Send the request."""
        with contextlib.suppress(BrokenPipeError):
            self._requests.write(packed(request))
            self._requests.flush()

    def stop(self) -> None:
        """Have the stage end the text and report."""
        with contextlib.suppress(OSError):
            self._requests.close()

    def close_theirs(self) -> None:
        """Close the ends of the pipes that belong to the stage."""
        while self._theirs:
            os.close(self._theirs.pop())

    def problem(self, *, has_run: bool) -> PreviewError:
        """Return why the stage sent no report, or not all of it if the text `has_run`."""
        assert self._process.stderr is not None
        said = self._process.stderr.read().decode(errors="replace").strip()
        words = said.splitlines()[-1].removeprefix("bwrap: ") if said else ""
        if has_run:
            why = words or "the process that read it was killed"
            return PreviewError(
                f"What the command changed in the preview is unknown: {why}. Nothing of it is left."
            )
        return explained(words)

    def _start(self) -> None:
        self.output, self.output_for_text = os.pipe()
        self._ours.append(self.output)
        self._theirs.append(self.output_for_text)
        self.filter = system_calls.refusing()
        self._theirs.append(self.filter)
        arguments = [self._tool.path, "--unshare-pid", "--unshare-net", "--unshare-ipc"]
        arguments += ["--cap-add", "ALL"] if os.getuid() == 0 else ["--unshare-user"]
        arguments += ["--die-with-parent", "--new-session", "--dev-bind", "/", "/"]
        arguments += ["--size", str(self._room), "--tmpfs", "/run"]
        passed = [self.output_for_text, self.filter]
        python = os.path.realpath(sys.executable)
        self._process = subprocess.Popen(
            [*arguments, "--", python, "-I", "-S", "-c", _MAIN, str(_HERE)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd="/",
            env={},
            pass_fds=passed,
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests, self.reports = self._process.stdin, self._process.stdout


@dataclass
class _StageReport:
    ended: dict[str, Any]
    changes: list[FileChange]
    more: list[MoreChanges]
    output_omitted: int = 0
    last_output: bytes = b""


async def _collected(
    stage: _Stage, on_output: Callable[[bytes], None], stop: asyncio.Event, patience: float
) -> _StageReport:
    """Return the report of the stage, after its text has ended."""
    loop = asyncio.get_running_loop()
    output, reports = asyncio.StreamReader(), asyncio.StreamReader(limit=1 << 24)
    with contextlib.ExitStack() as transports:
        for descriptor, reader in ((stage.output, output), (stage.reports.fileno(), reports)):
            transport, _ = await loop.connect_read_pipe(
                lambda reader=reader: asyncio.StreamReaderProtocol(reader),  # type: ignore[misc]
                os.fdopen(os.dup(descriptor), "rb"),
            )
            transports.callback(transport.close)
        printing = asyncio.create_task(_pass_on(output, on_output))
        report = _StageReport({}, [], [])
        reading = asyncio.create_task(_read(reports, report))
        stopping = asyncio.create_task(stop.wait())

        def stopped(task: "asyncio.Task[Any]") -> None:
            if not task.cancelled():
                reading.cancel() if report.ended else stage.stop()

        stopping.add_done_callback(stopped)
        try:
            async with asyncio.timeout(patience):
                await reading
                report.output_omitted, report.last_output = await printing
                return report
        except asyncio.CancelledError:
            if not (stop.is_set() and reading.cancelled()):
                raise
            raise StoppedError(
                "You stopped the preview while it read what changed. Nothing of it is left."
            ) from None
        except TimeoutError:
            raise PreviewError(
                "The preview took too long to read what changed. Nothing of it is left."
            ) from None
        except EOFError:
            raise stage.problem(has_run=bool(report.ended)) from None
        finally:
            for task in (reading, stopping, printing):
                task.cancel()


async def _read(reports: asyncio.StreamReader, report: _StageReport) -> None:
    """Read the `report` of the stage to its end."""
    while True:
        length = int.from_bytes(await reports.readexactly(LENGTH), "big")
        message = unpacked(await reports.readexactly(length))
        match message["is"]:
            case "failed":
                raise explained(message["why"])
            case "ended":
                report.ended = message
            case "change":
                report.changes.append(FileChange.from_message(message))
            case "more":
                kind = ChangeKind(message["kind"])
                counts = (message["files"], message["folders"], message["bytes"])
                report.more.append(MoreChanges(kind, message["folder"], *counts))
            case "done":
                return


async def _pass_on(output: asyncio.StreamReader, on_output: Callable[[bytes], None]) -> tuple[int, bytes]:
    """Pass on what the text prints: its beginning at once, and if it is long, its end when there is no more.

    Returns the number of bytes that were not passed on, and the last ones of all.
    """
    count, last = 0, b""
    while chunk := await output.read(1 << 16):
        if count < _MOST_OUTPUT:
            on_output(chunk[: _MOST_OUTPUT - count])
        count += len(chunk)
        last = (last + chunk)[-_LAST_OUTPUT:]
    omitted = max(0, count - _MOST_OUTPUT)
    if omitted > _END_OF_OUTPUT:
        _, _, end = last[-_END_OF_OUTPUT:].partition(b"\n")
        on_output("\n[…]\n".encode() + end)
        return omitted - len(end), last
    if omitted:
        on_output(last[-omitted:])
    return 0, last


def _preview(
    text: str, plan: mounts.Plan, report: _StageReport, limits: PreviewLimits, duration: float
) -> Preview:
    ended = report.ended
    return Preview(
        command=text,
        exit_status=ended["status"],
        stopped=ended["stopped"],
        changes=tuple(report.changes),
        more=tuple(report.more),
        network=ended["network"],
        services=ended["services"],
        sockets=tuple(ended["sockets"]),
        is_full=ended["full"],
        limits=limits,
        output_omitted=report.output_omitted,
        uncovered=tuple(plan.uncovered),
        duration=duration,
        output=report.last_output.decode(errors="replace"),
    )


def _services() -> Iterator[dict[str, str]]:
    """Yield what a preview has in the place of /run: links, the user's own folder, and a socket for each service."""
    with contextlib.suppress(OSError):
        for entry in os.scandir("/run"):
            if entry.is_symlink():
                yield {"kind": "link", "path": entry.name, "target": os.readlink(entry.path)}
    if os.path.isdir(f"/run/user/{os.getuid()}"):
        yield {"kind": "folder", "path": f"user/{os.getuid()}", "mode": "700"}
    count = 0
    with (
        contextlib.suppress(OSError),
        open("/proc/net/unix", encoding="utf-8", errors="surrogateescape") as file,
    ):
        for line in file:
            fields = line.rstrip("\n").split(None, 7)
            path = fields[7].removeprefix("/var") if len(fields) == 8 else ""
            if path.startswith("/run/") and fields[4] in (_STREAM, _DATAGRAM) and count < _SERVICES:
                count += 1
                kind = "stream" if fields[4] == _STREAM else "datagram"
                yield {"kind": kind, "path": path.removeprefix("/run/")}
