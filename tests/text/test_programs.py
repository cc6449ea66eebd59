"""The programs that a command calls, by which the history is asked."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl_cli.text.programs import programs


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("ls -l", "ls"),
        ("/usr/bin/git status", "git"),
        ("./configure && make -j4 || echo no; wc x &", "configure make echo wc"),
        ("cat x | sort | uniq -c", "cat sort uniq"),
        ('echo $(date) `whoami` "$(uname -a)"', "echo date whoami uname"),
        ("diff <(sort a) <(uniq b)", "diff sort uniq"),
        ("A=1 B='x y' make", "make"),
        ("sudo -u me -- env A=1 nice -n 5 git pull", "sudo env nice git"),
        ("find . -print0 | xargs -0 -n 1 grep x", "find xargs grep"),
        ("time timeout -k 5 10 curl x", "time timeout curl"),
        ("nohup ./serve >log 2>&1 &", "nohup serve"),
        (">out wc x", "wc"),
        ("if test -f x; then cat x; fi", "test cat"),
        ("for f in *; do file $f; done", "file"),
        ("f() { git log; }; f", "git f"),
        ("cat <<E\n$(id)\nE", "cat id"),
        ("'ls' \"-l\"", "ls"),
        ("echo 'a; b | c && d' \"e; $(date) | f\"", "echo date"),
        ("sudo", "sudo"),
        ("xargs -I", "xargs"),
        ("$EDITOR x", ""),
        ('"$x" y', ""),
        ("git log; git show", "git"),
        ("A=1", ""),
        ("# ls", ""),
        ("", ""),
    ],
)
def test_programs(command: str, expected: str) -> None:
    """Each once, in order, without folders; only what the text says."""
    assert programs(command) == tuple(expected.split())


@given(st.text())
def test_any_text(text: str) -> None:
    """There is no text that it cannot take, and what it tells is plain."""
    assert all(name.isprintable() and name.isascii() and " " not in name for name in programs(text))


def test_no_character_ends_the_program() -> None:
    """The grammar is native code, and must not be given what it cannot take."""
    texts = ["{\U000db93f", "\u65db{\U000c73d9", "${\U0010ffff}", "<<\U000f0000", "$\U0001f600"]
    code = f"from hitl_cli.text.grammar import parsed\nfor text in {texts!r} * 1000: parsed(text.encode())"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@given(st.text("ls|&;$(){}<>'\"`\\ \n=#!a-", max_size=80))
def test_any_shell_code(text: str) -> None:
    """Nor any that looks like shell code."""
    assert len(programs(text)) <= len(text)


@pytest.mark.parametrize("piece", ["a|", "a;", "(", "$(", "${", "if ", "<<a ", "'", "{ ", "a&&", "`", "[[ "])
def test_a_long_text_is_not_read_for_long(piece: str) -> None:
    """Some texts would take the parser minutes: it gives up, and tells what is at the beginning."""
    found = programs(piece * (20_000 // len(piece)))
    assert found == (("a",) if piece[0] == "a" else ())
