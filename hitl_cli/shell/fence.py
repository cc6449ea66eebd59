"""A fence around a command, which the kernel enforces: it can read, and change nothing but what it may.

Landlock (https://docs.kernel.org/userspace-api/landlock.html) decides about files and signals. A seccomp filter
(https://docs.kernel.org/userspace-api/seccomp_filter.html) refuses what Landlock does not cover: modes, owners, times
and attributes of files, sockets, shared memory and other processes. Both last until the command and its descendants
end. A command of root loses all of root's privileges but reading any file.
"""

import errno
import functools
import os
import sys
import tempfile
import threading
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hitl_cli.errors import CommandStartError
from hitl_cli.policy.places import SECRET_PLACES
from hitl_cli.shell.guardian.fencing import enclose

if TYPE_CHECKING:
    from landlockpy import Ruleset

_NEEDED_ABI = 6
"""The first version of Landlock that can refuse signals to other processes, that of Linux 6.12."""

_OWN_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty")

# Calls that change what is not a file's content, reach beyond the command's own processes, or belong to the system.
_REFUSED = [
    "chmod", "fchmod", "fchmodat", "chown", "fchown", "lchown", "fchownat", "setxattr", "lsetxattr", "fsetxattr",
    "removexattr", "lremovexattr", "fremovexattr", "io_uring_setup", "io_uring_enter", "io_uring_register", "ptrace",
    "process_vm_readv", "process_vm_writev", "pidfd_getfd", "process_madvise", "process_mrelease", "kcmp",
    "setpriority", "ioprio_set", "sched_setaffinity", "sched_setattr", "sched_setparam", "sched_setscheduler",
    "migrate_pages", "move_pages", "shmget", "shmat", "shmctl", "msgget", "msgsnd", "msgrcv", "msgctl", "semget",
    "semop", "semtimedop", "semctl", "mq_open", "mq_unlink", "add_key", "request_key", "keyctl", "mount", "umount2",
    "pivot_root", "chroot", "move_mount", "open_tree", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr",
    "unshare", "setns", "open_by_handle_at", "fanotify_init", "quotactl", "quotactl_fd", "acct", "reboot", "swapon",
    "swapoff", "sethostname", "setdomainname", "settimeofday", "clock_settime", "stime", "clock_adjtime", "adjtimex",
    "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "bpf", "perf_event_open",
    "userfaultfd", "iopl", "ioperm", "syslog", "vhangup", "nfsservctl", "lookup_dcookie",
]  # fmt: skip
# Refused to a command that may write nowhere. One that may can change the times of any file: programs set those of the
# files that they write, and the filter sees no paths.
_TIMES = ("utime", "utimes", "utimensat", "futimesat")
# Calls by number: those that came after Linux 6.5 (fchmodat2 first, later setxattrat and file_setattr) and that
# libseccomp may not know by name. Numbers from 424 on are the same on every architecture.
_LATER_CALLS = range(452, 512)
_INTERNET = (2, 10)  # AF_INET and AF_INET6
_FAMILIES = range(64)
_NEW_USER_NAMESPACE = 0x10000000  # CLONE_NEWUSER of clone(2)
_INT = 0xFFFF_FFFF  # the kernel reads these arguments as 32 bits
# ioctl(2): typing into a terminal (TIOCSTI, TIOCLINUX), attributes of files (FS_IOC_SETFLAGS in both sizes,
# FS_IOC_FSSETXATTR), and sealing them (FS_IOC_ENABLE_VERITY).
_REFUSED_IOCTLS = (0x5412, 0x541C, 0x4008_6602, 0x4004_6602, 0x401C_5820, 0x4080_6685)


HELD = "it ran behind a fence, which refused it something"
"""How the note on a command begins that failed because of its fence."""

