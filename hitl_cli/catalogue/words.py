"""Splits a request into words: lower case, contractions expanded, stems, synonyms, word lists, weights."""

import json
import math
import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, cached_property, lru_cache
from pathlib import Path

_WORD = re.compile(r"[^\W_]+(?:[-'][^\W_]+)*", re.UNICODE)

_WRITTEN_OUT = {
    "what's": "what is", "whats": "what is", "who's": "who is", "whos": "who is", "where's": "where is",
    "wheres": "where is", "how's": "how is", "hows": "how is", "when's": "when is", "which's": "which is",
    "that's": "that is", "thats": "that is", "it's": "it is", "there's": "there is", "theres": "there is",
    "i'm": "i am", "im": "i am", "i've": "i have", "ive": "i have", "i'd": "i would", "let's": "let us",
    "don't": "do not", "dont": "do not", "doesn't": "does not", "doesnt": "does not", "isn't": "is not",
    "isnt": "is not", "didn't": "did not", "didnt": "did not", "aren't": "are not", "can't": "can not",
    "cant": "can not", "won't": "will not", "wanna": "want to", "gonna": "going to", "gotta": "have to",
    "gimme": "give me", "lemme": "let me", "outta": "out of", "kinda": "kind of", "lotta": "lot of",
    "thru": "through", "teh": "the", "pls": "please", "plz": "please", "u": "you", "ur": "your", "r": "are",
    "n": "and", "w/o": "without", "secs": "seconds", "sec": "seconds", "mins": "minutes", "hrs": "hours",
    "cos": "because", "coz": "because", "em": "them", "ya": "you", "dir": "folder", "dirs": "folders",
}  # fmt: skip

_FILLERS_TEXT = """
called named completely just a about actually again all also am an and any anything are as at back be been being by can
could did
do does for from had has have here how i if in into is it its just kind let like lot may me might my
myself need now of off ok okay on one only onto or our out over please quick quickly really right
should so some something stuff than that the their them then there these they thing this those to
too up us very want was we were what when where which while who whoever whose why will with would
you your yes damn bloody stupid whatever currently present actual everything every each both inside
possible
"""
FILLERS = frozenset(_FILLERS_TEXT.split())
_FILLER = 0.4

# Everyday words that the catalogue uses in another sense: capital letters, a picture file, the light theme.
_OF_THE_WORLD_TEXT = """
airplane america american asia bell berlin birthday black bridge bright bubble bullet california camera capital card
cards carriage cat cherry china chip chips christmas city clock cloud coin color colour colours cookies cup dice
dollar egg eggs europe european exam fan fans fat fish flavour flight forest francisco friday garbage german germany
greenwich guess harvest heat height hood hook horse hotel india juice land language light lights london lottery loud
magic map mass match meaning meeting menu mirror monday mouse movie movies news night nights nuts office paint paper
papers park party phone photo photos picture pictures pin plant plants plug poll power price prices radio rain ring
road room root sales salted san seal secret ship ships shout silence song songs spell square stamp star steal summer
sun sunday sydney table tables tea team tear thumb ticket tie toast tokyo train travel tree trip twins umbrella vacuum
visit wallpaper weekend weigh weight wheel window windows winner wins wise world yarn york
"""
_OF_THE_WORLD = frozenset(_OF_THE_WORLD_TEXT.split())

# Function words of other languages that are neither English words nor usual file names.
_FOREIGN_TEXT = """
le les un une des du dans pour avec sur est et der die das den dem des ein eine einen und ist nicht mit von zu im alle
alles diese diesen wie mir el la los las una y con por para del que mi il lo gli della dei di e tutti och att det som
av jag den en ett filer til og er vis det het een van naar os uma meus todos todas dos nao
"""
_FOREIGN = frozenset(_FOREIGN_TEXT.split())


def plain(request: str) -> str:
    """Return `request` in lower case with its contractions expanded."""
    lowered = request.lower().replace("\u2019", "'")
    return " ".join(_WRITTEN_OUT.get(word.strip(",;?!"), word) for word in lowered.split())


