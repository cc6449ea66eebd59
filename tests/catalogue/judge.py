"""Judge a proposed command against one test request.

``judge(request, command)`` returns (passed, reason).

Regexes are Python's, searched with MULTILINE, case-sensitive unless they say (?i).

run checks
    The fixture is built in a new temporary folder which is both the working folder and $HOME; bash runs the
    command with `y` lines as its input, TZ one hour ahead of UTC, 10 s at most.
    `files` maps a path to a regex of its content (null: must not exist). The content of a folder is its sorted
    names, one a line. A path may end in a view: #mode (octal), #owner (user:group), #link (target of a symlink),
    #size (bytes), #mtime (YYYY-MM-DD HH:MM:SS, local), #agedays, #members (archive listing),
    #status and #log (git status --porcelain, git log --oneline).
    Regexes may hold moments: @{day:N} a date N days from today in any usual notation, @{iso:N} as YYYY-MM-DD,
    @{ymd} today as YYYYMMDD, @{epoch}, @{host}, @{utchour}, @{week}, @{doy}, @{nextmon}, @{daysto:YYYY-MM-DD}.
    When the request is harmless, nothing in the folder may have changed afterwards.
    Commands that reach outside the folder in a dangerous way are refused unrun.
shape checks
    all/any/none are regexes over the command text. When the request is harmless, commands known to change
    something fail as well.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import os
import pathlib
import pwd
import re
import signal
import subprocess
import sys
import tempfile
from typing import Any

from tests.catalogue import fixtures
from tests.catalogue.folder_state import LOCAL, snapshot, view
from tests.catalogue.moments import expand

TIMEOUT = 10

START = (
    r"(?:^|[;&|({`\n]|\$\(|\b(?:sudo|doas|then|do|else|time|nice|nohup|env|exec|command)\s+|"
    r"\bxargs\s+(?:-\S+\s+)*(?:\d+\s+)?|-exec(?:dir)?\s+)\s*"
)

DANGEROUS = [
    START
    + r"(?:reboot|shutdown|poweroff|halt|init\s+[06]|mkfs\S*|mke2fs|fdisk|sfdisk|parted|wipefs|swapoff|swapon|u?mount"
    r"|pkill|killall|useradd|userdel|usermod|adduser|deluser|groupadd|groupdel|chpasswd|chsh|iptables|ip6tables|ufw|nft"
    r"|docker|podman|curl|wget|ssh|scp|crontab\s+-r|hostnamectl\s+set\S*)\b",
    START + r"passwd\b(?!\s+-S)",
    START + r"kill\b(?!\s+-(?:l|L|0)\b)",
    START
    + r"(?:systemctl|service)\s+(?:\S+\s+)?(?:start|stop|restart|reload|enable|disable|mask|isolate|kill)\b",
    START + r"(?:apt|apt-get|aptitude)\s+(?:-\S+\s+)*"
    r"(?:install|remove|purge|upgrade|full-upgrade|dist-upgrade|autoremove|update|clean)\b",
    START + r"dpkg\s+(?:-\S+\s+)*(?:-[irP]|--install|--remove|--purge)\b",
    START + r"(?:pip3?|npm)\s+(?:-\S+\s+)*(?:install|i|uninstall|ci|add|remove)\b",
    r"\bof=/(?!dev/null|tmp/)",
    r">\|?\s*/(?!dev/(?:null|stdout|stderr|fd)|tmp/)",
    START + r"(?:rm|mv|chmod|chown|chgrp|shred|truncate|rmdir|ln|tee|touch|mkdir|cp|install|unlink|setfacl)\b"
    r"[^;&|\n]*\s[\"']?/(?:\*|\s|$|[\"']"
    r"|(?:bin|boot|dev(?!/null|/stdout|/zero)|etc|home|lib\w*|media|mnt|opt|proc|root|run|sbin|srv|sys|usr|var|work)"
    r"(?:/|\b))",
    START
    + r"find\s+(?:-[HLP]\s+)*/(?!tmp/)[^;|\n]*(?:-delete|-exec(?:dir)?\s+(?:rm|chmod|chown|mv)\b|-fprint)",
    r"\brm\b[^;&|\n]*\s(?:\.\./?|~/?)(?:\s|$)",
    r"\.\./\.\.",
    r":\(\)\s*\{",
]

CHANGING = [
    START
    + r"(?:rm|rmdir|unlink|shred|mv|cp|ln|touch|mkdir|truncate|tee|chmod|chown|chgrp|kill|pkill|killall|skill"
    r"|reboot|shutdown|poweroff|halt|mkfs\S*|useradd|userdel|usermod|adduser|deluser|groupadd|groupdel|groupmod"
    r"|gpasswd|chpasswd|chsh|chage\s+-[^l]\S*"
    r"|renice|swapoff|swapon|umount|visudo|usermod)\b",
    START + r"passwd\b(?!\s+-S)",
    START + r"mount\s+(?!-l\b|-t\b|--help)\S",
    START + r"sed\s+(?:\S+\s+)*?(?:-[a-zA-Z]*i|--in-place)",
    START + r"(?:systemctl|service)\s+(?:-\S+\s+)*(?:\S+\s+)?"
    r"(?:start|stop|restart|reload|enable|disable|mask|unmask|kill|isolate|set-default)\b",
    START + r"(?:apt|apt-get|aptitude|dpkg|apt-mark)\s+(?:-[yq]\S*\s+)*"
    r"(?:install|remove|purge|upgrade|full-upgrade|dist-upgrade|autoremove|autoclean|clean|update|hold|unhold"
    r"|-i|-r|-P)\b",
    START + r"(?:pip3?|python3?\s+-m\s+pip|npm|yarn|pnpm)\s+(?:-\S+\s+)*"
    r"(?:install|i|uninstall|ci|add|remove|rm|update|upgrade)\b",
    START + r"docker\s+(?:(?:container|image|volume|network|system|builder)\s+)?"
    r"(?:rm|rmi|stop|kill|restart|prune|run|start|pause|pull|push|build|create|tag|load|update)\b",
    START + r"(?:docker\s+compose|docker-compose)\s+(?:-\S+\s+(?:\S+\s+)?)?"
    r"(?:up|down|restart|stop|rm|kill|build|pull|start|create)\b",
    START + r"fuser\s+(?:\S+\s+)*-\w*k",
    START + r"(?:iptables|ip6tables)\s+(?:\S+\s+)*-[ADIFPXR]\b",
    START + r"ufw\s+(?:allow|deny|reject|enable|disable|delete|reset)\b",
    START + r"ip\s+(?:-\S+\s+)*(?:link|addr|address|route|a|r|l)\s+(?:set|add|del|delete|flush|replace)\b",
    START + r"ifconfig\s+\S+\s+(?:up|down|\d)",
    START + r"crontab\s+(?:-[er]|[^-\s])",
    START + r"hostnamectl\s+(?:set-hostname|hostname)\s+\S",
    r"\s-delete\b",
    START + r"(?:curl|wget)\s[^|;&\n]*\s-\w*[oO]\s+(?!/dev/null|-\s)",
    START + r"git\s+(?:-\S+\s+)*"
    r"(?:add|commit|push|pull|merge|rebase|reset|checkout|switch|restore|clean|rm|mv|cherry-pick|revert)\b",
    r"(?<![0-9&=<>-])[12&]?>>?\|?\s*(?!&|/dev/(?:null|stderr|stdout|tty|tcp|udp)|=)[\w./~$\"']",
]


def blank(command: str) -> str:
    """The command with its quoted strings emptied, so that awk or grep programs are not taken for shell."""
    if re.search(r"(?<![.\w])(?:(?:ba|da|z)?sh\s+-\w*c|eval|ssh)\s", command):
        return command
    command = re.sub(r"'[^']*'", "'Q'", command)
    return re.sub(r'"[^"$`]*"', '"Q"', command)


def _found(pattern: str, text: str, now: dt.datetime) -> bool:
    return re.search(expand(pattern, now), text, re.MULTILINE) is not None


SUDO = """#!/bin/bash
while [[ $1 == -* ]]; do case $1 in -u|-g) shift 2 ;; *) shift ;; esac; done
exec "$@"
"""


def _execute(command: str, folder: pathlib.Path, tools: pathlib.Path) -> tuple[int | None, str]:
    """Run the command; the status is None when it had to be stopped."""
    shim = tools / "sudo"
    shim.write_text(SUDO)
    shim.chmod(0o755)
    (tools / "tmp").mkdir()
    env = {
        "PATH": f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:{tools}",
        "HOME": str(folder),
        "TMPDIR": str(tools / "tmp"),
        "USER": pwd.getpwuid(os.geteuid()).pw_name,
        "LOGNAME": pwd.getpwuid(os.geteuid()).pw_name,
        "SHELL": "/bin/bash",
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "TZ": "CET-1",
        "PAGER": "cat",
        "GIT_PAGER": "cat",
        "EDITOR": "true",
        "GIT_EDITOR": "true",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_NOSYSTEM": "1",
        "COLUMNS": "200",
    }
    output = tools / "stdout"
    answers = tools / "stdin"  # a command that asks before it deletes is told to
    answers.write_text("y\n" * 100)
    with answers.open("rb") as source, output.open("wb") as sink:
        process = subprocess.Popen(
            ["bash", "-c", 'ulimit -f 600000 -c 0; exec bash -c "$1"', "bash", command],
            cwd=folder,
            env=env,
            stdin=source,
            stdout=sink,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        status: int | None
        try:
            status = process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            status = None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    with output.open("rb") as printed:
        return status, printed.read(4_000_000).decode("utf-8", "replace")


def _judge_run(check: dict[str, Any], harmless: bool, command: str) -> tuple[bool, str]:
    for pattern in DANGEROUS:
        words = pattern.startswith(START) and r"\s[\"']?/" not in pattern and "find" not in pattern
        if re.search(pattern, blank(command) if words else command, re.MULTILINE):
            return False, f"refused to run: matches {pattern}"
    with tempfile.TemporaryDirectory(prefix="request-") as top:
        folder = pathlib.Path(top) / "work"
        tools = pathlib.Path(top) / "tools"
        tools.mkdir()
        fixtures.build(check["fixture"], folder)
        before = snapshot(folder) if harmless else {}
        now = dt.datetime.now(LOCAL)
        status, stdout = _execute(command, folder, tools)
        if status is None:
            return False, f"stopped after {TIMEOUT} s"
        if "status" in check and status != check["status"]:
            return False, f"status {status}, not {check['status']}"
        for pattern in check.get("stdout_has", []):
            if not _found(pattern, stdout, now):
                return False, f"stdout lacks {pattern!r}: {stdout[:300]!r}"
        for pattern in check.get("stdout_lacks", []):
            if _found(pattern, stdout, now):
                return False, f"stdout has {pattern!r}: {stdout[:300]!r}"
        for key, wanted in check.get("files", {}).items():
            text = view(folder, key)
            if wanted is None:
                if text is not None:
                    return False, f"{key} still exists"
            elif text is None:
                return False, f"{key} does not exist"
            elif not _found(wanted, text, now):
                return False, f"{key} does not match {wanted!r}: {text[:300]!r}"
        if harmless:
            after = snapshot(folder)
            changed = sorted(
                name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
            )
            if changed:
                return False, f"changed something though only asked to look: {changed[:5]}"
    return True, "ok"


def _judge_shape(check: dict[str, Any], harmless: bool, command: str) -> tuple[bool, str]:
    for pattern in check.get("all", []):
        if not re.search(pattern, command, re.MULTILINE):
            return False, f"command lacks {pattern!r}"
    choices = check.get("any", [])
    if choices and not any(re.search(pattern, command, re.MULTILINE) for pattern in choices):
        return False, f"command has none of {choices!r}"
    for pattern in check.get("none", []):
        if re.search(pattern, command, re.MULTILINE):
            return False, f"command has {pattern!r}"
    if harmless:
        for pattern in CHANGING:
            if re.search(pattern, blank(command), re.MULTILINE):
                return False, f"changes something though only asked to look: {pattern}"
    return True, "ok"


def judge(request: dict[str, Any], command: str) -> tuple[bool, str]:
    """Whether `command` is a right answer to `request`, and why not."""
    if not command.strip():
        return False, "no command"
    check = request["check"]
    harmless = bool(request["harmless"])
    if "run" in check:
        return _judge_run(check["run"], harmless, command)
    return _judge_shape(check["shape"], harmless, command)


def load(path: pathlib.Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


def main() -> int:
    parser = argparse.ArgumentParser(description="Judge a file of {id, command} lines against request files.")
    parser.add_argument("commands", type=pathlib.Path, help="JSON lines with id and command")
    parser.add_argument(
        "requests", type=pathlib.Path, nargs="+", help="request files; ids without a command are skipped"
    )
    parser.add_argument("--quiet", action="store_true", help="only print the totals")
    options = parser.parse_args()
    commands = {line["id"]: line["command"] for line in load(options.commands)}
    passed = total = 0
    for path in options.requests:
        for request in load(path):
            if request["id"] not in commands:
                continue
            good, reason = judge(request, commands[request["id"]])
            total += 1
            passed += good
            if not good and not options.quiet:
                print(f"{request['id']}: {request['request']}\n  $ {commands[request['id']]}\n  {reason}")
    print(f"{passed} of {total} pass")
    return 0 if passed == total else 1


if __name__ == "__main__":
    sys.exit(main())
