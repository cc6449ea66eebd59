"""`python -m tests.noticed FILE` writes what a process can notice of itself to FILE, and ends with the status 7."""

import asyncio
import json
import locale
import logging
import os
import resource
import signal
import sys
import threading
from pathlib import Path
from typing import Any


def _descriptors() -> list[int]:
    """Return which of the first descriptors are open."""
    found = []
    for number in range(256):
        try:
            os.fstat(number)
        except OSError:
            continue
        found.append(number)
    return found


def _noticed() -> dict[str, Any]:
    streams = (sys.stdin, sys.stdout, sys.stderr)
    return {
        "descriptors": _descriptors(),
        "name": __name__,
        "arguments": sys.argv,
        "path": sys.path,
        "flags": str(sys.flags),
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "streams": [
            [each.name, each.mode, each.encoding, each.errors, each.line_buffering] for each in streams
        ],
        "are the original ones": streams == (sys.__stdin__, sys.__stdout__, sys.__stderr__),
        "are a terminal": [each.isatty() for each in streams],
        "locale": [locale.getlocale(), locale.getpreferredencoding()],
        "leads": [os.getpid() == os.getsid(0), os.getpid() == os.getpgrp()],
        "in foreground": sys.stdin.isatty() and os.tcgetpgrp(0) == os.getpgrp(),
        "handlers": {
            each.name: str(signal.getsignal(each)) for each in signal.Signals if signal.getsignal(each)
        },
        "masked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
        "wakeup": signal.set_wakeup_fd(-1),
        "limits": [resource.getrlimit(each) for each in (resource.RLIMIT_NOFILE, resource.RLIMIT_CORE)],
        "umask": os.umask(0o022),
        "threads": [each.name for each in threading.enumerate()],
        "loop": str(asyncio._get_running_loop()),
        "logged": str(logging.getLogger().handlers),
    }


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(_noticed(), default=str))
    raise SystemExit(7)
