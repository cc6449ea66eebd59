"""The filter of system calls for a text: it refuses what no namespace isolates."""

import errno
import os

from hitl_cli.preview.bubblewrap import PreviewError

_REFUSED = ("keyctl", "add_key", "request_key", "io_uring_setup")
"""Keys belong to the user, not to a namespace; io_uring would make sockets without a system call for each."""
_CLONE_NEWUSER = 0x1000_0000
"""With a user namespace a text could mount control groups, which are those of the system."""
_AF_VSOCK = 40
"""It reaches the host of a virtual machine from every network namespace."""


def refusing() -> int:
    """Return the descriptor of a new file in memory that has the filter, as bwrap reads it.

    Raises:
        PreviewError: The filter cannot be made.
    """
    try:
        from pyseccomp import ALLOW, ERRNO, MASKED_EQ, Arg, SyscallFilter

        calls = SyscallFilter(ALLOW)
        refused = ERRNO(errno.EPERM)
        for name in _REFUSED:
            calls.add_rule(refused, name)
        calls.add_rule(refused, "socket", Arg(0, MASKED_EQ, 0xFFFF_FFFF, _AF_VSOCK))
        for name in ("unshare", "clone"):
            calls.add_rule(refused, name, Arg(0, MASKED_EQ, _CLONE_NEWUSER, _CLONE_NEWUSER))
        calls.add_rule(
            ERRNO(errno.ENOSYS), "clone3"
        )  # a filter cannot see its flags; programs use clone instead
        descriptor = os.memfd_create("filter")
        with os.fdopen(os.dup(descriptor), "wb") as file:
            calls.export_bpf(file)
        os.lseek(descriptor, 0, os.SEEK_SET)
    except (ImportError, RuntimeError):
        raise PreviewError(
            "A preview needs the system library libseccomp, which is missing. Install it (Debian: libseccomp2)."
        ) from None
    return descriptor
