"""The judge reads words as the shells themselves do: where it accepts a text, both see the same arguments."""

import random
import shlex
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from hitl_cli.policy.reading import CommandReading, read
from hitl_cli.policy.words import ShellSyntax

NAMES = ["ls", "cat", "git", "find", "echo"]
HOME = "/home/some one"
PLAIN_HOME = "/home/some-one"

# Each text runs with functions in place of the programs; they write down the arguments that they get.
RECORD = """record() { printf '%s\\0' "$number" "$#" "$@" >>"$RECORD"; }
"""

PIECES = [
    *NAMES, *NAMES, *NAMES, "l\\s", "'ls'", 'c"a"t', "a", "-x", "--long=value", "--", "-", "a.b",
    "/etc/x", "10", "0x1f",
    "''", '""', "'a b'", '"a b"', "'a;b'", '"a|b"', '"$"', '"a$ b"', '"^(a|b)$"', "'$x'",
    '"\\$x"', '"a\\\\b"', '"a\\"b"',
    '"a\\nb"', '"a\\\nb"', "\\;", "\\(", "\\)", "\\'", '\\"', "a\\ b", "\\\\", "\\n", "{a,b}", "{}", "{a}", "x{1,2}y",
    "{a,'b c'}", "{a,b}{c,d}", "{,a}", "{1..3}", "{a,{b,c}}", "a,b", "~", "~/x", "~x", "a~", "~'/x'", "a=~", "HEAD~2",
    "x:~/y", "HEAD^", "@{u}", "#", "a#b", "=ls", "a=b", "!", "!x", "!=", "a!", "%1", "é", "naïve", "日本", "🎉",
    "*.py", "src/*.c", "[ab]x", "[a", "a?", "\u00a0", "\u3000", "\ufeff", "\r", "\v", "\f",
    "\x01", "time", "then", "do",
    "if", "$x", "${x}", "$(ls)", "`ls`", "$'a'", '$"a"', "<(ls)", "x\\", "'", '"', "2>/dev/null",
    ">/dev/null", "2>&1",
    "1>&2", ">&2", "< in", "<in", "&>/dev/null", "2>/dev/null>/dev/null", "a2>/dev/null",
    "22>/dev/null", ">|x", "<<<x",
    "$HOME", '"$HOME"', "${HOME}/x", '"${HOME}/a b"', "$HOME'x'", '"$HOME"x', "$HOME[1]", "$HOME:h", "$HOMEx",
    '"$HOME:h"', "~''",
    '"$HOME x"', "a$HOME", "$$HOME", "\\$HOME", "'$HOME'", "$?", '"a $?"', '"a/$?"',
    "<<E", "<>x", "{fd}>x", "[[", "]]", "(", ")", "{", "}", "coproc", "function", "|&",
]  # fmt: skip
PLAIN = [each for each in PIECES if not set(each) & set("$`<>(){}\r\v\f\x01\u00a0\u3000\ufeff")]
GAPS = [
    " ",
    " ",
    " ",
    " ",
    "  ",
    "\t",
    " \\\n",
    "\\\n",
    " \\\n  ",
    "\n",
    "",
    " # x\n",
    "#x\n",
    "\x0b",
    "\xa0",
]
OPERATORS = [
    " | ",
    " && ",
    " ; ",
    ";",
    "|",
    "&&",
    "\n",
    " \n ",
    ";\n",
    "|\n",
    " && \n",
    ";;",
    "&",
    " || ",
    "\\\n;",
    "|&",
]


def some_text(chance: random.Random) -> str:
    """Return a text of a few commands: mostly plain words and blanks, now and then anything."""
    commands = []
    for _ in range(chance.choice([1, 1, 1, 2, 2, 3])):
        text = chance.choice(["", "", "", "LC_ALL=C ", "CI=1\tTZ=UTC  ", "LC_ALL=x "]) + chance.choice(NAMES)
        for _ in range(chance.choice([0, 1, 1, 2, 2, 3, 4])):
            text += chance.choice(GAPS) if chance.random() < 0.2 else " "
            text += chance.choice(PIECES) if chance.random() < 0.25 else chance.choice(PLAIN)
            if chance.random() < 0.15:
                text += chance.choice(PLAIN)
        if chance.random() < 0.1:
            text = (
                chance.choice(["(", "( ", "(\n", "(("]) + text + chance.choice([")", " )", ";)", "\n)", "))"])
            )
        commands.append(text)
    text = commands[0]
    for each in commands[1:]:
        text += chance.choice(OPERATORS) + each
    return text


