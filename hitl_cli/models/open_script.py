"""Whether a piece of a shell script is at an end: no quotation, here-document or continued line is open.

The rules are those of POSIX, Shell Command Language, sections 2.2 (quoting) and 2.7.4 (here-documents); of what stands
inside a command substitution, only its quotations count.
"""

import re

_SPECIAL = re.compile(r"[\\'\"#<]")
_HERE_DOCUMENT = re.compile(r"<<(?P<dash>-?)[ \t]*(?P<quote>['\"\\]?)(?P<word>[A-Za-z_][\w.-]*)")


class OpenScript:
    """Reads a script line by line; each character is looked at once."""

    def __init__(self) -> None:
        self._quote = ""
        self._documents: list[tuple[str, bool]] = []  # the last line of each, and whether tabs may precede it
        self._is_continued = False

    @property
    def is_open(self) -> bool:
        """Whether the next line belongs to the same command."""
        return bool(self._quote or self._documents or self._is_continued)

    def feed(self, line: str) -> None:
        """Take the next line."""
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
        """Take note of the character at `at`, and return where to go on."""
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