_LONGEST_LINE = 200  # characters of a line that is quoted
_REFUSALS = tuple(map(os.strerror, (errno.EPERM, errno.EACCES, errno.EROFS, errno.ENOSYS)))
# What programs say in their own words about a file that they cannot write, the network, or privileges.
_ENGLISH_REFUSALS = (
    "operation not permitted",
    "permission denied",
    "read-only file system",
    "readonly database",
    "unable to open database file",
    "not writable",
    "could not resolve host",
    "could not resolve proxy",
    "unable to resolve host",
    "temporary failure in name resolution",
    "name or service not known",
    "failure in name resolution",
    "eai_again",
    "eacces",
    "eperm",
    "no new privileges",
)


class FenceError(CommandStartError):
    """A command could not be fenced; nothing ran."""


@dataclass(frozen=True)
class Fence:
    """What a fenced command may do beyond reading.

    It can write below `writes` and `scratch` and to its own terminal, reach the internet if `network`, and not read the
    `hidden` files and folders. It cannot change modes or owners anywhere, nor times if it may not write, and can signal
    only its own processes.
    """

    writes: tuple[Path, ...] = ()
    network: bool = False
    hidden: tuple[Path, ...] = ()
    scratch: Path | None = None

    def with_scratch(self, folder: Path) -> "Fence":
        """Return this fence, where the command can also write below `folder`, for its temporary files."""
        return replace(self, scratch=folder)

    def ruleset(self) -> "Ruleset":
        """Return the rules about files and signals; the caller closes them.

        Raises:
            FenceError: This system has no fence.
        """
        self._check()
        from landlockpy import AccessFS, AccessNet, Ruleset, Scope

        look = AccessFS.READ_FILE | AccessFS.EXECUTE
        rules = Ruleset(
            scoped=Scope.SIGNAL | Scope.ABSTRACT_UNIX_SOCKET, handled_net=AccessNet.NONE
        )  # the filter refuses sockets
        try:
            rules.allow_path("/", AccessFS.READ_DIR)
            for path in _readable(self.hidden):
                _allow(rules, path, look)
            for device in _OWN_DEVICES:
                _allow(rules, device, AccessFS.READ_FILE | AccessFS.WRITE_FILE | AccessFS.IOCTL_DEV)
            changes = rules.handled_fs & ~(look | AccessFS.READ_DIR | AccessFS.IOCTL_DEV)
            for place in (*self.writes, *([self.scratch] if self.scratch else [])):
                _allow(rules, place, changes if place.is_dir() else AccessFS.WRITE_FILE | AccessFS.TRUNCATE)
        except OSError as problem:
            rules.close()
            raise FenceError(f"The fence cannot be set up: {problem.strerror}. Nothing ran.") from problem
        return rules

    def filter(self) -> bytes:
        """Return the filter of system calls, an array of `struct sock_filter`.

        Raises:
            FenceError: This system has no fence.
        """
        self._check()
        return _filter(self.network, sets_times=bool(self.writes))

    def _check(self) -> None:
        if lacking := why_unavailable():
            raise FenceError(f"{lacking} Nothing ran.")


def hidden_places(home: Path, own: Collection[Path]) -> tuple[Path, ...]:
    """Return the places for secrets that this user could read: those of a person with this `home`, and `own` ones."""
    listed = (Path(str(home) + each[1:]) if each.startswith("~") else Path(each) for each in SECRET_PLACES)
    return tuple(each for each in (*listed, *own) if os.access(each, os.R_OK))


def refusal_in(output: str) -> str:
    """Return the first line of a failed command's output that says that something was refused; empty if none does."""
    refusals = {each.lower() for each in (*_REFUSALS, *_ENGLISH_REFUSALS)}
    for line in output.splitlines():
        words = line.lower()
        if any(each in words for each in refusals):
            return " ".join(line.split())[:_LONGEST_LINE]
    return ""


