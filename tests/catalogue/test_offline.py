"""Without a key and a server: the whole way from a request to its result, and the commands around the catalogue."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hitl_cli.catalogue.index import write_bundled_index
from tests.conftest import HITL, Hitl
from tests.model_server import ModelServer, Status
from tests.terminal import Person

At = Callable[..., Person]


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index of the bundled catalogue; with entries of one's own, the program makes another."""
    return write_bundled_index(tmp_path_factory.mktemp("index"))


@pytest.fixture
def environment(bare_environment: dict[str, str], index: Path) -> dict[str, str]:
    """The variables of a person who has set nothing, and has searched before."""
    cache = Path(bare_environment["HOME"]) / ".cache" / "hitl"
    cache.mkdir(parents=True)
    shutil.copy(index, cache)
    return bare_environment


@pytest.fixture
def own_file(bare_environment: dict[str, str], tmp_path: Path) -> Path:
    """The person's own catalogue."""
    bare_environment["HITL_CONFIG"] = str(tmp_path / "settings" / "config.toml")
    (tmp_path / "settings").mkdir()
    return tmp_path / "settings" / "catalogue.toml"


@pytest.mark.parametrize("workflow", ["custom", "agent"])
def test_both_workflows_run_what_the_catalogue_has(person: At, folder: Path, workflow: str) -> None:
    """The best match is on the line, with what else there is; Enter runs it."""
    (folder / "heavy.bin").write_bytes(b"\0" * 3_000_000)
    at = person("run", workflow, "show the largest files here")
    at.sees(r"Run this command\?", r"▸ 1 Show the largest files", r"  2 ", r"Alt-N next match")
    at.type("\r")
    assert at.leaves() == 0
    assert "heavy.bin" in at.everything
    assert "✓ exit 0" in at.everything
    closing = "Exit status: 0. I am the offline catalogue and do not read what commands print."
    assert (closing in " ".join(at.everything.replace("▌", "").split())) == (workflow == "agent")


def test_the_agent_is_told_of_a_rejection_and_says_no_more(person: At) -> None:
    """Its closing line tells the person what they decided."""
    at = person("run", "agent", "show the largest files here")
    at.sees(r"Run this command\?")
    at.type("\x1b")
    at.sees("Why not")
    at.type("not now\r")
    assert at.leaves() == 77
    assert "You rejected this command; it did not run. You said: not now" in " ".join(
        at.everything.replace("▌", " ").split()
    )


def test_an_open_gap_blocks_running_and_typing_fills_it(person: At, folder: Path) -> None:
    """The gap is selected at once: the first key replaces it."""
    (folder / "a.txt").write_text("one needle\n")
    at = person("run", "custom", "search text in all files of a folder")
    at.sees(r"\$ grep .*\{\{text\}\}")
    at.type("\r")
    at.sees(r"fill in text first\. Type over the marked text")
    at.type("needle")
    at.sees(r"\$ grep .*needle")
    at.no_longer_sees(r"\$ .*\{\{text\}\}")
    at.type("\r")
    assert at.leaves() == 0
    assert "one needle" in at.everything


@pytest.mark.parametrize("mode", ["emacs", "vi"])
def test_the_gap_that_is_named_first_is_the_one_that_is_marked(person: At, mode: str) -> None:
    """Tab moves to the next one, and Shift-Tab back."""
    request = "check whether a port on another host is reachable"
    at = person("run", "custom", request, env={"HITL_EDITING_MODE": mode})
    at.sees(r"\$ nc .*\{\{host\}\} \{\{port\}\}")
    at.type("\r")
    at.sees(r"fill in host, port first")
    at.type("\t")
    at.type("\x1b[Z")
    at.type("example.org")
    at.sees(r"\$ nc .* example\.org \{\{port\}\}")
    at.type("\t")
    at.type("22")
    at.sees(r"\$ nc .* example\.org 22 *\n")
    at.type("\x04")
    assert at.leaves() == 75


@pytest.mark.parametrize("mode", ["emacs", "vi"])
def test_a_paste_fills_the_gap(person: At, mode: str) -> None:
    """As typing does, and so does another one the next gap."""
    at = person(
        "run", "custom", "check whether a port on another host is reachable", env={"HITL_EDITING_MODE": mode}
    )
    at.sees(r"\$ nc .*\{\{host\}\} \{\{port\}\}")
    at.paste("example.org")
    at.sees(r"\$ nc .* example\.org \{\{port\}\}")
    at.type("\t")
    at.paste("22")
    at.sees(r"\$ nc .* example\.org 22 *\n")
    at.type("\x04")
    assert at.leaves() == 75


