"""The logs of outputs: one file for each command, and not more of them than are of use."""

from pathlib import Path

from hitl_cli.shell.log import OutputLog
from hitl_cli.text.secrets.masking import Mask


def test_the_oldest_logs_are_removed(tmp_path: Path) -> None:
    """There are a hundred at most, the latest among them; what is no log stays."""
    names = [f"20260101-{number:06}-abcdef.log" for number in range(120)]
    for name in names:
        (tmp_path / name).write_text("old")
    (tmp_path / "notes.txt").write_text("not a log")
    log = OutputLog(tmp_path, Mask({}))
    log.write(b"new\n")
    log.close()
    assert log.path is not None
    assert log.path.read_text() == "new\n"
    left = sorted(path.name for path in tmp_path.glob("*.log"))
    assert left == [*names[-99:], log.path.name]
    assert (tmp_path / "notes.txt").exists()
