"""How much work a function does, as a count: the same on every machine, however busy that is.

Counted are the lines of Python that run, and the characters that regular expressions pass over. How often a pattern of
`re` goes back is not counted. So a pattern for text of any size is one of RE2, which takes linear time whatever the
pattern is; or it repeats one set of characters at a time, and nothing in that set can begin what comes next.
"""

import contextlib
import re
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from types import FrameType
from typing import Any

_ALLOWANCE = 1.3  # of twice the work that half of the text took: a border falls where it falls
_SLACK = 100


class _Counter:
    def __init__(self) -> None:
        self.total = 0

    def trace(self, frame: FrameType, event: str, argument: object) -> Any:
        """Count a line; see `sys.settrace`."""
        self.total += event == "line"
        return self.trace


class _CountedPattern:
    """A compiled pattern, of `re` or of RE2, that counts what its searches pass over."""

    def __init__(self, pattern: Any, counter: _Counter) -> None:
        self._pattern = pattern
        self._counter = counter

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._pattern, name)
        if name in ("search", "match", "fullmatch"):
            return lambda text, *place: self._once(found, text, *place)
        if name in ("finditer", "findall", "split"):
            return lambda text, *rest: self._throughout(found, text, text, *rest)
        if name in ("sub", "subn"):
            return lambda new, text, *rest: self._throughout(found, text, new, text, *rest)
        return found

    def _once(self, how: Any, text: Any, begin: int = 0, end: int | None = None) -> Any:
        match = how(text, begin) if end is None else how(text, begin, end)
        stop = match.end() if match else min(end or len(text), len(text))
        self._counter.total += max(stop - begin, 0)
        return match

    def _throughout(self, how: Any, text: Any, *arguments: Any) -> Any:
        place = arguments[1:] if how.__name__ in ("finditer", "findall") else ()
        begin = place[0] if place else 0
        end = min(place[1], len(text)) if len(place) > 1 else len(text)
        self._counter.total += max(end - begin, 0)
        return how(*arguments)


def work(act: Callable[[], object]) -> int:
    """Return how much work `act` does, in this thread and in those that it starts."""
    counter = _Counter()
    before = sys.gettrace()
    with _patterns_counted(counter):
        threading.settrace(counter.trace)
        sys.settrace(counter.trace)
        try:
            act()
        finally:
            sys.settrace(before)
            threading.settrace(before)
    return counter.total


def assert_linear(act: Callable[[int], object], size: int) -> None:
    """Assert that `act` does at most twice the work when it is given a size that is twice as large, and again."""
    act(size)  # what is done once, such as an import, is no part of it
    small, middle, large = (work(partial(act, times * size)) for times in (1, 2, 4))
    assert large - middle <= 2 * _ALLOWANCE * max(middle - small, 0) + _SLACK, (small, middle, large)


@contextlib.contextmanager
def _patterns_counted(counter: _Counter) -> Iterator[None]:
    """Have the patterns that modules hold, and those that are compiled meanwhile, count."""
    kinds = (re.Pattern, *(kind for kind in (_re2_pattern(),) if kind))
    held = [
        (module, name, value)
        for module in list(sys.modules.values())
        for name, value in list(vars(module).items())
        if isinstance(value, kinds)
    ]
    compiled = re._compile  # type: ignore[attr-defined]
    re._compile = lambda *arguments: _CountedPattern(compiled(*arguments), counter)  # type: ignore[attr-defined]
    for module, name, value in held:
        setattr(module, name, _CountedPattern(value, counter))
    try:
        yield
    finally:
        re._compile = compiled  # type: ignore[attr-defined]
        for module, name, value in held:
            setattr(module, name, value)


def _re2_pattern() -> Any:
    module = sys.modules.get("re2")
    return getattr(module, "_Regexp", None)
