"""What the judge has to know about the place where a command would run: shell, PATH, functions, git's settings.

The only part of the policy that looks at the file system beyond rule files.
"""

import itertools
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from hitl_cli.policy.judge import Surroundings
from hitl_cli.policy.rules import SYSTEM_FOLDERS
from hitl_cli.policy.words import ShellSyntax

_OTHER_SYSTEM_FOLDERS = ("/opt/homebrew/bin", "/opt/homebrew/sbin", "/home/linuxbrew/.linuxbrew/bin", "/opt/local/bin",
                         "/run/current-system/sw/bin", "/usr/games", "/usr/local/games", "/snap/bin")  # fmt: skip
_LOADERS = ("LD_PRELOAD", "LD_AUDIT", "DYLD_INSERT_LIBRARIES", "BASH_ENV")
_GIT_VARIABLES = re.compile(
    r"GIT_(?:DIR|WORK_TREE|EXTERNAL_DIFF|SSH|SSH_COMMAND|CONFIG|CONFIG_(?:COUNT|KEY_"
    r"|VALUE_|PARAMETERS)\w*|EXEC_PATH"
    r"|PROXY_COMMAND|OBJECT_DIRECTORY"
    r"|ALTERNATE_OBJECT_DIRECTORIES|INDEX_FILE|COMMON_DIR|NAMESPACE|TEMPLATE_DIR)$"
)
_MOST_SUBMODULES = 100
_LONGEST = 1_048_576  # bytes of a git configuration file

# Keys of git's configuration that name a program to run or another file to read, by section.
_RUNS = re.compile(
    r"core\.(?:fsmonitor|pager|editor|sshcommand|askpass|gitproxy"
    r"|alternaterefscommand|attributesfile|worktree)"
    r"|pager\..*|alias\..*|diff\.external|diff\..*\.(?:command|textconv)|filter\..*|merge\..*\.driver|include.*"
    r"|interactive\.difffilter|sequence\.editor|gpg.*\.program"
    r"|uploadpack\..*|remote\..*\.(?:uploadpack|receivepack|vcs)"
    r"|trailer\..*|(?:diff|merge)tool\..*|(?:man|browser|help|web)\..*"
    r"|grep\.openfilesinpager|log\.showsignature"
)  # fmt: skip


def surroundings(
    program: str,
    folder: Path,
    home: str,
    variables: Mapping[str, str],
    changed: Sequence[str] = (),
) -> Surroundings:
    """Return the surroundings of a command that the shell `program` would run in `folder` with these `variables`.

    `changed` are the names of variables that earlier commands of the session changed and that influence programs.
    """
    shell = ShellSyntax.named(program)
    doubts = [f"an earlier command changed {name}" for name in changed]
    set_here = (name for name in _LOADERS if variables.get(name))
    doubts += [f"the variable {name} is set, which loads code into commands" for name in set_here]
    entries = variables.get("PATH", "").split(":")
    if relative := next((entry for entry in entries if not entry.startswith("/")), None):
        doubts.append(f"PATH has the relative folder {relative}")
    elif "" in entries:
        doubts.append("PATH has an empty entry, which is the current folder")
    functions = frozenset(_functions(variables))
    return Surroundings(
        shell,
        str(folder),
        home,
        tuple(doubts),
        partial(_name_doubt, entries=tuple(entries), functions=functions),
        partial(_repository_doubt, folder, tuple(name for name in variables if _GIT_VARIABLES.match(name))),
    )


def _functions(variables: Mapping[str, str]) -> list[str]:
    """Return the names of exported bash functions, in the formats of all versions."""
    found = [
        re.sub(r"^BASH_FUNC_|(?:%%|\(\))$", "", name) for name in variables if name.startswith("BASH_FUNC_")
    ]
    return found + [name for name, value in variables.items() if value.startswith("() {")]


