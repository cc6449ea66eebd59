"""`hitl doctor`: what works here, what to set, and what is broken.

It contacts only this machine and, with `--contact`, the base URL from the settings.
"""

import contextlib
import json
import os
import shutil
import sqlite3
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit, urlunsplit

from hitl_cli import private
from hitl_cli.commands.file_permissions import exposures
from hitl_cli.environment import Environment
from hitl_cli.errors import ExitStatus, FolderGoneError, HitlError, JournalError, UsageError
from hitl_cli.journal import shell_history
from hitl_cli.journal.store import CONTENT, FILE, Store
from hitl_cli.models.configured import provider_of
from hitl_cli.models.provider import NullModelWatcher
from hitl_cli.settings import OFFLINE, Settings, unknown_variables
from hitl_cli.shell import fence
from hitl_cli.text.urls import without_secrets

LOCAL_SERVERS = {"Ollama": "http://127.0.0.1:11434/v1", "LM Studio": "http://127.0.0.1:1234/v1"}
"""Servers for local models, at their default addresses."""

_SERVER_TIMEOUT = 2.0  # seconds for a server to list its models
_MOST_MODELS = 8
_MOST_BYTES = 4_194_304  # bytes of a list of models
_LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))


class Finding(NamedTuple):
    """One check and its result; `status` is the exit status that `hitl run` would have because of it."""

    what: str
    found: str
    status: int = ExitStatus.FINISHED


def findings(environment: Environment, *, contact: bool) -> Iterator[Finding]:
    """Yield what works, and what is broken with how to fix it.

    Contacts only addresses of this machine, and with `contact` also the base URL from the settings.
    """
    settings, problems = Settings.usable(environment)
    try:
        environment.folder  # noqa: B018  (raises if the folder is gone)
    except FolderGoneError as gone:
        yield Finding("folder", str(gone), gone.exit_status)
    yield Finding("model", f"{settings.model_name} ({_why_this_model(settings)})")
    if settings.llm_class is not None:
        try:
            provider_of(settings, NullModelWatcher())
        except UsageError as unusable:
            yield Finding("model", str(unusable), unusable.exit_status)
    key = settings.api_key
    yield Finding(
        "key", f"set (from {key.source})" if key.value else "none (would be read from OPENAI_API_KEY)"
    )
    servers = dict(LOCAL_SERVERS)
    base_url = settings.base_url.value
    if base_url:
        if contact or urlsplit(base_url).hostname in _LOOPBACK:
            servers = {"base URL": base_url, **servers}
        else:
            yield Finding(
                "base URL", f"{without_secrets(base_url)} (not contacted; --contact lists its models)"
            )
    keys = [key.value if name == "base URL" else None for name in servers]
    try:
        with ThreadPoolExecutor(len(servers)) as pool:
            found = list(pool.map(_models_at, servers.values(), keys))
    except RuntimeError:  # no thread can be started
        found = list(map(_models_at, servers.values(), keys))
    answers = dict(zip(servers, found, strict=True))
    for name, address in servers.items():
        yield Finding(name, _describe_server(address, answers[name]))
    there = [(servers[name], models[0]) for name, models in answers.items() if isinstance(models, list)]
    if there and settings.is_offline:
        address, model = there[0]
        yield Finding("recommended", f"hitl config set base_url {address}; hitl config set model {model}")
    yield from _terminal(environment)
    yield Finding("settings", _place_of_settings(environment, environment.settings_file))
    for problem in problems:
        yield Finding(
            "settings", f"{problem} Fix it there; until then, hitl runs nothing.", problem.exit_status
        )
    for sentence in unknown_variables(environment.variables):
        yield Finding("settings", sentence)
    if not _is_writable(environment.settings_file):
        yield Finding(
            "settings",
            f"{environment.settings_file} is not writable, so hitl config set does not work. Make it and its folder "
            "writable, or set HITL_CONFIG to another file.",
        )
    yield Finding("own catalogue", _place_of_settings(environment, environment.own_catalogue))
    yield Finding("state", str(environment.state_folder))
    for sentence in exposures(environment):
        yield Finding("state", sentence)
    yield from _journal(environment)
    yield Finding("cache", str(environment.cache_folder))
    shell = environment.variables.get("SHELL") or shutil.which("bash") or "none"
    yield Finding("shell", shell)
    switch = "on" if settings.shell_history.value else "off; when on"
    yield Finding(
        "shell history", f"{switch}: {shell_history.describe(Path(shell).name, environment.variables)}"
    )
    rules, unfenced = _rules(environment)
    yield rules
    yield Finding("fence", _fence(unfenced))
    yield Finding("preview", _preview(environment))
    yield _engine(environment)
    yield Finding(
        "catalogue", "can be searched" if _has_full_text() else "cannot be searched: this SQLite has no FTS5"
    )


def _fence(unfenced: bool) -> str:
    if not (lacking := fence.why_unavailable()):
        return fence.name()
    does = 'runs without one: unfenced = "allow"' if unfenced else "is asked about"
    return f"{lacking.rstrip('.')}; what a rule allows {does}"


def _rules(environment: Environment) -> tuple[Finding, bool]:
    """Check the files of rules that hold in the current folder; return whether they need no fence, too."""
    from hitl_cli.policy import files

    home = environment.variables.get("HOME", "")
    try:
        found = files.load(environment.own_rules, environment.folder, environment.state_folder, home)
    except HitlError as problem:
        return Finding("rules", str(problem), problem.exit_status), False
    count = len(found.policy.rules) - len(files.builtin_rules())
    project = found.project
    trust = "" if project is None or project.is_trusted else f"; {project.file} is not trusted"
    finding = Finding("rules", f"{count} of your own (in {environment.own_rules}){trust}")
    return finding, found.policy.unfenced


