"""The intent of a request: whether it wants to see or to change something, and the verbs that say so."""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from hitl_cli.catalogue.lazy_pattern import LazyPattern
from hitl_cli.catalogue.words import Stemmer

# Words that ask to see something.
_QUESTION_TEXT = """
what which who whom whose when where why is are was were does do did has have any how show list
display print see tell count check compare view anybody anyone anything whats whos can-i verify
inspect examine watch find search calculate compute look know figure learn wonder wondering curious read peek spot
identify detect determine estimate analyse analyze report output grep ping preview browse skim scan trace monitor
follow glance
"""
_QUESTION = frozenset(_QUESTION_TEXT.split())
_OPENS_NO_QUESTION = frozenset(("can", "have"))
_POLITE_TEXT = """
please just now hey ok okay so kindly quickly can could would will you we me us let i want need to
have go and try
"""
POLITE = frozenset(_POLITE_TEXT.split())
"""Words at the beginning of a request that carry no intent."""

_WANTED_TEXT = """
get gets got need needs want wants have has make should must let go
"""
_WANTED = frozenset(_WANTED_TEXT.split())
_LINK = frozenset(["and", "then", "to", "or"])
_VERBS_TEXT = (
    "delete remove erase wipe nuke trash zap ditch purge scrap rm bin drop discard clear empty chuck dump",
    "kill terminate stop end murder slay quit",
    "extract unpack decompress unzip untar uncompress expand inflate gunzip open pull get take",
    "compress pack zip squeeze shrink archive gzip squash bundle wrap",
    "create make generate produce build add new dump",
    "copy duplicate clone cp replicate mirror carry keep",
    "move relocate shift mv transfer shove",
    "rename retitle call name",
    "replace substitute swap exchange change switch turn convert make",
    "install add get put",
    "uninstall remove delete purge",
    "start launch run execute begin boot bring kick fire spin",
    "restart reboot reload bounce",
    "set change make give adjust let allow grant",
    "undo revert discard restore",
    "merge combine join",
    "split chop divide cut break slice",
    "download fetch get grab pull",
    "upload send post submit push",
    "synchronise synchronize sync rsync mirror update",
    "disable deactivate turn switch",
    "enable activate turn switch",
    "force require make demand need",
    "save export dump write store carry need",
    "backdate make set change",
    "forward tunnel",
    "rebuild build",
)
VERBS = tuple(tuple(group.split()) for group in _VERBS_TEXT)
"""Groups of related verbs: each one asks for entries with any other of its group."""

# Words that an imperative may follow.
_BEFORE_VERB_TEXT = """
and then to please just now also never should must let lets or but wanna gonna you do be plz pls so simply
"""
_BEFORE_VERB = frozenset(_BEFORE_VERB_TEXT.split()) | POLITE
_BEFORE_TO_TEXT = """
want wants need needs have has like going how way trying try got able about command time it
"""
_BEFORE_TO = frozenset(_BEFORE_TO_TEXT.split())
# Programs with subcommands.
_PROGRAMS_TEXT = """
git docker podman npm yarn pnpm pip cargo systemctl kubectl apt snap flatpak compose loginctl timedatectl bluetoothctl
nmcli ufw tmux brew dnf
"""
_PROGRAMS = frozenset(_PROGRAMS_TEXT.split())
_NEAR = 3  # words after the name of a program
_WEAK = frozenset(("get", "give", "need", "have", "tell", "got", "want"))
# Verbs in several groups, which say too little about each.
_MANY_SIDED = frozenset(
    ("get", "give", "have", "tell", "make", "take", "open", "keep", "let", "pull", "turn", "go")
)
_SHORTEST_FORM = 6  # letters; a shorter word in -ed or -ing is not an inflected verb

