"""What the fence adds to the start of a command, against the same start without it, in turn.

At most 15 ms more. The rest says where the time goes: the rules are made anew for each command, because they name every
file beside a hidden one.
"""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from hitl_cli.shell import Shell
from hitl_cli.shell.fence import Fence, FenceKind, hidden_places, why_unavailable
from hitl_cli.shell.fences import bubblewrap
from hitl_cli.shell.ports import PinnedFolder

_RUNS = 40
_MOST = 15.0  # milliseconds


async def _milliseconds(shell: Shell, name: str, fence: Callable[[], Fence] | None) -> float:
    """Return how long it takes from the making of a fence to the end of `true`, the guardian being ready."""
    shell.prepare()
    await asyncio.sleep(0.05)  # until the guardian waits, as at a question
    place = PinnedFolder(shell.folder)
    began = time.perf_counter()
    shell.note_approval(name, place, fence() if fence else None, passes_on=False)
    await shell.run("true", name)
    return (time.perf_counter() - began) * 1000


async def _measured(kind: FenceKind | None) -> None:
    home = Path.home()

    def made() -> Fence:
        return Fence(hidden=hidden_places(home, ()), kind=kind)

    with tempfile.TemporaryDirectory() as folder:
        shell = Shell("/bin/bash", Path(folder), dict(os.environ), log_folder=Path(folder))
        for name, fence in (("warm", None), ("warm fenced", made)):
            await _milliseconds(shell, name, fence)
        pairs = [
            (await _milliseconds(shell, f"bare {n}", None), await _milliseconds(shell, f"fenced {n}", made))
            for n in range(_RUNS)
        ]
        await shell.close()
    bare, fenced = (statistics.median(each) for each in zip(*pairs, strict=True))
    more = statistics.median(with_it - without for without, with_it in pairs)
    said = "" if more <= _MOST else f"  (more than {_MOST:g} ms)"
    what = "the fence" if kind is None else f"a fence of {kind.name}"
    print(f"a start with {what}: {fenced:.1f} ms, without: {bare:.1f} ms, difference: {more:.1f} ms{said}")
    if kind is not None:
        return
    parts: dict[str, Callable[[], object]] = {
        "finding the hidden places": made,
        "making the rules": lambda: made().ruleset().close(),
        "making the filter (kept for later commands)": lambda: made().filter(),
    }
    for what, act in parts.items():
        took = []
        for _ in range(_RUNS):
            began = time.perf_counter()
            act()
            took.append((time.perf_counter() - began) * 1000)
        print(f"{what}: {statistics.median(took):.1f} ms")


def main() -> None:
    """Print the milliseconds."""
    if lacking := why_unavailable():
        print(lacking)
        return
    asyncio.run(_measured(None))
    if tool := bubblewrap.found():
        asyncio.run(_measured(FenceKind(bubblewrap.NAME, tool.path)))
