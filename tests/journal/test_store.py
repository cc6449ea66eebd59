"""The file of the journal: whose it is, what it survives, and what it refuses."""

import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hitl_cli import main
from hitl_cli.errors import JournalError, SessionBusyError
from hitl_cli.journal.entries import ProposalEntry, SessionEntry
from hitl_cli.journal.history import running_owners
from hitl_cli.journal.journal import Journal
from hitl_cli.journal.migrations import VERSION
from hitl_cli.journal.store import FILE, Store
from hitl_cli.journal.verify import verify
from tests.conftest import Hitl
from tests.journal.conftest import RESULT, Writer, unmasked

READERS = [["log"], ["sessions", "--all"], ["show", "1"], ["log", "--verify"], ["log", "--export", "-"]]

CHILD = """\
import sys
from pathlib import Path
from tests.journal.conftest import Writer
writer = Writer(Path(sys.argv[1]), Path(sys.argv[2]))
journal = writer.session("together")
for number in range(int(sys.argv[3])):
    writer.run(journal, f"echo {number}")
journal.end_run("finished", 0, [])
"""


def mode(path: Path) -> int:
    """Return the rights of a file."""
    return path.stat().st_mode & 0o777


def test_nobody_else_can_read_it(state: Path, folder: Path) -> None:
    """The folder and all three files are the person's own, whatever the umask lets others do."""
    before = os.umask(0o022)
    try:
        writer = Writer(state, folder)
        writer.run(writer.session(), "ls")
        files = sorted(path.name for path in state.iterdir() if path.is_file())
        assert files == [FILE, f"{FILE}-shm", f"{FILE}-wal"]
        assert mode(state) == 0o700
        assert [mode(state / file) for file in files] == [0o600] * 3
        writer.store.close()
    finally:
        os.umask(before)


def test_a_change_is_on_the_disk_before_it_counts(writer: Writer) -> None:
    """Each commit is synchronised, in a log that readers do not wait for."""
    assert writer.store.rows("PRAGMA synchronous") == [(2,)]
    assert writer.store.rows("PRAGMA journal_mode") == [("wal",)]


def test_newer_journal_is_refused(
    hitl: Hitl, writer: Writer, database: Callable[[], sqlite3.Connection]
) -> None:
    """One sentence, and nothing is read or changed."""
    writer.ended()
    database().execute(f"PRAGMA user_version = {VERSION + 1}")
    for reader in READERS:
        ended = hitl(*reader)
        assert (ended.returncode, ended.stdout) == (74, "")
        assert "was written by a newer hitl" in ended.stderr
        assert ended.stderr.count("\n") == 1
    with pytest.raises(JournalError, match="newer hitl"):
        Store.open(writer.state)


