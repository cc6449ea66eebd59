"""Reads a model's text reply to a request for one shell command: one command, several, or none.

Fenced blocks follow CommonMark, section 4.5, with one difference: a block continues over a fence inside a
here-document, a quoted string or a nested block. Quoting and here-documents follow POSIX, Shell Command Language,
sections 2.2 and 2.7.4; inside a command substitution, only quotes are recognized.
"""

import re
import shutil
from dataclasses import dataclass

from hitl_cli.models.answer_text import without_reasoning
from hitl_cli.models.tool_calls import read_arguments

_FENCE = re.compile(r"^[ \t]{0,3}(?P<fence>`{3,}|~{3,})(?P<info>[^\n`]*)$")
_BACKTICKS = re.compile(r"`{3,}")
_INLINE = re.compile(r"\A(?P<mark>`{1,2})(?P<body>[^`\n]+)(?P=mark)\Z")
_PROMPT = re.compile(r"^(?:[\w.-]+@[\w.-]+:\S*)?\$[ \t]+")
_OPERATOR = re.compile(r"[|&;<>$=*{}\\]|(?:^|\s)--?\w|\w/|/\w")
_SENTENCE_END = re.compile(r"[\w`)'\"][.!?:]\Z")
_SHELL_LANGUAGES = """bash sh shell zsh fish ksh dash console terminal command cmd shellscript shellsession
    shell-session sh-session bash-session"""
_SHELLS = frozenset(["", *_SHELL_LANGUAGES.split()])
_BUILTIN_NAMES = """. [ [[ alias bg bind break case cd command continue declare dirs disown do done echo eval exec exit
    export fc fg for function getopts hash help history if jobs kill let local popd printf pushd pwd read readonly
    return select set shift shopt source suspend test time times trap type typeset ulimit umask unalias unset until
    wait while"""
_BUILTINS = frozenset(_BUILTIN_NAMES.split())
_TAKE_PROSE = frozenset(["echo", "printf", "say", "wall", "write", "espeak", "notify-send"])
_MARKDOWN = frozenset(["md", "markdown"])
_WRAPPED = re.compile(r"\A<(answer|command|result|bash|sh|code)>(?P<body>.*)</\1>\Z", re.DOTALL)


_NumberedFence = tuple[int, re.Match[str]]


@dataclass(frozen=True)
class Proposed:
    """A command, and the line of text right before it; empty if there is none."""

    command: str
    said: str = ""


@dataclass(frozen=True)
class CommandReply:
    """The commands of a reply; without any, `prose` is the whole reply."""

    commands: tuple[Proposed, ...] = ()
    prose: str = ""


@dataclass(frozen=True)
class _Block:
    start: int
    end: int  # the line after the block
    info: str
    body: str


def read_command_reply(text: str, *, is_inner: bool = False) -> CommandReply:
    """Return the commands that `text`, a whole reply, proposes to run.

    A single fenced block is the command, and so is a text that does not read as prose. Several blocks are several
    commands. Text that `is_inner` comes from inside tags or a block; it is not unwrapped again.
    """
    text = without_reasoning(text).replace("\r\n", "\n").strip("\n")
    bare = text.strip()
    if not is_inner and (wrapped := _WRAPPED.match(bare)):
        return read_command_reply(wrapped["body"], is_inner=True)
    if not bare:
        return CommandReply()
    if one_line := _in_one_line_fence(bare):
        return CommandReply((Proposed(_without_language(one_line)),))
    if (command := _command_in_json(bare)) is not None:
        return CommandReply((Proposed(command),) if command.strip() else ())
    lines = text.split("\n")
    blocks = _blocks(lines)
    if (
        not is_inner
        and len(blocks) == 1
        and blocks[0].info in _MARKDOWN
        and any(map(_FENCE.match, blocks[0].body.split("\n")))
    ):
        return read_command_reply(blocks[0].body, is_inner=True)
    if blocks:
        return _of_blocks(lines, [block for block in blocks if block.body.strip()], text)
    if inline := _INLINE.match(bare):
        return CommandReply((Proposed(without_prompts(inline["body"].strip())),))
    if _is_prose(bare):
        return CommandReply(prose=bare)
    return CommandReply((Proposed(without_prompts(bare)),))


