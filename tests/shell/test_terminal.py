"""Commands at a real terminal: they have one of their own, and the person's is as it was when they have ended."""

import re
import shlex
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.shell.conftest import AtTerminal, eventually, marked

At = Callable[..., AtTerminal]
_SLOWNESS = 3  # how many times as long as it should something may take on a busy machine


def test_a_command_has_the_whole_terminal(at_terminal: At) -> None:
    """All three descriptors are a terminal, the controlling one, of the size of the person's."""
    check = "import os; print([os.isatty(n) for n in range(3)], os.ttyname(0) == os.ttyname(os.open('/dev/tty', 2)))"
    at = at_terminal(f'{sys.executable} -c "{check}"; stty size', columns=91, lines=33)
    output = at.result()["output"]
    assert output.startswith("[True, True, True]")
    assert output.endswith("\n33 91\n")


def test_a_command_inherits_nothing_else(at_terminal: At) -> None:
    """A command has its three descriptors, and none of the program's or the person's own."""
    at = at_terminal("ls /proc/$$/fd; true")
    assert at.result()["output"].split() == ["0", "1", "2"]


def test_the_size_follows(at_terminal: At) -> None:
    """A command that runs is told when the terminal is resized."""
    at = at_terminal("trap 'stty size; exit' WINCH; echo ready; while :; do sleep 0.05; done")
    at.sees(r"ready\n\$ (.*\n)+ready")
    at.resize(100, 40)
    assert at.result()["output"] == "ready\n40 100\n"


def test_a_question_is_answered(at_terminal: At) -> None:
    """`read -p` shows its question, and gets what is typed."""
    at = at_terminal('read -p "name? " name; echo "hello $name"')
    at.sees(r"name\?")
    at.type("Ada\r")
    assert at.result()["output"] == "name? Ada\nhello Ada\n"


def test_a_password_is_asked_without_echo(at_terminal: At) -> None:
    """A program that opens /dev/tty and turns the echo off, as sudo does, gets a password that nobody sees."""
    ask = "import getpass; print(len(getpass.getpass()))"
    at = at_terminal(f'{sys.executable} -c "{ask}"')
    at.sees("Password:")
    at.type("opensesame\r")
    assert at.result()["output"] == "Password: \n10\n"
    assert b"opensesame" not in at.raw


def test_vim_edits_and_saves(at_terminal: At, folder: Path) -> None:
    """An editor works, gets every key, and leaves the screen as it found it."""
    at = at_terminal("vim -u NONE note.txt")
    before = at.line_settings()
    at.sees("~\n~\n~")
    at.type("ihello from vim\x1b:wq\r")
    result = at.result()
    assert (folder / "note.txt").read_text() == "hello from vim\n"
    assert result["exit_status"] == 0
    assert at.raw.rindex(b"\x1b[?1049l") > at.raw.rindex(b"\x1b[?1049h")
    assert at.line_settings() == before


def test_output_is_seen_as_it_comes(at_terminal: At) -> None:
    """A prompt without a newline is on the screen while the command waits."""
    at = at_terminal("printf one; read; printf two; read; echo three")
    at.sees("one$")
    at.type("\r")
    at.sees("two$")
    at.type("\r")
    assert at.result()["exit_status"] == 0


def test_ctrl_c_reaches_the_foreground_job(at_terminal: At) -> None:
    """The first Ctrl-C is the command's; the program lives and says 130."""
    at = at_terminal("sleep 61.25", "echo next")
    at.sees("running sleep 61.25")
    at.type("\x03")
    first, second = at.results()
    assert first["exit_status"] == 130
    assert second["output"] == "next\n"


def test_a_program_that_reads_keys_gets_ctrl_c_as_often_as_it_likes(at_terminal: At) -> None:
    """Where a program reads every key itself, two Ctrl-C are two keys."""
    script = (
        "import os, tty; tty.setraw(0); print('raw', end='\\r\\n', flush=True); "
        "print(os.read(0, 1) + os.read(0, 1))"
    )
    at = at_terminal(f'{sys.executable} -c "{script}"')
    at.sees("^raw$")
    at.type("\x03")
    at.type("\x03")
    assert "b'\\x03\\x03'" in at.result()["output"]


STUBBORN = """\
trap '' INT TERM HUP
sleep {mark}
setsid sleep {mark} &
nohup sleep {mark} >/dev/null 2>&1 &
(setsid sh -c 'trap "" INT TERM HUP; (sleep {mark} & sleep {mark}) & sleep {mark}' &)
python3 -c "import signal,time; signal.signal(2,1); signal.signal(15,1); time.sleep({mark})" &
echo started
wait
sleep {mark}
"""


def stubborn(mark: str) -> str:
    """Return a command of several processes that ignore signals, changed session, or lost their parent."""
    return STUBBORN.replace("sleep {mark}\nsetsid", "setsid", 1).replace("{mark}", mark)


