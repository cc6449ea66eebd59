"""The filter of system calls of a fence, for seccomp (https://docs.kernel.org/userspace-api/seccomp_filter.html).

It refuses what no rule about paths covers: modes, owners, times and attributes of files, sockets, shared memory and
other processes.
"""

import errno
import functools
import tempfile

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
# AF_NETLINK with NETLINK_ROUTE: the list of interfaces and addresses, which a command without privileges can only read.
_NETLINK, _ROUTE = 16, 0
_NEW_USER_NAMESPACE = 0x10000000  # CLONE_NEWUSER of clone(2)
_INT = 0xFFFF_FFFF  # the kernel reads these arguments as 32 bits
# ioctl(2): typing into a terminal (TIOCSTI, TIOCLINUX), attributes of files (FS_IOC_SETFLAGS in both sizes,
# FS_IOC_FSSETXATTR), and sealing them (FS_IOC_ENABLE_VERITY).
_REFUSED_IOCTLS = (0x5412, 0x541C, 0x4008_6602, 0x4004_6602, 0x401C_5820, 0x4080_6685)


@functools.cache
def made(network: bool, *, sets_times: bool) -> bytes:
    """Return the filter, an array of `struct sock_filter`; with `network` it lets internet sockets through.

    With `sets_times`, the times of files can be changed.

    Raises:
        ImportError, RuntimeError: The system library libseccomp is missing.
        OSError: It cannot be made.
    """
    from pyseccomp import ALLOW, ERRNO, MASKED_EQ, NE, Arg, SyscallFilter

    calls = SyscallFilter(ALLOW)
    refuse = ERRNO(errno.EPERM)
    for name in _REFUSED if sets_times else (*_REFUSED, *_TIMES):
        calls.add_rule(refuse, name)
    for number in _LATER_CALLS:
        calls.add_rule(ERRNO(errno.ENOSYS), number)
    for family in _FAMILIES:
        if family == _NETLINK:
            calls.add_rule(refuse, "socket", Arg(0, MASKED_EQ, _INT, family), Arg(2, NE, _ROUTE))
        elif not (network and family in _INTERNET):
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