_WORD = LazyPattern(r"[^\W_]+(?:[-'][^\W_]+)*")
_HOW_TO = LazyPattern(
    r"^(?:how (?:do|can|could|would|should) (?:i|you|we)\b|how to\b|what(?: is|'s)? the (?:command|way|best way) to\b"
    r"|is there (?:a|any) way to\b|show me how to\b|tell me how to\b)",
    ("how ", " way to", "command to"),
)
_CLAUSE = LazyPattern(r"[,;:.!?-]+\s|\s-+\s", ",;:.!?-")
_DEMAND = LazyPattern(
    r"\b(?:(?:fix|solve|repair|correct) (?:it|that|this|them)|(?:sort|straighten) (?:it|that|this|them|the mess) out"
    r"|make (?:it|that|this) (?:happen|so|work|stop)|do something|deal with"
    r"|(?:should|must) (?:not )?(?:be|have|get|only)\b"
    r"|shouldn'?t|needs? (?:to be|fixing)|(?:do not|never) (?:let|want))\b",
    (
        "fix ", "solve ", "repair ", "correct ", "sort ", "straighten ", "make ", "do something", "deal with", "should",
        "must ", "need", "do not ", "never ",
    ),
)  # fmt: skip
_SHOWING = LazyPattern(
    r"\b(?:and|then|to|just|only) (?:then )?(?:print|show|display|output|list|count|see)\b"
    r"|\bwithout (?:changing|modifying|saving|writing|altering)\b|\bdry.?run\b|\bwould\b"
    r"|\b(?:on|to) (?:the )?(?:screen|terminal|stdout|standard output)\b",
    (
        "and ", "then ", "to ", "just ", "only ", "without ", "dry", "would", "screen", "terminal", "stdout",
        "standard output",
    ),
)  # fmt: skip
# A request that names and describes things; its verbs ask for no action.
_THINGS = LazyPattern(
    r"^(?:(?:the|all|any|my|only|just) )*\w+[^s\W]s "
    r"(?:i|we|you|that|which|who|whose|with|without|in|on|of|from|as|not|by|at|for)\b",
    ("s ",),
)
_MAY_I = LazyPattern(
    r"^(?:can|could|may|should|do|am|is it (?:ok|okay|safe) (?:for me )?to|can't|why can't) (?:i|we)\b",
    (" i", " we"),
)
_LIST = LazyPattern(
    r"^(?:\w+ ){0,3}?(?:make|give|get|create|build|produce|print|take|have)(?: me| us)? (?:a |an |the )?(?:\w+ )?"
    r"(?:list|listing|overview|table|count|total|summary|look|peek|glance|glimpse|gander|idea|preview)\b"
    r"(?!.*\b(?:to|into|as|save)\b)",
    (
        "list", "overview", "table", "count", "total", "summary", "look", "peek", "glance", "glimpse", "gander", "idea",
        "preview",
    ),
)  # fmt: skip

Stems = Mapping[str, Sequence[str]]
"""The stems of each word."""


class Intent(NamedTuple):
    """The intent of a request: which of its verbs ask for a change."""

    asking: frozenset[str]
    """The stems of those verbs, and of related ones."""
    plainly: frozenset[str] = frozenset()
    """The stems of those verbs only, without unspecific ones: get, give, need."""
    clauses: tuple[str, ...] = ()
    """The rest of the request from each of those verbs."""
    demands: bool = False
    """Whether it demands a change without naming it: 'fix that', 'should be'."""
    shows: bool = False
    """Whether it only wants to see the outcome: 'and print it', 'without saving'."""
    first: frozenset[str] = frozenset()
    """The stems of the verb that the request begins with; empty for a question."""

    def begins_with(self, verbs: Iterable[str], stems: Stems) -> bool:
        """Return whether the request begins with one of `verbs`."""
        return any(self.first.intersection(stems.get(verb.split()[0], verb.split()[:1])) for verb in verbs)

    def asks_plainly(self, verbs: Iterable[str], stems: Stems) -> bool:
        """Return whether the request has one of `verbs` itself, other than an unspecific one."""
        return any(
            self._says(verb) if " " in verb else self.plainly.intersection(stems.get(verb, [verb]))
            for verb in verbs
        )

    def asks(self, verbs: Iterable[str], stems: Stems) -> bool:
        """Return whether the request has one of `verbs` or a related one; `stems` are those of all verbs."""
        return any(
            self._says(verb) if " " in verb else self.asking.intersection(stems.get(verb, [verb]))
            for verb in verbs
        )

    def _says(self, expression: str) -> bool:
        """Return whether the words of `expression` follow each other with few words between: 'turn swap off'."""
        gap = r"(?:\s+\S+){0,4}?\s+"
        pattern = re.compile(rf"{gap.join(map(re.escape, expression.split()))}\b")
        return any(pattern.match(clause) for clause in self.clauses)


class _Sentence(NamedTuple):
    """A request prepared for finding its verbs."""

    text: str
    words: Sequence[str]
    places: Sequence[int]
    """The position of each word in the text."""
    start: int
    """The index of the first word that carries intent."""
    asks_to_see: bool
    breaks: frozenset[int]
    """The positions at which a clause begins after punctuation."""

    @property
    def begin(self) -> str:
        """The first word that carries intent, or the last word; empty if there are no words."""
        return self.words[min(self.start, len(self.words) - 1)] if self.words else ""


