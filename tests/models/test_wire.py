"""What a server sends, byte by byte, over real HTTP, and what an agent makes of it."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.base.llms.types import ChatMessage, MessageRole

from hitl_cli.memory import ListMemory
from hitl_cli.models import chat_server
from hitl_cli.models.chat_server import ChatServer, EventReader
from hitl_cli.models.reply import ReplyReader
from hitl_cli.models.reply_errors import ReplyError, TooLongError
from hitl_cli.models.tool_calls import PROBLEM
from tests.model_server import USAGE, Bytes, ModelServer, Status, Text, chunk, stream
from tests.models.conftest import Asker, Watching
from tests.models.test_call_fragments import call, fragment

ROLES = (MessageRole.USER, MessageRole.ASSISTANT)
HI = chunk({"content": "hi"})
STOP = chunk({}, "stop")
WHOLE = {"choices": [{"message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}]}

ODDITIES: dict[str, bytes] = {
    "usage without counts": stream(HI, {**STOP, "usage": {}}),
    "usage of null counts": stream(
        HI, STOP, {"choices": [], "usage": {"prompt_tokens": None, "completion_tokens": None}}
    ),
    "usage as a text": stream(HI, {**STOP, "usage": "many"}),
    "delta null": stream(chunk(None), HI, chunk(None, "stop")),
    "choices null": stream({"choices": None}, HI, STOP, {"choices": None, "usage": USAGE}),
    "choices of null": stream({"choices": [None]}, HI, STOP),
    "a second answer": stream(HI, {"choices": [{"index": 1, "delta": {"content": "ho"}}]}, STOP),
    "no choices": stream({"id": "x", "object": "chat.completion.chunk"}, HI, STOP),
    "content as a list of parts": stream(chunk({"content": [{"type": "text", "text": "hi"}]}), STOP),
    "content as a list of texts": stream(chunk({"content": ["h", "i"]}), STOP),
    "an integer as id": stream({**HI, "id": 7, "created": "today", "model": None}, STOP),
    "retry first": b"retry: 3000\n\n" + stream(HI, STOP),
    "an empty event": b"data:\n\ndata: \n\n" + stream(HI, STOP),
    "an id before a comment": b"id: 1\n\n: a comment\n\n" + stream(HI, STOP),
    "comments in between": stream(HI, done=False) + b": keep-alive\n\n" + stream(STOP),
    "a ping": b"event: ping\ndata: {}\n\ndata: ping\n\n" + stream(HI, STOP),
    "line ends of Windows": stream(HI, STOP).replace(b"\n", b"\r\n"),
    "line ends of old Macs": stream(HI, STOP).replace(b"\n", b"\r"),
    "no empty lines": stream(HI, STOP).replace(b"\n\n", b"\n"),
    "no space after the colon": stream(HI, STOP).replace(b"data: ", b"data:"),
    "one value over several lines": b'data: {"choices": [{"delta":\ndata: {"content": "hi"}}]}\n\n'
    + stream(STOP),
    "a byte order mark": b"\xef\xbb\xbf" + stream(HI, STOP),
    "no end of the last line": stream(HI, STOP, done=False).rstrip(b"\n"),
    "no mark at the end": stream(HI, STOP, done=False),
    "no finish reason": stream(HI, chunk({}), done=True),
    "an empty finish reason": stream(HI, chunk({}, "")),
    "a finish reason of its own": stream(HI, chunk({}, "eos")),
    "the whole message after its pieces": stream(HI, {"choices": [WHOLE["choices"][0]]}),
    "a whole answer in JSON": json.dumps(WHOLE).encode(),
    "a whole answer in indented JSON": json.dumps(WHOLE, indent=2).encode(),
    "a whole answer in one event": stream(WHOLE),
    "lines of JSON": json.dumps(HI).encode() + b"\n" + json.dumps(STOP).encode() + b"\n",
    "an answer to a completion": stream({"choices": [{"text": "hi", "finish_reason": "stop"}]}),
    "thoughts beside it": stream(chunk({"reasoning_content": "hm"}), HI, STOP),
    "thoughts under another name": stream(chunk({"reasoning": "hm", "content": None}), HI, STOP),
    "thoughts in parts": stream(
        chunk({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]}), HI, STOP
    ),
    "thoughts between tags": stream(
        chunk({"content": "<think>hm</"}), chunk({"content": "think>\n\n"}), HI, STOP
    ),
    "thoughts before a lone tag": stream(chunk({"content": "hm"}), chunk({"content": "</think>"}), HI, STOP),
    "a refusal": stream(chunk({"refusal": "hi", "content": None}), STOP),
}


@pytest.mark.parametrize("case", ODDITIES)
async def test_harmless_oddities_are_tolerated(ask: Asker, model: ModelServer, case: str) -> None:
    """The answer arrives, and nothing of a thought is in it."""
    model.reply(Bytes(ODDITIES[case]))
    heard = await ask()
    assert heard.text == "hi"
    assert heard.calls == []


async def test_a_tag_that_is_spoken_of_is_text(ask: Asker, model: ModelServer) -> None:
    """An answer may name the tags of thoughts and of calls."""
    said = "Write `<tool_call>`, or <tool_call> and <think>, around it. " * 9
    model.reply(Text(said))
    assert (await ask()).text == said


async def test_stream_where_a_whole_answer_was_asked_for(ask: Asker, model: ModelServer) -> None:
    """A server that always streams is read all the same."""
    model.reply(Bytes(stream(HI, chunk({"content": " there"}), STOP)))
    assert (await ask.model.acomplete("x")).text == "hi there"


async def test_bytes_that_are_no_utf_8(ask: Asker, model: ModelServer) -> None:
    """One such byte is replaced."""
    model.reply(Bytes(stream(chunk({"content": "h#i"}), STOP).replace(b"#", b"\xff")))
    assert (await ask()).text == "h\N{REPLACEMENT CHARACTER}i"


async def test_halves_of_a_character(ask: Asker, model: ModelServer) -> None:
    """The two halves of an emoji come together; one that stays alone is replaced."""
    model.reply(Bytes(stream(chunk({"content": "\ud83d"}), chunk({"content": "\ude00 \ude00"}), STOP)))
    assert (await ask()).text == "\N{GRINNING FACE} \N{REPLACEMENT CHARACTER}"


async def test_counts_are_those_of_the_last_chunk(ask: Asker, model: ModelServer) -> None:
    """A server that counts in every chunk is not counted several times."""
    first = {"prompt_tokens": 10, "completion_tokens": 1}
    model.reply(Bytes(stream({**HI, "usage": first}, {**STOP, "usage": USAGE})))
    await ask()
    assert ask.watching.tokens == [(1000, 20)]


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize(
    "message", ["Unknown parameter: 'stream_options'.", "body.x: Extra inputs are not permitted"]
)
async def test_refused_option_is_left_out_from_then_on(
    ask: Asker, model: ModelServer, status: int, message: str
) -> None:
    """`stream_options` is optional: the request goes again without it, and so does every later one."""
    model.reply(Status(status, message=message), Text("one"), Text("two"))
    assert (await ask()).text == "one"
    assert (await ask()).text == "two"
    assert ["stream_options" in request for request in model.requests] == [True, False, False]


def heard_in_process(body: bytes, cuts: list[int]) -> tuple[str, list[Any]]:
    """Return text and calls of a response that arrives in pieces."""
    events, reader = EventReader(), ReplyReader(frozenset({"cli_executor"}))
    places = [0, *sorted(cut % (len(body) + 1) for cut in cuts), len(body)]
    found = [event for start, end in pairwise(places) for event in events.feed(body[start:end])]
    texts = [
        reader.receive(json.loads(event.data)).text
        for event in [*found, *events.end()]
        if event.data != "[DONE]"
    ]
    texts.append(reader.rest().text)
    reader.check(is_whole=True)
    return "".join(texts), [(each.name, dict(each.arguments)) for each in reader.calls()]


@given(
    st.text(max_size=60).filter(lambda text: text.strip() and "<" not in text),
    st.text(max_size=60),
    st.lists(st.integers(0, 10_000), max_size=12),
    st.sampled_from([b"\n", b"\r\n", b"\r"]),
)
def test_any_cut_of_a_stream_is_the_same_reply(
    text: str, argument: str, cuts: list[int], line_end: bytes
) -> None:
    """Text and arguments are what was sent, wherever the bytes, the deltas and the fragments are cut."""
    arguments = json.dumps({"command": argument})
    pieces = [arguments[start : start + 3] for start in range(0, len(arguments), 3)]
    body = stream(
        *(chunk({"content": text[start : start + 2]}) for start in range(0, len(text), 2)),
        call(0, "a", "cli_executor", ""),
        *(call(0, None, None, piece) for piece in pieces),
        chunk({}, "tool_calls"),
    ).replace(b"\n", line_end)
    whole = heard_in_process(body, [])
    assert heard_in_process(body, cuts) == whole
    assert whole[1] == [("cli_executor", {"command": argument})]
    assert whole[0] == text.lstrip()


KEYS = """choices delta message content tool_calls function name arguments id index finish_reason usage
    prompt_tokens reasoning_content refusal text error type"""

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS.split()),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(st.lists(JSON, max_size=5))
def test_any_json_is_read_or_refused(values: list[Any]) -> None:
    """Whatever a server sends, the only errors are the program's own."""
    reader = ReplyReader(frozenset({"cli_executor"}))
    try:
        for value in values:
            reader.receive(value)
        reader.rest()
        reader.check(is_whole=True)
    except ReplyError:
        return
    reader.calls()


