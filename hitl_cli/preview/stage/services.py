"""What a text wanted to reach and could not: services behind sockets in /run, and the network."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket


class FakeServices:
    """A folder to take the place of /run: it has a socket for each service there, which closes each connection.

    `wanted` are the sockets in /run that something connected to, `entries` all paths that there are at first.
    """

    def __init__(self, folder: str, entries: list[dict[str, str]]) -> None:
        """Create the folder. Each entry has a `path` relative to /run and a `kind`; a link has a `target`."""
        self.folder = folder
        self.wanted: set[str] = set()
        self._sockets: dict[int, tuple[socket.socket, bool, str]] = {}
        os.makedirs(folder, exist_ok=True)
        for entry in entries:
            try:
                self._make(entry)
            except OSError:  # its name is too long, or there are too many
                continue
        os.chdir("/")
        self.entries = {
            f"/run{path.removeprefix(folder)}/{name}"
            for path, folders, files in os.walk(folder)
            for name in (*folders, *files)
        }

    def filenos(self) -> list[int]:
        """Return the file descriptors of the sockets."""
        return list(self._sockets)

    def accept(self, descriptor: int) -> None:
        """Close a connection to the socket `descriptor`, or drop a message to it."""
        if descriptor not in self._sockets:
            return
        listener, is_stream, path = self._sockets[descriptor]
        self.wanted.add(path)
        try:
            if is_stream:
                listener.accept()[0].close()
            else:
                listener.recv(1)
        except OSError:  # the other side has gone
            return

    def _make(self, entry: dict[str, str]) -> None:
        path = os.path.join(self.folder, entry["path"])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if entry["kind"] == "folder":
            os.makedirs(path, int(entry["mode"], 8), exist_ok=True)
        elif entry["kind"] == "link":
            os.symlink(entry["target"], path)
        else:
            import socket  # only here, because it takes long

            is_stream = entry["kind"] == "stream"
            kind = socket.SOCK_STREAM if is_stream else socket.SOCK_DGRAM
            listener = socket.socket(socket.AF_UNIX, kind)
            os.chdir(os.path.dirname(path))  # the name of a socket has at most 108 bytes
            listener.bind(os.path.basename(path))
            os.chmod(os.path.basename(path), 0o666)
            if is_stream:
                listener.listen(16)
            listener.setblocking(False)
            self._sockets[listener.fileno()] = (listener, is_stream, f"/run/{entry['path']}")


def network_attempts() -> tuple[int, int]:
    """Return how many attempts failed so far to reach another machine, and a service of this machine.

    They are those of this network namespace, which has no route. The counters are those of RFC 1213 and 4293: packets
    without a route; connections refused on this machine.
    """
    counters: dict[str, int] = {}
    try:
        with open("/proc/net/snmp", encoding="ascii") as file:
            lines = [line.split() for line in file]
        for names, values in zip(lines[::2], lines[1::2], strict=False):
            for name, value in zip(names[1:], values[1:], strict=False):
                counters[f"{names[0]}{name}"] = int(value)
        with open("/proc/net/snmp6", encoding="ascii") as file:
            counters |= {name: int(value) for name, value in (line.split() for line in file)}
    except OSError:  # there is no IPv6
        pass
    return (
        counters.get("Ip:OutNoRoutes", 0) + counters.get("Ip6OutNoRoutes", 0),
        sum(counters.get(name, 0) for name in ("Tcp:AttemptFails", "Udp:NoPorts", "Udp6NoPorts")),
    )