def words(text: str) -> list[str]:
    """Return the words of `text` in order."""
    return _WORD.findall(text)


@cache
def common() -> frozenset[str]:
    """Return everyday English words, which are seldom names."""
    lines = (Path(__file__).parent / "common_words.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def is_everyday(word: str) -> bool:
    """Return whether a word is everyday English, even if the catalogue uses it in another sense."""
    return word in common() or word in _OF_THE_WORLD


def is_foreign(spoken: Sequence[str]) -> bool:
    """Return whether `spoken` has at least as many function words of other languages as English words."""
    foreign = sum(word in _FOREIGN for word in spoken)
    return foreign > 0 and foreign >= sum(word in FILLERS or word in common() for word in spoken)


def share(word: str) -> float:
    """Return the weight of `word`, from 0 to 1, apart from its rarity: fillers have less."""
    return _FILLER if word in FILLERS else 1.0


@lru_cache(4096)
def rarity(count: int, size: int) -> float:
    """Return the weight from 0 to 1 of a word that occurs in `count` of `size` entries."""
    return math.sqrt(max(0.0, math.log((size + 1) / (count + 0.5)) / (math.log(size + 1) + 0.7)))


class Stemmer:
    """Stems words with the `porter` tokenizer of SQLite."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect(":memory:", check_same_thread=False)
        self._connection.executescript(
            "CREATE VIRTUAL TABLE word USING fts5 (spelt, tokenize = 'porter unicode61');"
            "CREATE VIRTUAL TABLE stem USING fts5vocab (word, 'instance');"
        )
        self._known: dict[str, list[str]] = {}

    def stems(self, wanted: Iterable[str]) -> dict[str, list[str]]:
        """Return the stems of each of `wanted`; a word with a hyphen has several."""
        asked = dict.fromkeys(wanted)
        if unknown := [word for word in asked if word not in self._known]:
            self._learn(unknown)
        return {word: self._known[word] for word in asked}

    def _learn(self, unknown: list[str]) -> None:
        self._connection.execute("DELETE FROM word")
        self._connection.executemany("INSERT INTO word (rowid, spelt) VALUES (?, ?)", enumerate(unknown, 1))
        found: dict[str, list[tuple[int, str]]] = {word: [] for word in unknown}
        for term, row, offset in self._connection.execute("SELECT term, doc, offset FROM stem"):
            found[unknown[row - 1]].append((offset, term))
        for word, parts in found.items():
            self._known[word] = [term for _, term in sorted(parts)]


SYNONYMS = Path(__file__).parent / "synonyms.toml"


class Vocabulary:
    """Groups of `synonyms`, and colloquial expressions: `said` maps them to plain words."""

    def __init__(self, synonyms: Sequence[Sequence[str]], said: Mapping[str, str]) -> None:
        self.synonyms = synonyms
        self.said = said

    @classmethod
    def read(cls) -> "Vocabulary":
        """Read the file of this package."""
        import tomllib

        tables = tomllib.loads(SYNONYMS.read_text(encoding="utf-8"))
        return cls([group.split() for group in tables["groups"]], tables["said"])

    def to_json(self) -> str:
        """Return this as JSON, for `from_json`."""
        return json.dumps([self.synonyms, self.said])

    @classmethod
    def from_json(cls, data: str) -> "Vocabulary":
        """Return the vocabulary that `to_json` serialized."""
        return cls(*json.loads(data))

    def expanded(self, text: str) -> str:
        """Return `text` followed by the plain words for each expression in it."""
        spoken = words(text)
        padded = f" {' '.join(spoken)} "
        plainer = [
            plainer
            for word in dict.fromkeys(spoken)
            for expression, plainer in self._by_first_word.get(word, ())
            if expression in padded
        ]
        return " ".join([text, *plainer])

    @cached_property
    def _by_first_word(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        table: dict[str, list[tuple[str, str]]] = {}
        for expression, plainer in self.said.items():
            table.setdefault(expression.split()[0], []).append((f" {expression} ", plainer))
        return table
