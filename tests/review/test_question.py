"""The question at a terminal: what each key does, and what never decides."""

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

from hitl_cli.actions import ACTIONS
from hitl_cli.review.line import ESCAPE_TIME
from tests.review.conftest import Ask
from tests.review.test_display import read_to_the_end

ESC, ENTER, CTRL_C, CTRL_D = "\x1b", "\r", "\x03", "\x04"
F1, F2, F3, F4, F5, F6, F7, F8, F9, F10 = (
    *(f"\x1bO{letter}" for letter in "PQRS"),
    *(f"\x1b[{number}~" for number in (15, 17, 18, 19, 20, 21)),
)
PAGE_DOWN, PAGE_UP, RIGHT, UP = "\x1b[6~", "\x1b[5~", "\x1b[C", "\x1b[A"
KILL_LINE = "\x15"
MODES = ["emacs", "vi"]


def sha(text: str) -> str:
    """Return the digest that belongs to a text."""
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("mode", MODES)
def test_run_carries_the_digest_of_what_was_shown(asked: Ask, mode: str) -> None:
    """The decision holds the text of the line and the digest of what stood there."""
    at = asked("echo hi", env={"HITL_EDITING_MODE": mode})
    at.sees(r"\$ echo hi", "1 line, 7 bytes")
    at.type(" there" + ENTER)
    assert at.decided() == [
        "Run",
        {"command": "echo hi there", "shown": sha("echo hi there"), "comment": "", "keep": False},
    ]


@pytest.mark.parametrize("mode", MODES)
def test_reject_answer_comment_and_stop(asked: Ask, mode: str) -> None:
    """One key each; the text that goes with it is kept word for word; going back decides nothing."""
    at = asked(["echo 1", "echo 2", "echo 3", "echo 4"], env={"HITL_EDITING_MODE": mode})
    at.sees(r"\$ echo 1")
    at.type(F4)
    at.sees(r"Why not")
    at.type(ESC)
    at.sees(r"\$ echo 1", "all keys")
    at.type(F4)
    at.sees(r"Why not")
    at.type("  use  'ls'\tx\x7fplease" + ENTER)
    at.sees(r"\$ echo 2")
    at.type(F3)
    at.sees("Your answer")
    at.type("It is 42." + ENTER)
    at.sees(r"\$ echo 3")
    at.type(F9)
    at.sees("Comment")
    at.type("only once" + ENTER)
    at.sees(r"\$ echo 4")
    at.type(F10)
    assert at.decided() == ["Stop", {}]
    assert [kind for kind, _ in at.decisions] == ["Reject", "Answer", "Run", "Stop"]
    assert at.decisions[0][1] == {"reason": "use  'ls'please"}
    assert at.decisions[1][1] == {"text": "It is 42."}
    assert at.decisions[2][1]["comment"] == "only once"


@pytest.mark.parametrize("size", [(40, 24), (80, 24), (80, 8)])
def test_fields_are_asked_under_the_command_that_they_are_about(asked: Ask, size: tuple[int, int]) -> None:
    """The panel stays, and so does the line with what the person made of it, which F9's Enter runs."""
    at = asked("echo proposed", columns=size[0], lines=size[1])
    at.sees(r"\$ echo proposed")
    at.type(" and edited")
    for key, question in (
        (F4, r"Why not\? \(optional\)"),
        (F3, "Your answer"),
        (F8, "Save as"),
        (F9, "Comment"),
    ):
        at.type(key)
        at.sees(r"^\$ echo proposed and edited$", f"^{question}", r"Run(\?| this command\?)")
        if key != F9:
            at.type(ESC)
            at.sees("Enter run .* F1 all keys")
    at.type("fine" + ENTER)
    assert at.decided()[1]["command"] == "echo proposed and edited"


def test_two_keys_that_go_back_from_a_field_do_it_once(asked: Ask) -> None:
    """The question is there, and undecided."""
    at = asked("true")
    at.sees(r"\$ true", "all keys")
    at.type(F4)
    at.sees("Why not")
    at.type_at_once(CTRL_C + CTRL_C)
    at.sees("all keys")
    assert "exception" not in at.everything
    assert at.decisions == []
    at.type(CTRL_D)
    assert at.decided()[0] == "Stop"


