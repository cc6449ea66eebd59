"""Having the model say what a command does. Nothing is run, and the person can break it off."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine

from hitl_cli.errors import HitlError
from hitl_cli.session.interrupts import Interrupts

Explain = Callable[[str], AsyncIterator[str]]
"""Yields, piece by piece, what a command does; runs nothing. Raises HitlError where the model cannot be asked."""

HEADING = "What it does, says the model (nothing runs; Ctrl-C breaks it off):"


async def explained(showing: Coroutine[None, None, None], interrupts: Interrupts) -> str:
    """Wait for `showing`, which shows an explanation, and return why there is no whole one, empty if there is.

    Ctrl-C breaks it off, and nothing but it.
    """
    task = asyncio.create_task(showing)

    def break_off() -> None:
        task.cancel()

    with interrupts.told_to(break_off):
        try:
            await task
        except asyncio.CancelledError:
            if not task.cancelled() or asyncio.current_task().cancelling():  # type: ignore[union-attr]
                task.cancel()
                raise
            return "The explanation was broken off; nothing ran."
        except HitlError as problem:
            return f"No explanation: {problem}"
    return ""