class Response:
    """What httpx hands over, without a network."""

    def __init__(self, pieces: list[bytes], content_type: str) -> None:
        self._pieces = pieces
        self.headers = {"content-type": content_type}

    async def aiter_bytes(self) -> AsyncIterator[bytes]:
        """Yield the pieces."""
        for piece in self._pieces:
            yield piece


PARTS = st.binary(max_size=30) | st.sampled_from(
    [
        b"data: ",
        b"\n\n",
        b"event: error\n",
        b"[DONE]",
        json.dumps(HI).encode(),
        json.dumps(STOP).encode(),
        b"data: " + json.dumps(call(0, "a", "cli_executor", '{"comm')).encode() + b"\n\n",
        b"<html>",
        b'{"error": [[',
        b"{" * 30_000,
    ]
)


@given(
    st.lists(PARTS, max_size=8), st.sampled_from(["text/event-stream", "application/json", "text/html", ""])
)
def test_any_bytes_are_read_or_refused(pieces: list[bytes], content_type: str) -> None:
    """Whatever bytes a server sends, the only errors are those for which the program has a sentence."""

    async def read() -> None:
        server = ChatServer(None, Watching(), set())  # type: ignore[arg-type]  # it asks nobody here
        async for _ in server._reply(cast(Any, Response(pieces, content_type)), {"tools": []}):
            pass

    with contextlib.suppress(ReplyError):
        asyncio.run(read())


