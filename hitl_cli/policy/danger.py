"""What stands out in a command, in plain words, and which part of it that is.

The destructive kinds, whose effect cannot be undone, are the last ones of `Kind`; docs/policy.md lists them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from hitl_cli.policy import moves
from hitl_cli.policy.cautions import SHELLS, is_interpreter
from hitl_cli.policy.effect_table import EFFECTS
from hitl_cli.policy.effects import ProgramCall, written
from hitl_cli.policy.kinds import Kind
from hitl_cli.policy.places import Places
from hitl_cli.policy.readers import names
from hitl_cli.policy.reading import MOST_CHARACTERS, CommandReading, Part, read
from hitl_cli.policy.words import Word
from hitl_cli.policy.wrappers import name_of, started_by

_DOWNLOADERS = frozenset(["curl", "wget", "aria2c", "fetch", "http", "https", "xh", "lynx"])
_SAVED = ("-o", "-O", "--output", "--output-document")
_FORK_BOMB = re.compile(
    r"(?<![\w:.])([\w:.]{1,40})\s?\(\s?\)\s{0,9}\{[^}]{0,200}?(?<![\w:.])\1\s?\|\s?\1\s?&"
)
_NAMED_BOMB = re.compile(r"\bfork\s+while\s+(?:fork|1|true)\b|while\s+(?:1|True):?\s*os\.fork")


_MOST_SCRIPTS = 3  # inside each other


@dataclass(frozen=True)
class Note:
    """Something that stands out: its kind, in plain words, and from where to where it is in the text."""

    kind: Kind
    text: str
    start: int
    end: int

    @property
    def mark(self) -> str:
        """What is said before the text."""
        if self.kind is Kind.UNREAD:
            return "may do anything"
        return "cannot be undone" if self.kind.is_destructive else "note"


def stands_out(
    reading: CommandReading, folder: str, home: str, depth: int = _MOST_SCRIPTS
) -> tuple[Note, ...]:
    """Return what stands out in a command that would run in `folder`, the destructive kinds first.

    A script that the text contains is read, too, and those in that script, to a `depth`.
    """
    places = Places(folder, home)
    found = [*_whole(reading), *_piped(reading), *_scripts(reading, places, depth)]
    moved = places
    for part in reading.parts:
        for each in started_by(part):
            found += _of_part(each, places)
            # After a change of the folder, a path may be below the one or the other.
            if moved != places:
                found += (note for note in _of_part(each, moved) if note.kind in _OF_PLACES)
        if moves.changes_folder(part):
            moved = moves.moved(part, moved) or moved
    order = list(Kind)
    noted = sorted(
        dict.fromkeys(found),
        key=lambda note: (not note.kind.is_destructive, note.start, order.index(note.kind)),
    )
    return tuple(noted)


_OF_PLACES = frozenset([Kind.SECRETS, Kind.HISTORY])


def _whole(reading: CommandReading) -> Iterator[Note]:
    if reading.is_cut:
        is_long = len(reading.text) > MOST_CHARACTERS
        why = f"it has more than {MOST_CHARACTERS:,} characters" if is_long else "it is nested very deeply"
        yield Note(Kind.UNREAD, f"{why}, too much to be judged to its end", 0, len(reading.text))
    for found in (_FORK_BOMB.search(reading.text), _NAMED_BOMB.search(reading.text)):
        if found is not None:
            yield Note(Kind.FORK_BOMB, "starts copies of itself without end", *found.span())


def _of_part(part: Part, places: Places) -> Iterator[Note]:
    name = name_of(part)
    for redirect in part.redirects:
        if redirect.target is None:
            continue
        if (redirect.target.text or "").startswith(("/dev/tcp/", "/dev/udp/")):
            yield Note(Kind.NETWORK, f"connects to {redirect.target.raw}", redirect.start, redirect.end)
        elif redirect.writes:
            appends = ">>" in redirect.operator
            verb = "appends to" if appends else "overwrites"
            for kind, text in written(places, [redirect.target], verb, overwrites=not appends):
                yield Note(kind, text, redirect.target.start, redirect.target.end)
        yield from _private(redirect.target, places)
    if name is None:
        return
    effects = EFFECTS.get("mkfs" if name.startswith(("mkfs.", "newfs")) else name)
    if effects is not None:
        for kind, text in effects(ProgramCall(name, part.words, places)):
            yield Note(kind, text, part.start, part.end)
    if name in ("env", "export", "set", "declare") and len(part.words) == 1:
        yield Note(Kind.SECRETS, "shows all variables, also those with secrets", part.start, part.end)
    for word in part.words[_first_file(name, part.words) :]:
        if word.is_glob and name in _SHOW_NAMES:
            continue
        yield from _private(word, places)
        if name in _SHOW_CONTENT and (what := places.unreadable(word)):
            yield Note(Kind.SECRETS, f"reads {what}: {word.raw}", word.start, word.end)


# Programs whose first operand is no file, unless an option gives it.
_FIRST_IS_TEXT = {
    **dict.fromkeys(("grep", "egrep", "fgrep"), re.compile(r"-\w*[ef].*|--(?:reg|fi).*")),
    **dict.fromkeys(("jq", "yq"), re.compile(r"-\w*f.*|--from.*")),
    "rg": re.compile(r"-\w*[ef].*|--(?:reg|fi).*"),
}
_SHOW_NAMES = names("ls dir vdir du stat tree echo")
_SHOW_CONTENT = names(
    "cat tac head tail nl od xxd hexdump strings base64 base32 grep egrep fgrep rg ag ack cut sort uniq wc sed cmp "
    "diff git paste fold tr rev column comm join jq md5sum sha256sum sha1sum cksum pr fmt"
)


def _first_file(name: str, words: Sequence[Word]) -> int:
    """Return the index of the first word that may name a file."""
    texts = [word.text or "-e" for word in words[1:]]
    gives_text = _FIRST_IS_TEXT.get(name)
    if gives_text is None or any(gives_text.fullmatch(text) for text in texts):
        return 1
    return next((at for at, text in enumerate(texts, 2) if not text.startswith("-")), 1)


def _private(word: Word, places: Places) -> Iterator[Note]:
    value = (
        word
        if "=" not in word.raw
        else Word((word.text or word.raw).partition("=")[2], word.raw, word.start, word.end)
    )
    for each in (word, value):
        if each.text != "" and places.is_secret(each):
            yield Note(Kind.SECRETS, f"touches a place for secrets: {word.raw}", word.start, word.end)
            return
    if places.is_history(word):
        yield Note(Kind.HISTORY, f"touches the history of a shell: {word.raw}", word.start, word.end)


def _runs_code(part: Part) -> bool:
    """Return whether the command is an interpreter that takes its program from standard input."""
    for each in started_by(part):
        name = name_of(each)
        if name is None or not is_interpreter(name):
            continue
        rest = [word.text for word in each.words[1:]]
        if (
            all(text is not None and (text.startswith("-") or text == "/dev/stdin") for text in rest)
            and "-c" not in rest
        ):
            return True
        if name in SHELLS and rest[:1] in (["-s"], ["-"]):
            return True
    return False


def _saves_by_name(part: Part) -> bool:
    """Return whether the file gets the last part of the address as its name."""
    texts = [word.text or "" for word in part.words]
    return name_of(part) == "wget" or any(re.fullmatch(r"-\w*O|--remote-name", text) for text in texts)


def _downloads(part: Part) -> bool:
    return any(name_of(each) in _DOWNLOADERS for each in started_by(part))


def _piped(reading: CommandReading) -> Iterator[Note]:
    """Yield the code that a command runs without anybody having seen it."""
    source: Part | None = None
    saved: dict[str, Part] = {}
    for at, part in enumerate(reading.parts):
        if at not in reading.piped:
            source = None
        elif _runs_code(part):
            kind = Kind.DOWNLOADED if source is not None else Kind.CODE
            what = (
                "runs what it downloads" if source is not None else "runs what the command before it prints"
            )
            yield Note(kind, what, (source or part).start, part.end)
        if _downloads(part):
            source = source or part
            for word, value in zip(part.words, part.words[1:], strict=False):
                if word.text in _SAVED and value.text:
                    saved[value.text.removeprefix("./")] = part
            if _saves_by_name(part) and (part.words[-1].text or "").startswith(("http:", "https:")):
                saved[(part.words[-1].text or "").rpartition("/")[2]] = part
        yield from _nested_download(reading, at)
        name = name_of(part) or ""
        runs_operand = is_interpreter(name) or name in ("sudo", "source", ".")
        for word in part.words:
            text = word.text or ""
            runs = (part.words[0] is word and "/" in text) or (part.words[0] is not word and runs_operand)
            if runs and saved.get(text.removeprefix("./"), part) is not part:
                yield Note(Kind.DOWNLOADED, f"runs {word.raw}, which it downloads", part.start, part.end)


def _scripts(reading: CommandReading, places: Places, depth: int) -> Iterator[Note]:
    """Yield what stands out in the texts that the command gives to an interpreter as code."""
    for at, part in enumerate(reading.parts if depth else ()):
        if not _runs_code(part):
            continue
        if any(each.gives_text for each in part.redirects):
            yield Note(Kind.CODE, "runs the text that it is given as code", part.start, part.end)
        if not any(name_of(each) in SHELLS for each in started_by(part)):
            continue
        before = reading.parts[at - 1] if at in reading.piped else None
        printer = name_of(before) if before is not None else None
        for each in (*part.redirects, *(before.redirects if before and printer == "cat" else ())):
            if each.gives_text:
                script = read(reading.text[each.start : each.end], home=places.home)
                for note in stands_out(script, places.folder, places.home, depth - 1):
                    yield replace(note, start=note.start + each.start, end=note.end + each.start)
        if before and printer in ("echo", "printf"):
            printed = [word.text or word.raw for word in before.words[1:] if not word.raw.startswith("-")]
            script = read((" " if printer == "echo" else "\n").join(printed), home=places.home)
            for note in stands_out(script, places.folder, places.home, depth - 1):
                yield replace(note, start=before.start, end=before.end)


def _nested_download(reading: CommandReading, at: int) -> Iterator[Note]:
    """Yield `sh -c "$(curl …)"` and the like: an interpreter with a download inside it."""
    part = reading.parts[at]
    name = name_of(part) or ""
    if not (is_interpreter(name) or name in ("eval", "source", ".", "sudo")):
        return
    for each in reading.parts[at + 1 :]:
        if each.is_nested and part.start < each.start and each.end <= part.end and _downloads(each):
            yield Note(Kind.DOWNLOADED, "runs what it downloads", part.start, part.end)
            return
