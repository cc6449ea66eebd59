"""The fence of macOS: what is asked of `sandbox-exec`, and that it is not believed before a probe.

Nothing here runs on macOS. Programs that behave well or badly take the place of `sandbox-exec`.
"""

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hitl_cli.shell import CommandResult, Shell
from hitl_cli.shell.fence import Fence, FenceKind, why_unavailable
from hitl_cli.shell.fences import seatbelt
from hitl_cli.shell.ports import PinnedFolder

PATHS = st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=()), min_size=1))

# Takes the parameters as `sandbox-exec` does, and closes a fence of Linux around the command.
HONEST = f"""#!{sys.executable}
import os, sys
from pathlib import Path
from hitl_cli.shell.fence import Fence
from hitl_cli.shell.guardian.fencing import enclose
words, places = sys.argv[1:], {{"WRITES": [], "HIDDEN": []}}
while words[0] == "-D":
    name, _, path = words[1].partition("=")
    places[name.partition("_")[0]].append(Path(path))
    words = words[2:]
assert words[0] == "-p"
profile, words = words[1], words[2:]
fence = Fence(tuple(places["WRITES"]), "(remote ip)" in profile, tuple(places["HIDDEN"]))
with fence.ruleset() as rules:
    enclose(rules.fileno(), fence.filter())
os.execv(words[0], words)
"""
UNFENCED = """#!/bin/sh
while [ "$1" = -D ]; do shift 2; done
shift 2
exec "$@"
"""
Stub = Callable[[str], str]

honest = pytest.mark.skipif(why_unavailable() != "", reason=why_unavailable())


@pytest.fixture
def stub(tmp_path: Path) -> Stub:
    """Return the path of a program that takes the place of `sandbox-exec`."""

    def stub(text: str) -> str:
        file = tmp_path / "sandbox-exec"
        file.write_text(text)
        file.chmod(0o755)
        return str(file)

    return stub


@settings(max_examples=30)
@given(PATHS, PATHS)
def test_paths_are_no_part_of_the_profile(writes: list[str], hidden: list[str]) -> None:
    """Whatever they contain: each is the value of one parameter, and each parameter is used once."""
    *options, flag, profile = seatbelt.parameters(writes, hidden, network=False)
    assert flag == "-p"
    assert options[::2] == ["-D"] * (len(writes) + len(hidden))
    given_values = dict(option.split("=", 1) for option in options[1::2])
    names = [f"WRITES_{n}" for n in range(len(writes))], [f"HIDDEN_{n}" for n in range(len(hidden))]
    assert given_values == dict(zip([*names[0], *names[1]], [*writes, *hidden], strict=True))
    assert [profile.count(f'(param "{name}")') for name in given_values] == [1] * len(given_values)
    plain = seatbelt.parameters(["/a"] * len(writes), ["/b"] * len(hidden), network=False)
    assert profile == plain[-1]


def test_the_last_rules_refuse() -> None:
    """Secrets are refused after all that is allowed, and modes after the folders in which a command may write."""
    profile = seatbelt.parameters(["/w"], ["/s"], network=True)[-1]
    assert profile.startswith("(version 1)\n(deny default)\n")
    assert profile.rindex("(allow") < profile.index("(deny file-write-mode)") < profile.index("HIDDEN_0")
    assert "(remote ip)" not in seatbelt.parameters([], [], network=False)[-1]
    assert profile.count("(") == profile.count(")")


def test_links_are_followed(tmp_path: Path) -> None:
    """As from `/tmp` to `/private/tmp`: the kernel compares real paths."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    words = seatbelt.wrapped(["/bin/ls"], [tmp_path / "link/new"], [tmp_path / "link"], network=False)
    assert words[:5] == [
        "/usr/bin/sandbox-exec", "-D", f"WRITES_0={tmp_path}/real/new", "-D", f"HIDDEN_0={tmp_path}/real",
    ]  # fmt: skip
    assert words[-1] == "/bin/ls"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (UNFENCED, "sandbox-exec let a command write where it must not, connect to a port, connect to a socket"),
        ("#!/bin/sh\necho 'sandbox-exec: bad profile' >&2; exit 65\n", "does not work: sandbox-exec: bad profile"),
        ("#!/bin/sh\nexit 0\n", "does not work: "),
        pytest.param(
            HONEST.replace("places[\"HIDDEN\"]", "()"), "let a command read a secret", marks=[honest, pytest.mark.slow]
        ),
        pytest.param(
            HONEST.replace('"(remote ip)" in profile', "False"),
            "did not let a command connect to a port",
            marks=[honest, pytest.mark.slow],
        ),
    ],
    ids=["unfenced", "refused", "silent", "one hole", "too much"],
)  # fmt: skip
def test_what_the_probe_does_not_show_is_no_fence(stub: Stub, text: str, why: str) -> None:
    """The reason says what was not refused."""
    assert why in seatbelt.why_unavailable(stub(text))


def test_a_missing_program_is_no_fence(tmp_path: Path) -> None:
    """The reason says so."""
    assert "No such file" in seatbelt.why_unavailable(str(tmp_path / "none"))


@honest
def test_a_fence_that_was_shown_holds_commands(stub: Stub, folder: Path) -> None:
    """The probe finds nothing against it; a command runs behind it with its scratch folder, and gives its result."""
    program = stub(HONEST)
    assert seatbelt.why_unavailable(program) == ""
    (folder / "secret").write_text("secret")
    fence = Fence(hidden=(folder / "secret",), kind=FenceKind(seatbelt.NAME, program))
    shell = Shell("/bin/bash", folder, dict(os.environ), log_folder=folder / "logs")

    async def run() -> CommandResult:
        shell.note_approval("1", PinnedFolder(folder), fence)
        try:
            return await shell.run("echo x > $TMPDIR/x && cat $TMPDIR/x; cat secret; touch new; exit 3", "1")
        finally:
            await shell.close()

    result = asyncio.run(run())
    assert (result.exit_status, result.output.splitlines()[0]) == (3, "x")
    assert result.held == "cat: secret: Permission denied"
    assert not (folder / "new").exists()
