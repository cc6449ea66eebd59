"""Messages between the program and a guardian arrive whole, however the socket cuts them."""

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from hitl_cli.shell.guardian.messages import Inbox, framed, to_bytes, to_text

VALUES = st.one_of(st.text(), st.binary().map(to_text), st.integers(), st.lists(st.text()))
MESSAGES = st.lists(st.dictionaries(st.text(), VALUES), max_size=5)


@given(MESSAGES, st.lists(st.integers(1, 40), min_size=1))
def test_messages_arrive_whole_and_in_order(messages: list[dict[str, object]], sizes: list[int]) -> None:
    """Whatever pieces come, the messages are those that were sent, and none comes before its last byte."""
    parts = [framed(message) for message in messages]
    stream = b"".join(parts)
    ends = list(accumulate(map(len, parts)))
    inbox = Inbox()
    arrived = []
    start = 0
    for turn in range(len(stream)):
        end = start + sizes[turn % len(sizes)]
        arrived += inbox.feed(stream[start:end])
        complete = sum(each <= end for each in ends)
        assert len(arrived) == complete
        start = end
    assert arrived == messages


@given(st.binary())
def test_any_bytes_travel_as_text(data: bytes) -> None:
    """A path or a variable that is not UTF-8 is the same bytes on the other side."""
    (message,) = Inbox().feed(framed({"path": to_text(data)}))
    assert to_bytes(message["path"]) == data
