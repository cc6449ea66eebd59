"""How a run is ended from outside: by a signal, by Ctrl-C, or because nobody can read its output any more."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Iterator

from hitl_cli.errors import ExitStatus
from hitl_cli.interrupts import Interrupts

WHY_ENDED = {
    ExitStatus.TERMINATED: "hitl was ended by SIGTERM",
    ExitStatus.HANGUP: "the terminal was closed",
    ExitStatus.INTERRUPTED: "hitl was interrupted",
}
"""Why a command ended together with the program; see `CommandResult.ended_because`."""

_ENDING_SIGNALS = {signal.SIGTERM: ExitStatus.TERMINATED, signal.SIGHUP: ExitStatus.HANGUP}


@contextlib.contextmanager
def handling_signals(interrupts: Interrupts, on_end: Callable[[ExitStatus], None]) -> Iterator[None]:
    """While the block runs, let Ctrl-C interrupt the current activity, and let other signals end the program.

    To end it, `on_end` is called with the exit status, and the current task is cancelled. Ctrl-C does the same when
    nothing else handles it.
    """
    loop = asyncio.get_running_loop()
    main = asyncio.current_task()
    assert main is not None

    def end(status: ExitStatus) -> None:
        on_end(status)
        main.cancel()

    loop.add_signal_handler(signal.SIGINT, interrupts.interrupt)
    for number, status in _ENDING_SIGNALS.items():
        loop.add_signal_handler(number, end, status)
    with interrupts.handled_by(lambda: end(ExitStatus.INTERRUPTED)):
        yield


def abandon_output() -> None:
    """Discard all further output, including what Python has buffered and would write at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
