"""What a text wanted to reach and could not: services behind sockets in /run, and the network."""

import contextlib
import os
import socket
from typing import NamedTuple


class Attempts(NamedTuple):
    """The number of failed attempts to reach another machine, and services of this machine."""

    remote: int
    local: int


class FakeServices:
    """A folder to take the place of /run: it has a socket for each service there, which closes each connection.

    `wanted` are the sockets in /run that something connected to.
    """

    def __init__(self, folder: str, entries: list[dict[str, str]]) -> None:
        """Create the folder. Each entry has a `path` relative to /run and a `kind`; a link has a `target`."""
        self.folder = folder
        self.wanted: set[str] = set()
        self._sockets: dict[int, tuple[socket.socket, str]] = {}
        os.makedirs(folder, exist_ok=True)
        for entry in entries:
            with contextlib.suppress(OSError):
                self._make(entry)
        os.chdir("/")

    def filenos(self) -> list[int]:
        """Return the file descriptors of the sockets."""
        return list(self._sockets)

    def accept(self, descriptor: int) -> None:
        """Close a connection to the socket `descriptor`, or drop a message to it."""
        if descriptor not in self._sockets:
            return
        listener, path = self._sockets[descriptor]
        self.wanted.add(path)
        with contextlib.suppress(OSError):
            if listener.type == socket.SOCK_STREAM:
                listener.accept()[0].close()
            else:
                listener.recv(1)

    def _make(self, entry: dict[str, str]) -> None:
        path = os.path.join(self.folder, entry["path"])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if entry["kind"] == "folder":
            os.makedirs(path, int(entry["mode"], 8), exist_ok=True)
        elif entry["kind"] == "link":
            os.symlink(entry["target"], path)
        else:
            kind = socket.SOCK_STREAM if entry["kind"] == "stream" else socket.SOCK_DGRAM
            listener = socket.socket(socket.AF_UNIX, kind)
            os.chdir(os.path.dirname(path))  # the name of a socket has at most 108 bytes
            listener.bind(os.path.basename(path))
            os.chmod(os.path.basename(path), 0o666)
            if kind == socket.SOCK_STREAM:
                listener.listen(16)
            listener.setblocking(False)
            self._sockets[listener.fileno()] = (listener, f"/run/{entry['path']}")


def network_attempts() -> Attempts:
    """Return what this network namespace, which has no route, has counted so far.

    The counters are those of RFC 1213 and 4293: packets without a route; connections refused on this machine.
    """
    counters: dict[str, int] = {}
    with contextlib.suppress(OSError), open("/proc/net/snmp", encoding="ascii") as file:
        lines = [line.split() for line in file]
        for names, values in zip(lines[::2], lines[1::2], strict=False):
            counters |= {
                f"{names[0]}{name}": int(value) for name, value in zip(names[1:], values[1:], strict=False)
            }
    with contextlib.suppress(OSError), open("/proc/net/snmp6", encoding="ascii") as file:
        counters |= {name: int(value) for name, value in (line.split() for line in file)}
    return Attempts(
        counters.get("Ip:OutNoRoutes", 0) + counters.get("Ip6OutNoRoutes", 0),
        sum(counters.get(name, 0) for name in ("Tcp:AttemptFails", "Udp:NoPorts", "Udp6NoPorts")),
    )