def runs_wholly(reading: CommandReading) -> bool:
    """Whether every part runs where each program succeeds and there is one file, named in."""
    targets = [
        redirect.target for part in reading.parts for redirect in part.redirects if redirect.operator == "<"
    ]
    return (
        "||" not in reading.text
        and all(part.words[0].text in NAMES for part in reading.parts)
        and all(target is not None and target.text == "in" for target in targets)
    )


def accepted(shell: ShellSyntax, wanted: int, chance: random.Random, home: str) -> list[CommandReading]:
    """Return the readings of so many texts that the judge has no doubt about."""
    found: list[CommandReading] = []
    while len(found) < wanted:
        reading = read(some_text(chance), shell, home)
        if not reading.doubts and runs_wholly(reading):
            found.append(reading)
    return found


def arguments_in(
    program: str, readings: list[CommandReading], folder: Path, home: str
) -> list[Counter[tuple[str, ...]]]:
    """Return the arguments that the shell `program` passes for each text, in any order within a text."""
    script, record = folder / "script", folder / "record"
    functions = "".join(f'{name}() {{ record {name} "$@"; }}\n' for name in NAMES)
    lines = (f"number={at}\neval {shlex.quote(each.text)}\n" for at, each in enumerate(readings))
    script.write_text(RECORD + functions + "".join(lines), newline="")
    (folder / "empty").mkdir()
    (folder / "empty" / "in").touch()
    subprocess.run(
        [program, str(script)],
        cwd=folder / "empty",
        env={"HOME": home, "PATH": "/nonexistent", "RECORD": str(record), "LC_ALL": "C.UTF-8"},
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=100,
    )
    found: list[Counter[tuple[str, ...]]] = [Counter() for _ in readings]
    fields = record.read_bytes().decode().split("\0")
    at = 0
    while at + 1 < len(fields):
        number, count = int(fields[at]), int(fields[at + 1])
        found[number][tuple(fields[at + 2 : at + 2 + count])] += 1
        at += 2 + count
    return found


def disagreements(
    program: str, shell: ShellSyntax, wanted: int, folder: Path, home: str = PLAIN_HOME
) -> list[object]:
    """Return the texts for which the judge and the shell see different arguments."""
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"there is no {program} here")
    readings = accepted(shell, wanted, random.Random(wanted), home)
    seen = arguments_in(path, readings, folder, home)
    judged = [Counter(part.arguments for part in reading.parts) for reading in readings]
    return [
        (reading.text, ours, theirs)
        for reading, ours, theirs in zip(readings, judged, seen, strict=True)
        if not theirs <= ours or (shell is not ShellSyntax.ZSH and theirs != ours)
    ]


def test_bash_passes_the_same_arguments(tmp_path: Path) -> None:
    """The arguments of some hundred texts that the judge accepts are those that bash passes to the programs."""
    assert disagreements("bash", ShellSyntax.BASH, 500, tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize("home", [PLAIN_HOME, HOME])
def test_bash_passes_the_same_arguments_for_many_texts(home: str, tmp_path: Path) -> None:
    """The same for many more texts, and for a home that has a blank in its name."""
    assert disagreements("bash", ShellSyntax.BASH, 20_000, tmp_path, home) == []


@pytest.mark.slow
@pytest.mark.parametrize(("program", "shell"), [("zsh", ShellSyntax.ZSH), ("dash", ShellSyntax.POSIX)])
def test_other_shells_pass_no_other_arguments(program: str, shell: ShellSyntax, tmp_path: Path) -> None:
    """zsh and a plain POSIX shell see the same, or refuse: zsh reports a bad pattern where bash takes a name."""
    assert disagreements(program, shell, 5_000, tmp_path) == []