def test_field_leaves_room_for_the_beginning_of_a_long_command(asked: Ask) -> None:
    """What does not fit is counted, and a long reason does not push the command away."""
    at = asked("\n".join(f"echo {number}" for number in range(100)))
    at.sees("rows not shown yet")
    at.type(F4)
    at.sees(r"^\$ echo 0$", r"^  echo 9$", r"… and \d+ more rows", "^Why not")
    at.type("because " * 200)
    at.sees(r"^\$ echo 0$", r"… and 9\d more rows", "because *$")
    at.type(ENTER)
    assert at.decided() == ["Reject", {"reason": ("because " * 200).strip()}]


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
def test_reset_undo_new_line_and_history(asked: Ask, mode: str) -> None:
    """The proposal comes back byte for byte, and so does what was typed; an approved command is in the history."""
    at = asked(["echo  'a'", "true"], env={"HITL_EDITING_MODE": mode})
    at.sees(r"\$ echo  'a'")
    at.type(" b")
    at.sees("'a' b")
    at.type(F5)
    at.sees("the proposal again")
    at.type("\x1f")
    at.sees("'a' b")
    at.type("\n" + "echo c")
    at.sees(r"^  echo c")
    at.type(ENTER)
    at.sees(r"\$ true")
    at.type(UP)
    at.sees(r"\$ echo  'a' b")
    at.type(ENTER)
    at.decided()
    assert [fields["command"] for _, fields in at.decisions] == ["echo  'a' b\necho c"] * 2


def test_messages_end_with_what_makes_them_stale(asked: Ask) -> None:
    """A change of the text takes away what was said of another; an action takes away a warning."""
    at = asked("true")
    at.sees(r"\$ true")
    at.type(" x" + F5)
    at.sees("the proposal again")
    at.type_at_once(" yz")
    at.sees(r"\$ true yz")
    at.no_longer_sees("the proposal again")
    at.type_at_once("w" + ENTER)
    at.sees("decided nothing")
    at.type(ESC + ENTER)
    at.no_longer_sees("decided nothing")
    at.type(CTRL_D)
    assert at.decided()[0] == "Stop"


@pytest.mark.parametrize("size", [(40, 24), (80, 20), (120, 10), (160, 13)])
def test_help_hides_no_word(asked: Ask, size: tuple[int, int]) -> None:
    """What does not fit is on the next page; a key that turns no page goes back."""
    at = asked("true", columns=size[0], lines=size[1])
    at.sees(r"\$ true")
    at.type(F1)
    seen = at.sees("Keys", "run what is on the line")
    pages = int(found[1]) if (found := re.search(r"(?:of |/)(\d+)", seen)) else 1
    for page in range(2, pages + 1):
        at.type(PAGE_DOWN)
        seen += at.sees(rf"Keys(, page | ){page}( of |/){pages}")
    said = re.sub(r"\s+", " ", seen)
    assert "…" not in seen
    for action in ACTIONS:
        assert all(word in said for word in action.help.split()), action.help
    at.type(PAGE_UP)
    at.sees("Keys")
    at.type("x")
    at.sees(r"\$ true")
    at.type(CTRL_D)
    assert at.decided()[0] == "Stop"


def test_help_lists_the_live_keys(asked: Ask, bare_environment: dict[str, str]) -> None:
    """F1 shows what the settings made of the keys; any key leads back, and does nothing else."""
    config = Path(bare_environment["HOME"]) / "config.toml"
    config.write_text('[keys]\nreset = "alt-z"\nreject = ["f4", "ctrl-g"]\ncopy = []\n')
    at = asked("true", env={"HITL_CONFIG": str(config)})
    at.sees(r"\$ true")
    at.type(F1)
    screen = at.sees("Keys", "Alt-Z +back to the proposal", "F4, Ctrl-G +reject", "Ctrl-X Y +run it although")
    assert "clipboard" not in screen
    at.type(ENTER)
    at.sees(r"\$ true")
    at.type("x")
    at.sees("truex")
    at.type(ESC + "z")
    at.sees(r"\$ true\n")
    at.type("\x07")
    at.sees(r"Why not")
    at.type(ENTER)
    assert at.decided() == ["Reject", {"reason": ""}]


@pytest.mark.parametrize("mode", MODES)
def test_copy_and_save_stay_at_the_question(asked: Ask, folder: Path, mode: str) -> None:
    """The clipboard gets the true bytes; a file is made once, is a script, and is never overwritten."""
    command = "echo 'ü' \\\n  two"
    at = asked(command, env={"HITL_EDITING_MODE": mode})
    at.sees(r"\$ echo")
    at.type(F7)
    at.sees("clipboard")
    copied = re.search(rb"\x1b\]52;c;([^\x07]*)\x07", at.raw)
    assert copied is not None
    assert base64.b64decode(copied[1]).decode() == command
    for said in ("Saved as", "exists, and was left as it is"):
        at.type(F8)
        at.sees("Save as: command.sh")
        at.type(KILL_LINE + "made.sh" + ENTER)
        at.sees(said, "all keys")
    assert (folder / "made.sh").read_text() == f"#!/usr/bin/env bash\n{command}\n"
    assert (folder / "made.sh").stat().st_mode & 0o111
    at.type(F4)
    at.sees(r"Why not")
    at.type(ENTER)
    assert at.decided()[0] == "Reject"


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
    at.sees("^  echo added")
    assert at.decisions == []
    at.type(ENTER)
    at.sees(r"\$ echo two")
    editor.write_text("#!/bin/sh\nexit 5\n")
    at.type("\x18\x05")
    at.sees(r"ended\s+with\s+status\s+5;\s+the\s+line\s+is\s+as\s+it\s+was")
    at.sees(r"\$ echo two")
    at.type(ENTER)
    at.decided()
    assert [fields["command"] for _, fields in at.decisions] == ["echo one\necho added", "echo two"]