def _name_doubt(name: str, *, entries: tuple[str, ...], functions: frozenset[str]) -> str | None:
    """Return why the program that the shell finds for `name` may not be the one that is meant; None if it is."""
    if name in functions:
        return f"{name} is a function in your environment"
    if "/" in name:
        return None
    found: str | None = None
    for entry in entries:
        if _is_system(entry):
            if found is not None and os.access(f"{entry}/{name}", os.X_OK):
                return f"{name} is {found}, which comes before {entry}/{name}"
        elif found is None and os.access(f"{entry}/{name}", os.X_OK):
            found = f"{entry}/{name}"
            if _others_can_change(entry):
                return f"{name} is {found}, in a folder that others can change"
    return None


def _is_system(folder: str) -> bool:
    return folder.rstrip("/") in SYSTEM_FOLDERS or folder.rstrip("/") in _OTHER_SYSTEM_FOLDERS


def _others_can_change(folder: str) -> bool:
    try:
        return bool(os.stat(folder).st_mode & 0o002)
    except OSError:
        return False


def _repository_doubt(folder: Path, variables: Sequence[str]) -> str | None:
    """Return why git may run a program here that the command does not name; None if nothing says so."""
    if variables:
        return f"the variable {variables[0]} is set, which changes what git does"
    for each in (folder, *folder.parents):
        if os.path.lexists(each / ".git"):
            return _doubt_in(each / ".git", each)
        # Where there is no .git, a folder that looks like a bare repository is one.
        if (each / "HEAD").exists() and (each / "objects").is_dir() and (each / "refs").is_dir():
            return _doubt_in(each, each)
    return None


def _doubt_in(repository: Path, work: Path) -> str | None:
    if repository.is_file():  # of a linked working tree or a submodule
        repository = work / _content(repository).removeprefix("gitdir:").strip()
    shared = repository / (_content(repository / "commondir").strip() or ".")
    hooks = [repository / "hooks", shared / "hooks"]
    for file in (shared / "config", repository / "config.worktree"):
        for key, value in _settings(_content(file)):
            if _RUNS.fullmatch(key):
                return f"{file} sets {key}, which can run a program"
            if key == "core.hookspath":
                hooks.append(work / os.path.expanduser(value))
    # The only hook of commands that read: they may refresh the index.
    if hook := next((each for each in hooks if (each / "post-index-change").exists()), None):
        return f"the repository has the hook {hook / 'post-index-change'}"
    return _doubt_in_submodules(shared, work)


def _doubt_in_submodules(repository: Path, work: Path) -> str | None:
    """Return the same for the submodules, because git looks into them."""
    places = [
        work / value / ".git"
        for key, value in _settings(_content(work / ".gitmodules"))
        if key.endswith(".path")
    ]
    found = [each / "config" for each in places if each.is_dir()]
    for pattern in ("modules/*/config", "modules/*/*/config", "modules/*/modules/*/config"):
        found += itertools.islice(repository.glob(pattern), _MOST_SUBMODULES)
    for file in found:
        for key, _ in _settings(_content(file)):
            if _RUNS.fullmatch(key) and key != "core.worktree":
                return f"{file} sets {key}, which can run a program"
    return None


def _content(file: Path) -> str:
    """Return the text of a file of git; empty if there is none, and a setting that "
    "is doubted if it cannot be read."""
    try:
        with open(file, "rb") as opened:
            text = opened.read(_LONGEST + 1)
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError:
        return "[include]"
    return text.decode("utf-8", "replace") if len(text) <= _LONGEST else "[include]"


def _settings(text: str) -> Iterator[tuple[str, str]]:
    """Yield the keys and values in the text of a git configuration file; a section "
    "without keys has an empty key."""
    section = ""
    for raw in text.splitlines():
        line = raw.strip()
        while head := re.match(r"\[\s*([\w.-]+)(?:\s+\"((?:[^\"\\]|\\.)*)\")?\s*\]\s*", line):
            section = head[1].lower() + (f".{head[2].lower()}" if head[2] is not None else "")
            line = line[head.end() :]
            yield f"{section}.", ""
        if key := re.match(r"([A-Za-z][\w-]*)\s*=?\s*(.*)", line):
            yield f"{section}.{key[1].lower()}", key[2].strip('"')
