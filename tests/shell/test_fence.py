"""A fenced command reads what it likes, and changes nothing."""

import asyncio
import json
import os
import re
import shlex
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hitl_cli.errors import CommandStartError
from hitl_cli.shell import CommandResult, Shell
from hitl_cli.shell.fence import Fence, FenceKind, hidden_places, why_unavailable
from hitl_cli.shell.fences import bubblewrap
from hitl_cli.shell.ports import PinnedFolder

CORPUS = Path(__file__).parents[1] / "policy/data/bypass.jsonl"
CANARY = "/tmp/hitl-canary"  # as the corpus has it

Fenced = Callable[..., list[CommandResult]]

pytestmark = pytest.mark.skipif(why_unavailable() != "", reason=why_unavailable())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with secrets in it."""
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh/id_ed25519").write_text("the private key")
    (tmp_path / ".netrc").write_text("the password")
    (tmp_path / "notes").write_text("the notes")
    (tmp_path / "alias").symlink_to(tmp_path / ".ssh")
    return tmp_path


@pytest.fixture
def shell(home: Path, folder: Path) -> Shell:
    """A shell in a folder of this home."""
    variables = {**os.environ, "HOME": str(home)}
    return Shell("/bin/bash", folder, variables, log_folder=home / "logs")


TOOL = bubblewrap.found()
KINDS = [
    None,
    *(
        [pytest.param(FenceKind(bubblewrap.NAME, TOOL.path), marks=pytest.mark.slow)]
        if TOOL is not None
        else []
    ),
]


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name.split()[0] if kind else "usual")
def fenced(shell: Shell, folder: Path, home: Path, request: pytest.FixtureRequest) -> Fenced:
    """Run commands behind a fence, one after the other."""

    def fenced(*commands: str, fence: Fence | None = None) -> list[CommandResult]:
        behind = replace(fence or Fence(hidden=hidden_places(home, ())), kind=request.param)

        async def each() -> list[CommandResult]:
            results = []
            try:
                for number, command in enumerate(commands):
                    shell.note_approval(str(number), PinnedFolder(folder), behind)
                    results.append(await shell.run(command, str(number)))
                return results
            finally:
                await shell.close()

        return asyncio.run(each())

    return fenced


CHANGES = [
    "touch new", "echo x > new", "echo x >> old", "mkdir sub", "ln old new", "ln -s old new", "mv old new", "rm old",
    "mkfifo new", "cp old new", "truncate -s 0 old", "chmod 777 old", "chown 1:1 old", "touch old", "touch -d @0 old",
    "python3 -c 'import os; os.setxattr(\"old\", \"user.x\", b\"1\")'", "rmdir empty", "chattr +i old", "git init",
    "echo x 1<> old", "dd if=/dev/null of=old status=none", "mount -t tmpfs none empty", "perl -e 'exit(!unlink old)'",
    "unshare -Ur rm old", "bash -c 'rm old'", "nohup rm old", "setsid -w rm old", "python3 -c 'open(\"old\", \"w\")'",
    "find . -delete", "sed -i s/a/b/ old", "tee old <<< x",
]  # fmt: skip


def each_in_a_shell(commands: list[str]) -> str:
    """Return one command that runs `commands`, each in a shell of its own, and prints those that succeed."""
    quoted = map(shlex.quote, commands)
    return "\n".join(f"timeout 5 bash -c {each} >&2 </dev/null && echo did {each}" for each in quoted)


def test_nothing_changes(fenced: Fenced, folder: Path) -> None:
    """Neither contents nor modes, owners, times and attributes."""
    (folder / "old").write_text("as it was")
    (folder / "empty").mkdir()

    def state() -> str:
        command = ["find", str(folder), "-printf", "%p %y %m %U %G %s %T@ %l\n"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    before = state()
    (result,) = fenced(each_in_a_shell(CHANGES))
    assert state() == before
    assert (folder / "old").read_text() == "as it was"
    assert [line for line in result.output.splitlines() if line.startswith("did ")] == []
    assert "Operation not permitted" in result.output


ROWS = [row for row in map(json.loads, CORPUS.read_text().splitlines()) if CANARY in row["command"]]

# More of them, by the grammar of the shell; those that wait for a person are left out.
MORE = [
    {"shell": "bash", "command": re.sub(r"(?<![\w{/.-])C(?![\w=])", CANARY, command)}
    for row in map(json.loads, CORPUS.with_name("more_asked.jsonl").read_text().splitlines())
    for command in row["commands"]
    if row["kind"] == "structural" and not re.search(r"select|suspend|read |\x00|exit|LC_ALL|kill", command)
]


@pytest.mark.parametrize(
    "rows",
    [ROWS[::4], pytest.param(ROWS, marks=pytest.mark.slow), pytest.param(MORE, marks=pytest.mark.slow)],
    ids=["some", "all", "more"],
)
def test_bypasses_have_no_effect(fenced: Fenced, folder: Path, rows: list[dict[str, str]]) -> None:
    """Each row of the corpus would create a file, and without the fence does."""
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    canary = folder / "canary"
    commands = [row["command"].replace(CANARY, str(canary)) for row in rows if row["shell"] == "bash"]
    (result,) = fenced(each_in_a_shell(commands) + "\necho done")
    assert result.output.endswith("done\n")
    assert not canary.exists()
    # The same commands do have it elsewhere.
    subprocess.run(["bash", "-c", each_in_a_shell(commands)], cwd=folder, capture_output=True, check=False)
    assert canary.exists()


def test_reading_works_as_ever(fenced: Fenced, folder: Path) -> None:
    """Pipes, here-documents, temporary files, jobs, signals to own processes, and the usual programs."""
    (folder / "numbers").write_text("".join(f"{n}\n" for n in range(200_000, 0, -1)))
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run([*git, *arguments], check=True)
    results = fenced(
        "sort -S 100k -n numbers | head -n 1", "cat <<X\nhere\nX", "git status --short; git log --format=%s", "id -un",
        "ls -l numbers | wc -l", "timeout 0.2 sleep 10; echo $?", "sleep 10 & kill $!; wait; echo ended",
        "ps -o comm= -p $$ | wc -l", "diff <(echo a) <(echo b) | wc -l",
        "echo $TMPDIR > $TMPDIR/x && cat $TMPDIR/x | wc -l",
        "cat /proc/self/status | grep -c Seccomp", "python3 -c 'print(6 * 7)'",
        "test -w /dev/null && echo x > /dev/null",
    )  # fmt: skip
    assert [each.output.strip() for each in results] == [
        "1", "here", "first", subprocess.check_output(["id", "-un"], text=True).strip(), "1", "124", "ended", "1",
        "4", "1", "2", "42", "",
    ]  # fmt: skip
    assert results[-1].exit_status == 0
    assert [each.notes for each in results if each.notes] == []


def test_secrets_cannot_be_read(fenced: Fenced, home: Path) -> None:
    """By no name that leads there; everything else can be. Landlock lets their names be listed."""
    results = fenced(
        "cat ~/.ssh/id_ed25519", "cat ~/alias/id_ed25519", "cat ~/.netrc", "cd ~/.ssh && cat id_ed25519",
        f"cat /proc/{os.getpid()}/environ", "cat ~/notes", "ls ~/.ssh",
    )  # fmt: skip
    assert [each.exit_status for each in results[:-1]] == [1, 1, 1, 1, 1, 0]
    assert results[-2].output == "the notes"
    assert results[-1].output in ("id_ed25519\n", "") or "Permission denied" in results[-1].output
    assert hidden_places(home, [home / "notes"])[:2] == (home / ".netrc", home / ".ssh")
    assert home / "notes" in hidden_places(home, [home / "notes"])


def test_other_processes_and_sockets_are_out_of_reach(fenced: Fenced, folder: Path) -> None:
    """No signal, no port, no socket of a service, no terminal of another."""
    with subprocess.Popen(["sleep", "60"]) as other, socket.socket(socket.AF_UNIX) as service:
        service.bind(str(folder / "service"))
        service.listen()
        connect = f"python3 -c 'import socket as s; s.socket(s.AF_UNIX).connect(\"{folder}/service\")'"
        results = fenced(
            f"kill {other.pid}", f"renice 5 {other.pid}", f"prlimit --pid {other.pid} --nofile=10", connect,
            "echo > /dev/tcp/127.0.0.1/9", "echo > /dev/udp/127.0.0.1/9", "ipcmk -Q", "echo x > /dev/pts/0",
            "echo x > /proc/self/oom_score_adj",
            "python3 -c 'import socket as s; s.socket(s.AF_NETLINK, s.SOCK_RAW, 9)'",
            "python3 -c 'import socket as s; print(*s.if_nameindex())'",
        )  # fmt: skip
        assert all(each.exit_status != 0 for each in results[:-1]), results
        assert "(1, 'lo')" in results[-1].output  # the names of interfaces can be read
        assert other.poll() is None
        other.kill()


def test_what_is_allowed_besides(fenced: Fenced, folder: Path) -> None:
    """A folder to write in, and the network; services of this machine stay out of reach."""
    (folder / "build").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        accepting = threading.Thread(target=lambda: server.accept()[0].close())
        accepting.start()
        port = server.getsockname()[1]
        results = fenced(
            f"echo > /dev/tcp/127.0.0.1/{port}",
            "mkdir build/x && echo y > build/x/y && mv build/x build/z && cat build/z/y && rm -r build/z",
            "touch beside",
            "python3 -c 'import socket as s; s.socket(s.AF_UNIX)'",
            fence=Fence(writes=(folder / "build",), network=True),
        )
        accepting.join()
    assert [each.exit_status == 0 for each in results] == [True, True, False, False]


def test_nothing_is_passed_on(fenced: Fenced, shell: Shell, folder: Path) -> None:
    """Neither folder nor variables, although the command can write the file of the report."""
    results = fenced("cd /; export PATH=/evil; echo ok")
    assert (results[0].output, results[0].notes, results[0].changed) == ("ok\n", (), ())
    assert shell.folder == folder
    assert "/evil" not in shell.variables["PATH"]
    assert "TMPDIR" not in shell.variables or shell.variables["TMPDIR"] == os.environ.get("TMPDIR")


OLD_KERNEL = """
import sys
from errno import ENOSYS, EPERM
from pyseccomp import ALLOW, ERRNO, SyscallFilter
old = SyscallFilter(ALLOW)
old.add_rule(ERRNO(ENOSYS), 444)
old.add_rule(ERRNO(EPERM), "mount")
old.load()
from hitl_cli.shell.fence import Fence, why_unavailable
print(why_unavailable())
try:
    Fence().ruleset()
except Exception as problem:
    print(type(problem).__name__, problem)
"""


def test_without_landlock_and_mounts_there_is_no_fence() -> None:
    """One sentence says so, and a fence cannot be had by mistake."""
    ended = subprocess.run([sys.executable, "-c", OLD_KERNEL], capture_output=True, text=True, check=True)
    why, error = ended.stdout.splitlines()
    lacking, _, also = why.partition(" Also, ")
    assert lacking == "There is no fence: it needs Landlock version 6 (Linux 6.12), and this kernel has none."
    assert also.startswith("bubblewrap")
    assert error == f"FenceError {why} Nothing ran."


def test_what_cannot_be_fenced_does_not_run(shell: Shell, folder: Path) -> None:
    """The approval is used up, and the guardian ends."""

    class Broken(Fence):
        def filter(self) -> bytes:
            return b"\0" * 12  # no filter at all

    async def run() -> None:
        shell.note_approval("1", PinnedFolder(folder), Broken())
        try:
            await shell.run("echo ran > ran", "1")
        finally:
            await shell.close()

    with pytest.raises(CommandStartError, match=r"Cannot put the command behind its fence: .* Nothing ran\."):
        asyncio.run(run())
    assert not (folder / "ran").exists()