def test_the_second_ctrl_c_ends_everything(at_terminal: At) -> None:
    """What ignores signals, left the session or was orphaned is gone too, and the program lives."""
    at = at_terminal(stubborn("62.25"))
    at.sees("started")
    assert eventually(lambda: len(marked("62.25")) >= 6)
    at.type("\x03")
    at.type("\x03")
    result = at.result()
    assert result["exit_status"] == 130
    assert result["stopped"]
    assert marked("62.25") == []


def test_a_time_limit_ends_everything(at_terminal: At) -> None:
    """After its time limit nothing of a command is left, and its status is 124."""
    at = at_terminal(stubborn("63.25"), env={"TIME_LIMIT": "1.5"})
    result = at.result()
    assert result["exit_status"] == 124
    assert result["duration"] < 1.5 + 3.0
    assert "started" in result["output"]
    assert marked("63.25") == []


def test_nothing_survives_the_program(at_terminal: At) -> None:
    """After kill -9 of the program its guardian ends everything and repairs the terminal."""
    draw = r"printf '\033[?1049h\033[?25l\033[?1000h\033[?2004h\033=\033[31m'; stty raw -echo; "
    at = at_terminal(draw + stubborn("64.25").replace("started", "star''ted"))
    before = at.line_settings()
    at.sees("started")
    assert eventually(lambda: len(marked("64.25")) >= 6)
    at.signal(signal.SIGKILL)
    assert eventually(lambda: not marked("64.25"), 3.0)
    assert at.leaves() == 137
    undone = at.raw[at.raw.rindex(b"\x1b[31m") :]
    for sequence in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?2004l", b"\x1b>", b"\x1b[0m"):
        assert sequence in undone
    assert at.line_settings() == before


def test_a_killed_full_screen_program_leaves_the_terminal_sane(at_terminal: At) -> None:
    """What a command changed of the terminal before SIGKILL ended it is changed back."""
    modes = r"\033[?1049h\033[?25l\033[?1002h\033[?1006h\033[?2004h\033=\033(0\033]0;mine\007\033[5;10r\033[4h\033[3 q"
    at = at_terminal(f"stty raw -echo; printf '{modes}'; kill -9 $$", "stty -a")
    before = at.line_settings()
    first, second = at.results()
    assert first["exit_status"] == 137
    undone = at.raw[at.raw.rindex(b"\x1b[3 q") :]
    for sequence in (
        b"\x1b[?1049l",
        b"\x1b[?25h",
        b"\x1b[?1002l",
        b"\x1b[?1006l",
        b"\x1b[?2004l",
        b"\x1b>",
        b"\x1b(B",
        b"\x1b[23;0t",
        b"\x1b[r",
        b"\x1b[4l",
        b"\x1b[0 q",
    ):
        assert sequence in undone
    assert re.search(r"(?<!-)\becho\b", second["output"])
    assert at.line_settings() == before


def test_late_answers_and_keys_are_dropped(at_terminal: At) -> None:
    """What the terminal answers too late, and what was typed meanwhile, is not input for what comes next."""
    at = at_terminal(r"printf '\033[c\033[6n'; sleep 0.3", 'read -t 0.3 rest; echo "<$rest>"')
    at.sees("ready")
    at.type("typed ahead\r")
    _, second = at.results()
    assert second["output"].endswith("<>\n")


def test_a_slow_terminal_is_waited_for(at_terminal: At) -> None:
    """What a terminal answers after half a second is dropped, too."""
    at = at_terminal(r"printf '\033[c'", 'read -t 0.3 rest; echo "<$rest>"', answers=False)
    at.waits(lambda: b"\x1b[5n" in at.raw, "for the question")
    time.sleep(0.5)
    at.type_at_once("\x1b[?6c\x1b[0n")
    _, second = at.results()
    assert second["output"].endswith("<>\n")


def test_ctrl_z_is_refused_visibly(at_terminal: At) -> None:
    """Ctrl-Z stops nothing: the command continues, and the person is told."""
    at = at_terminal("sleep 2.5; echo awake")
    at.sees("running sleep 2.5")
    at.type("\x1a")
    at.sees("Ctrl-Z does not suspend a command here")
    assert at.result()["output"].endswith("awake\n")


def test_what_holds_the_output_does_not_hold_the_program(at_terminal: At) -> None:
    """A job in the background keeps running while the next command runs, and ends with the session."""
    at = at_terminal("sleep 65.25 & echo hi", "pgrep -fc '[s]leep 65.25'")
    first, second = at.results()
    assert first["output"] == "hi\n"
    assert first["duration"] < 3
    assert "left processes running" in str(first["notes"])
    assert second["output"].strip() != "0"
    at.type("\r")
    at.leaves()
    assert marked("65.25") == []


def test_a_background_job_still_has_its_terminal(at_terminal: At, folder: Path) -> None:
    """The end of the shell is no hang-up for the jobs that it left."""
    at = at_terminal("(sleep 0.3; echo late > late.txt) & true", "sleep 0.8")
    at.results()
    assert (folder / "late.txt").read_text() == "late\n"


def test_a_flood_is_thinned_with_an_exact_note(at_terminal: At) -> None:
    """Lines that are not shown are counted exactly; the last are on the screen and in the excerpt."""
    at = at_terminal("seq 3000000", "stty -a")
    result, settings = at.takes_all()
    shown = at.raw.split(b"lines, ")[0].count(b"\n")
    assert re.search(rb"\[\.\.\. [\d,]+ lines, [\d,]+ bytes not shown \.\.\.\]", at.raw)
    assert shown < 1_000_000
    hidden = sum(int(n.replace(b",", b"")) for n in re.findall(rb"\[\.\.\. ([\d,]+) lines", at.raw))
    seen = {int(n) for n in re.findall(rb"(?<!\d)(\d+)\r\n(?!\x1b\[0m\[)", at.raw)}
    assert hidden + len(seen & set(range(1, 3_000_001))) == 3_000_000
    assert "2999999\n3000000\n" in result["output"]
    assert re.search(r"(?<!-)\bopost\b", settings["output"])
    assert any("the whole output is in" in note for note in result["notes"])


def test_a_flood_is_kept_in_a_log(at_terminal: At) -> None:
    """What the excerpt leaves out is in the file that is named."""
    at = at_terminal("seq 100000")
    result = at.result()
    (note,) = result["notes"]
    log = Path(note.removeprefix("the whole output is in "))
    assert log.read_text().split() == [str(n) for n in range(1, 100_001)]
    assert log.stat().st_mode & 0o777 == 0o600
    left_out = re.search(r"\[\.\.\. ([\d,]+) lines, ([\d,]+) bytes omitted", result["output"])
    assert left_out is not None
    shown = [line for line in result["output"].split("\n") if line.isdigit()]
    assert len(shown) + int(left_out[1].replace(",", "")) == 100_000
    assert len("".join(f"{n}\n" for n in shown)) + int(left_out[2].replace(",", "")) == log.stat().st_size


def test_a_full_screen_program_never_loses_a_byte(at_terminal: At) -> None:
    """On the alternate screen nothing is thinned, and newlines are left to the program."""
    script = (
        "import os,tty;tty.setraw(0);w=os.write;w(1,b'\\033[?1049h');"
        "data=b'x\\n'*1000000\nwhile data: data=data[w(1,data):]\nw(1,b'\\033[?1049l')"
    )
    at = at_terminal(f"{sys.executable} -c {shlex.quote(script)}")
    (result,) = at.takes_all()
    assert result["exit_status"] == 0
    body = at.raw[at.raw.index(b"\x1b[?1049h") : at.raw.index(b"\x1b[?1049l")]
    assert body.count(b"x\n") == 1_000_000


def test_the_spinner_waits_for_silence_at_a_line_start(at_terminal: At) -> None:
    """Nothing is drawn after a prompt; before the first output it is said what runs, and how to leave it."""
    at = at_terminal("read line; printf 'now? '; sleep 1.6; echo")
    at.sees(r"^\$ read line; .*; echo\n\S running read line.* s · Ctrl-C stop · Ctrl-] background")
    at.type("x\r")
    at.sees(r"^now\?")
    mark = len(at.raw)
    at.result()
    assert b"running" not in at.raw[mark : at.raw.rindex("✓".encode())]


def test_the_receipt_stands_on_a_line_of_its_own(at_terminal: At) -> None:
    """Also after a command that left the cursor in the middle of a line, or below one without a carriage return."""
    at = at_terminal(
        r'printf "red\033[?1049h\n"',
        r'printf "green\n\033[0m"',
        r'stty raw; printf "blue\nyellow\n"',
        "true",
        "stty raw",
    )
    at.results()
    assert [line.partition(" · ")[0] for line in at.screen.splitlines() if line != "ready"] == [
        r'$ printf "red\033[?1049h\n"',
        "red",
        "",  # the emulated terminal has no alternate screen, where this line was begun
        "✓ exit 0",
        r'$ printf "green\n\033[0m"',
        "green",
        "✓ exit 0",
        r'$ stty raw; printf "blue\nyellow\n"',
        "blue",
        "    yellow",
        "✓ exit 0",
        "$ true",
        "✓ exit 0",
        "$ stty raw",
        "✓ exit 0",
        "done",
    ]


@pytest.mark.parametrize("status", [0, 3, 126, 255])
def test_an_exit_status_is_kept(at_terminal: At, status: int) -> None:
    """The status is the shell's."""
    assert at_terminal(f"exit {status}").result()["exit_status"] == status


def test_a_terminal_that_goes_away_ends_the_command(at_terminal: At) -> None:
    """When the terminal is closed in mid-command, nothing is left."""
    at = at_terminal("trap '' HUP; sleep 67.25; sleep 67.25")
    assert eventually(lambda: marked("67.25"))
    at.hang_up()
    assert eventually(lambda: not marked("67.25"))
