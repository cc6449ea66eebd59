"""Encloses the process of a command in its fence, by three calls of the system, or has a program do it."""

import ctypes
import os

_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER_MODE = (
    38,
    22,
    2,
)  # PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER
_DROP_CAPABILITY = 24  # PR_CAPBSET_DROP
_KEPT_CAPABILITIES = (1, 2)  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: root reads as before
_RESTRICT_SELF = 446  # landlock_restrict_self(2), the same on every architecture
_INSTRUCTION = 8  # bytes of a struct sock_filter

FILTER_FILE = 30  # below every limit of open files with which the program starts
"""The descriptor from which a program that makes the fence reads the filter of system calls."""


class _Program(ctypes.Structure):
    """`struct sock_fprog` of seccomp(2)."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def enclose(ruleset: int, instructions: bytes) -> None:
    """Put this process and its descendants behind a fence for good.

    `ruleset` is a descriptor of Landlock's rules, `instructions` are the filter of system calls.

    Raises:
        OSError: The kernel refused; `filename` is `fence`.
    """
    system = ctypes.CDLL(None, use_errno=True)
    system.syscall.restype = ctypes.c_long
    program = _Program(len(instructions) // _INSTRUCTION, instructions)
    for capability in range(64):
        if capability not in _KEPT_CAPABILITIES:
            system.prctl(_DROP_CAPABILITY, capability, 0, 0, 0)  # refused to users without any
    _check(system.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    _check(system.syscall(ctypes.c_long(_RESTRICT_SELF), ctypes.c_long(ruleset), ctypes.c_long(0)))
    _check(system.prctl(_SECCOMP, _FILTER_MODE, ctypes.byref(program)))


def written(instructions: bytes) -> int:
    """Return the descriptor of a file in memory with the filter of system calls.

    Raises:
        OSError: The system refused.
    """
    file = os.memfd_create("filter")
    os.write(file, instructions)
    os.lseek(file, 0, os.SEEK_SET)
    return file


def _check(returned: int) -> None:
    if returned != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), "fence")