def flipped(content: bytes, seed: int) -> bytes:
    """Return `content` with some bytes of it changed."""
    dice = random.Random(seed)
    changed = bytearray(content)
    for _ in range(dice.choice((1, 8, 200))):
        changed[dice.randrange(len(changed))] ^= dice.randrange(1, 256)
    return bytes(changed)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "a text": lambda content: b"just some text\n" * 1000,
    "noise": lambda content: random.Random(1).randbytes(len(content)),
    "cut in the header": lambda content: content[:50],
    "cut in the middle": lambda content: content[: len(content) // 2 - 100],
    "cut at a page": lambda content: content[: len(content) // 8192 * 4096],
    "zeros in the middle": lambda content: content[:4096] + bytes(8192) + content[12288:],
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_journal(hitl: Hitl, state: Path, folder: Path, damage: str) -> None:
    """Reading it gives a sentence or the intact part, never a traceback, and changes nothing."""
    writer = Writer(state, folder)
    for _ in range(5):
        writer.ended(["ls -l", "git status"])
    writer.store.close()
    content = DAMAGES[damage]((state / FILE).read_bytes())
    (state / FILE).write_bytes(content)
    statuses = {}
    for reader in READERS:
        ended = hitl(*reader)
        statuses[" ".join(reader)] = ended.returncode
        assert ended.returncode in (0, 2, 74), ended.stderr
        assert "Traceback" not in ended.stderr
        assert "should not have happened" not in ended.stderr
        assert ended.stderr.count("\n") <= 1
        assert (state / FILE).read_bytes() == content
    assert statuses["log --verify"] == 74


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.slow) for part in (1, 2, 3))])
def test_flipped_bytes(
    part: int,
    state: Path,
    folder: Path,
    bare_environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whatever bytes of the file are changed: a sentence, or what is whole, and nothing is written."""
    writer = Writer(state, folder)
    for _ in range(3):
        writer.ended(["ls -l", "git status"])
    writer.store.close()
    content = (state / FILE).read_bytes()
    monkeypatch.chdir(folder)
    monkeypatch.setattr(os, "environ", bare_environment)
    for seed in range(part * 25, part * 25 + 25):
        damaged = flipped(content, seed)
        (state / FILE).write_bytes(damaged)
        for reader in READERS:
            status = main(reader)
            said = capsys.readouterr().err
            assert status in (0, 2, 74), (seed, reader, said)
            assert "should not have happened" not in said, (seed, reader, said)
            assert (state / FILE).read_bytes() == damaged, (seed, reader)


def test_empty_file_is_a_journal_that_was_not_begun(hitl: Hitl, state: Path) -> None:
    """That is what is left when the program is killed while it makes the file."""
    state.mkdir(parents=True)
    (state / FILE).touch()
    assert hitl("log").returncode == 0
    assert (state / FILE).stat().st_size == 0


@pytest.mark.parametrize("place", ["a file in the folder's place", "a folder in the file's place"])
def test_place_that_cannot_be_used(state: Path, place: str) -> None:
    """The sentence names the place, and says that nothing ran."""
    if place.startswith("a file"):
        state.parent.mkdir(parents=True)
        state.touch()
    else:
        (state / FILE).mkdir(parents=True)
    with pytest.raises(JournalError, match=r"Cannot (write|open) the journal .*journal\.db: .*Nothing ran"):
        Store.open(state)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of half a megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a file system cannot be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def _failure(write: Callable[[], object]) -> str:
    """Return what is said when `write` fails, and nothing when it does not."""
    try:
        write()
    except JournalError as problem:
        return str(problem)
    return ""


def test_full_disk(small_disk: Path, folder: Path) -> None:
    """What cannot be written is not half written, the journal stays whole, and is written again when there is room."""
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(150_000))
    writer = Writer(small_disk / "hitl", folder)
    journal = writer.session()
    written = 0
    while "disk" not in (said := _failure(lambda: writer.run(journal, f"echo {'x' * 2000}"))):
        assert not said
        written += 1
    assert not verify(writer.store).problems
    ballast.unlink()
    writer.run(journal, "echo again")
    assert not verify(writer.store).problems
    finished = writer.store.rows("SELECT count(*) FROM commands WHERE state = 'finished'")
    assert finished == [(written + 1,)]
    writer.store.close()


def test_read_only_folder(small_disk: Path, folder: Path) -> None:
    """A journal that cannot be written is reported before anything depends on it."""
    state = small_disk / "hitl"
    writer = Writer(state, folder)
    writer.ended()
    writer.store.close()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(JournalError, match=r"Cannot write the journal .*: Read-only file system"):
        Store.open(state)


def test_eight_programs_at_once(writer: Writer, folder: Path) -> None:
    """All that they write is there, each record follows another, and no number is given twice."""
    commands = 10
    programs = [
        subprocess.Popen([sys.executable, "-c", CHILD, str(writer.state), str(folder), str(commands)])
        for _ in range(8)
    ]
    assert [program.wait(100) for program in programs] == [0] * 8
    found = verify(writer.store)
    assert (found.records, found.problems) == (8 * (3 + 4 * commands), [])
    counted = writer.store.rows(
        "SELECT session, count(*) FROM commands WHERE state = 'finished' GROUP BY session"
    )
    assert [count for _, count in counted] == [commands] * 8


def test_one_program_holds_a_session(writer: Writer) -> None:
    """Of two that claim it, the second is told where it is open; when the first is gone, it is free."""
    journal = writer.session()
    code = (
        "import sys; from pathlib import Path; from hitl_cli.journal.store import Store\n"
        "from hitl_cli.journal.journal import Journal\n"
        "store = Store.open(Path(sys.argv[1]))\n"
        "Journal(store, sys.argv[2], Path('.'), str, str.split).claim()\n"
        "print('claimed')"
    )
    claim = [sys.executable, "-c", code, str(writer.state), journal.session]
    second = subprocess.run(claim, capture_output=True, text=True, check=False)
    assert f"open in another hitl, process {os.getpid()}" in second.stderr
    journal.release()
    assert subprocess.run(claim, capture_output=True, text=True, check=True).stdout == "claimed\n"
    journal.claim()


def test_only_an_approved_command_starts_and_once(writer: Writer) -> None:
    """Neither one that waits, nor one that was rejected, nor one that started already."""
    journal = writer.session()
    waiting, rejected, approved = writer.propose(journal, "a", "b", "c")
    writer.decide(journal, rejected, "reject")
    writer.decide(journal, approved, text="c")
    journal.start(approved, 1, 1, "boot", None)
    for number, state in ((waiting, "waiting"), (rejected, "rejected"), (approved, "running")):
        with pytest.raises(JournalError, match=f"is {state} in the journal"):
            journal.start(number, 1, 1, "boot", None)
    journal.finish(approved, RESULT, by="hitl", log=None)
    with pytest.raises(JournalError, match="is finished in the journal"):
        journal.start(approved, 1, 1, "boot", None)
    for decided in (rejected, approved):  # and no second decision makes it one that could
        with pytest.raises(JournalError, match="has no effect; nothing ran"):
            writer.decide(journal, decided, text="c")


def test_names_that_are_no_unicode(writer: Writer, hitl: Hitl) -> None:
    """A folder of an old system, and words of a broken program, can be written and read."""
    folder = os.fsdecode(b"/srv/caf\xe9")
    journal = writer.session(folder=folder)
    journal.propose([ProposalEntry("one", "ls \udce9", {})], folder, None)
    assert not verify(writer.store).problems
    assert "1 question waits" in hitl("sessions", "--all").stdout
    assert "ls" in hitl("log", "--folder", folder).stdout


def test_session_of_a_program_that_is_gone(writer: Writer) -> None:
    """What a killed program left of its claim holds nobody up, even where another process has its number."""
    journal = writer.session()
    journal.release()
    with writer.store.writing() as connection:
        connection.execute("INSERT INTO owners VALUES (?, 1, 0)", (journal.session,))
    (writer.state / "locks").mkdir(exist_ok=True)
    (writer.state / "locks" / journal.session).touch()
    journal.claim()
    assert writer.store.rows("SELECT process FROM owners") == [(os.getpid(),)]


def test_a_schema_calls_no_function(writer: Writer, database: Callable[[], sqlite3.Connection]) -> None:
    """What somebody wrote into the file cannot have functions called that have effects."""
    writer.session().release()
    database().execute("CREATE VIEW trap AS SELECT load_extension('x')")
    with pytest.raises(JournalError, match="unsafe use of load_extension"):
        writer.store.rows("SELECT * FROM trap")


def test_clock_that_was_set(writer: Writer) -> None:
    """A program holds its session although its own start seems to be another one now."""
    journal = writer.session()
    with writer.store.writing() as connection:
        connection.execute("UPDATE owners SET began = began - 3600")
    with pytest.raises(SessionBusyError, match=f"process {os.getpid()}"):
        Journal(writer.store, journal.session, writer.state, unmasked, str.split).claim()
    assert journal.session in running_owners(writer.store)


def test_opening_is_kept(writer: Writer) -> None:
    """A session says where and with what it began."""
    journal = Journal(writer.store, "0badcafe", writer.state, unmasked, str.split)
    journal.open(SessionEntry("/somewhere", "./flow.py", conversation=True, flags={"model": "m"}))
    assert writer.store.rows("SELECT folder, workflow, state FROM sessions") == [
        ("/somewhere", "./flow.py", "open")
    ]
