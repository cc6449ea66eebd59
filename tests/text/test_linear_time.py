"""What is done with a text takes linear time, whatever the text is: twice as much of it, twice the work."""

from functools import partial
from pathlib import Path

import pytest

from hitl_cli.journal import shell_history
from hitl_cli.prompt.completion import CommandHistory
from hitl_cli.shell.excerpt import Excerpt
from hitl_cli.text.difference import changed_part, inline_diff
from hitl_cli.text.programs import programs
from hitl_cli.text.secrets.masking import Mask
from tests.work import assert_linear

PIECES = ["a;", "x ", "\n", "\\n!", "((", "word word\n", "sudo ", "#1\n", "日本", "password: x1\n"]
SOME = [
    each if at in (1, 2, 9) else pytest.param(each, marks=pytest.mark.slow) for at, each in enumerate(PIECES)
]


@pytest.mark.parametrize("piece", SOME)
def test_differences(piece: str) -> None:
    """Of an edit in the middle, and of two texts that only look alike."""

    def compare(size: int) -> None:
        text = piece * size
        edited = f"{text[: size // 2]}changed{text[size // 2 + 3 :]}"
        for other in (edited, text[::-1], text + text):
            changed_part(text, other)
            inline_diff(text, other)

    assert_linear(compare, 150)


@pytest.mark.parametrize("piece", PIECES)
def test_names_of_programs(piece: str) -> None:
    """As far as a command is read at all."""
    assert_linear(lambda size: programs(piece * (size // len(piece))), 1000)


def added(piece: str, shell: str, variables: dict[str, str], size: int) -> None:
    """Add a command of this size to the history of a shell."""
    shell_history.append(shell, variables, piece * size + "x", 1.0)


@pytest.mark.parametrize("piece", SOME)
def test_histories(piece: str, tmp_path: Path) -> None:
    """Of the person's shell, and of what they asked for."""
    variables = {"HOME": str(tmp_path)}
    (tmp_path / ".zsh_history").touch()
    for shell in ("bash", "zsh", "fish"):
        assert_linear(partial(added, piece, shell, variables), 200)
    history = CommandHistory(tmp_path / "requests", {})
    assert_linear(lambda size: history.store_string(piece * size), 100)


@pytest.mark.parametrize("piece", [*PIECES[:-1], "\r", "\x1b[1A", "\x1b[2K\rx", "\t", "\x08"])
def test_excerpts(piece: str) -> None:
    """Of what a command printed, in small pieces, secrets masked; the smallest is one that is cut."""

    def excerpt(size: int) -> None:
        output = piece.encode() * (size // len(piece.encode()))
        kept = Excerpt()
        for at in range(0, len(output), 499):
            kept.feed(output[at : at + 499])
        kept.shown(Mask({"A_TOKEN": "some-value"}))

    assert_linear(excerpt, 20_000)
