"""Changes rule files: adds rules to them and removes rules."""

import contextlib
import fcntl
import os
import posixpath
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hitl_cli import private, system
from hitl_cli.errors import UsageError
from hitl_cli.policy import files
from hitl_cli.policy.files import RuleFileError
from hitl_cli.policy.rules import Decision, InvalidRuleError, Rule, Source, checked, parsed_pattern

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

_LOCK = "rules.lock"


@dataclass(frozen=True)
class NewRule:
    """A rule that the person adds."""

    pattern: str
    decision: Decision = Decision.ALLOW
    folder: str | None = None
    writes: tuple[str, ...] = ()
    network: bool = False
    reason: str | None = None

    def fields(self) -> dict[str, Any]:
        """Return what a table for the rule has beside its pattern."""
        fields = {
            "folder": self.folder,
            "writes": list(self.writes),
            "network": self.network,
            "reason": self.reason,
        }
        return {name: value for name, value in fields.items() if value}

    def rule(self, source: Source, home: str, base: str = "") -> Rule:
        """Return the rule as it holds if `source` is in a file whose rules hold in the folder `base`.

        Raises:
            InvalidRuleError: It cannot exist.
        """
        program, words, open_ended = parsed_pattern(self.pattern)
        if not all(self.writes):
            raise InvalidRuleError("a path where it may write is empty")
        folder = files.resolved_path(self.folder, base or home, home) if self.folder else base
        return checked(
            Rule(
                self.decision, program, words, open_ended, source, folder=folder, writes=self.writes,
                network=self.network, reason=self.reason or "",
            )
        )  # fmt: skip


@dataclass(frozen=True)
class RuleFile:
    """A file of rules that the person can change; `base` is the folder of a project in which its rules hold."""

    path: Path
    home: str
    state_folder: Path
    base: str = ""

    def add(self, new: Sequence[NewRule]) -> int:
        """Add rules, and return how many of them were not there before.

        In a project's file, a folder of the project is written relative to it, so that it holds wherever that is.

        Raises:
            UsageError: A rule cannot exist, or the file is invalid or cannot be written. Nothing was added.
        """
        new = [self._relative(each) for each in new]
        try:
            for each in new:
                each.rule(Source(str(self.path), 0), self.home, self.base)
        except InvalidRuleError as problem:
            raise UsageError(f"Nothing was added to {self.path}: {problem}.") from problem
        added = 0

        def edit(document: "TOMLDocument") -> None:
            nonlocal added
            try:
                added = sum(_insert(document, each) for each in new)
            except _OneListError:
                raise UsageError(
                    f"{self.path} has its rules in one list; nothing was added. Write them as [[rule]] first."
                ) from None

        self._change(edit)
        return added

    def remove(self, pattern: str) -> int:
        """Remove the rules with this pattern, and return how many there were.

        Raises:
            UsageError: There is none, or the file is invalid or cannot be written.
        """
        removed = 0

        def edit(document: "TOMLDocument") -> None:
            nonlocal removed
            for key in (each.value for each in Decision):
                patterns = document.get(key, [])
                for at in reversed(range(len(patterns))):
                    if str(patterns[at]) == pattern:
                        del patterns[at]
                        removed += 1
            tables = document.get("rule", [])
            for at in reversed(range(len(tables))):
                said = [str(tables[at].get(each.value)) for each in Decision]
                if pattern in said or pattern == _words_of(tables[at].unwrap()):
                    del tables[at]
                    removed += 1
            if "rule" in document and not len(tables):
                del document["rule"]

        if not self.path.exists():
            raise UsageError(f"There are no rules in {self.path}; nothing was removed.")
        self._change(edit)
        if not removed:
            raise UsageError(
                f"{self.path} has no rule {pattern}; nothing was removed. List the rules with: hitl policy list"
            )
        return removed

    def _relative(self, new: NewRule) -> NewRule:
        """Return a rule whose folder is relative to the project, if it is in there."""
        if not self.base or new.folder is None:
            return new
        folder = files.resolved_path(new.folder, self.base, self.home)
        inside = posixpath.relpath(folder, self.base)
        if inside == ".." or inside.startswith("../"):
            return new
        return replace(new, folder=None if inside == "." else inside)

    def project_rules(self) -> files.ProjectRules | None:
        """Return the rules of the project, None if this is not a project's file or does not exist.

        Raises:
            RuleFileError: The file is invalid or cannot be read.
        """
        return files.project_rules(Path(self.base), self.state_folder, self.home) if self.base else None

    def _change(self, edit: "Callable[[TOMLDocument], None]") -> None:
        """Change the file; a project's file that was trusted stays trusted, because the person changed it."""
        try:
            with _alone(self.state_folder):
                project = self.project_rules()
                before, after = _changed(self.path, edit, self.home, self.base)
                if project is not None and project.is_trusted and files.digest(before) == project.digest:
                    files.trust(replace(project, digest=files.digest(after)), self.state_folder)
        except private.NotPrivateError as problem:
            raise RuleFileError(f"The rules were not changed: {problem}") from problem
        except OSError as problem:
            why = system.reason(problem)
            raise RuleFileError(f"The rules in {self.path} were not changed: {why}") from problem


