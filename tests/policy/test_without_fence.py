"""A system that refuses a fence: what a rule allows is a question, unless the person has said otherwise.

Where only Landlock is missing, bubblewrap makes the fence.
"""

import errno
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from hitl_cli.shell.fence import why_unavailable
from hitl_cli.shell.fences import bubblewrap
from tests.conftest import Hitl
from tests.model_server import Calls, ModelServer, Text

pytestmark = pytest.mark.skipif(why_unavailable() != "", reason=why_unavailable())

# The program runs below a filter that lets it have all but one of the calls that a fence takes, and maybe no mounts.
BELOW_A_FILTER = """
import errno, os, sys
from pyseccomp import ALLOW, EQ, ERRNO, Arg, SyscallFilter
number, call, first, mounts = map(int, sys.argv[1:5])
system = SyscallFilter(ALLOW)
system.add_rule(ERRNO(number), call, *([Arg(0, EQ, first)] if first else []))
if not mounts:
    system.add_rule(ERRNO(errno.EPERM), "mount")
system.load()
os.execv(sys.executable, [sys.executable, "-m", "hitl_cli", *sys.argv[5:]])
"""
CREATE, ADD, RESTRICT, PRCTL, SET_FILTER = 444, 445, 446, 157, 22


def refusing(error: int, call: int, first: int = 0, *, mounts: bool = False) -> Sequence[str]:
    """Return the program on a system that answers this call, with this first argument, with `error`."""
    return [sys.executable, "-c", BELOW_A_FILTER, *map(str, (error, call, first, int(mounts)))]


OLD_KERNEL = refusing(errno.ENOSYS, CREATE)
OLD_KERNEL_WITH_MOUNTS = refusing(errno.ENOSYS, CREATE, mounts=True)


@pytest.mark.parametrize(
    "program",
    [
        OLD_KERNEL,
        pytest.param(refusing(errno.EOPNOTSUPP, CREATE), marks=pytest.mark.slow),
        pytest.param(refusing(errno.EPERM, ADD), marks=pytest.mark.slow),
        pytest.param(refusing(errno.EPERM, RESTRICT), marks=pytest.mark.slow),
        pytest.param(
            refusing(errno.EINVAL, PRCTL, SET_FILTER),
            marks=pytest.mark.skipif("x86_64" not in sys.implementation._multiarch, reason="other numbers"),
        ),
    ],
    ids=["old kernel", "turned off", "container", "container that restricts nothing", "no seccomp"],
)
def test_a_verdict_says_that_it_is_asked(
    hitl: Hitl, rules: Callable[[str], Path], program: Sequence[str]
) -> None:
    """Whichever part of the fence is missing."""
    rules('allow = ["ls*"]\n')
    said = hitl("policy", "check", "ls", program=program).stdout
    assert "There is no fence" in said
    assert "hitl run asks all the same" in said


def test_what_is_allowed_is_asked_about(
    hitl: Hitl, model: ModelServer, folder: Path, rules: Callable[[str], Path]
) -> None:
    """Nothing runs by itself; every command that reads cannot be allowed at all."""
    rules('allow = ["wc*"]\n')
    refused = hitl("run", "agent", "look", "--allow-reads", program=OLD_KERNEL)
    assert refused.returncode == 2
    assert "There is no fence" in refused.stderr
    assert 'unfenced = "allow"' in refused.stderr
    model.reply(Calls.of("wc -l notes"))
    (folder / "notes").write_text("one\n")
    ended = hitl("run", "agent", "look", program=OLD_KERNEL)
    assert ended.returncode == 75, ended.stderr
    assert "A command was proposed. It did not run" in ended.stderr
    assert "1 notes" not in ended.stdout


def test_unfenced_is_good_enough_where_the_person_says_so(
    hitl: Hitl, model: ModelServer, folder: Path, rules: Callable[[str], Path]
) -> None:
    """It runs, with a line that says how, and passes nothing on; the journal has it, too."""
    rules('unfenced = "allow"\nallow = ["cd*"]\n')
    (folder / "below").mkdir()
    model.reply(Calls.of("cd below"), Calls.of("ls -d below"), Text("done"))
    ended = hitl("run", "agent", "look", "--allow-reads", program=OLD_KERNEL)
    assert ended.returncode == 0, ended.stderr
    assert "below\n" in ended.stdout
    assert "Runs without a question, and without a fence: it only reads\n" in ended.stderr
    assert "it ran without a fence" in hitl("show", "2").stdout
    verdict = json.loads(hitl("policy", "check", "--json", "cd below", program=OLD_KERNEL).stdout)
    assert (verdict["decision"], verdict["fence"], verdict["asks"]) == ("allow", False, False)
    assert 'unfenced = "allow"' in hitl("doctor", program=OLD_KERNEL).stdout


def test_a_project_cannot_say_so(hitl: Hitl, folder: Path) -> None:
    """It is a mistake in its file, trusted or not."""
    (folder / ".hitl").mkdir()
    (folder / ".hitl/rules.toml").write_text('# ours\nunfenced = "allow"\n')
    ended = hitl("policy", "list")
    assert ended.returncode == 2
    assert "line 2: unfenced is yours to say; only your own rules can have it" in ended.stderr
    assert hitl("policy", "test").returncode == 2


@pytest.mark.skipif(bubblewrap.found() is None, reason="bubblewrap is not installed")
def test_bubblewrap_takes_the_place_of_landlock(
    hitl: Hitl, model: ModelServer, folder: Path, rules: Callable[[str], Path]
) -> None:
    """It holds what Landlock holds."""
    rules(f'[[rule]]\nallow = "{folder}/report*"\nwrites = ["{folder}/out"]\n')
    (folder / "report").write_text("#!/bin/sh\necho x > out/made; echo x > made || echo held\n")
    (folder / "report").chmod(0o755)
    (folder / "out").mkdir()
    model.reply(Calls.of(f"{folder}/report"), Text("done"))
    ended = hitl("run", "agent", "look", program=OLD_KERNEL_WITH_MOUNTS)
    assert ended.returncode == 0, ended.stderr
    assert "Runs without a question, behind a fence of bubblewrap:" in " ".join(ended.stderr.split())
    assert "it ran" not in ended.stderr
    assert "held" in ended.stdout
    assert [each.name for each in sorted(folder.rglob("made"))] == ["made"]
    assert "it ran behind a fence of bubblewrap" in hitl("show", "1").stdout


@pytest.mark.slow
@pytest.mark.skipif(bubblewrap.found() is None, reason="bubblewrap is not installed")
def test_bubblewrap_hides_processes(hitl: Hitl, model: ModelServer, rules: Callable[[str], Path]) -> None:
    """So a command that lists them is a question, and no rule can change that."""
    rules('reads = "allow"\nunfenced = "allow"\n')
    assert "bubblewrap and seccomp" in hitl("doctor", program=OLD_KERNEL_WITH_MOUNTS).stdout
    said = hitl("policy", "check", "timeout 5 ps aux", program=OLD_KERNEL_WITH_MOUNTS).stdout
    assert "hides the processes of others, which the command would list; hitl run asks all the same" in said
    model.reply(Calls.of("ps aux"))
    ended = hitl("run", "agent", "look", program=OLD_KERNEL_WITH_MOUNTS)
    assert ended.returncode == 75, ended.stderr
