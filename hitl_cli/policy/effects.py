"""What the arguments of one program do that matters: tables for the programs that people and models use most.

Each function takes a `ProgramCall` and yields pairs of a kind and plain words. They err towards saying too much: a note
only draws attention, or asks.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from hitl_cli.policy.kinds import Kind
from hitl_cli.policy.places import Places
from hitl_cli.policy.readers import names
from hitl_cli.policy.words import Word


@dataclass(frozen=True)
class ProgramCall:
    """A program with its arguments, split into options and operands; both as texts, the operands also as words."""

    name: str
    words: tuple[Word, ...]
    places: Places

    @property
    def texts(self) -> list[str]:
        """The arguments; one that is not known is as it was written."""
        return [word.raw if word.text is None else word.text for word in self.words[1:]]

    @property
    def operands(self) -> list[Word]:
        """The arguments that are no options."""
        return [word for word in self.words[1:] if not (word.text or "").startswith("-")]

    @property
    def verb(self) -> str:
        """The first operand, or an empty text."""
        return next((word.text or "" for word in self.operands), "")

    def has(self, letters: str, *longs: str) -> bool:
        """Return whether one of the short options in `letters`, or of the long ones, is given."""
        for text in self.texts:
            if text.startswith("--"):
                name = text.partition("=")[0]
                if len(name) > 3 and any(long.startswith(name) for long in longs):
                    return True
            elif text.startswith("-") and (any(letter in text[1:] for letter in letters) or text in longs):
                return True
        return False

    def after(self, *options: str) -> list[Word]:
        """Return the values of the `options` that are words of their own."""
        return [
            value for option, value in zip(self.words, self.words[1:], strict=False) if option.text in options
        ]


Effect = tuple[Kind, str]
Effects = Callable[[ProgramCall], Iterator[Effect]]


def written(
    places: Places, targets: Sequence[Word], verb: str = "writes to", *, overwrites: bool = False
) -> Iterator[Effect]:
    """Yield what it means to write the files `targets`; with `overwrites`, their content is lost."""
    for target in targets:
        if places.is_device(target):
            yield Kind.DISK, f"{verb} the device {target.raw}"
        elif places.is_critical(target) or (
            overwrites and places.is_system(target) and not places.is_kernel(target)
        ):
            yield Kind.SYSTEM_FILE, f"{verb} the system file or folder {target.raw}"
        elif places.is_system(target):
            yield Kind.SYSTEM, f"{verb} {target.raw}, which belongs to the system"
        elif places.is_outside(target):
            yield Kind.OUTSIDE, f"{verb} {target.raw}, outside this folder"
        else:
            yield Kind.WRITES, f"{verb} {target.raw}"


def removal(call: ProgramCall) -> Iterator[Effect]:
    """`rm` and its like."""
    recursive = call.has("rR", "--recursive") or call.name in ("rimraf", "trash")
    for target in call.operands:
        if recursive and (what := call.places.precious(target)):
            yield Kind.REMOVES_TREE, f"removes {what}: {target.raw}"
    shown = ", ".join(word.raw for word in call.operands[:3]) + (" …" if len(call.operands) > 3 else "")
    yield (
        Kind.DELETES,
        f"deletes {shown or 'the files that it is given'}" + (" with everything in it" if recursive else ""),
    )
    more = written(call.places, call.operands, "deletes", overwrites=recursive)
    yield from (each for each in more if each[0] is not Kind.WRITES)
    if call.name == "shred":
        yield Kind.STORED, "overwrites files so that they cannot be recovered"


def find(call: ProgramCall) -> Iterator[Effect]:
    """`find` with an action."""
    removes = any(
        word.text in ("rm", "shred", "unlink") for word in call.after("-exec", "-execdir", "-ok", "-okdir")
    )
    if "-delete" in call.texts or removes:
        if (
            what := call.places.precious(call.operands[0]) if call.operands else None
        ) and what != "this folder":
            yield Kind.REMOVES_TREE, f"deletes files below {call.operands[0].raw}"
        yield Kind.DELETES, "deletes the files that it finds"
    for target in call.after("-fprint", "-fprint0", "-fprintf", "-fls"):
        yield from written(call.places, [target])


def copy(call: ProgramCall) -> Iterator[Effect]:
    """`cp`, `mv` and their like: the last operand is written."""
    named = call.after("-t", "--target-directory")
    empties = call.name == "cp" and any(word.text == "/dev/null" for word in call.operands[:-1])
    yield from written(call.places, named or call.operands[-1:], overwrites=empties)
    if call.name == "mv":
        yield from (
            (Kind.REMOVES_TREE, f"moves {what} away: {word.raw}")
            for word in call.operands[:-1]
            if (what := call.places.precious(word))
        )
    if call.name == "rsync":
        if any(text.startswith("--del") for text in call.texts):
            yield Kind.DELETES, "deletes files that the source does not have"
        if any(":" in (word.text or "") for word in call.operands):
            yield Kind.NETWORK, "copies to or from another machine"


def all_operands(call: ProgramCall) -> Iterator[Effect]:
    """Programs that write each of their operands."""
    values = (
        call.after("-s", "--size", "-d", "-r", "-t", "-m", "-n", "-b", "-l") if call.name != "tee" else []
    )
    targets = [word for word in call.operands if word not in values]
    appends = call.has("a", "--append")
    overwrites = call.name in ("truncate", "tee", "sponge") and not appends
    yield from written(call.places, targets, "appends to" if appends else "writes to", overwrites=overwrites)


def owner_or_mode(call: ProgramCall) -> Iterator[Effect]:
    """`chmod`, `chown` and their like."""
    targets = (
        call.operands if any(text.startswith("--reference") for text in call.texts) else call.operands[1:]
    )
    recursive = call.has("R", "--recursive")
    for target in targets:
        what = call.places.precious(target)
        if recursive and what and what != "this folder":
            yield Kind.SYSTEM_FILE, f"changes the mode or owner of everything in {target.raw}"
    yield from written(call.places, targets, "changes the mode or owner of")


def dd(call: ProgramCall) -> Iterator[Effect]:
    """`dd of=…`."""
    for word in call.words[1:]:
        if (word.text or "").startswith("of="):
            target = Word((word.text or "")[3:], word.raw.removeprefix("of="), word.start, word.end)
            yield from written(call.places, [target], "overwrites", overwrites=True)


def disk(call: ProgramCall) -> Iterator[Effect]:
    """Programs that change disks and partitions, and can list them."""
    if not call.operands and not call.texts:
        return
    listing = call.has("l", "--list", "--help", "--version", "--dump") or call.verb in (
        "print",
        "list",
        "info",
        "status",
    )
    if call.name == "wipefs" and not call.has("ao", "--all", "--offset"):
        listing = True
    if not listing:
        yield Kind.DISK, "changes a disk or a partition"


def with_verbs(kind: Kind, what: str, verbs: str) -> Effects:
    """Return effects of a program whose first two operands may be one of the `verbs`, separated by commas."""
    wanted = set(verbs.split(", "))

    def effects(call: ProgramCall) -> Iterator[Effect]:
        texts = [word.text or "" for word in call.operands[:3]]
        said = [" ".join(texts[start:end]) for start in range(3) for end in range(start + 1, 4)]
        if wanted.intersection(said):
            yield kind, what

    return effects


def always(kind: Kind, what: str) -> Effects:
    """Return effects of a program that always has this one."""

    def effects(call: ProgramCall) -> Iterator[Effect]:
        yield kind, what

    return effects


def unless(known: str, kind: Kind, what: str) -> Effects:
    """Return effects of a program that has this one unless its words, joined by blanks, match the pattern `known`."""

    def effects(call: ProgramCall) -> Iterator[Effect]:
        if not re.fullmatch(known, " ".join(call.texts)):
            yield kind, what

    return effects


def in_form(known: str, kind: Kind, what: str) -> Effects:
    """Return effects of a program that has this one if its words, joined by blanks, match the pattern `known`."""

    def effects(call: ProgramCall) -> Iterator[Effect]:
        if re.fullmatch(known, " ".join(call.texts)):
            yield kind, what

    return effects


def several(*all_effects: Effects) -> Effects:
    """Return all of these effects."""

    def effects(call: ProgramCall) -> Iterator[Effect]:
        for each in all_effects:
            yield from each(call)

    return effects


_GIT_WRITES = names("add commit merge checkout switch pull init apply am cherry-pick revert mv rm")


def git(call: ProgramCall) -> Iterator[Effect]:
    """`git`."""
    skipped = call.after("-C", "-c", "--git-dir", "--work-tree", "--namespace")
    operands = [word.text or "" for word in call.operands if word not in skipped]
    verb, rest = next(iter(operands), ""), operands[1:]
    first = next(iter(rest), "")
    if verb in ("push", "fetch", "pull", "clone", "ls-remote") or (verb, first) in (
        ("remote", "update"),
        ("submodule", "update"),
    ):
        yield Kind.NETWORK, "reaches the network"
    if verb == "push" and (
        call.has("fd", "--force", "--force-with-lease", "--mirror", "--delete", "--prune")
        or any(text.startswith(("+", ":")) for text in rest)
    ):
        yield Kind.REWRITES, "rewrites or deletes branches on the server"
    if verb in ("filter-branch", "filter-repo") or (verb, first) in (
        ("reflog", "expire"),
        ("reflog", "delete"),
    ):
        yield Kind.REWRITES, "rewrites the history of the repository"
    if verb == "gc" and any(text.startswith("--prune") for text in call.texts):
        yield Kind.REWRITES, "deletes commits that no branch holds"
    if verb == "branch" and call.has("D"):
        yield Kind.REWRITES, "deletes a branch, also if it is not merged"
    if verb in ("rebase", "replace", "update-ref", "fast-import") or (
        verb == "commit" and call.has("", "--amend")
    ):
        yield Kind.HISTORY, "changes commits that exist"
    if (verb == "tag" and call.has("d", "--delete")) or (verb == "branch" and call.has("d", "--delete")):
        yield Kind.HISTORY, f"deletes a {verb}"
    if (
        (verb == "reset" and call.has("", "--hard", "--merge", "--keep"))
        or (verb == "clean" and call.has("f", "--force") and not call.has("n", "--dry-run"))
        or (verb == "stash" and first in ("drop", "clear"))
        or (verb == "checkout" and (call.has("f", "--force") or "--" in call.texts or "." in rest))
        or (verb == "switch" and call.has("f", "--force", "--discard-changes"))
        or (verb == "restore" and not (call.has("S", "--staged") and not call.has("W", "--worktree")))
        or (verb == "worktree" and first == "remove" and call.has("f", "--force"))
    ):
        yield Kind.DISCARDS, "discards changes that are not committed"
    if verb == "rm" and not call.has("", "--cached"):
        yield Kind.DELETES, "deletes files, and from the repository"
    if verb in _GIT_WRITES:
        yield Kind.WRITES, "changes the repository"


def crontab(call: ProgramCall) -> Iterator[Effect]:
    """`crontab` with anything but a listing."""
    if call.texts and not call.has("l"):
        yield Kind.SYSTEM, "changes what runs on a schedule"


def kill(call: ProgramCall) -> Iterator[Effect]:
    """`kill` and its like."""
    if "1" in call.texts[-1:] or "-1" in call.texts[1:] or (call.name == "killall5"):
        yield Kind.STOPS, "ends process 1, or every process"
    elif call.texts[:1] not in (["-l"], ["-L"], ["-0"]):
        yield Kind.SYSTEM, "ends processes"


def sed(call: ProgramCall) -> Iterator[Effect]:
    """`sed -i`."""
    if call.has("i", "--in-place"):
        script_is_option = call.has("ef", "--expression", "--file")
        yield from written(call.places, call.operands if script_is_option else call.operands[1:], "changes")


def download(call: ProgramCall) -> Iterator[Effect]:
    """`curl`, `wget` and their like."""
    yield Kind.NETWORK, "reaches the network"
    for target in call.after("-o", "-O", "--output", "--output-document", "-P", "--directory-prefix"):
        yield from written(call.places, [target])
    if call.name == "curl" and call.has("dFT", "--data", "--data-binary", "--form", "--upload-file"):
        yield Kind.NETWORK, "sends data to a server"
    if call.has("O", "--remote-name") or call.name == "wget":
        yield Kind.WRITES, "writes a file"


_INSTALLS = names("install i add ci download update upgrade sync get fetch wheel publish")
_ASKS_A_SERVER = names(
    "view info outdated audit search index whoami ping token profile access dist-tag owner login logout doctor"
)


def install(call: ProgramCall) -> Iterator[Effect]:
    """Package managers of languages."""
    if call.verb in _INSTALLS:
        yield Kind.NETWORK, "reaches the network"
        if call.verb != "download":
            yield Kind.CODE, "runs code of the packages that it downloads"
    if call.verb in _ASKS_A_SERVER:
        yield Kind.NETWORK, "asks a server"
        if "fix" in call.texts:
            yield Kind.CODE, "runs code of the packages that it downloads"
    if call.verb in ("publish", "unpublish", "yank"):
        yield Kind.STORED, "publishes or withdraws a package"


_SERVER_DATA = re.compile(
    r"\b(?:drop\s+(?:database|table|schema|user)|truncate\s+table|flushall|flushdb|dropdatabase)\b",
    re.IGNORECASE,
)


def database(call: ProgramCall) -> Iterator[Effect]:
    """Clients of databases."""
    if _SERVER_DATA.search(" ".join(call.texts)):
        yield Kind.STORED, "deletes data in a database"


_ARCHIVERS = names("tar unzip zip 7z cpio")


def output_option(call: ProgramCall) -> Iterator[Effect]:
    """Programs that write what `-o` names, or an archiver's `-C` or `-d`."""
    folders = ("-d", "-C", "--directory") if call.name in _ARCHIVERS else ()
    yield from written(call.places, call.after("-o", "--output", *folders))
    for word in call.words[1:]:
        if (word.text or "").startswith(("--output=", "--directory=")):
            value = (word.text or "").partition("=")[2]
            yield from written(call.places, [Word(value, value, word.start, word.end)])


def extract(call: ProgramCall) -> Iterator[Effect]:
    """Archivers."""
    first = (call.texts or [""])[0]
    lists = (
        re.fullmatch(r"-?[vzjJf]*t\w*|--list", first)
        if call.name == "tar"
        else re.fullmatch(r"-[lvZt]", first)
    )
    if not lists:
        yield Kind.WRITES, "writes files from or to an archive"
        yield from output_option(call)