@pytest.mark.parametrize("mode", MODES)
def test_explain_runs_nothing_and_comes_back(asked: Ask, mode: str) -> None:
    """The model's words are printed, and the line is there again as it was."""
    at = asked("echo hi", env={"HITL_EDITING_MODE": mode})
    at.sees(r"\$ echo hi")
    at.type(" x" + F2)
    at.sees("It does 9 characters' worth", r"\$ echo hi x")
    at.type(ENTER)
    assert at.decided()[1]["command"] == "echo hi x"


def test_suspicious_needs_the_other_key(asked: Ask) -> None:
    """Neither Enter nor a comment runs what may deceive; Ctrl-X Y does, with every hidden byte."""
    command = "echo \u202eabc"
    at = asked(command)
    at.sees(r"\$ echo ⟦U\+202E⟧abc", "right-to-left override")
    for key in (ENTER, F9):
        at.type(key)
        at.sees("does not run what may deceive")
        at.type(RIGHT)
        at.no_longer_sees("does not run what may deceive")
    at.type("\x18y")
    assert at.decided() == ["Run", {"command": command, "shown": sha(command), "comment": "", "keep": False}]


def test_end_of_a_tall_command_must_be_seen(asked: Ask) -> None:
    """500 lines: Enter turns pages, and runs only after the last line was on the screen."""
    command = "\n".join(f"echo line {number}" for number in range(1, 501))
    at = asked(command)
    screen = at.sees("500 lines, 6,891 bytes", r"\$ echo line 1$", "rows not shown yet")
    assert "line 500" not in screen
    pages = 1
    while "rows not shown yet" in at.screen or "it goes on here" in at.screen:
        assert "line 500" not in at.screen
        last = re.findall(r"line (\d+)", at.screen)[-1]
        at.type(ENTER)
        at.waits(lambda last=last: re.findall(r"line (\d+)", at.screen)[-1] != last, "a page")  # type: ignore[misc]
        at.sees("all keys")
        pages += 1
        if "line 500" in at.screen:
            break
    assert pages > 20
    assert at.decisions == []
    at.type(ENTER)
    assert at.decided()[1]["command"] == command


def test_ten_thousand_characters_in_one_line(asked: Ask) -> None:
    """They are seen, edited and returned whole."""
    command = "echo " + "x" * 9_990 + " end"
    at = asked(command)
    at.sees("9,999 bytes", "rows not shown yet")
    read_to_the_end(at)
    at.sees("x end")
    at.type("\x05!")
    at.sees("x end!")
    at.type(ENTER)
    assert at.decided()[1]["command"] == command + "!"


def test_what_an_editor_or_a_paste_added_must_be_seen_too(asked: Ask) -> None:
    """A long paste is not run by the Enter that follows it."""
    at = asked("true")
    at.sees(r"\$ true")
    at.paste("".join(f"\necho pasted {number}" for number in range(100)))
    at.sees("pasted 99")
    at.type(ENTER)
    at.sees("it goes on here")
    assert at.decisions == []
    at.type(CTRL_D)
    assert at.decided()[0] == "Stop"


@pytest.mark.parametrize(
    "reply",
    [
        "\x1b[?62;22c",
        "\x1b[>41;354;0c",
        "\x1b[0n",
        "\x1b[24;80R",
        "\x1b[?1;2R",
        "\x1b[?2026;2$y",
        "\x1b[8;24;80t",
        "\x1b]11;rgb:0000/0000/0000\x1b\\",
        "\x1b]lrm -rf\r\x1b\\",
        "\x1bP1$r\r0m\x1b\\",
        "\x1bP>|XTerm(388)\x1b\\",
        "\x1b_Gi=1;OK\x1b\\",
        "\x1b[?0u",
        "\x1b[I\x1b[O",
        "\x1b[<0;10;10M\x1b[<0;10;10m",
        "\x1b[M !!",
    ],
)
def test_replies_of_the_terminal_are_no_keys(asked: Ask, reply: str) -> None:
    """What the terminal answers to somebody else's query neither decides nor gets into the text."""
    half = len(reply) // 2
    took = float("inf")
    while took >= ESCAPE_TIME:  # a piece that is followed by nothing for that long is Esc, as from a person
        at = asked("echo x")
        at.sees(r"\$ echo x")
        at.type(reply)
        at.type("1")
        at.sees(r"\$ echo x1")
        took = at.sends_in_pieces(reply[:half], reply[half:])
    at.type("2")
    at.sees(r"\$ echo x12")
    at.type(ENTER)
    assert at.decided()[1]["command"] == "echo x12"


