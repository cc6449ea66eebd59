"""What `custom` takes for the command in a reply: as a function of its text, and at the terminal."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl_cli.models.command_reply import OpenScript, read_command_reply, without_prompts
from tests.conftest import Hitl
from tests.model_server import Calls, ModelServer, Status, Text
from tests.review.keys import CTRL_D, ENTER, ESC
from tests.terminal import Person
from tests.test_conversation import approve_one_and_two

At = Callable[..., Person]

ONE = {
    "a thought with a block": ("<think>\n```\nrm -rf /\n```\n</think>\nls -la", "ls -la"),
    "a lone closing tag": ("I could run rm -rf /.\n</think>\n\nls -la", "ls -la"),
    "several thoughts": ("<thinking>rm a</thinking>\n<reasoning>rm b</reasoning>ls", "ls"),
    "a channel": ("<|channel|>analysis<|message|>rm a<|end|><|channel|>final<|message|>ls<|return|>", "ls"),
    "a here-document with a fence": (
        "```bash\ncat > a.md <<'EOF'\n```sh\nmake\n```\nEOF\n```",
        "cat > a.md <<'EOF'\n```sh\nmake\n```\nEOF",
    ),
    "a here-document with bare fences": (
        "```\ncat > a.md <<EOF\n```\nmake\n```\nEOF\necho done\n```\nThis writes the file.",
        "cat > a.md <<EOF\n```\nmake\n```\nEOF\necho done",
    ),
    "a quotation with a fence": (
        '```\ngit commit -m "title\n```\ncode\n```\n"\n```',
        'git commit -m "title\n```\ncode\n```\n"',
    ),
    "a longer fence": ("````\ncat <<E\n```\nE\n````", "cat <<E\n```\nE"),
    "tildes": ("~~~sh\nls\n~~~", "ls"),
    "a fence that is never closed": ("```bash\nls -la", "ls -la"),
    "a fence in one line": ("```ls -la```", "ls -la"),
    "a fence with its language in one line": ("```bash ls -la```", "ls -la"),
    "the block of a shell beside its output": ("```sh\nls\n```\nprints\n```text\na\n```", "ls"),
    "a prompt in the second line": ("# list\n$ ls -la", "# list\nls -la"),
    "prompts and output": ("$ cd /tmp\n$ ls\nfile\n$ pwd", "cd /tmp\nls\npwd"),
    "a prompt inside a here-document": ("cat > a <<EOF\n$ make\nEOF", "cat > a <<EOF\n$ make\nEOF"),
    "a prompt with a name": ("ann@host:~/x$ ls", "ls"),
    "backticks of the shell": ("echo `date`", "echo `date`"),
    "a word that is no program here": ("frobnicate --all", "frobnicate --all"),
    "a sentence for echo": ("echo This is the end.", "echo This is the end."),
    "what the tool would have had": ('```json\n{"command": "ls", "why": "x"}\n```', "ls"),
    "line ends of Windows": ("```bash\r\nls\r\n```\r\n", "ls"),
}


@pytest.mark.parametrize("case", ONE)
def test_one_command(case: str) -> None:
    """Nothing of a thought, a fence, a prompt or an output is a part of the command."""
    text, command = ONE[case]
    assert [each.command for each in read_command_reply(text).commands] == [command]


PROSE = [
    "I'm sorry, but I can't help with that.",
    "You can use `ls -la` to do that.",
    "To list files, run `ls -la`.",
    "which files do you mean exactly?",
    "Sorry",
    "It depends.\n\nDo you want the hidden ones?",
    "no command can do that",
    "抱歉,我不能这样做。",
    "```python\nprint(1)\n```\nand\n```json\n{}\n```",
]


@pytest.mark.parametrize("text", PROSE)
def test_prose_is_no_command(text: str) -> None:
    """A refusal, a question or a remark with code in it proposes nothing, and all of it is kept."""
    reply = read_command_reply(text)
    assert reply.commands == ()
    assert reply.prose == text


def test_several_blocks_are_several_commands() -> None:
    """None is chosen; each has what was said right before it."""
    reply = read_command_reply("Do not use:\n```\nrm -rf ~\n```\nInstead use:\n\n```\nls -la\n```")
    assert [(each.command, each.said) for each in reply.commands] == [
        ("rm -rf ~", "Do not use:"),
        ("ls -la", "Instead use:"),
    ]


@given(st.text(alphabet="`~$<>'\" \nabEOF\\think/{}#", max_size=200))
def test_any_text_is_read(text: str) -> None:
    """Whatever a reply is, it is read, and what is proposed is never blank."""
    reply = read_command_reply(text)
    assert all(each.command.strip() or not without_prompts(text).strip() for each in reply.commands)


@pytest.mark.parametrize("line", ["```", "```sh", "x 'y", "cat <<EOF", "$ x", "x \\"])
def test_the_work_on_a_reply_is_linear(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    """A line is read at most a few times, however many fences, quotations and here-documents are open."""
    read = 0
    feed = OpenScript.feed

    def counted(self: OpenScript, line: str) -> None:
        nonlocal read
        read += 1
        feed(self, line)

    monkeypatch.setattr(OpenScript, "feed", counted)
    read_command_reply(f"```\n{line}\n" * 4_000)
    assert read <= 4 * 8_000


def test_person_picks_among_several(person: At, model: ModelServer, folder: Path) -> None:
    """Enter runs none of them before one is chosen; the one that is chosen runs."""
    model.reply(Text("Do not use:\n```\ntouch bad\n```\nInstead use:\n```\ntouch good\n```"))
    at = person("run", "custom", "x")
    at.sees(r"From the model's reply:", r"touch bad +\(Do not use:\)", r"touch good +\(Instead use:\)")
    at.type(ENTER)
    at.sees("choose_a_command")
    at.type(ESC + "n")
    at.sees(r"^\$ touch bad$")
    at.type(ESC + "n")
    at.sees(r"^\$ touch good$")
    at.type(ENTER)
    assert at.leaves() == 0
    assert (folder / "good").exists()
    assert not (folder / "bad").exists()


def test_person_picks_among_several_in_plain_lines(person: At, model: ModelServer, folder: Path) -> None:
    """The first answer runs nothing; `n` goes to the next, each read out with what was said before it."""
    model.reply(Text("Do not use:\n```\ntouch bad\n```\nInstead use:\n```\ntouch good\n```"))
    at = person("run", "custom", "x", "--plain", columns=100)
    at.sees("From the model's reply: choose one of these 2 commands", "Your answer")
    for command in ("bad", "good"):
        at.type("n" + ENTER)
        at.sees(rf"(?s)From the model's reply: touch {command}.*Your answer:")
    at.type("q" + ENTER)
    assert at.leaves() == 75
    assert list(folder.iterdir()) == []


def test_prose_is_shown_as_prose(hitl: Hitl, model: ModelServer) -> None:
    """It is on standard output, the sentence on standard error, and the status is that of a model."""
    model.reply(Text("<think>rm -rf /</think>You can use `ls -la` to do that."))
    ended = hitl("run", "custom", "x")
    assert ended.returncode == 69
    assert "ls -la" in ended.stdout
    assert "hitl: The model's reply has no command; nothing ran." in ended.stderr
    assert "rm -rf" not in ended.stdout + ended.stderr


def test_call_of_the_tool_is_the_command(person: At, model: ModelServer) -> None:
    """A server with tool calling needs no guess about the text."""
    model.reply(Calls.of("ls -A", name="propose_command", text="I list them."))
    at = person("run", "custom", "x")
    at.sees(r"^\$ ls -A$")
    at.type(CTRL_D)
    assert at.leaves() == 75
    (request,) = model.requests
    assert [tool["function"]["name"] for tool in request["tools"]] == ["propose_command"]


def test_server_without_tools_is_asked_for_text(person: At, model: ModelServer) -> None:
    """The request goes again without tools, and so does the next of the same session."""
    model.reply(Status(400, message="gemma:2b does not support tools"), Text("echo one"), Text("echo two"))
    approve_one_and_two(person("run", "custom"))
    assert ["tools" in request for request in model.requests] == [True, False, False]
