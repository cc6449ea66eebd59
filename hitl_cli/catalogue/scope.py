"""Whether a request is in scope: not one for a language model, and not about something other than computers."""

from hitl_cli.catalogue.intent import POLITE, VERBS
from hitl_cli.catalogue.lazy_pattern import LazyPattern
from hitl_cli.catalogue.query import Query
from hitl_cli.catalogue.slots import Filling
from hitl_cli.catalogue.value import Value
from hitl_cli.catalogue.weights import GOOD_DESPITE_UNKNOWN, OFF_TOPIC, PROBABLE
from hitl_cli.catalogue.word_lists import PROPER
from hitl_cli.catalogue.words import words

NEEDS_MODEL = (
    "This needs a language model: the offline catalogue knows single commands and cannot {why}, so nothing is "
    "proposed. Set OPENAI_API_KEY or OPENAI_BASE_URL, or ask for one step; `hitl doctor` says what can be used."
)
PROGRAMMING = "write programs for you"
"""Why a request to write a program is out of scope, even if it resembles an entry."""
_CONVERSING = "hold a conversation"
_SAYING_WHY = "say why"
_THINKING = "think or write for you"
_PLANNING = "plan several steps"

# A request that begins like this is conversation.
_TALK = tuple(
    f"{opening} "
    for opening in (
        "hi", "hello", "hey", "thanks", "thank you", "good morning", "good evening", "good day", "how are you",
        "who are you", "what can you do", "what are you", "are you ai", "are you an ai", "are you human",
        "are you a human", "are you there", "tell me a joke", "tell me a story", "what do you think",
    )
)  # fmt: skip
_THOUGHT = LazyPattern(
    r"\b(?:summari[sz]e|explain|refactor|translate|brainstorm|recommend|advise|suggest|draft|design|review my|"
    r"write (?:me )?(?:an? )?(?:\w+ )?"
    r"(?:script|program|function|code|test|tests|essay|poem|mail|email|letter|story|readme|"
    r"documentation|report)|fix (?:the|my|this|these|all) (?:\w+ )?(?:bug|bugs|code|test|tests|build|problem|issue)s?|"
    r"(?:make|get) (?:the|my|all) tests pass|(?:^|and |to )debug|improve|implement|figure out why|"
    r"why (?:is|are|does|do|did|has|have|was)"
    r"(?! \S+ (?:fail|failing|failed|not (?:start|run|work|com)\w*|down|dead|broken|crash\w*|"
    r"stopped|stop|die|died|inactive)\b)|"
    r"should i|what should|best way|pros and cons|in your opinion)\b",
    (
        "summari", "explain", "refactor", "translate", "brainstorm", "recommend", "advise", "suggest", "draft",
        "design", "review my", "write ", "fix ", "tests pass", "debug", "improve", "implement", "why", "should",
        "best way", "pros and cons", "in your opinion",
    ),
)  # fmt: skip
_PROGRAMMED = (
    "app", "application", "website", "web site", "webpage", "web page", "game", "chatbot", "chat bot", "blog", "api",
    "script", "program",
)  # fmt: skip
_PROGRAM = LazyPattern(
    r"\b(?:create|make|build|develop|code|program|set up|write)(?: me| us)? (?:an? |my |some )(?:[\w-]+ ){0,3}?"
    r"(?:apps?|applications?|websites?|web ?sites?|web ?pages?|games?|chat ?bots?|blogs?|api|"
    r"(?:scripts?|programs?)(?= (?:that|which|to|for|with)\b|$))"
    r"(?! (?:executable|runnable|readable|writable|owned|stop|start|run)\b)"
    r"(?=$| (?:with|for|that|which|to|using|in|like|from|about)\b)",
    _PROGRAMMED,
)
_STEP = LazyPattern(
    r"\b(?:and then|then|after that|afterwards|finally|and after|once that is done)\b",
    ("then", "after", "finally", "once"),
)
_BACK = LazyPattern(
    r"\b(?:them|it|these|the (?:originals?|results?|lists?|archives?|copies|copy|outcome)|me)\b"
)
_PART = LazyPattern(
    r"\s*(?:[,;.]|\b(?:and then|then|and|finally|after that)\b)\s*",
    (",", ";", ".", "then", "and", "finally", "after that"),
)
_SENTENCE = LazyPattern(r"[.!?;]\s+\w", ".!?;")
_SEVERAL = 3
_ANY_STEP_TEXT = "get give make name new call need take open keep put let add"
_MORE_STEPS_TEXT = """
deploy monitor test commit configure clone open fix write back report mail email push publish notify find check print
update
"""
_STEP_VERBS = (
    frozenset(verb for group in VERBS for verb in group) - frozenset(_ANY_STEP_TEXT.split())
) | frozenset(_MORE_STEPS_TEXT.split())


