"""A fence of macOS's own sandbox, made by `sandbox-exec`.

Apple documents neither the program nor its language of profiles for others. So nothing is believed of them: there is
such a fence only after a probe under a profile has shown, in this process, that what must be refused is refused.

The profile refuses everything that it does not name. Paths are parameters of it and no part of its text. Of several
rules that match, the last one decides.
"""

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path

NAME = "sandbox-exec"
PROGRAM = "/usr/bin/sandbox-exec"
_TIMEOUT = 30.0

# Reading, own processes, the own terminal, and the names of users and groups.
_ALWAYS = """\
(version 1)
(deny default)
(allow process-exec)
(allow process-fork)
(allow process-info* (target same-sandbox))
(allow signal (target same-sandbox))
(allow sysctl-read)
(allow file-read*)
(allow file-write-data (literal "/dev/null") (literal "/dev/zero") (literal "/dev/tty") (subpath "/dev/fd"))
(allow file-ioctl (literal "/dev/null") (literal "/dev/tty") (regex #"^/dev/ttys[0-9]+$"))
(allow mach-lookup
  (global-name "com.apple.system.opendirectoryd.libinfo")
  (global-name "com.apple.system.opendirectoryd.membership"))
"""
# The internet with its names and certificates; no sockets of services but that which answers for names.
_NETWORK = """\
(allow system-socket)
(allow network-outbound (remote ip))
(allow network-inbound (local ip))
(allow network-bind (local ip))
(allow network-outbound (literal "/private/var/run/mDNSResponder"))
(allow mach-lookup
  (global-name "com.apple.SystemConfiguration.configd")
  (global-name "com.apple.SystemConfiguration.DNSConfiguration")
  (global-name "com.apple.trustd")
  (global-name "com.apple.trustd.agent"))
"""
_NEVER = """\
(deny file-write-flags)
(deny file-write-mode)
(deny file-write-owner)
(deny file-write-setugid)
"""

# What the probe tries, and what a sandbox that does not refuse it lets a command do.
_FORBIDDEN = {
    "write": "write where it must not",
    "port": "connect to a port",
    "service": "connect to a socket of a service",
    "secret": "read a secret",
    "signal": "signal another process",
}
_PROBE = """\
import json, os, signal, socket, sys
allowed, forbidden, secret, service, port, process = sys.argv[1:]
def write(path):
    with open(path, "w") as file:
        file.write("x")
def connect(family, address):
    with socket.socket(family) as client:
        client.settimeout(5)
        client.connect(address)
attempts = {
    "allowed": lambda: write(allowed),
    "write": lambda: write(forbidden),
    "port": lambda: connect(socket.AF_INET, ("127.0.0.1", int(port))),
    "service": lambda: connect(socket.AF_UNIX, service),
    "secret": lambda: open(secret).read(),
    "signal": lambda: os.kill(int(process), signal.SIGURG),
}
done = []
for name, attempt in attempts.items():
    try:
        attempt()
    except OSError:
        continue
    done.append(name)
print(json.dumps(done))
"""


def parameters(writes: Sequence[str], hidden: Sequence[str], *, network: bool) -> list[str]:
    """Return the options of `sandbox-exec` for a command that writes below `writes` and does not read the `hidden`.

    The paths are real ones, without links. Without `network`, there are no sockets at all.
    """
    rules = [_ALWAYS, _NETWORK if network else ""]
    options = []
    for number, path in enumerate(writes):
        rules.append(f'(allow file-write* (subpath (param "WRITES_{number}")))\n')
        options += ["-D", f"WRITES_{number}={path}"]
    rules.append(_NEVER)
    for number, path in enumerate(hidden):
        rules.append(f'(deny file-read-data file-read-xattr (subpath (param "HIDDEN_{number}")))\n')
        options += ["-D", f"HIDDEN_{number}={path}"]
    return [*options, "-p", "".join(rules)]


def wrapped(
    words: Sequence[str],
    writes: Collection[Path],
    hidden: Collection[Path],
    *,
    network: bool,
    program: str = PROGRAM,
) -> list[str]:
    """Return the words that start the command `words` behind a fence of `program`.

    It can read what is not `hidden`, and write below `writes`.
    """
    real = [[os.path.realpath(each) for each in paths] for paths in (writes, hidden)]
    return [program, *parameters(*real, network=network), *words]


def why_unavailable(program: str = PROGRAM) -> str:
    """Return why there is no such fence, as words; empty if probes have shown that there is one."""
    for network in (False, True):
        must_do = {"allowed": "write where it may"} | ({"port": _FORBIDDEN["port"]} if network else {})
        try:
            done = _probed(program, network=network)
        except (OSError, ValueError, subprocess.SubprocessError) as problem:
            return f"{NAME} does not work: {problem}"
        if let := [what for name, what in _FORBIDDEN.items() if name in done and name not in must_do]:
            return f"{NAME} let a command {', '.join(let)}"
        if refused := [what for name, what in must_do.items() if name not in done]:
            return f"{NAME} did not let a command {', '.join(refused)}"
    return ""


def _probed(program: str, *, network: bool) -> list[str]:
    """Return what a probe could do of what it tried behind a fence of `program`.

    Raises:
        OSError, ValueError, subprocess.SubprocessError: It did not run to its end.
    """
    with contextlib.ExitStack() as held:
        folder = Path(os.path.realpath(held.enter_context(tempfile.TemporaryDirectory(prefix="hitl-"))))
        allowed, secret, service = (folder / name for name in ("allowed", "secret", "service"))
        allowed.mkdir()
        secret.write_text("secret")
        port = held.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
        listener = held.enter_context(socket.socket(socket.AF_UNIX))
        listener.bind(str(service))
        listener.listen()
        tried = (allowed / "file", folder / "file", secret, service, port, os.getpid())
        probe = [sys.executable, "-I", "-S", "-c", _PROBE, *map(str, tried)]
        ended = subprocess.run(
            wrapped(probe, [allowed], [secret], network=network, program=program),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TIMEOUT,
            check=False,
        )
    if ended.returncode != 0:
        said = ended.stderr.strip().splitlines()
        raise ValueError(said[-1] if said else f"exit status {ended.returncode}")
    done = json.loads(ended.stdout)
    if not isinstance(done, list):
        raise ValueError("the probe did not report")  # noqa: TRY004  (of a text, not of the code)
    return done