def parse_intent(text: str, stemmer: Stemmer, expressions: Mapping[str, str]) -> Intent:
    """Return the intent of a request in plain lower case; `expressions` maps colloquial expressions to plain words."""
    speech = _read_sentence(text)
    asking = [at for at in range(len(speech.words)) if _asks(speech, at)]
    clauses = tuple(speech.text[speech.places[at] :] for at in asking)
    verbs = [*(speech.words[at] for at in asking), *_plainer(clauses, expressions)]
    stems = stemmer.stems([*verbs, *itertools.chain.from_iterable(VERBS)])
    opens = not speech.asks_to_see and speech.begin not in _WEAK
    return Intent(
        asking=_with_kin(verbs, stems),
        plainly=frozenset(stem for verb in verbs if verb not in _WEAK for stem in stems[verb]),
        clauses=clauses,
        demands=not speech.asks_to_see and _DEMAND.search(speech.text) is not None,
        shows=_SHOWING.search(speech.text) is not None,
        first=frozenset(stems.get(speech.begin, ()) if opens else ()),
    )


def _read_sentence(text: str) -> _Sentence:
    """Return a request without words such as "how do I"."""
    how_to = _HOW_TO.match(text)
    if how_to:
        text = text[how_to.end() :].lstrip()
    found = list(_WORD.finditer(text))
    spoken = [match[0] for match in found]
    start = 0
    while start < len(spoken) and spoken[start] in POLITE:
        start += 1
    speech = _Sentence(
        text,
        spoken,
        places=[match.start() for match in found],
        start=start,
        asks_to_see=False,
        breaks=frozenset(match.end() for match in _CLAUSE.finditer(text)),
    )
    return speech._replace(asks_to_see=_asks_to_see(speech, how_to is not None))


def _asks_to_see(speech: _Sentence, how_to: bool) -> bool:
    """Return whether a request is a question, or only names things to show."""
    if not speech.words:
        return False
    is_question = speech.begin in _QUESTION or speech.words[0] in _QUESTION - _OPENS_NO_QUESTION
    return (
        (not how_to and (is_question or _MAY_I.match(speech.text) is not None))
        or _LIST.match(speech.text) is not None
        or _THINGS.match(speech.text) is not None
    )


def _asks(speech: _Sentence, at: int) -> bool:
    """Return whether a word is a verb that asks for an action."""
    word = speech.words[at]
    if speech.asks_to_see and not _turns_to_do(speech, at):
        return False
    if word in _WANTED and not speech.asks_to_see:
        return True
    if word == "new" and at + 1 < len(speech.words) and speech.words[at + 1].endswith("s"):
        return False
    if word.endswith(("ed", "en", "ne")) and at > speech.start and not _WANTED.isdisjoint(speech.words[:at]):
        return True  # 'I want it deleted'
    if _is_inflected(word):
        return False
    return (0 < at - speech.start < _NEAR and speech.begin in _PROGRAMS) or _opens(speech, at)


def _turns_to_do(speech: _Sentence, at: int) -> bool:
    """Return whether a question may ask for an action with this word."""
    word = speech.words[at]
    linked = at > speech.start and (speech.words[at - 1] in _LINK or speech.places[at] in speech.breaks)
    return linked and not word.endswith(("ed", "s")) and word not in _QUESTION


def _is_inflected(word: str) -> bool:
    """Return whether a word is inflected, so that it cannot be an imperative: files, deleted, running."""
    if word.endswith("s"):
        return not word.endswith("ss")
    return word.endswith(("ed", "ing")) and len(word) >= _SHORTEST_FORM


def _opens(speech: _Sentence, at: int) -> bool:
    """Return whether a word is where an imperative can begin."""
    before = speech.words[at - 1] if at else ""
    if before == "to" and at > 1 and speech.words[at - 2] not in _BEFORE_TO:
        return at - 1 == speech.start
    return at == speech.start or speech.places[at] in speech.breaks or before in _BEFORE_VERB


def _plainer(clauses: Sequence[str], expressions: Mapping[str, str]) -> Iterator[str]:
    """Yield the plain words for expressions at the beginning of clauses: 'delete' for 'get rid of'."""
    for expression, plainer in expressions.items():
        if any(clause == expression or clause.startswith(f"{expression} ") for clause in clauses):
            yield from plainer.split()


def _with_kin(verbs: Iterable[str], stems: Stems) -> frozenset[str]:
    """Return the stems of `verbs` and of related verbs."""
    asking = {stem for verb in verbs for stem in stems[verb]}
    informative = {stem for verb in verbs if verb not in _MANY_SIDED for stem in stems[verb]}
    groups = ({stem for verb in group for stem in stems[verb]} for group in VERBS)
    return frozenset(asking.union(*(group for group in groups if not group.isdisjoint(informative))))