def test_keys_from_before_the_drawing_do_not_count(asked: Ask) -> None:
    """Between two questions as well: Enter pressed too often answers one."""
    at = asked(["echo 1", "echo 2"])
    at.type_at_once(ENTER + "y" + ENTER)
    at.sees(r"\$ echo 1$")
    at.reads(0.6)
    assert at.decisions == []
    at.type(ENTER)
    at.sees(r"\$ echo 2$")
    at.type(CTRL_D)
    assert [kind for kind, _ in (at.decided(), *at.decisions)][1:] == ["Run", "Stop"]


def test_paste_without_brackets_does_not_run(asked: Ask) -> None:
    """A line end with more behind it, all at once, is text."""
    at = asked("echo x")
    at.sees(r"\$ echo x")
    at.type_at_once(" 1\recho 2\recho 3")
    at.sees("^  echo 3")
    assert at.decisions == []
    at.type(ENTER)
    assert at.decided()[1]["command"] == "echo x 1\necho 2\necho 3"


def test_paste_keeps_its_bytes(asked: Ask) -> None:
    """Tabs, labels typed as text and other scripts arrive as they are; what looks like a label is labelled itself."""
    text = "\tprintf ⟦U+202E⟧ 'Straße 日本語'\n# end"
    at = asked("true;")
    at.sees(r"\$ true;")
    at.paste(text)
    at.sees("⟦tab⟧printf ⟦U\\+27E6⟧U\\+202E⟦U\\+27E7⟧", "日本語")
    at.type(ENTER)
    assert at.decided()[1]["command"] == "true;" + text


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


def test_empty_line_and_control_characters_never_run(asked: Ask) -> None:
    """Each says why."""
    at = asked("true")
    at.sees(r"\$ true")
    at.type(KILL_LINE + "  " + ENTER)
    at.sees("Nothing to run")
    at.type("echo \x11")  # quoted insert
    at.type(ESC)
    at.sees(r"echo ⟦U\+001B⟧")
    at.type(ENTER)
    at.sees("control character")
    at.type(CTRL_D)
    assert at.decided()[0] == "Stop"


def test_syntax_error_warns_and_does_not_block(asked: Ask) -> None:
    """An open quote is told while it is there."""
    at = asked("echo 'a")
    at.sees("bash does not understand this at line 1")
    at.type("'")
    at.no_longer_sees("bash does not understand")
    at.type("; (")
    at.sees("bash does not understand this")
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


def test_end_of_input_is_no_decision(asked: Ask) -> None:
    """A terminal that is closed decides nothing."""
    at = asked("true")
    at.sees(r"\$ true")
    at.hang_up()
    assert "Run" not in json.dumps(at.decisions)


@pytest.mark.parametrize("width", [40, 80, 200, 250])
def test_wide_characters_are_aligned(asked: Ask, width: int) -> None:
    """The right border of the panel is straight, whatever stands in it."""
    at = asked("echo '日本語' 🎉 e\u0301", columns=width)
    screen = at.sees("日本語", "all keys")
    rows = at.cells
    border = [row for row in range(24) if rows[row][0].data in "╭│╰"]
    assert len(border) > 3
    assert all(rows[row][width - 1].data in "╮│╯" for row in border), screen


def test_title_is_given_back_and_the_bell_rings_for_who_is_away(asked: Ask) -> None:
    """The title is kept and restored; the bell rings once when the window says that it lost the focus."""
    at = asked("true", env={"HITL_NOTICE": "bell"})
    at.sees(r"\$ true")
    at.type("\x1b[O")
    at.waits(lambda: b"\x07" in at.raw.split(b"for you\x07")[-1], "to hear the bell")
    at.type(CTRL_D)
    at.decided()
    assert at.raw.index(b"\x1b[22;0t") < at.raw.index(b"\x1b[23;0t")
    assert at.raw.endswith(b"\x1b[23;0t") or b"\x1b[?1004l" in at.raw
