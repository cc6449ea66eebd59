"""A regular expression that is compiled only for a text with one of its parts misses no text for that."""

import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hitl_cli.catalogue
from hitl_cli.catalogue.lazy_pattern import LazyPattern


def _patterns_in(thing: object) -> Iterator[LazyPattern]:
    if isinstance(thing, LazyPattern):
        yield thing
    elif isinstance(thing, tuple):
        for each in thing:
            yield from _patterns_in(each)
    elif isinstance(thing, dict):
        yield from _patterns_in(tuple(thing.values()))


def _patterns() -> Iterator[LazyPattern]:
    """Yield all that the modules of the catalogue have."""
    for module in pkgutil.iter_modules(hitl_cli.catalogue.__path__, "hitl_cli.catalogue."):
        for thing in vars(importlib.import_module(module.name)).values():
            yield from _patterns_in(thing)


_NOT_BEFORE = re.compile(r"\(\?<![^)]*\)")
PATTERNS = sorted({pattern.expression: pattern for pattern in _patterns()}.values(), key=repr)


def test_there_are_patterns_to_test() -> None:
    """They are found wherever they stand."""
    assert len(PATTERNS) > 50


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(pattern, id=pattern.expression[:30], marks=pytest.mark.slow if at % 4 else ())
        for at, pattern in enumerate(PATTERNS)
    ],
)
def test_each_text_that_matches_has_a_part(pattern: LazyPattern) -> None:
    """Texts that are made from the expression itself: the parts let each of them through."""
    whole = re.compile(pattern.expression, pattern.flags)
    # What must not stand before a match cannot be made into a text; words before some of them stand for it.
    made = st.from_regex(re.compile(_NOT_BEFORE.sub("", pattern.expression), pattern.flags))
    texts = st.one_of(made, made.map(lambda text: f"all {text}")).filter(whole.search)

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
    @given(text=texts)
    def matches(text: str) -> None:
        assert pattern.search(text) is not None

    matches()