def out_of_scope(text: str) -> str | None:
    """Return in a few words why a catalogue cannot serve a request in plain lower case, or None if it can."""
    if f"{' '.join(words(text))} ".startswith(_TALK):
        return _CONVERSING
    if _PROGRAM.search(text):
        return PROGRAMMING
    if match := _THOUGHT.search(text):
        return _SAYING_WHY if "why" in match[0] else _THINKING
    return _PLANNING if _has_steps(text) else None


def _has_steps(text: str) -> bool:
    """Return whether a request asks for several steps."""
    steps = _step_verbs(text)
    return (
        steps >= _SEVERAL
        or (steps >= 2 and _BACK.count(text) >= 2)
        or _STEP.count(text) >= 2
        or _SENTENCE.count(text) >= 2
    )


def _step_verbs(text: str) -> int:
    """Return how many parts of a request begin with a verb for a change."""
    parts = (part.split() for part in _PART.split(text))
    return sum(next((word for word in part if word not in POLITE), "") in _STEP_VERBS for part in parts)


def is_off_topic(query: Query, known: frozenset[str], filling: Filling, score: float) -> bool:
    """Return whether `query` is about something other than its best entry.

    `known` are the words of the request that the entry has, `filling` is what its command would take from the
    request, and `score` is its score.
    """
    return (
        any(map(_is_real_world_thing, filling.found.values()))
        or (score < GOOD_DESPITE_UNKNOWN and _is_mostly_unknown(query, known, filling))
        or (
            score < PROBABLE
            and not is_about_computers(query, known, filling)
            and _has_unknown(query, known, filling)
        )
    )


def _is_real_world_thing(value: Value) -> bool:
    """Return whether a value is an unknown thing and not a name: 'the queen', 'a sandwich'."""
    return value.described and value.novel and not _looks_technical(value.text) and not value.excluded


def _is_mostly_unknown(query: Query, known: frozenset[str], filling: Filling) -> bool:
    """Return whether the entry neither knows nor has a slot for most of the informative words."""
    placed = _placed(filling) if not filling.unfilled else frozenset()
    known_weight = sum(weight for word, weight in query.informative.items() if word in known)
    unknown_weight = sum(weight for word, weight in query.informative.items() if word not in known | placed)
    return unknown_weight > OFF_TOPIC * (known_weight + len(placed))


def is_about_computers(query: Query, known: frozenset[str], filling: Filling) -> bool:
    """Return whether anything in a request is technical: a technical word, a path, a port."""
    return (
        bool(query.technical_words)
        or any(value.certain for value in query.values)
        or any(map(_looks_technical, query.informative.keys() & _placed(filling)))
    )


def _has_unknown(query: Query, known: frozenset[str], filling: Filling) -> bool:
    """Return whether a request has a word that the entry does not know, even if it could be a name."""
    novel = {word for value in query.values if value.novel for word in words(value.text.lower())}
    return not query.informative.keys() <= known | (_placed(filling) - novel)


def _placed(filling: Filling) -> frozenset[str]:
    return frozenset(word for value in filling.found.values() for word in words(value.text.lower()))


def _looks_technical(word: str) -> bool:
    """Return whether a word is a technical name or looks like one: lodash, python3."""
    return word.lower() in PROPER or any(char.isdigit() or char in "-_" for char in word)
