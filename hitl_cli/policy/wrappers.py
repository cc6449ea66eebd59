"""The commands that a command runs: in `sudo …`, `timeout 5 …`, `bash -c …`, `find -exec …` and the like."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from hitl_cli.policy.cautions import SHELLS
from hitl_cli.policy.readers import names
from hitl_cli.policy.reading import Part, read
from hitl_cli.policy.syntax import HARMLESS_ASSIGNMENT
from hitl_cli.policy.words import ShellSyntax, Word
from hitl_cli.text.programs import WRAPPERS, after_wrapper

_MOST_DEPTH = 6
# What may stand between a wrapper and its command, where the judge looks through it; the words are joined by blanks.
_TRANSPARENT = {
    "timeout": r"(?:(?:--foreground|--preserve-status|-v|--verbose) |-[ks] [\w.]+ "
    r"|(?:--signal=|--kill-after=)[\w.]+ )*"
    r"\d+(?:\.\d+)?[smhd]? ",
    "nice": r"(?:-n -?\d+ |-\d+ |--adjustment=-?\d+ )?",
    "ionice": r"(?:-c ?[0-3] |-n ?[0-7] )*",
    "stdbuf": r"(?:-[ioe] ?[L0] |--(?:input|output|error)=[L0] )+",
    "env": rf"(?:(?:{HARMLESS_ASSIGNMENT.pattern}) )*",
    "xargs": r"(?:-0 |--null |-r |--no-run-if-empty |-t |-n ?\d+ |-L ?\d+ |-P ?\d+ |-d ?\\[n0] )*",
}
_PATTERNS = {name: re.compile(pattern) for name, pattern in _TRANSPARENT.items()}
# They run what follows after options and operands that the judge does not know: any word may be the program.
_OTHERS = frozenset(
    names(
        "watch strace ltrace chroot unshare nsenter parallel flock taskset chrt numactl prlimit setpriv "
        "systemd-run firejail bwrap fakeroot proot xvfb-run unbuffer script su runuser pkexec ssh "
        "start-stop-daemon busybox entr caffeinate toybox fd fdfind gtimeout setarch valgrind perf npx uvx "
        "pipx"
    )
)
_WITH_TEXT = frozenset(names("su runuser script watch flock ssh eval parallel"))
_EXECUTING = ("-exec", "-execdir", "-ok", "-okdir")


def name_of(part: Part) -> str | None:
    """Return the name of the program without its folder, or None if it is not known."""
    text = part.words[0].text if part.words else None
    return None if text is None else text.rpartition("/")[2]


def seen_through(part: Part) -> Part:
    """Return the command that runs in the end, where the wrappers before it change nothing that matters."""
    for _ in range(_MOST_DEPTH):
        name = part.words[0].text if part.words else None
        pattern = _PATTERNS.get(name or "")
        texts = [word.text for word in part.words[1:]]
        if pattern is None or None in texts or any(word.is_glob for word in part.words[1:]):
            return part
        joined = "".join(f"{text} " for text in texts)
        prefix = pattern.match(joined)
        if prefix is None or any(" " in (text or "") for text in texts[: prefix[0].count(" ")]):
            return part
        count = prefix[0].count(" ")
        rest = part.words[1 + count :]
        # An option or an assignment is no program.
        if not rest or (rest[0].text or "-").startswith("-") or "=" in (rest[0].text or ""):
            return part
        if name == "xargs":
            rest = (*rest, Word(None, "…", part.end, part.end, is_glob=True, may_be_option=True))
        part = replace(part, words=rest)
    return part


def without_actions(part: Part) -> tuple[Part, list[Part]]:
    """Return a `find` without its `-exec` actions, and the commands of those, which get the names that it finds."""
    if name_of(part) != "find":
        return part, []
    rest, actions, at = list(part.words[:1]), [], 1
    while at < len(part.words):
        word = part.words[at]
        end = next((i for i in range(at + 1, len(part.words)) if _ends_action(part.words, i)), None)
        if word.text == "-exec" and end is not None and end > at + 1:
            # What it finds begins with the folder in which it looks, so it is never an option.
            given = [
                replace(each, text=each.text and each.text.replace("{}", "./found"))
                for each in part.words[at + 1 : end]
            ]
            actions.append(replace(part, words=tuple(given), start=given[0].start, end=given[-1].end))
            at = end
        else:
            rest.append(word)
        at += 1
    return replace(part, words=tuple(rest)), actions


def _ends_action(words: Sequence[Word], at: int) -> bool:
    return words[at].text == ";" or (words[at].text == "+" and words[at - 1].text == "{}")


def started_by(part: Part, depth: int = 0) -> Iterator[Part]:
    """Yield `part`, and every command that it may run, at any depth; more rather than fewer."""
    yield part
    name = name_of(part)
    if name is None or depth > _MOST_DEPTH:
        return
    texts = [word.text for word in part.words[1:]]
    for inner in _inner_words(name, part.words, texts):
        if inner:
            yield from started_by(replace(part, words=tuple(inner), is_nested=True), depth + 1)
    for text, word in _inner_texts(name, part.words):
        for each in read(text, ShellSyntax.BASH, "/").parts:
            moved = tuple(replace(found, start=word.start, end=word.end) for found in each.words)
            at_word = replace(each, words=moved, start=word.start, end=word.end, is_nested=True)
            yield from started_by(at_word, depth + 1)


def _inner_words(name: str, words: Sequence[Word], texts: list[str | None]) -> Iterator[Sequence[Word]]:
    if name in WRAPPERS:
        rest = after_wrapper(name, list(texts))
        yield words[len(words) - len(rest) :] if rest else ()
    elif name in _OTHERS:
        for at, text in enumerate(texts, 1):
            if text is not None and not text.startswith("-"):
                yield words[at:]
    elif name == "find":
        for at, text in enumerate(texts, 1):
            if text in _EXECUTING:
                end = next((i for i in range(at + 1, len(words)) if words[i].text in (";", "+")), len(words))
                yield words[at + 1 : end]


def _inner_texts(name: str, words: Sequence[Word]) -> Iterator[tuple[str, Word]]:
    if name == "eval":
        known = [word.text for word in words[1:] if word.text is not None]
        if known:
            yield " ".join(known), replace(words[1], end=words[-1].end)
    elif name in SHELLS:
        for at, word in enumerate(words[1:-1], 1):
            if re.fullmatch(r"-[a-zA-Z]*c", word.text or "") and (text := words[at + 1].text) is not None:
                yield text, words[at + 1]
                return
    elif name in _WITH_TEXT or (name == "env" and any((word.text or "").startswith("-S") for word in words)):
        for word in words[1:]:
            if word.text and " " in word.text:
                yield word.text, word
