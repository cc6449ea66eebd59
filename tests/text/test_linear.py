"""Words are found as a plain search for each of them finds them."""

from hypothesis import given
from hypothesis import strategies as st

from hitl_cli.text.secrets.linear_regex import SHORT, WordFinder

WORDS = [b"$", b"pass", b"password", b"://", b'"d"', b"</", b"a.c", b"\\"]
FINDER = WordFinder(WORDS)
texts = st.lists(st.sampled_from([*WORDS, b"PASS", b"Wo", b"rd", b"abc", b"\n"]) | st.binary(max_size=4)).map(
    b"".join
)


@given(texts)
def test_words_are_found_in_any_case(text: bytes) -> None:
    """Each word that is in a text is found, and no other; none is a pattern. The length of the text does not matter."""
    words = {word for word in WORDS if word.lower() in text.lower()}
    assert FINDER.found_in(text) == words
    assert FINDER.found_in(text + b" " * (SHORT + 1)) == words
