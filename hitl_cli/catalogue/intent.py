"""What a request wants: to see something or to change it, and whether a catalogue can serve it at all."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from hitl_cli.catalogue.stemmer import Stemmer

_QUESTION_TEXT = """
what which who whom whose when where why is are was were does do did has have any how show list
display print see tell count check compare view anybody anyone anything whats whos can-i verify
inspect examine watch find search calculate compute look know figure learn wonder wondering curious read peek spot
identify detect determine estimate analyse analyze report output grep ping preview browse skim scan trace monitor
follow glance
"""
_QUESTION = frozenset(_QUESTION_TEXT.split())
_POLITE_TEXT = """
please just now hey ok okay so kindly quickly can could would will you we me us let i want need to
have go and try
"""
_POLITE = frozenset(_POLITE_TEXT.split())
_HOW_TO = re.compile(
    r"^(?:how (?:do|can|could|would|should) (?:i|you|we)\b|how to\b|what(?: is|'s)? the (?:command|way|best way) to\b"
    r"|is there (?:a|any) way to\b|show me how to\b|tell me how to\b)"
)
_BEFORE_NOUN_TEXT = """
the a an of this that my last latest each every per in no which what any some these those our your
its by
"""
_BEFORE_NOUN = frozenset(_BEFORE_NOUN_TEXT.split())
_WANTED_TEXT = """
get gets got need needs want wants have has make should must let go
"""
_WANTED = frozenset(_WANTED_TEXT.split())
_LINK = frozenset(["and", "then", "to", "or"])
# Verbs of the same kind: who names one asks for an entry that asks for another.
_VERBS = (
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
_TALK = re.compile(
    r"^(?:hi|hello|hey|thanks|thank you|good (?:morning|evening|day)|how are you|who are you|what can you do"
    r"|what are you|are you (?:an? )?(?:ai|human|there)|tell me a (?:joke|story)|what do you think)\b"
)
_THINKING = re.compile(
    r"\b(?:summari[sz]e|explain|refactor|translate|brainstorm|recommend|advise|suggest|draft|design|review my|"
    r"write (?:me )?(?:an? )?(?:\w+ )?(?:script|program|function|code|test|tests|essay|poem|mail|email|letter|story|readme|"
    r"documentation|report)|fix (?:the|my|this|these|all) (?:\w+ )?(?:bug|bugs|code|test|tests|build|problem|issue)s?|"
    r"(?:make|get) (?:the|my|all) tests pass|(?:^|and |to )debug|improve|implement|figure out why|why (?:is|are|does|do|did|has|have|was)(?! \S+ (?:fail|failing|failed|not (?:start|run|work|com)\w*|down|dead|broken|crash\w*|stopped|stop|die|died|inactive)\b)|"
    r"should i|what should|best way|pros and cons|in your opinion)\b"
)
_PROGRAMMING = re.compile(
    r"\b(?:create|make|build|develop|code|program|set up|write)(?: me| us)? (?:an? |my |some )(?:[\w-]+ ){0,3}?"
    r"(?:apps?|applications?|websites?|web ?sites?|web ?pages?|games?|chat ?bots?|blogs?|api|(?:scripts?|programs?)(?= (?:that|which|to|for|with)\b|$))"
    r"(?! (?:executable|runnable|readable|writable|owned|stop|start|run)\b)(?=$| (?:with|for|that|which|to|using|in|like|from|about)\b)"
)
PROGRAMMING = "write programs for you"
"""Why a program that does not exist yet cannot be made, whatever the words are like."""
_STEPS = re.compile(r"\b(?:and then|then|after that|afterwards|finally|and after|once that is done)\b")

_BACK = re.compile(
    r"\b(?:them|it|these|the (?:originals?|results?|lists?|archives?|copies|copy|outcome)|me)\b"
)
_PART = re.compile(r"\s*(?:[,;.]|\band then\b|\bthen\b|\band\b|\bfinally\b|\bafter that\b)\s*")
_SEVERAL = 3
_STEP_VERBS = frozenset(
    verb
    for group in _VERBS
    for verb in group.split()
    if verb
    not in ("get", "give", "make", "name", "new", "call", "need", "take", "open", "keep", "put", "let", "add")
) | frozenset(
    (
        "deploy",
        "monitor",
        "test",
        "commit",
        "configure",
        "clone",
        "open",
        "fix",
        "write",
        "back",
        "report",
        "mail",
        "email",
        "push",
        "publish",
        "notify",
        "find",
        "check",
        "back",
        "print",
        "update",
        "commit",
    )
)

NEEDS_MODEL = (
    "This needs a language model: the offline catalogue knows single commands and cannot {why}, so nothing is "
    "proposed. Set OPENAI_API_KEY or OPENAI_BASE_URL, or ask for one step; `hitl doctor` says what can be used."
)


# What a verb that asks for something may follow, apart from the beginning.
_BEFORE_VERB_TEXT = """
and then to please just now also never should must let lets or but wanna gonna you do be plz pls so simply
"""
_BEFORE_VERB = frozenset(_BEFORE_VERB_TEXT.split())
_BEFORE_TO_TEXT = """
want wants need needs have has like going how way trying try got able about command time it
"""
_BEFORE_TO = frozenset(_BEFORE_TO_TEXT.split())
_PROGRAMS_TEXT = """
git docker podman npm yarn pnpm pip cargo systemctl kubectl apt snap flatpak compose loginctl timedatectl bluetoothctl
nmcli ufw tmux brew dnf
"""
_PROGRAMS = frozenset(_PROGRAMS_TEXT.split())
_WEAK = frozenset(("get", "give", "need", "have", "tell", "got", "want"))
# Verbs that stand in several groups of kin, so that they say too little about each.
_MANY_SIDED = frozenset(
    ("get", "give", "have", "tell", "make", "take", "open", "keep", "let", "pull", "turn", "go")
)
_CLAUSE = re.compile(r"[,;:.!?-]+\s|\s-+\s")
_DEMAND = re.compile(
    r"\b(?:(?:fix|solve|repair|correct) (?:it|that|this|them)|(?:sort|straighten) (?:it|that|this|them|the mess) out"
    r"|make (?:it|that|this) (?:happen|so|work|stop)|do something|deal with|(?:should|must) (?:not )?(?:be|have|get|only)\b"
    r"|shouldn'?t|needs? (?:to be|fixing)|(?:do not|never) (?:let|want))\b"
)
_SHOWING = re.compile(
    r"\b(?:and|then|to|just|only) (?:then )?(?:print|show|display|output|list|count|see)\b"
    r"|\bwithout (?:changing|modifying|saving|writing|altering)\b|\bdry.?run\b|\bwould\b"
    r"|\b(?:on|to) (?:the )?(?:screen|terminal|stdout|standard output)\b"
)
# A request that names things, and says more about them: its verbs ask for nothing.
_THINGS = re.compile(
    r"^(?:(?:the|all|any|my|only|just) )*\w+[^s\W]s (?:i|we|you|that|which|who|whose|with|without|in|on|of|from|as|not|by|at|for)\b"
)
_MAY_I = re.compile(
    r"^(?:can|could|may|should|do|am|is it (?:ok|okay|safe) (?:for me )?to|can't|why can't) (?:i|we)\b"
)
_LIST = re.compile(
    r"^(?:\w+ ){0,3}?(?:make|give|get|create|build|produce|print|take|have)(?: me| us)? (?:a |an |the )?(?:\w+ )?"
    r"(?:list|listing|overview|table|count|total|summary|look|peek|glance|glimpse|gander|idea|preview)\b(?!.*\b(?:to|into|as|save)\b)"
)


class Intent(NamedTuple):
    """What can be told from the words of a request: which verbs ask for a change."""

    asking: frozenset[str]
    """The stems of those verbs, and of others of their kind."""
    plainly: frozenset[str] = frozenset()
    """The stems of those verbs alone, without those that ask for nearly anything: get, give, need."""
    clauses: tuple[str, ...] = ()
    """The rest of the request from each of those verbs on."""
    demands: bool = False
    """Whether it asks for some change without naming one: 'fix that', 'should be'."""
    shows: bool = False
    """Whether it says, beside a verb, that the outcome is to be seen: 'and print it', 'without saving'."""
    first: frozenset[str] = frozenset()
    """The stems of the verb that a demand begins with; empty for a question."""

    def begins_with(self, verbs: Iterable[str], stems: Mapping[str, Sequence[str]]) -> bool:
        """Whether the request begins with one of `verbs`."""
        return any(self.first.intersection(stems.get(verb.split()[0], verb.split()[:1])) for verb in verbs)

    def asks_plainly(self, verbs: Iterable[str], stems: Mapping[str, Sequence[str]]) -> bool:
        """Whether the request has one of `verbs` itself, and one that says what is to be done."""
        return any(
            self._says(verb) if " " in verb else self.plainly.intersection(stems.get(verb, [verb]))
            for verb in verbs
        )

    def asks(self, verbs: Iterable[str], stems: Mapping[str, Sequence[str]]) -> bool:
        """Whether the request has one of `verbs`, or one of its kind; `stems` has those of all verbs."""
        for verb in verbs:
            if " " in verb:
                if self._says(verb):
                    return True
            elif self.asking.intersection(stems.get(verb, [verb])):
                return True
        return False

    def _says(self, expression: str) -> bool:
        """Whether the words of `expression` follow each other, with a few others between them: 'turn swap off'."""
        gap = r"(?:\s+\S+){0,4}?\s+"
        pattern = re.compile(rf"{gap.join(map(re.escape, expression.split()))}\b")
        return any(pattern.match(clause) for clause in self.clauses)


def understand(text: str, stemmer: Stemmer, expressions: Mapping[str, str]) -> Intent:
    """Return the intent of a request in plain lower case; `expressions` has plainer words for some of its own."""
    if how_to := _HOW_TO.match(text):
        text = text[how_to.end() :].lstrip()
    spoken = [(match[0], match.start()) for match in re.finditer(r"[^\W_]+(?:[-'][^\W_]+)*", text)]
    start = 0
    while start < len(spoken) and spoken[start][0] in _POLITE:
        start += 1
    begin = spoken[min(start, len(spoken) - 1)][0] if spoken else ""
    asks_to_see = bool(spoken) and (
        (not how_to and (begin in _QUESTION or spoken[0][0] in _QUESTION - {"can", "have"}))
        or _LIST.match(text) is not None
        or (not how_to and _MAY_I.match(text) is not None)
        or _THINGS.match(text) is not None
    )
    breaks = {match.end() for match in _CLAUSE.finditer(text)}
    verbs: list[tuple[str, int]] = []
    for at, (word, place) in enumerate(spoken):
        before = spoken[at - 1][0] if at else ""
        wanted = any(other in _WANTED for other, _ in spoken[:at])
        if asks_to_see and not (at > start and (before in _LINK or place in breaks)):
            continue
        if asks_to_see and (word.endswith(("ed", "s")) or word in _QUESTION):
            continue
        opening = at == start or place in breaks or before in _BEFORE_VERB or before in _POLITE
        if before == "to" and at > 1 and spoken[at - 2][0] not in _BEFORE_TO:
            opening = at - 1 == start
        if word.endswith(("ed", "en", "ne")) and wanted and at > start:
            opening = True
        elif (word.endswith(("ed", "ing")) and len(word) > 5) or (
            word.endswith("s") and not word.endswith("ss")
        ):
            opening = False
        elif 0 < at - start < 3 and begin in _PROGRAMS:
            opening = True
        if word == "new" and at + 1 < len(spoken) and spoken[at + 1][0].endswith("s"):
            opening = False
        if opening or (word in _WANTED and not asks_to_see):
            verbs.append((word, place))
    clauses = tuple(text[place:] for _, place in verbs)
    verbs += [
        (word, 0)
        for expression, plainer in expressions.items()
        if any(clause.startswith(f"{expression} ") or clause == expression for clause in clauses)
        for word in plainer.split()
    ]
    stems = stemmer.stems(
        [*(word for word, _ in verbs), *(verb for group in _VERBS for verb in group.split())]
    )
    asking = {stem for word, _ in verbs for stem in stems[word]}
    telling = {stem for word, _ in verbs if word not in _MANY_SIDED for stem in stems[word]}
    kin = set(asking)
    for group in _VERBS:
        group_stems = {stem for verb in group.split() for stem in stems[verb]}
        if group_stems & telling:
            kin |= group_stems
    first = stems.get(begin, []) if not asks_to_see and begin not in _WEAK else []
    demands = not asks_to_see and _DEMAND.search(text) is not None
    plainly = {stem for word, _ in verbs if word not in _WEAK for stem in stems[word]}
    return Intent(
        frozenset(kin),
        frozenset(plainly),
        clauses,
        demands,
        _SHOWING.search(text) is not None,
        frozenset(first),
    )


def beyond(text: str) -> str | None:
    """Return why a catalogue cannot serve this request, in a few words, or None if it may."""
    if _TALK.match(text):
        return "hold a conversation"
    if _PROGRAMMING.search(text):
        return PROGRAMMING
    if match := _THINKING.search(text):
        return f"{'say why' if 'why' in match[0] else 'think or write for you'}"
    steps = _step_verbs(text)
    if (
        steps >= _SEVERAL
        or (steps >= 2 and len(_BACK.findall(text)) >= 2)
        or len(_STEPS.findall(text)) >= 2
        or len(re.findall(r"[.!?;]\s+\w", text)) >= 2
    ):
        return "plan several steps"
    return None


def _step_verbs(text: str) -> int:
    """Return how many parts of a request begin with a verb that asks for a change."""
    parts = (part.split() for part in _PART.split(text))
    return sum(1 for part in parts if next((word for word in part if word not in _POLITE), "") in _STEP_VERBS)
