"""The line of a question as an editor: in both modes, with its history, and in a program of one's own."""

import re
from pathlib import Path

import pytest

from tests.review.conftest import Ask
from tests.review.keys import CTRL_D, ENTER, ESC, F1, F2, F5, F6, F10, KILL_LINE, MODES, UP


@pytest.mark.parametrize("mode", MODES)
def test_reset_undo_new_line_and_history(asked: Ask, mode: str) -> None:
    """The proposal comes back byte for byte, and so does what was typed; an approved command is in the history."""
    at = asked(["echo  'a'", "true"], env={"HITL_EDITING_MODE": mode})
    at.sees(r"\$ echo  'a'")
    at.type(" b")
    at.sees("'a' b")
    at.type(F5)
    at.sees("proposed command is back")
    at.type("\x1f")
    at.sees("'a' b")
    at.type("\n" + "echo c")
    at.sees(r"^2 echo c")
    at.type(ENTER)
    at.sees(r"\$ true")
    at.type(UP)
    at.sees(r"\$ echo  'a' b")
    at.type(ENTER)
    at.decided()
    assert [fields["command"] for _, fields in at.decisions] == ["echo  'a' b\necho c"] * 2


def test_esc_is_reject_in_emacs_mode_and_normal_mode_in_vi(asked: Ask) -> None:
    """In vi mode Esc belongs to the editor: `dd` empties the line, `u` brings it back."""
    at = asked("echo vi", env={"HITL_EDITING_MODE": "vi"})
    at.sees(r"\$ echo vi", "Enter run · F4 reject · F1 all keys · INSERT")
    at.type(ESC)
    at.sees("F1 all keys · NORMAL")
    assert b"\x1b[2 q" in at.raw  # a block, where a bar is for typing
    at.type("0")
    at.type("cwprintf ")
    at.sees(r"\$ printf vi", "INSERT")
    assert "Why not" not in at.screen
    at.type(ENTER)
    assert at.decided()[1]["command"] == "printf vi"


@pytest.mark.parametrize("mode", MODES)
def test_editor_returns_to_the_line(asked: Ask, tmp_path: Path, mode: str) -> None:
    """An editor with arguments gets the text and gives it back; it does not run; one that fails changes nothing."""
    editor = tmp_path / "my editor"
    editor.write_text(
        '#!/bin/sh\n[ "$1" = --wait ] || exit 3\nprintf "%s\\n" "$(cat "$2")" "echo added" > "$2.n"\nmv "$2.n" "$2"\n'
    )
    editor.chmod(0o755)
    at = asked(
        ["echo one", "echo two"],
        env={"VISUAL": f"'{editor}' --wait", "EDITOR": "false", "HITL_EDITING_MODE": mode},
    )
    at.sees(r"\$ echo one")
    at.type(F6)
    at.sees("^2 echo added")
    assert at.decisions == []
    at.type(ENTER)
    at.sees(r"\$ echo two")
    editor.write_text("#!/bin/sh\nexit 5\n")
    at.type("\x18\x05")
    at.sees(r"ended\s+with\s+status\s+5;\s+the\s+line\s+did\s+not\s+change")
    at.sees(r"\$ echo two")
    at.type(ENTER)
    at.decided()
    assert [fields["command"] for _, fields in at.decisions] == ["echo one\necho added", "echo two"]


def test_what_an_editor_of_another_system_leaves_is_plain_text(asked: Ask, tmp_path: Path) -> None:
    """Its line ends become those of Unix, and a byte order mark goes."""
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\nprintf '\\357\\273\\277echo one\\r\\necho two\\r\\n' > \"$1\"\n")
    editor.chmod(0o755)
    at = asked("echo one", env={"VISUAL": str(editor)})
    at.sees(r"\$ echo one", "F6 editor")
    at.type(F6)
    at.sees("^2 echo two")
    at.type(ENTER)
    assert at.decided()[1]["command"] == "echo one\necho two"


