"""A model that repeats itself without end is stopped; an answer that repeats itself for a reason is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.base.llms.types import ChatMessage

from hitl_cli.models.repetition import FEWEST_TIMES, MOST_LINES, Repetition
from hitl_cli.models.reply_errors import RepetitionError
from tests.conftest import Hitl
from tests.model_server import Bytes, ModelServer, Text, chunk, stream
from tests.models.conftest import Asker

LINE = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"), max_size=60
)
UNIT = st.lists(LINE, min_size=1, max_size=30).map(lambda lines: "\n".join([*lines, "x\n"]))


def found(text: str, size: int) -> str:
    """Return what is found in `text` if it arrives in pieces of this size."""
    repetition = Repetition()
    pieces = (text[start : start + size] for start in range(0, len(text), size))
    return next(filter(None, map(repetition.found_in, pieces)), "")


@given(LINE, UNIT, st.sampled_from([1, 7, 4_000]))
def test_whatever_is_repeated_without_end_is_found(before: str, unit: str, size: int) -> None:
    """However it arrives, and whatever came before it, and without keeping it all."""
    repetition = Repetition()
    text = before + unit * (40_000 // len(unit) + 3 * MOST_LINES)
    for start in range(0, len(text), size):
        if repetition.found_in(text[start : start + size]):
            break
        assert len(repetition._text) < 200_000
    else:
        raise AssertionError("not found")


@given(UNIT, st.integers(2, FEWEST_TIMES - 1), LINE)
def test_what_ends_in_time_is_not(unit: str, times: int, after: str) -> None:
    """Anything may be repeated a few times, and again after something else."""
    lines = unit.count("\n")
    times = min(times, max(2, (MOST_LINES - 1) // lines))
    assert not found((unit * times + f"{after}!\n") * 2, 50)


ORDINARY = {
    "a table": "| a | b |\n|---|---|\n" + "".join(f"| {row} | {row % 2} |\n" for row in range(400)),
    "rows in turn": "".join(f"| {row % 3} | 0 |\n" for row in range(MOST_LINES - 3)),
    "equal rows": "| 0 | 0 | 0 |\n" * (MOST_LINES - 1),
    "a log": "".join(f"12:00:{second % 60:02} error: connection refused\n" for second in range(600)),
    "equal lines of a log": "error: connection refused, retrying\n" * (MOST_LINES - 1) + "gave up\n",
    "code": "".join(f"    case {number}:\n        break;\n" for number in range(500)),
    "zeros": "zeros = [" + "0, " * 5_000 + "]",
    "a ruler": "-" * 15_000,
    "blank lines": "one\n" + "\n" * 15_000 + "two\n",
    "a matrix": "\n".join(
        " ".join("1" if row == column else "0" for column in range(80)) for row in range(80)
    ),
}


@pytest.mark.parametrize("text", ORDINARY.values(), ids=ORDINARY)
@pytest.mark.parametrize("size", [3, 1_000])
def test_ordinary_answers_are_whole(text: str, size: int) -> None:
    """Tables, logs, code and rulers repeat themselves, and end."""
    assert not found(text, size)


@pytest.mark.parametrize("field", ["content", "reasoning_content"])
async def test_neither_an_answer_nor_reasoning_loops(ask: Asker, model: ModelServer, field: str) -> None:
    """The rest is not read."""
    model.reply(Bytes(stream(*[chunk({field: "I will look at it again.\n"})] * 10_000)))
    arrived = ""

    async def listen() -> None:
        nonlocal arrived
        async for each in await ask.model.astream_chat([ChatMessage(role="user", content="x")]):
            arrived += each.delta + each.additional_kwargs.get("thinking_delta", "")

    with pytest.raises(RepetitionError, match="look at it again"):
        await listen()
    assert MOST_LINES - 10 < arrived.count("\n") <= MOST_LINES, "what came before is shown"


def test_the_person_reads_what_happened_and_what_to_do(hitl: Hitl, model: ModelServer) -> None:
    """In one sentence, with the documented status."""
    model.reply(Text("Well.\n" + "Let me check.\n" * 150))
    ended = hitl("run", "agent", "go")
    assert ended.returncode == 69
    assert "repeated itself without end ('Let me check.')" in ended.stderr
    assert "Ask again in other words, or use another model." in ended.stderr
