"""Terminals and locales whose charset is not UTF-8: what they lack is replaced, and everything else works."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import HITL, Hitl
from tests.model_server import Calls, ModelServer, Text
from tests.resuming import At

NO_LOCALE = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
ASCII = {"PYTHONIOENCODING": "ascii"}
CHARSETS = {
    "the C locale": NO_LOCALE,
    "ASCII": ASCII,
    "Latin-1": {"PYTHONIOENCODING": "latin-1"},
    "EUC-JP": {"PYTHONIOENCODING": "euc-jp"},
}
FIRST_CHARSET = [
    charset if charset == "the C locale" else pytest.param(charset, marks=pytest.mark.slow)
    for charset in CHARSETS
]
PROSE = "Größe … “zitiert” … 日本 🎉\n\n| Spalte | Größe |\n|---|---|\n| 日 | ✓ |\n"
COMMAND = "printf '%s' 'größe 日本' > made; echo 'größe 日本'"

PRINTS = """
import logging
from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent

class Prints(Workflow):
    @step
    async def go(self, ev: StartEvent) -> StopEvent:
        print("gedruckt: größe 日本 \\udcff")
        logging.warning("notiert: größe 日本")
        return StopEvent(result=f"{ev.user_msg} 日本")

workflow = Prints()
"""


def is_ascii(data: bytes, but: bytes) -> bool:
    """Whether `data` is ASCII, except where it is what a command printed."""
    return data.replace(but, b"").isascii()


@pytest.mark.parametrize("charset", FIRST_CHARSET)
def test_question_at_a_terminal(person: At, model: ModelServer, folder: Path, charset: str) -> None:
    """It is drawn and decided, the command is run as the model wrote it, and the answer is shown."""
    model.reply(Calls.of(COMMAND, text=PROSE), Text("Fertig größe ✓"))
    at = person("run", "agent", "zeige die Größe", env=CHARSETS[charset])
    at.sees(r"\$ printf '%s' 'gr")
    if "ascii" in str(CHARSETS[charset]) or CHARSETS[charset] is NO_LOCALE:
        at.sees(r"gr\[U\+00F6\]\[U\+00DF\]e \[U\+65E5\]\[U\+672C\]", r"\+-+ Run this command")
        assert at.raw.isascii()
    at.type("\r")
    assert at.leaves() == 0
    assert "should not have happened" not in at.everything
    assert (folder / "made").read_bytes() == "größe 日本".encode()
    assert "größe 日本\r\n".encode() in at.raw
    assert "exit 0" in at.everything
    assert model.messages(0)[-1]["content"] == "zeige die Größe"
    assert "größe 日本" in model.tool_results()[0]


@pytest.mark.slow
def test_plain_lines_and_conversation(person: At, model: ModelServer, folder: Path) -> None:
    """They work in ASCII, too; what is typed in UTF-8 arrives."""
    model.reply(Text(PROSE), Calls.of(COMMAND), Text("ja"))
    at = person("run", "agent", "--plain", env=NO_LOCALE)
    at.sees("What do you want")
    at.type("zeige die Größe\r")
    at.sees("zitiert", "(?s)zitiert.*What do you want")
    at.type("mehr\r")
    at.sees(r"To run it, type \d{3}")
    assert model.messages(0)[-1]["content"] == "zeige die Größe"
    at.type("\x04")
    assert at.leaves() == 75
    assert at.raw.replace("zeige die Größe".encode(), b"").isascii()
    at = person("resume", env=NO_LOCALE)
    at.approves("printf")
    at.sees("ja", "^>$")
    at.type("größer\x04")
    at.type("\x15\x04")
    assert at.leaves() == 0
    assert (folder / "made").read_bytes() == "größe 日本".encode()


@pytest.mark.parametrize("charset", FIRST_CHARSET)
def test_without_a_terminal(hitl: Hitl, folder: Path, charset: str) -> None:
    """What a workflow prints and returns, and what the program lists, comes out replaced."""
    (folder / "prints.py").write_text(PRINTS)
    env = CHARSETS[charset]
    ended = run(hitl, "run", "./prints.py", "größe", env=env, folder=folder)
    assert ended.returncode == 0, ended.stderr
    assert b"gedruckt: gr" in ended.stdout
    assert b"Traceback" not in ended.stderr
    assert b"Logging error" not in ended.stderr
    (folder / "doc.py").write_text("'''größe 日本'''\nworkflow = 1\n")
    for arguments in (
        ["list"],
        ["log"],
        ["sessions"],
        ["doctor"],
        ["catalogue", "search", "größe"],
        ["run", "ö.py"],
    ):
        ended = run(hitl, *arguments, env=env, folder=folder)
        assert ended.returncode in (0, 66, 69)
        assert b"should not have happened" not in ended.stderr + ended.stdout
        assert b"Traceback" not in ended.stderr
        if "ascii" in str(env) or env is NO_LOCALE:
            assert (ended.stdout + ended.stderr).isascii()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "charmap"), [("de_DE", "ISO-8859-1"), ("ja_JP", "EUC-JP")])
def test_locale_of_the_system(
    person: At, model: ModelServer, folder: Path, tmp_path: Path, name: str, charmap: str
) -> None:
    """One that is really there: a request that was typed in UTF-8 arrives, and the command runs."""
    made = ["localedef", "-i", name, "-f", charmap, str(tmp_path / f"{name}.{charmap}")]
    if shutil.which("localedef") is None or subprocess.run(made, capture_output=True, check=False).returncode:
        pytest.skip("there is no such locale")
    env = {"LOCPATH": str(tmp_path), "LC_ALL": f"{name}.{charmap}"}
    command = COMMAND.replace("'größe 日本'", "'größe'") if charmap == "ISO-8859-1" else COMMAND
    model.reply(Calls.of(command, text=PROSE), Text("Fertig größe ✓"))
    at = person("run", "agent", "zeige 日本", env=env)
    at.approves("printf")
    assert at.leaves() == 0
    # The command is in the charset of the locale, as its shell expects it, and so is its output.
    assert (folder / "made").read_bytes() in ("größe".encode(charmap), "größe 日本".encode(charmap, "ignore"))
    assert "größe" in model.tool_results()[0]
    assert model.messages(0)[-1]["content"] == "zeige 日本"
    assert "größe".encode(charmap) in at.raw


def test_traceback(hitl: Hitl, folder: Path) -> None:
    """It is printed, with what it quotes replaced."""
    (folder / "bad.py").write_text("raise ValueError('größe 日本')\n")
    ended = run(hitl, "run", "./bad.py", "--debug", "x", env=ASCII, folder=folder)
    assert ended.returncode == 66
    assert b"ValueError: gr??e ????" in ended.stderr


def run(
    hitl: Hitl, *arguments: str, env: dict[str, str], folder: Path
) -> "subprocess.CompletedProcess[bytes]":
    """Run `hitl` as the fixture does, and return the bytes that it printed."""
    line = ["sh", "-c", '"$@" > out 2> err', "sh", *HITL, *arguments]
    status = hitl(program=line, env=env, cold=True).returncode
    return subprocess.CompletedProcess(
        arguments, status, (folder / "out").read_bytes(), (folder / "err").read_bytes()
    )


def test_json_is_the_same_everywhere(hitl: Hitl, folder: Path) -> None:
    """What programs read is ASCII anyway."""
    (folder / "prints.py").write_text("'''größe'''\n" + PRINTS)
    ended = run(hitl, "list", "--json", env=ASCII, folder=folder)
    assert json.loads(ended.stdout)[2]["summary"] == "größe"