def _preview(environment: Environment) -> str:
    """Make an empty preview in the current folder, and return what made it, or why previews do not work here."""
    from hitl_cli.preview import bubblewrap, runner

    home = environment.variables.get("HOME", "/")
    try:
        folder = environment.folder
    except FolderGoneError:
        folder = Path(home)
    if lacking := runner.why_unavailable(folder, home):
        return lacking
    tool = bubblewrap.find()
    return f"bubblewrap {tool.version} ({'of the Python package' if tool.is_packaged else tool.path})"


def _engine(environment: Environment) -> Finding:
    """Check what the installed engine supports, again, and remember it."""
    from hitl_cli.session.engine.support import ENGINE, support_of_installed

    support = support_of_installed(environment.state_folder, again=True)
    name = f"{ENGINE} {support.version}"
    try:
        support.check()
    except UsageError as problem:
        return Finding("engine", str(problem), problem.exit_status)
    if support.resume:
        return Finding("engine", f"{name}; runs cannot be saved and resumed ({'; '.join(support.resume)})")
    return Finding("engine", f"{name}; runs can be saved and resumed")


def _journal(environment: Environment) -> Iterator[Finding]:
    path = environment.state_folder / FILE
    if problems := private.obstacles(environment.state_folder, CONTENT):
        for problem in problems:
            yield Finding("state", problem, ExitStatus.JOURNAL)
        return
    if not (_is_writable(environment.state_folder) and _is_writable(path)):
        yield Finding(
            "state",
            f"{environment.state_folder} is not writable, so nothing can run. Make the folder and its files writable, "
            "or set XDG_STATE_HOME to a writable folder.",
            ExitStatus.JOURNAL,
        )
    try:
        if (store := Store.open_existing(environment.state_folder)) is not None:
            with contextlib.closing(store):
                store.check()
    except JournalError as problem:
        yield Finding("journal", str(problem), problem.exit_status)
        return
    yield Finding("journal", _place(path))


def _is_writable(path: Path) -> bool:
    """Whether a file or a folder is writable, or could be created."""
    existing = next(each for each in (path, *path.parents) if os.path.exists(each))
    return os.access(existing, os.W_OK)


def _terminal(environment: Environment) -> Iterator[Finding]:
    terminal = environment.open_terminal()
    if terminal is None:
        yield Finding("terminal", "none, so nobody can decide about commands here")
        return
    size = os.get_terminal_size(terminal.output.fileno())
    name = environment.variables.get("TERM", "")
    ability = "plain lines only" if name in ("", "dumb", "unknown") else "can draw questions"
    colour = "no colour (NO_COLOR)" if environment.variables.get("NO_COLOR") else "colour"
    yield Finding("terminal", f"{name or 'unknown'}, {size.columns}x{size.lines}, {ability}, {colour}")


def _models_at(address: str, key: str | None) -> list[str] | str:
    """Return the models that a server lists, or why it lists none."""
    parts = urlsplit(address)
    user, at, host = parts.netloc.rpartition("@")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    if at and not key:
        headers = {"Authorization": f"Basic {b64encode(unquote(user).encode()).decode()}"}
    path = f"{parts.path.rstrip('/')}/models"
    request = urllib.request.Request(urlunsplit(parts._replace(netloc=host, path=path)), headers=headers)
    # Addresses of this machine are contacted without a proxy.
    opener = (
        urllib.request.build_opener(urllib.request.ProxyHandler({}))
        if urlsplit(address).hostname in _LOOPBACK
        else urllib.request.build_opener()
    )
    try:
        with opener.open(request, timeout=_SERVER_TIMEOUT) as answer:
            names = [str(model["id"]) for model in json.loads(answer.read(_MOST_BYTES))["data"]]
    except urllib.error.HTTPError as problem:
        return f"answers a request for its models with HTTP status {problem.code}"
    except (OSError, ValueError, KeyError, TypeError, RecursionError, HTTPException):
        return "does not answer"
    return names or "answers, but has no models"


def _why_this_model(settings: Settings) -> str:
    if settings.is_offline and settings.model.value != OFFLINE:
        return "no key, server or model class is set"
    source = settings.model.source if settings.llm_class is None else settings.llm.source
    return source if source == "default" else f"from {source}"


def _describe_server(address: str, answer: list[str] | str) -> str:
    address = without_secrets(address)
    if isinstance(answer, str):
        return f"{address} {answer}"
    more = f" and {len(answer) - _MOST_MODELS} more" if len(answer) > _MOST_MODELS else ""
    return f"{address} has {', '.join(answer[:_MOST_MODELS])}{more}"


def _place(path: object) -> str:
    return f"{path}" + ("" if os.path.exists(str(path)) else " (does not exist yet)")


def _place_of_settings(environment: Environment, path: Path) -> str:
    becomes_private = (
        environment.has_own_settings_folder and private.is_own(path.parent) and private.is_own(path)
    )
    exposed = private.exposure(path) if becomes_private and private.exposure(path.parent) else None
    return f"{_place(path)}; it can be {exposed}; hitl run makes it private" if exposed else _place(path)


def _has_full_text() -> bool:
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute("CREATE VIRTUAL TABLE probe USING fts5 (text)")
        except sqlite3.OperationalError:
            return False
    return True
