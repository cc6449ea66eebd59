"""Runs the text in the second sandbox, then reports what it changed."""

from __future__ import annotations

import ctypes
import os
import select
import time

from .limits import Limits, end_first
from .messages import receive, send
from .mounting import overlay, protect_devices
from .scan import Layer, Scan
from .services import FakeServices, network_attempts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ROOM = "/run"  # the tmpfs of the first sandbox
_CHECK_INTERVAL = 0.05  # seconds between two checks of the limits
_SET_CHILD_SUBREAPER = 36  # of prctl(2)
_REQUESTS, _REPORTS = 0, 1  # standard input and output
_SIGKILL, _SIGPIPE, _SIGXFSZ = 9, 13, 25  # Python ignores the last two


def main() -> None:
    """Serve one request."""
    ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1)
    request = receive(_REQUESTS)
    try:
        layers = _layers(request["steps"])
        protect_devices()
        services = FakeServices(os.path.join(_ROOM, "run"), request["services"])
        ended = _run(request, layers, services)
    except OSError as problem:
        _send({"is": "failed", "why": problem.strerror or str(problem)})
        return
    _send(ended)
    if ended["is"] == "ended":
        scan = Scan(list(layers.values()), os.path.realpath(request["folder"]), _send)
        scan.report(services.folder, services.entries)
    _send({"is": "done"})


def _send(message: dict[str, Any]) -> None:
    send(message, _REPORTS)


def _layers(steps: list[tuple[str, str]]) -> dict[str, Layer]:
    """Make the writable part of each overlay, with the mode and the owner of the folder below it."""
    layers = {}
    for number, (how, point) in enumerate(steps):
        if how not in ("overlay", "sealed"):
            continue
        try:
            below = os.stat(point)
        except OSError:  # it was deleted since the plan was made
            continue
        upper, work = f"{_ROOM}/{number}/upper", f"{_ROOM}/{number}/work"
        os.makedirs(upper)
        os.makedirs(work)
        mode = below.st_mode & 0o7777
        if os.getuid() == 0:
            os.chown(upper, below.st_uid, below.st_gid)
        elif not os.access(point, os.W_OK):  # the copy is the user's own, and must not allow more
            mode &= ~0o222
        os.chmod(upper, mode)
        layers[point] = Layer(point, upper)
    return layers


def _run(request: dict[str, Any], layers: dict[str, Layer], services: FakeServices) -> dict[str, Any]:
    """Run the text until it ends, the time is over or the program closes standard input; say how it ended."""
    before = network_attempts()
    limits = Limits(request["processes"], request["memory"])
    read_end, write_end = os.pipe()
    output = request["output"]
    arguments = _arguments(request, layers, services)
    own_score = end_first()
    sandbox = os.posix_spawn(
        arguments[0],
        arguments,
        request["variables"],
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDWR, 0),
            (os.POSIX_SPAWN_DUP2, output, 1),
            (os.POSIX_SPAWN_DUP2, write_end, 2),
            (os.POSIX_SPAWN_CLOSE, output),
        ],
        setsigdef=[_SIGPIPE, _SIGXFSZ],
    )
    end_first(own_score)
    for each in (write_end, output, request["filter"]):
        os.close(each)
    stopped = ""
    ends_at = time.monotonic() + request["time_limit"]
    watched = select.poll()
    for each in (os.pidfd_open(sandbox), _REQUESTS, *services.filenos()):
        watched.register(each, select.POLLIN | select.POLLHUP)
    while not os.waitid(os.P_PID, sandbox, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        left = ends_at - time.monotonic()
        events = watched.poll(max(0.0, min(left, _CHECK_INTERVAL)) * 1000)
        for descriptor, _ in events:
            if descriptor == _REQUESTS:
                stopped = stopped or "person"
                watched.unregister(descriptor)
            else:
                services.accept(descriptor)
        stopped = stopped or limits.exceeded()
        if time.monotonic() >= ends_at:
            stopped = stopped or "time"
        if stopped:
            os.kill(sandbox, _SIGKILL)  # its process namespace ends with it
            break
    status = os.waitstatus_to_exitcode(os.waitpid(sandbox, 0)[1])
    _wait_for_all()
    for descriptor, _ in watched.poll(0):
        services.accept(descriptor)
    with open(read_end, encoding="utf-8", errors="replace") as file:
        problem = file.read()
    if problem and status and not stopped:
        return {"is": "failed", "why": problem.strip().removeprefix("bwrap: ")}
    room = os.statvfs(_ROOM)
    remote, local = network_attempts()
    return {
        "is": "ended",
        "status": 128 - status if status < 0 else status,
        "stopped": stopped,
        "full": room.f_bavail * room.f_frsize < request["nearly_full"] or room.f_favail == 0,
        "network": max(0, remote - before[0]),
        "services": max(0, local - before[1]),
        "sockets": sorted(services.wanted),
    }


def _wait_for_all() -> None:
    """Wait for the end of the process namespace of the second sandbox, of which this process is the parent by now.

    bwrap ends with the text, and what the text left in the background is killed then: it could write until it is gone.
    """
    try:
        while True:
            os.wait()
    except ChildProcessError:
        return


def _arguments(request: dict[str, Any], layers: dict[str, Layer], services: FakeServices) -> list[str]:
    """Return the command line of the second sandbox."""
    arguments = [request["bwrap"], "--die-with-parent", "--new-session"]
    arguments += ["--unshare-pid", "--unshare-ipc", "--unshare-uts"]
    arguments += request["privileges"]
    devices = [step for step in request["steps"] if step[1].startswith("/dev/")]
    for step in request["steps"]:
        if step not in devices:
            arguments += _made(step, layers)
    arguments += ["--dev", "/dev", "--remount-ro", "/dev", "--proc", "/proc", "--remount-ro", "/proc"]
    for step in devices:
        arguments += _made(step, layers)
    arguments += ["--ro-bind", "/sys", "/sys"]
    if os.path.isdir("/run"):
        arguments += ["--bind", services.folder, "/run"]
    if ("overlay", "/") not in request["steps"]:
        arguments += ["--remount-ro", "/"]
    arguments += ["--seccomp", str(request["filter"]), "--chdir", request["folder"], "--"]
    # bwrap's own errors go to another pipe than what the text prints.
    return [*arguments, "/bin/sh", "-c", 'exec "$0" "$@" 2>&1', *request["command"]]


def _made(step: tuple[str, str], layers: dict[str, Layer]) -> list[str]:
    """Return the arguments of bwrap for one step of the plan."""
    how, point = step
    if not os.path.lexists(point) or (how in ("overlay", "sealed") and point not in layers):
        return []  # it was deleted since the plan was made
    match how:
        case "overlay":
            return overlay(layers[point])
        case "sealed":
            return [*overlay(layers[point]), "--remount-ro", point]
        case "read-only":
            return ["--ro-bind", point, point]
        case "hidden":
            return ["--tmpfs", point, "--remount-ro", point]
        case "link":
            return ["--symlink", os.readlink(point), point]
    return ["--dir", point]
