"""Which tools are put under approval: names, patterns, and what a tool says of itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from hitl_cli.text.suggestions import did_you_mean

ALL = "all"
DESTRUCTIVE = "destructive"
NOT_READ_ONLY = "not-read-only"
KEYWORDS = (ALL, DESTRUCTIVE, NOT_READ_ONLY)
"""The words that choose tools without a name."""

EVERY_WORKFLOW = "*"
"""In place of the name of a workflow in the settings."""


@dataclass(frozen=True)
class Hints:
    """What a tool says of itself, as the annotations of a tool in the Model Context Protocol (2025-06-18).

    There, a tool that says nothing else may change things, and may destroy some. `is_known` is false for a tool without
    annotations.
    """

    read_only: bool = False
    destructive: bool = True
    is_known: bool = False

    @classmethod
    def of(cls, annotations: Any) -> "Hints":
        """Return the hints in `annotations`: an object with attributes, a mapping, or None."""
        if annotations is None:
            return cls()

        def hint(name: str) -> Any:
            if isinstance(annotations, Mapping):
                return annotations.get(name)
            return getattr(annotations, name, None)

        return cls(hint("readOnlyHint") is True, hint("destructiveHint") is not False, is_known=True)


@dataclass(frozen=True)
class ToolChoice:
    """The tools that a person wants to be asked about; `patterns` are names, with `*` for anything, and keywords.

    `general` are those that need not match, because they are for every workflow. `hints` are those that were found for
    tools by their names.
    """

    patterns: tuple[str, ...] = ()
    general: frozenset[str] = frozenset()
    hints: Mapping[str, Hints] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.patterns)

    @property
    def needs_hints(self) -> bool:
        """Whether it depends on what tools say of themselves."""
        return DESTRUCTIVE in self.patterns or NOT_READ_ONLY in self.patterns

    def takes(self, name: str) -> bool:
        """Return whether calls of the tool `name` are asked about."""
        hints = self.hints.get(name, Hints())
        return any(
            pattern == ALL
            or (pattern == NOT_READ_ONLY and not hints.read_only)
            or (pattern == DESTRUCTIVE and hints.is_known and hints.destructive and not hints.read_only)
            or fnmatchcase(name, pattern)
            for pattern in self.patterns
        )

    def problem(self, names: Iterable[str], functions: Iterable[str], own: Iterable[str] = ()) -> str:
        """Return a sentence if a pattern matches none of the tools `names`; empty if each matches.

        An agent that is created during the run may have one of the workflow's `functions` as a tool. Tools in `own` are
        called by the workflow itself.
        """
        known, own = sorted(set(names)), list(own)
        possible = {*functions} - {*own} | {*known}
        for pattern in self.patterns:
            if pattern in (*KEYWORDS, *self.general) or any(fnmatchcase(name, pattern) for name in possible):
                continue
            if any(fnmatchcase(name, pattern) for name in own):
                return (
                    f"The workflow calls the tool {pattern!r} itself, not through an agent, so that hitl cannot ask "
                    "about it; nothing ran."
                )
            if not known:
                return (
                    f"No tool is called {pattern!r}: no agent of this workflow has a tool that hitl can find. "
                    f"Nothing ran. Use --approve {ALL} to be asked about each tool that an agent gets at run time."
                )
            near = did_you_mean(pattern.strip("*"), known)
            return f"No tool matches {pattern!r}; nothing ran. {near}The tools are: {', '.join(known)}."
        return ""


def parsed(raw: object) -> dict[str, tuple[str, ...]]:
    """Return the patterns for each workflow, from a setting: a text, a list, or a table with one of these for each.

    Raises:
        ValueError: It is none of these.
    """
    if isinstance(raw, Mapping):
        return {str(workflow): _patterns(each) for workflow, each in raw.items()}
    return {EVERY_WORKFLOW: _patterns(raw)}


def _patterns(raw: object) -> tuple[str, ...]:
    several = raw.split(",") if isinstance(raw, str) else raw
    if not isinstance(several, list | tuple) or not all(isinstance(each, str) for each in several):
        raise ValueError(f"expected names of tools, or {', '.join(KEYWORDS)}")
    patterns = tuple(dict.fromkeys(each.strip() for each in several if each.strip()))
    if not patterns:
        raise ValueError(f"expected at least one name of a tool, or {', '.join(KEYWORDS)}")
    return patterns


def chosen_for(
    settings: Iterable[Mapping[str, tuple[str, ...]]], names: Iterable[str], *, is_general: bool = False
) -> ToolChoice:
    """Return the choice for the workflow that goes by any of `names`; several settings add up.

    With `is_general`, what they say of every workflow need not match a tool of this one.
    """
    settings = list(settings)
    wanted = (EVERY_WORKFLOW, *names)
    patterns = [pattern for setting in settings for name in wanted for pattern in setting.get(name, ())]
    own = {pattern for setting in settings for name in names for pattern in setting.get(name, ())}
    return ToolChoice(
        tuple(dict.fromkeys(patterns)), frozenset(patterns) - own if is_general else frozenset()
    )