def test_the_next_match_is_one_key_away_and_edits_stay(person: At) -> None:
    """Alt-N shows the next, Alt-P comes back to what was typed."""
    at = person("run", "custom", "show the largest files here")
    at.sees(r"▸ 1 ")
    at.type(" # mine")
    at.sees("# mine")
    at.type("\x1bn")
    at.sees(r"▸ 2 ")
    at.no_longer_sees("# mine")
    at.type("\x1bp")
    at.sees(r"▸ 1 ", "# mine")
    at.type("\x04")
    assert at.leaves() == 75


def test_one_key_runs_a_command_and_keeps_it(person: At, own_file: Path, folder: Path, hitl: Hitl) -> None:
    """It is found first from then on."""
    at = person("run", "custom", "show the largest files here")
    at.sees(r"▸ 1 ")
    at.type("\x01\x0becho kept-by-me\x1ba")
    assert at.leaves() == 0
    assert "Added to your catalogue" in at.everything.replace("\n", " ")
    assert "echo kept-by-me" in own_file.read_text()
    found = json.loads(hitl("catalogue", "search", "show the largest files here", "--json").stdout)
    assert found[0]["command"] == "echo kept-by-me"


def test_what_was_kept_is_offered_in_the_same_conversation(person: At, own_file: Path) -> None:
    """At once, and a command that the catalogue has as well is in the list once."""
    at = person("run", "agent")
    at.sees("^agent · offline catalogue, no language model · in ", "^>$")
    at.type("/model\r")
    at.sees("^No language model is used", "leave, set OPENAI_API_KEY or OPENAI_BASE_URL", "^>$")
    at.type("how long is this machine up\r")
    at.sees("From the offline catalogue, no language model:", "▸ 1 Show the load and how long", r"\$ uptime")
    at.type("\x1ba")
    at.sees("Added to your catalogue", r"^\$ uptime\n.*\n✓ exit 0[^>]*^>$")
    at.type("how long is this machine up\r")
    screen = at.sees("▸ 1 how long is this machine up", r"\$ uptime", "  2 ")
    assert "Show the load" not in screen.rpartition("Run this command?")[2]
    at.type("\x04")
    assert at.leaves() == 75


def test_forms_promise_no_reader_who_is_not_there(person: At) -> None:
    """What is said is kept in the journal; there is nobody to answer, and nobody who explains."""
    at = person("run", "agent", "show the largest files here")
    at.sees("all keys")
    for key in ("\x1bOQ", "\x1bOR", "\x18e", "\x18a"):
        at.type(key)
    at.type("\x1b[20~")
    at.sees("^Comment:", "Saved in the journal")
    at.type("\x1b")
    at.sees("all keys")
    at.type("\x1b")
    at.sees("Why not", "Saved in the journal")
    at.type("\x1b")
    at.sees("all keys")
    at.type("\x1bOP")
    keys = at.sees("Keys")
    assert not re.search("F2|F3|model", at.everything.replace("no language model", "")), keys
    at.type("x")
    at.type("\x04")
    assert at.leaves() == 75


def test_keys_come_in_the_order_in_which_they_matter(person: At) -> None:
    """At any width there is a way to run, to reject and to all keys; the next gap only while one is open."""
    at = person("run", "custom", "search text in all files of a folder", columns=40)
    at.sees(r"^Enter run · Esc reject · F1 all keys$")
    at.resize(120, 24)
    at.sees(r"^Enter run · Esc reject · F1 all keys · Tab next gap · Alt-N next match")
    at.type("needle")
    at.sees(r"^Enter run · Esc reject · F1 all keys · Alt-N next match")
    at.type("\x04")
    assert at.leaves() == 75


def test_the_chosen_match_is_chosen_after_a_pause(person: At, hitl: Hitl) -> None:
    """It is no edit of the first, neither on the screen nor in what is left of it, nor in the journal."""
    at = person("run", "custom", "show the largest files here")
    at.sees("▸ 1 ")
    at.type("\x1bn")
    at.sees("▸ 2 ")
    at.type("\x04")
    assert at.leaves() == 75
    again = person("resume")
    assert "edited" not in again.sees("▸ 2 ", "all keys")
    again.type("\r")
    assert again.leaves() == 0
    assert "✓ exit 0" in again.everything
    assert "edited" not in again.everything
    assert_recorded_as_proposed(hitl)


