"""A person at questions alone, without a workflow, a model or a shell."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.terminal import Person

_A_MODEL = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}  # which nobody asks anything


class Asked(Person):
    """A person who is asked about commands, and what they decided so far."""

    def __init__(self, decisions: Path, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._decisions = decisions

    @property
    def decisions(self) -> list[Any]:
        """The decisions so far: each a kind and its fields."""
        text = self._decisions.read_text() if self._decisions.exists() else ""
        return [json.loads(line) for line in text.splitlines()]

    def decided(self) -> Any:
        """Wait for the end and return the last decision."""
        assert self.leaves() == 0, self.everything
        return self.decisions[-1]


Ask = Callable[..., Asked]


@pytest.fixture
def asked(bare_environment: dict[str, str], folder: Path, tmp_path: Path) -> Iterator[Ask]:
    """Ask a person about commands; `env` adds variables, other keywords are those of `Person`."""
    people: list[Asked] = []

    def start(commands: str | Sequence[str], env: dict[str, str] | None = None, **options: Any) -> Asked:
        file = tmp_path / f"commands{len(people)}.json"
        file.write_text(json.dumps([commands] if isinstance(commands, str) else list(commands)))
        decisions = tmp_path / f"decisions{len(people)}"
        arguments = [sys.executable, "-m", "tests.review.asking", str(file), str(decisions)]
        variables = {**bare_environment, **_A_MODEL, **(env or {})}
        people.append(Asked(decisions, arguments, variables, folder, **options))
        return people[-1]

    yield start
    for each in people:
        each.close()
