"""What a folder holds: what a check compares, and what must not change."""

import datetime as dt
import grp
import hashlib
import os
import pathlib
import pwd
import re
import stat
import subprocess
import tarfile
import time
import zipfile

LOCAL = dt.timezone(dt.timedelta(hours=1))
VOLATILE = re.compile(
    r"(^|/)(\.cache|\.config|\.local|\.npm|__pycache__|\.lesshst|\.git/(index|FETCH_HEAD)(\.lock)?)($|/)"
)


def snapshot(folder: pathlib.Path) -> dict[str, str]:
    """What must stay the same for a harmless request: kinds, modes, owners, times and contents."""
    seen: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if VOLATILE.search(name):
            continue
        info = path.lstat()
        entry = f"{stat.S_IFMT(info.st_mode):o} {info.st_mode:o} {info.st_uid}:{info.st_gid}"
        if path.is_symlink():
            entry += f" -> {os.readlink(path)}"
        elif path.is_file():
            entry += f" {info.st_size} {info.st_mtime_ns}"
            if info.st_size < 1_000_000:
                entry += " " + hashlib.sha1(path.read_bytes()).hexdigest()
        seen[name] = entry
    return seen


def _git_view(folder: pathlib.Path, words: list[str]) -> str:
    env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", *words], check=False, cwd=folder, env=env, capture_output=True, stdin=subprocess.DEVNULL
    )
    return done.stdout.decode("utf-8", "replace")


def _members(path: pathlib.Path) -> str:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return "\n".join(archive.namelist())
    try:
        with tarfile.open(path) as tar:
            return "\n".join(tar.getnames())
    except tarfile.TarError as error:
        return f"unreadable archive: {error}"


def _owner(info: os.stat_result) -> str:
    try:
        user = pwd.getpwuid(info.st_uid).pw_name
    except KeyError:
        user = str(info.st_uid)
    try:
        group = grp.getgrgid(info.st_gid).gr_name
    except KeyError:
        group = str(info.st_gid)
    return f"{user}:{group}"


def view(folder: pathlib.Path, key: str) -> str | None:
    """The text a `files` regex is searched in; None when the path does not exist."""
    name, _, kind = key.partition("#")
    path = folder / name
    if not os.path.lexists(path):
        return None
    if kind == "link":
        return os.readlink(path) if path.is_symlink() else "not a symbolic link"
    if not path.exists():
        return "dangling symbolic link"
    info = path.stat()
    if kind == "mode":
        return f"{stat.S_IMODE(info.st_mode):o}"
    if kind == "owner":
        return _owner(info)
    if kind == "size":
        return str(info.st_size)
    if kind == "mtime":
        return dt.datetime.fromtimestamp(info.st_mtime, LOCAL).strftime("%Y-%m-%d %H:%M:%S")
    if kind == "agedays":
        return str(int((time.time() - info.st_mtime) // 86400))
    if kind == "members":
        return _members(path)
    if kind == "status":
        return _git_view(path, ["status", "--porcelain"])
    if kind == "log":
        return _git_view(path, ["log", "--oneline"])
    if kind:
        raise ValueError(f"unknown view {key}")
    if path.is_dir():
        return "\n".join(sorted(child.name for child in path.iterdir()))
    with path.open("rb") as handle:
        return handle.read(4_000_000).decode("utf-8", "replace")
