"""What a request leaves out: 'except notes.txt', 'but not the logs', and how deep it goes into folders."""

import re
from collections.abc import Iterator

# How deep: only the folder itself. What stands there in words of exclusion leaves nothing else out.
_SHALLOW = re.compile(
    r"(?:,? *(?:but|and) )?\b(?:(?:not|without|never|ignoring|ignore|excluding|except|skipping|leave|leaving) (?:\w+ ){0,2}?"
    r"(?:in |into |touching |going into |the |any |its |of |from |below )*(?:sub[- ]?(?:folders|directories|dirs)|recursi\w+|folders below it)(?: alone)?"
    r"|(?:in |from )?(?:only|just)(?: in)? (?:this|the current|the top|here)(?: level)?(?: folder| directory| dir)?"
    r"|(?:in|from) (?:this|the current|the top) (?:folder|directory|dir|level) only|(?:top|first) level only|only (?:the )?top level|here only"
    r"|non-?recursively)\b"
)
_DEEP = re.compile(
    r"\b(?:sub[- ]?(?:folders?|director(?:y|ies)|dirs?)|recursive(?:ly)?|below|everywhere|tree|nested)\b"
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
_MARKER = re.compile(rf"(?<![\w.-])(?:(?P<strong>{_STRONG})|(?:{_WEAK}))(?=[\s-])", re.IGNORECASE)
# Where it ends; right after its beginning such a word still belongs to it: 'except in main.py'.
_END = re.compile(r"[,;]\s|\s(?:in|into|from|to|under|inside|within|then|for|with|at|on)\s|$")


def leaves_out(text: str) -> bool:
    """Whether `text`, in plain lower case, leaves something out."""
    return _MARKER.search(f"{_SHALLOW.sub(' ', text)} ") is not None


def left_out(request: str) -> Iterator[tuple[int, int, bool]]:
    """Yield the extent of each part of `request` that is to be left out, and whether the words leave no doubt."""
    text = _SHALLOW.sub(lambda match: " " * len(match[0]), request.lower())
    for marker in _MARKER.finditer(text):
        if not marker.start() and " " not in marker[0]:
            continue  # it is what is to be done: 'exclude a package from updates'
        rest = re.compile(r"\s*(?:in|for|from|on|the|those|files?|ones|that|is|are|have|has)\b").match
        start = marker.end()
        while more := rest(text, start):
            start = more.end()
        end = _END.search(text, start + 1)
        yield start, end.start() if end else len(text), marker["strong"] is not None


def is_shallow(text: str) -> bool:
    """Whether `text`, in lower case, means a folder without those below it."""
    return _SHALLOW.search(text) is not None


def is_deep(text: str) -> bool:
    """Whether `text`, in lower case, names the folders below one."""
    return _DEEP.search(text) is not None