def test_the_chosen_match_is_no_edit_in_the_journal(person: At, hitl: Hitl) -> None:
    """What the person typed into one is."""
    at = person("run", "custom", "show the largest files here")
    at.sees("▸ 1 ")
    at.type("\x1bn")
    at.sees("▸ 2 ")
    at.type("\r")
    assert at.leaves() == 0
    assert_recorded_as_proposed(hitl)
    at = person("run", "custom", "show the largest files here")
    at.sees("▸ 1 ")
    at.type(" # mine\r")
    assert at.leaves() == 0
    assert "(edited)" in hitl("show", "2").stdout


def assert_recorded_as_proposed(hitl: Hitl) -> None:
    """Check that the only command in the journal is said to be run as it was proposed."""
    (command,) = json.loads(hitl("log", "--json").stdout)["commands"]
    assert command["state"] == "finished"
    assert command["proposed"] == command["approved"]
    assert not command["edited"]
    shown = hitl("show", "1").stdout
    assert re.search("^approved +as proposed$", shown, re.MULTILINE)
    assert hitl("log", "--verify").returncode == 0


def test_a_request_for_a_model_is_told_so(hitl: Hitl) -> None:
    """One sentence, a status, and nothing proposed."""
    done = hitl("run", "custom", "summarise the report and explain why sales fell")
    assert done.returncode == 69
    assert "needs a language model" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    "request_text", ["wie spät ist es bitte", "xyzzy plugh frobnicate", "¿¡…!?", "的是不了"]
)
def test_another_language_or_nonsense_proposes_nothing(hitl: Hitl, request_text: str) -> None:
    """It says what to do instead."""
    done = hitl("run", "custom", request_text)
    assert done.returncode == 69
    assert "nothing is proposed" in done.stderr
    assert json.loads(hitl("catalogue", "search", request_text, "--json").stdout) == []


def test_what_is_about_the_world_gets_one_sentence(hitl: Hitl) -> None:
    """That there is no match, and what could answer; no command that shares a word with it."""
    done = hitl("run", "custom", "order pizza")
    assert done.returncode == 69
    assert "no good match" in done.stderr
    assert "a language model" in done.stderr
    assert "sort" not in done.stderr


def test_a_key_that_fails_never_falls_back(hitl: Hitl, model: ModelServer) -> None:
    """The person reads that the key was refused, not a proposal of the catalogue."""
    model.reply(Status(401))
    settings = {"OPENAI_API_KEY": "sk-bad", "OPENAI_BASE_URL": model.url}
    done = hitl("run", "custom", "show the largest files", env=settings)
    assert done.returncode == 69
    assert "refused" in done.stderr


def test_offline_can_be_chosen_by_name(person: At, model: ModelServer) -> None:
    """With a key at hand, too; the server is not asked."""
    at = person(
        "run", "custom", "--model", "offline", "show the largest files here",
        env={"OPENAI_API_KEY": "sk-good", "OPENAI_BASE_URL": model.url},
    )  # fmt: skip
    at.sees(r"▸ 1 Show the largest files")
    at.type("\x04")
    assert at.leaves() == 75


def test_it_is_called_what_it_is(hitl: Hitl) -> None:
    """Wherever the model's name stands, and why it answers although a model is named."""
    for command in (["config"], ["doctor"]):
        shown = hitl(*command, env={"HITL_MODEL": "gpt-x"}).stdout
        assert "offline catalogue, no language model" in shown
        assert "no key, server or model class is set" in shown


def test_search_prints_what_a_program_can_read(hitl: Hitl, folder: Path) -> None:
    """In order, with slots filled from the words."""
    found = json.loads(hitl("catalogue", "search", "show the first 7 lines of notes.txt", "--json").stdout)
    assert re.fullmatch(r"head -n 7 -- notes\.txt", found[0]["command"])
    assert [each["score"] for each in found] == sorted((each["score"] for each in found), reverse=True)
    assert {"command", "description", "score", "unfilled"} <= set(found[0])