def test_keys_that_cannot_work_are_not_offered(asked: Ask) -> None:
    """No editor, no clipboard, no further match, nothing left behind; F6 says why it does nothing."""
    at = asked("echo one", env={"VISUAL": "/nowhere/editor", "EDITOR": "", "TERM": "linux"}, lines=50)
    at.sees(r"\$ echo one", "Enter run")
    assert "editor" not in at.screen
    at.type(F1)
    at.sees("any key goes back")
    assert not re.search("VISUAL|clipboard|match|left behind", at.screen)
    at.type("x")
    at.sees(r"\$ echo one")
    at.type(F6)
    at.sees("/nowhere/editor did not start", r"\$ echo one")
    at.type(CTRL_D)
    assert at.decided()[0] == "Stop"


def test_resize_keeps_the_edit(asked: Ask) -> None:
    """From 80 to 40 to 200 columns, and to 8 rows, the text stays and the panel fits."""
    at = asked("echo hello")
    at.sees(r"\$ echo hello")
    at.type(" world")
    for columns, lines in ((40, 24), (200, 50), (60, 8), (80, 24)):
        at.resize(columns, lines)
        at.sees(r"\$ echo hello world")
        at.type(".")
        at.sees(r"world\.+")
    at.type(ENTER)
    assert at.decided()[1]["command"] == "echo hello world...."


def test_syntax_error_warns_and_does_not_block(asked: Ask) -> None:
    """An open quote is told while it is there."""
    at = asked("echo 'a")
    at.sees("bash syntax error at line 1")
    at.type("'")
    at.no_longer_sees("bash does not understand")
    at.type("; (")
    at.sees("bash syntax error")
    at.type(ENTER)
    assert at.decided()[0] == "Run"


def test_completion_of_programs_and_paths(asked: Ask, folder: Path) -> None:
    """Tab completes what is there, quoted where it must be, shown without what could deceive."""
    (folder / "a long name").mkdir()
    (folder / "a long name" / "in\u202eside").touch()
    at = asked("l")
    at.sees(r"\$ l")
    at.type(KILL_LINE + "sha256su\t")
    at.sees(r"\$ sha256sum")
    at.type(" a\\ l\t")
    at.sees(r"sha256sum 'a long name/'")
    at.type("\x7fin\t")
    at.sees(r"'a long name/in⟦U\+202E⟧side'")
    at.type(CTRL_D)
    assert at.decided()[0] == "Stop"


def test_search_in_history(asked: Ask) -> None:
    """Ctrl-R finds an approved command; Enter in the search takes it, and does not run it."""
    at = asked(["echo findme 1", "true"])
    at.sees(r"\$ echo findme")
    at.type(ENTER)
    at.sees(r"\$ true")
    at.type("\x12findme")
    at.sees("I-search", r"\$ echo findme 1")
    at.type(ENTER)
    at.no_longer_sees("I-search")
    assert len(at.decisions) == 1
    at.type(ENTER)
    assert at.decided()[1]["command"] == "echo findme 1"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("key", ["\x0f", ESC + "#"])
def test_keys_of_the_toolkit_neither_empty_the_line_nor_write_the_history(
    asked: Ask, tmp_path: Path, mode: str, key: str
) -> None:
    """In Emacs mode Ctrl-O would take the text for the history, and Alt-# a comment of it; in vi mode nothing does."""
    at = asked("echo kept", env={"HITL_EDITING_MODE": mode})
    at.sees(r"\$ echo kept")
    at.type(key)
    at.reads(0.3)
    at.type(F2)
    at.sees(r"It does 9 characters' worth", r"^\$ echo kept$")
    at.type(F10)
    assert at.decided()[0] == "Stop"
    assert "echo kept" not in "".join(file.read_text() for file in (tmp_path / "home").rglob("commands"))


def test_pasted_text_has_labels_in_the_search_too(asked: Ask) -> None:
    """Characters that hide are shown there as everywhere."""
    at = asked("echo hi")
    at.sees(r"\$ echo hi")
    at.type("\x12")
    at.paste("a\u202eb\u200bc")
    at.sees(r"I-search.*a⟦U\+202E⟧b⟦U\+200B⟧c")
    at.type("\x07" + F10)
    assert at.decided()[0] == "Stop"