def without_prompts(command: str) -> str:
    """Return `command` without the prompts `$ ` at the start of its commands.

    If the first line has a prompt, lines that belong to no command are the output of an earlier one and are dropped.
    """
    lines = command.split("\n")
    first = next((line for line in lines if line.strip() and not line.startswith("#")), "")
    is_session = bool(_PROMPT.match(first))
    kept: list[str] = []
    script = OpenScript()
    for line in lines:
        prompt = _PROMPT.match(line)
        if script.is_open:
            line = line.removeprefix("> ") if is_session else line
        elif is_session and not prompt and line.strip() and not line.startswith("#"):
            continue
        elif prompt:
            line = line[prompt.end() :]
        script.feed(line)
        kept.append(line)
    return "\n".join(kept).strip("\n")


def _command_in_json(text: str) -> str | None:
    """Return the command of a reply that is the JSON arguments of the tool, `{"command": …}`, written as text."""
    if '"command"' not in text:
        return None
    value = read_arguments(text)
    command = value.get("command") if isinstance(value, dict) else None
    return command if isinstance(command, str) else None


def _of_blocks(lines: list[str], blocks: list[_Block], text: str) -> CommandReply:
    commands = [block for block in blocks if block.info in _SHELLS] or blocks[: len(blocks) == 1]
    if not commands:
        return CommandReply(prose=text if blocks else "")
    proposed = tuple(Proposed(without_prompts(block.body), _said_before(lines, block)) for block in commands)
    if len(proposed) == 1 and len(blocks) == 1 and not proposed[0].said:
        return CommandReply((Proposed(proposed[0].command, _one_line(lines[blocks[0].end :])),))
    return CommandReply(proposed)


def _blocks(lines: list[str]) -> list[_Block]:
    blocks: list[_Block] = []
    fences = [(number, fence) for number, line in enumerate(lines) if (fence := _FENCE.match(line))]
    is_strict = False
    at = 0
    while at < len(fences):
        start, opening = fences[at]
        closing = None if is_strict else _last_fence(lines, fences, at)
        if closing is None:
            closing = _first_fence(fences, at)
            is_strict = True  # no line is read more than twice
        end = fences[closing][0] if closing < len(fences) else len(lines)
        language = (opening["info"].split(maxsplit=1) or [""])[0].lower()
        blocks.append(_Block(start, end + 1, language.strip("{}."), "\n".join(lines[start + 1 : end])))
        at = closing + 1
    return blocks


def _last_fence(lines: list[str], fences: list[_NumberedFence], opening: int) -> int | None:
    """Return the fence that closes the block of `opening`, ignoring those inside here-documents and quotes."""
    script, depth, line = OpenScript(), 0, fences[opening][0] + 1
    for number in range(opening + 1, len(fences)):
        at, fence = fences[number]
        for each in lines[line:at]:
            script.feed(each)
        line = at
        if not _can_end(fence, fences[opening][1]):
            depth += bool(fence["info"].strip()) and fence["fence"][0] == fences[opening][1]["fence"][0]
        elif depth:
            depth -= 1
        elif not script.is_open:
            return number
    return None


def _first_fence(fences: list[_NumberedFence], opening: int) -> int:
    """Return the fence that closes the block of `opening` by the rules of CommonMark."""
    later = range(opening + 1, len(fences))
    return next((number for number in later if _can_end(fences[number][1], fences[opening][1])), len(fences))