@contextlib.contextmanager
def _alone(state_folder: Path) -> Iterator[None]:
    """Let no other program of this person change rule files meanwhile, nor which of them are trusted.

    Raises:
        OSError, NotPrivateError: The lock, a file in `state_folder`, cannot be had.
    """
    private.make_folder(state_folder)
    descriptor = private.open_file(state_folder / _LOCK, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # held for as long as it takes to write a file
        yield
    finally:
        os.close(descriptor)


def _changed(file: Path, edit: "Callable[[TOMLDocument], None]", home: str, base: str) -> tuple[str, str]:
    """Change the rule file `file` with `edit`, and return its text before and after; comments stay.

    It is created if necessary.

    Raises:
        RuleFileError: The file is invalid, or would be. It is unchanged.
        OSError, NotPrivateError: It cannot be read or written. It is unchanged.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    before = ""
    try:
        if file.exists():
            before = private.read_settings(file)
            if not file.stat().st_mode & stat.S_IWUSR:
                raise RuleFileError(
                    f"The rules in {file} were not changed: the file is read-only. Use: chmod u+w {file}"
                )
        files.parse(before, str(file), base, home)
        # A table that is added begins a line.
        document = tomlkit.parse(f"{before}\n" if before and not before.endswith("\n") else before)
        edit(document)
        after = tomlkit.dumps(document)
    except (UnicodeDecodeError, TOMLKitError) as problem:
        raise RuleFileError(f"The rules in {file} were not changed: {problem}.") from problem
    files.parse(after, str(file), base, home)
    private.make_missing(file.parent)
    private.replace_file(file, after)
    return before, after


def trust(project: files.ProjectRules, state_folder: Path) -> None:
    """Remember that the person trusts the rules of `project` as they are now.

    Raises:
        UsageError: That cannot be stored.
    """
    try:
        with _alone(state_folder):
            files.trust(project, state_folder)
    except (OSError, private.NotPrivateError) as problem:
        why = system.reason(problem) if isinstance(problem, OSError) else str(problem)
        raise UsageError(f"{project.file} is not trusted: that cannot be stored. {why}") from problem


def as_written(new: Sequence[NewRule]) -> str:
    """Return the rules as they are written to a file that has none."""
    import tomlkit

    document = tomlkit.document()
    for each in new:
        _insert(document, each)
    return re.sub(r"\n{3,}", "\n\n", tomlkit.dumps(document)).strip()


class _OneListError(Exception):
    """The rules are a list of inline tables, to which no table can be added."""


def _insert(document: "TOMLDocument", new: NewRule) -> bool:
    """Insert a rule, and return whether it was not there before."""
    import tomlkit
    from tomlkit.items import AoT

    key, fields = new.decision.value, new.fields()
    if fields:
        wanted = {key: new.pattern, **fields}
        tables = document.get("rule")
        if tables is None:
            tables = document["rule"] = tomlkit.aot()
        elif not isinstance(tables, AoT):
            raise _OneListError
        if any(each.unwrap() == wanted for each in tables):
            return False
        table = tomlkit.table()
        table.update(wanted)
        table.add(tomlkit.nl())
        tables.append(table)
        return True
    patterns = document.get(key)
    if patterns is None:
        patterns = document[key] = tomlkit.array()
    if new.pattern in list(patterns):
        return False
    patterns.append(new.pattern)
    return True


def _words_of(table: dict[str, Any]) -> str:
    words = [table.get("program", ""), *table.get("subcommands", []), *table.get("arguments", ["*"])]
    return " ".join(map(str, words))