def test_a_harmless_question_is_not_offered_a_change(hitl: Hitl) -> None:
    """Not even among the others."""
    found = json.loads(hitl("catalogue", "search", "which files are in this folder", "--json").stdout)
    assert found
    assert not any(each["changes"] for each in found)


def test_a_broken_entry_is_named_and_the_rest_is_used(hitl: Hitl, own_file: Path) -> None:
    """File, line, reason."""
    own_file.write_text(
        '[[entry]]\nid = "one"\ntask = "frobnicate the gizmo"\ncommand = "echo gizmo"\neffect = "reads"\n\n'
        '[[entry]]\nid = "two"\ntask = "x"\ncommand = "echo"\neffect = "sometimes"\n\n'
        '[[entry]]\nid = "three\n'
    )
    done = hitl("catalogue", "search", "frobnicate the gizmo", "--json")
    assert json.loads(done.stdout)[0]["command"] == "echo gizmo"
    assert f"{own_file}, line 7: its effect" in done.stderr
    assert f"{own_file}, line 14: " in done.stderr
    check = hitl("catalogue", "check")
    assert check.returncode == 2
    assert f"1 valid command, 2 problems: your own catalogue, {own_file}" in check.stdout


def test_added_entries_are_found_and_listed_first(hitl: Hitl, own_file: Path) -> None:
    """What the person adds is a file that they can read."""
    assert hitl("catalogue", "add", "--reads", "show the shop's queue", "make -C shop queue").returncode == 0
    assert hitl("catalogue", "list").stdout.startswith("show the shop's queue\n    make -C shop queue\n")
    found = json.loads(hitl("catalogue", "search", "show shop queue", "--json").stdout)
    assert found[0]["command"] == "make -C shop queue"
    refused = hitl("catalogue", "add", "broken", "echo 'open")
    assert refused.returncode == 2
    assert "not valid bash" in refused.stderr


def test_settings_are_written_and_comments_stay(hitl: Hitl, own_file: Path) -> None:
    """A wrong name or value changes nothing."""
    settings = own_file.with_name("config.toml")
    settings.write_text("# mine\ntimeout = 5 # short\n")
    assert hitl("config", "set", "model", "llama3").returncode == 0
    assert settings.read_text() == '# mine\ntimeout = 5 # short\nmodel = "llama3"\n'
    for name, value in (("modle", "x"), ("timeout", "soon"), ("api_key", "sk-secret")):
        done = hitl("config", "set", name, value)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
    assert settings.read_text() == '# mine\ntimeout = 5 # short\nmodel = "llama3"\n'


def test_the_doctor_asks_a_server_of_this_machine_only(hitl: Hitl) -> None:
    """An address elsewhere is named, not contacted."""
    done = hitl("doctor", env={"OPENAI_BASE_URL": "https://models.example.com/v1"})
    assert done.returncode == 0
    assert "not contacted" in done.stdout
    assert "does not answer" in done.stdout


def test_the_custom_workflow_loads_no_model_classes(hitl: Hitl) -> None:
    """Neither LlamaIndex's nor the client's."""
    program = [
        HITL[0],
        "-c",
        (
            "import sys, hitl_cli.cli as c; c.main(['run', 'custom', 'show the largest files']); "
            "print([name for name in sys.modules if name.startswith(('llama_index.', 'openai'))])"
        ),
    ]
    assert hitl(program=program).stdout.splitlines()[-1] == "[]"


def test_an_entry_of_ones_own_reaches_no_terminal_raw(
    hitl: Hitl,
) -> None:
    """A file of somebody else's can hold anything; what it holds is shown, not obeyed."""
    assert hitl("catalogue", "add", "paint it\u202e black", "echo '\u202etxt\u009b31m'").returncode == 0
    for arguments in (["list"], ["search", "paint", "it", "black"]):
        said = hitl("catalogue", *arguments).stdout
        assert "⟦U+202E⟧" in said
        assert not set("\u202e\u009b\x1b") & set(said)


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_search_without_a_good_match_has_a_status_of_its_own(hitl: Hitl, options: list[str]) -> None:
    """As a run of the catalogue; the results are none, and the reason is no result."""
    ended = hitl("catalogue", "search", "xyzzy plugh", *options)
    assert (ended.returncode, ended.stdout) == (69, "[]\n" if options else "")
    assert ended.stderr.startswith("hitl: ")