@functools.cache
def why_unavailable() -> str:
    """Return a sentence that says why there is no fence; empty if there is one."""
    if not sys.platform.startswith("linux"):
        return "There is no fence on this system: only Linux has Landlock and seccomp."
    try:
        import landlockpy
    except (ImportError, OSError) as problem:
        return f"There is no fence: {problem}. Reinstall hitl."
    version = landlockpy.abi_version() if landlockpy.supported() else 0
    if version < _NEEDED_ABI:
        found = f"version {version}" if version else "none"
        return f"There is no fence: it needs Landlock version {_NEEDED_ABI} (Linux 6.12), and this kernel has {found}."
    try:
        refused = _attempt(_filter(False, sets_times=False))
    except (ImportError, RuntimeError):
        return (
            "There is no fence: the system library libseccomp is missing. Install it (Debian: libseccomp2)."
        )
    except OSError as problem:
        return f"There is no fence: the filter of system calls cannot be made ({problem.strerror})."
    return f"There is no fence: the kernel refuses to set one up ({refused})." if refused else ""


def _attempt(instructions: bytes) -> str:
    """Put a thread behind a fence, which ends with it; return why that failed, empty if it did not.

    A container can refuse what the kernel has.
    """
    from landlockpy import AccessNet, Ruleset, Scope

    refused = []

    def enclosed() -> None:
        try:
            with Ruleset(scoped=Scope.SIGNAL, handled_net=AccessNet.NONE) as rules:
                rules.allow_path("/", rules.handled_fs)
                enclose(rules.fileno(), instructions)
        except OSError as problem:
            refused.append(problem.strerror or str(problem))

    thread = threading.Thread(target=enclosed)
    thread.start()
    thread.join()
    return "".join(refused)


def _allow(rules: "Ruleset", path: Path | str, access: int) -> None:
    """Allow `access` below `path`, if it exists."""
    from landlockpy import AccessFS

    try:
        rules.allow_path(path, AccessFS(access))
    except OSError as problem:
        if problem.errno not in (errno.ENOENT, errno.EACCES, errno.ENOTDIR):
            raise


def _readable(hidden: Collection[Path]) -> Iterator[str]:
    """Yield files and folders that together hold everything but what is `hidden`, and but the devices."""
    out = {"/dev", *map(os.path.realpath, hidden)}
    above = {str(parent) for each in out for parent in Path(each).parents}
    yield from _around("/", out - above, above)


def _around(folder: str, out: Collection[str], above: Collection[str]) -> Iterator[str]:
    """Yield what is below `folder` but not in `out`, as few paths as possible; `above` are all folders above `out`."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        path = entry.path
        if path in out or entry.is_symlink():  # what a link leads to counts where it is
            continue
        if path in above:
            yield from _around(path, out, above)
        else:
            yield path


@functools.cache
def _filter(network: bool, *, sets_times: bool) -> bytes:
    from pyseccomp import ALLOW, ERRNO, MASKED_EQ, NE, Arg, SyscallFilter

    calls = SyscallFilter(ALLOW)
    refuse = ERRNO(errno.EPERM)
    for name in _REFUSED if sets_times else (*_REFUSED, *_TIMES):
        calls.add_rule(refuse, name)
    for number in _LATER_CALLS:
        calls.add_rule(ERRNO(errno.ENOSYS), number)
    for family in _FAMILIES:
        if not (network and family in _INTERNET):
            calls.add_rule(refuse, "socket", Arg(0, MASKED_EQ, _INT, family))
    for request in _REFUSED_IOCTLS:
        calls.add_rule(refuse, "ioctl", Arg(1, MASKED_EQ, _INT, request))
    calls.add_rule(refuse, "clone", Arg(0, MASKED_EQ, _NEW_USER_NAMESPACE, _NEW_USER_NAMESPACE))
    calls.add_rule(ERRNO(errno.ENOSYS), "clone3")  # its flags are out of reach; libraries fall back to clone
    calls.add_rule(refuse, "prlimit64", Arg(0, NE, 0), Arg(2, NE, 0))
    with tempfile.TemporaryFile() as file:
        calls.export_bpf(file)
        file.seek(0)
        return file.read()