def _can_end(fence: re.Match[str], opening: re.Match[str]) -> bool:
    mark = opening["fence"]
    return not fence["info"].strip() and fence["fence"][0] == mark[0] and len(fence["fence"]) >= len(mark)


def _said_before(lines: list[str], block: _Block) -> str:
    before = lines[: block.start]
    while before and not before[-1].strip():
        before.pop()
    return _one_line(before[-1:]) if before and not _FENCE.match(before[-1]) else ""


def _one_line(lines: list[str]) -> str:
    return " ".join(" ".join(lines).split())[:200]


def _in_one_line_fence(text: str) -> str:
    """Return the body of a block that has both fences on its only line."""
    fence = _BACKTICKS.match(text)
    if fence is None or "\n" in text or not text.endswith(fence[0]):
        return ""
    body = text[fence.end() : -len(fence[0])].strip()
    return "" if "`" in body else body


def _without_language(body: str) -> str:
    language, _, rest = body.partition(" ")
    return rest.strip() if language in _SHELLS and language and rest.strip() else without_prompts(body)


def _is_prose(text: str) -> bool:
    """Return whether `text` is written for a person and not for a shell."""
    words = text.split()
    first, last = words[0], text.rstrip("*_")
    if first.startswith(("$", "~", "/", "./", "../", "#!", '"', "{", "!", "[")) or "=" in first:
        return False
    looks_like_shell = bool(_OPERATOR.search(re.sub(r"`[^`\n]*`", "", text)))
    is_sentence = len(words) > 2 and bool(_SENTENCE_END.search(last))
    if first in _BUILTINS or shutil.which(first):
        return is_sentence and len(words) > 3 and not looks_like_shell and first not in _TAKE_PROSE
    if first.startswith(("#", "(")):
        return is_sentence
    if not first.isascii() or first[0].isupper() or first[-1] in ",:!.?" or "'" in first:
        return True
    if re.search(r"`[^`\n]+`", text) and not looks_like_shell:
        return True
    return (is_sentence or len(words) > 3) and not looks_like_shell


_SPECIAL = re.compile(r"[\\'\"#<]")
_HERE_DOCUMENT = re.compile(r"<<(?P<dash>-?)[ \t]*(?P<quote>['\"\\]?)(?P<word>[A-Za-z_][\w.-]*)")


class OpenScript:
    """Reads a script line by line and knows whether a quote, here-document or continued line is open."""

    def __init__(self) -> None:
        self._quote = ""
        self._documents: list[
            tuple[str, bool]
        ] = []  # the end marker of each, and whether tabs may precede it
        self._is_continued = False

    @property
    def is_open(self) -> bool:
        """Whether the next line belongs to the same command."""
        return bool(self._quote or self._documents or self._is_continued)

    def feed(self, line: str) -> None:
        """Read the next line."""
        if self._documents and not self._quote:
            last, may_be_indented = self._documents[0]
            if (line.lstrip("\t") if may_be_indented else line) == last:
                del self._documents[0]
            return
        self._is_continued = False
        at = 0
        while special := _SPECIAL.search(line, at):
            at = self._after(line, special.start())

    def _after(self, line: str, at: int) -> int:
        """Process the character at `at`, and return where to continue."""
        character = line[at]
        if character == "\\":
            if self._quote != "'":
                self._is_continued = at + 1 == len(line) and not self._quote
                return at + 2
        elif character in "'\"":
            if not self._quote:
                self._quote = "$'" if line[at - 1 : at + 1] == "$'" else character
            elif self._quote[-1] == character:
                self._quote = ""
        elif self._quote:
            pass
        elif character == "#":
            if at == 0 or line[at - 1] in " \t;&|(":
                return len(line)
        elif line.startswith("<<<", at):
            return at + 3
        elif document := _HERE_DOCUMENT.match(line, at):
            self._documents.append((document["word"], bool(document["dash"])))
            return document.end() + bool(document["quote"] in ("'", '"') and document["quote"])
        return at + 1
