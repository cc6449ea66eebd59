"""What a request excludes: 'except notes.txt', 'but not the logs', 'not in subfolders'."""

import re
from collections.abc import Iterator

from hitl_cli.catalogue.lazy_pattern import LazyPattern

# Only the folder itself. The words of exclusion in this expression exclude nothing else.
_SHALLOW = LazyPattern(
    r"(?:,? *(?:but|and) )?\b"
    r"(?:(?:not|without|never|ignoring|ignore|excluding|except|skipping|leave|leaving) (?:\w+ ){0,2}?"
    r"(?:in |into |touching |going into |the |any |its |of |from |below )*"
    r"(?:sub[- ]?(?:folders|directories|dirs)|recursi\w+|folders below it)(?: alone)?"
    r"|(?:in |from )?(?:only|just)(?: in)? (?:this|the current|the top|here)(?: level)?(?: folder| directory| dir)?"
    r"|(?:in|from) (?:this|the current|the top) (?:folder|directory|dir|level) only"
    r"|(?:top|first) level only|only (?:the )?top level|here only"
    r"|non-?recursively)\b",
    ("sub", "recursi", "folders below it", "only", "just"),
)

_STRONG = (
    r"except(?: for)?|excepting|excluding|exclude|but not|but keep|but leave|other than|apart from|aside from|all but|"
    r"everything but|anything but|everyone but|every one but|leaving out|leave out|leave alone|save for|but spare|"
    r"keep only|only keep|keep just|just keep"
)
_WEAK = (
    r"not|without|no|ignoring|ignore|skip|skipping|non|keep|but|isn['\u2019]?t|isnt|aren['\u2019]?t|arent|"
    r"do(?:es)?n['\u2019]?t|do(?:es)?nt"
)
_MARKER = LazyPattern(
    rf"(?<![\w.-])(?:(?P<strong>{_STRONG})|(?:{_WEAK}))(?=[\s-])",
    (
        "except", "exclud", "but", "other than", "apart from", "aside from", "leav", "save for", "keep",
        "no", "without", "skip", "isn", "aren", "don", "doesn",
    ),
    re.IGNORECASE,
)  # fmt: skip
# Where an exclusion begins and ends; these words may also follow directly: 'except in main.py'.
_BEGINNING = LazyPattern(r"(?:\s*(?:in|for|from|on|the|those|files?|ones|that|is|are|have|has)\b)*")
_END = LazyPattern(r"[,;]\s|\s(?:in|into|from|to|under|inside|within|then|for|with|at|on)\s|$")


def has_exclusion(text: str) -> bool:
    """Return whether `text`, in plain lower case, excludes something."""
    return _MARKER.may_match(text) and _MARKER.search(f"{_SHALLOW.blanked(text)} ") is not None


def exclusions(request: str) -> Iterator[tuple[int, int, bool]]:
    """Yield the start and end of each excluded part of `request`, and whether the wording is unambiguous."""
    text = _SHALLOW.blanked(request.lower())
    for marker in _MARKER.finditer(text):
        if not marker.start() and " " not in marker[0]:
            continue  # this is the task itself: 'exclude a package from updates'
        beginning = _BEGINNING.match(text, marker.end())
        start = beginning.end() if beginning else marker.end()
        end = _END.search(text, start + 1)
        yield start, end.start() if end else len(text), marker["strong"] is not None


def is_shallow(text: str) -> bool:
    """Return whether `text`, in lower case, means a folder without its subfolders."""
    return _SHALLOW.search(text) is not None
