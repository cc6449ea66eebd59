"""What the judge takes for a pure read changes nothing when it really runs."""

import contextlib
import os
import random
import re
import subprocess
from pathlib import Path

import pytest

from hitl_cli.policy import runner_table
from hitl_cli.policy.judge import Policy, judge
from hitl_cli.policy.reading_forms import CHANGE_THE_SYSTEM, IN_PLACE, WRITE_FILES
from hitl_cli.policy.rules import Decision
from hitl_cli.policy.words import Word
from tests.policy.helpers import around

PIECES = [
    "ls", "cat a", "sort", "uniq", "sed -n", "sed", "find . -name x", "git log", "git diff",
    "git branch", "git tag", "printf",
    "echo", "grep x", "head", "wc", "xxd", "date", "rg x", "tree", "file", "test -f", "type",
    "command -v", "which", "xargs",
    "timeout 5", "nice", "env", "tar", "jq .", "diff a b", "find", "nl", "cut -c1", "tr a b", "tee",
    "touch", "a", "b", "OUT", "new",
    "-o", "-o OUT", "--output=OUT", "-exec touch OUT {} +", "-delete", "-fprint OUT", "-i",
    "1e touch OUT", "p", "'w OUT'", "%n",
    "'1e touch OUT'", "'s/x/y/w OUT'", "'s/x/y/e'", "'%s'", "'a[$(touch OUT)]'", "-v", "-d new",
    "-m b c", ">OUT", ">>OUT", "2>OUT",
    "&>OUT", ">|OUT", "<>OUT", ">&OUT", "2>&1", ">/dev/null", "<a", "<<<x", "|", "&&", "||", ";", "&",
    "|&", "\n", "$(touch OUT)",
    "`touch OUT`", "<(touch OUT)", '"$(touch OUT)"', "'", '"', "\\", "\\\n", "#", "{touch,OUT}",
    "{a,b}", "~", "*", "?", "-", "--",
    "x=1", "PATH=.", "(", "!", "time", "$x", "\r", "\f", "é", "\u00a0", ";touch OUT", "|touch OUT",
    "\ntouch OUT", "'\n' touch OUT",
    "(ls", ")", "(touch OUT", "[ -f a ]", "[ a", "]", "= b", "cd new", "cd ..", "LC_ALL=C", "CI=1",
    "LC_ALL=OUT", "$HOME", '"$HOME/x"',
    "$?", "awk", "awk -F,", "'{print $1}'", "'NR>1'", "'{print > \"OUT\"}'", "'{system(\"touch OUT\")}'", "'/\"/'",
    "'/x/{print}'", "uniq -f 1", "xxd -l 5", "gzip -t", "gzip -l", "-f 1", "-exec wc -l {} +",
    "-exec sort -o OUT {} \\;",
    "-exec", "{} +", "\\;", "'{p;w OUT'", "'1{p;q}'", "'1{w OUT", "}'", "date -s", "ps", "e", "getent passwd",
    "crontab -l",
    "column", "iconv", "base64", "shuf", "comm a b", "strings a", "split a", "patch", "mktemp", "strip a",
    "git stash list",
    "git config", "git remote", "git add", "git reflog", "git tag -l", "git branch -a", "newbranch", "zcat a",
    "unzip -l", "a.b c",
]  # fmt: skip


def state(folder: Path) -> list[tuple[str, int]]:
    """Return the files of a folder and of its repository's references, with their sizes."""
    places = [folder, folder / ".git" / "refs" / "heads", folder / ".git" / "refs" / "tags"]
    return sorted((each.path, each.stat().st_size) for place in places for each in os.scandir(place))


@pytest.mark.slow
def test_random_commands_that_only_read_change_nothing(folder: Path, tmp_path: Path) -> None:
    """Some hundred texts of pieces that read, write and hide things, of those that the judge allows as reads."""
    (folder / "a").write_text("x\ny\n")
    (folder / "b").write_text("x\n")
    variables = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    subprocess.run(["git", "init", "-q", "."], cwd=folder, env=variables, check=True)
    before, chance, ran = state(folder), random.Random(1), 0
    while ran < 500:
        text = "".join(
            chance.choice(PIECES) + chance.choice("    x").strip("x") for _ in range(chance.randint(2, 8))
        )
        if judge(text, Policy((), reads=True), around()).decision is not Decision.ALLOW:
            continue
        ran += 1
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(
                ["bash", "-c", text], cwd=folder, env=variables, check=False, stdin=subprocess.DEVNULL,
                capture_output=True, timeout=5,
            )  # fmt: skip
        assert state(folder) == before, text


def test_every_known_form_is_a_pattern() -> None:
    """They are compiled only when a command needs them."""
    for table in (CHANGE_THE_SYSTEM, WRITE_FILES, IN_PLACE):
        for known in table.values():
            re.compile(known)
    for name in runner_table.RUNNERS:
        assert runner_table.why_uncovered(
            [Word(each, each, 0, 0) for each in (name, "-@")], 1, "/", network=False
        )
