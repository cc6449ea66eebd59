"""The reset on a terminal that others wrote: tmux, which tells its modes."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shell.conftest import eventually
from tests.shell.test_modes import followed, reset

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux here")

FLAGS = "alternate_on cursor_flag insert_flag keypad_cursor_flag keypad_flag mouse_any_flag mouse_sgr_flag origin_flag"
STATE = " ".join(
    f"#{{{name}}}"
    for name in [*FLAGS.split(), "scroll_region_upper", "scroll_region_lower", "wrap_flag", "pane_tabs"]
)
PRINTED = [
    b"",
    b"\x1b[?1049h\x1b[?25l\x1b[?1003;1006h\x1b[4h\x1b=\x1b[?1h",
    b"\x1b[?47h\x1b[5;10r\x1b[?6h\x1b[?7l\x1b(0",
    b"\x1b[3g\x1b[?9001h\x1b)0\x0e\x1b[?00001002h",
    b"\x1b]0;" + b"never ended " * 1000,
]


class Tmux:
    """A server with one pane of its own."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "socket"
        self._printed = folder / "printed"
        self._shown = 0
        self.call("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "sleep 600")

    def call(self, *arguments: str) -> str:
        """Run one command of tmux, and return what it says."""
        command = ["tmux", "-S", str(self._socket), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def show(self, data: bytes) -> tuple[str, list[str]]:
        """Send `data` to a new terminal in the pane; return its state and the words on it."""
        self._shown += 1
        record = f"record {self._shown}"
        self._printed.write_bytes(data + record.encode() + b"\r\n")
        self.call("clear-history")
        self.call("respawn-pane", "-k", f"stty raw -echo; cat {self._printed}; sleep 600")
        assert eventually(lambda: record in self.call("capture-pane", "-p"))
        return self.call("display-message", "-p", STATE), self.call("capture-pane", "-p", "-S", "-").split()


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    """A server, which is gone afterwards."""
    server = Tmux(tmp_path)
    yield server
    server.call("kill-server")


def test_tmux_is_as_before(tmux: Tmux) -> None:
    """After each output the modes are as at first, and nothing of the reset is seen."""
    first, _ = tmux.show(b"")
    for data in PRINTED:
        state, words = tmux.show(b"text" + data + reset(followed(b"text" + data)))
        assert state == first
        assert words == ["text", "record", words[-1]]