async def test_arguments_beyond_the_limit_are_an_error_for_the_model(ask: Asker, model: ModelServer) -> None:
    """The call is there, so that the model gets a result for it; its arguments are not."""
    pieces = [call(0, "a", "cli_executor", ""), *[call(0, None, None, "x" * 300_000)] * 4]
    model.reply(Bytes(stream(*pieces, chunk({}, "tool_calls"))))
    ((name, arguments),) = (await ask()).calls
    assert name == "cli_executor"
    assert "may have 1,000,000 characters; these have more" in arguments[PROBLEM]


async def test_more_calls_than_are_read(ask: Asker, model: ModelServer) -> None:
    """A message of nothing but calls has an end, too."""
    calls = [fragment(index, f"c{index}", "cli_executor", "{}") for index in range(4_001)]
    model.reply(Bytes(stream(chunk({"tool_calls": calls}), chunk({}, "tool_calls"))))
    with pytest.raises(TooLongError, match="more than 4,000 tool calls"):
        await ask()


async def test_response_that_does_not_end(
    ask: Asker, model: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes that say nothing are read up to a limit."""
    monkeypatch.setattr(chat_server, "MAX_RESPONSE_BYTES", 10_000)
    model.reply(Bytes(b": nothing\n\n" * 1_000))
    with pytest.raises(TooLongError, match="more than 10,000 bytes"):
        await ask()


def history(turns: int) -> list[ChatMessage]:
    """Return a conversation of so many turns."""
    return [ChatMessage(role=role, content=f"{role} {turn}") for turn in range(turns) for role in ROLES]


async def test_a_long_conversation_is_sent_whole_and_a_changed_message_as_it_is_now(
    ask: Asker, model: ModelServer
) -> None:
    """Earlier messages are not serialized again at each request, and that never shows."""
    conversation = history(3)
    for change in ("nothing", "a new message", "another text", "another role"):
        match change:
            case "a new message":
                conversation.append(ChatMessage(role="user", content="new"))
            case "another text":
                conversation[1].blocks[0].text = "changed"  # type: ignore[union-attr]
            case "another role":
                conversation[2].role = MessageRole.SYSTEM
        model.reply(Text("ok"))
        async for _ in await ask.model.astream_chat(conversation):
            pass
        expected = [(each.role.value, each.content) for each in conversation]
        assert [(each["role"], each["content"]) for each in model.messages()] == expected, change


def test_an_early_turn_and_a_late_one_serialize_as_many_messages(ask: Asker) -> None:
    """What a turn does to the messages before it does not grow with the conversation."""
    counts = []
    for turns in (10, 200):
        conversation = history(turns)
        ask.model._request(conversation, stream=True)
        conversation.append(ChatMessage(role="user", content="new"))
        before = ask.model._request(conversation[:-1], stream=True)["messages"]
        after = ask.model._request(conversation, stream=True)["messages"]
        counts.append(sum(not any(new is old for old in before) for new in after))
    assert counts == [1, 1]


def test_the_memory_has_a_short_text(ask: Asker) -> None:
    """The engine makes one of it at each turn."""
    lengths = {len(repr(ListMemory(messages=history(turns)))) for turns in (10, 40)}
    assert len(lengths) == 1
