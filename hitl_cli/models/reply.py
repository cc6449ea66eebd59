"""Assembles one reply of a model from what a server sends: chunks of a stream, or a whole completion.

The format is that of OpenAI's chat completions, https://platform.openai.com/docs/api-reference/chat, parsed with
tolerance: anything that is missing, null or of another type counts as absent and raises no error.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hitl_cli.models.answer_text import AnswerText
from hitl_cli.models.repetition import Repetition
from hitl_cli.models.reply_errors import (
    AnswerCutError,
    CallAsTextError,
    EmptyAnswerError,
    FilteredError,
    RepetitionError,
    ServerSaidError,
    TooLongError,
)
from hitl_cli.models.server_words import error_in
from hitl_cli.models.tool_calls import (
    MAX_ARGUMENT_CHARACTERS,
    BrokenArguments,
    CallJoiner,
    WholeCall,
    read_arguments,
)

MAX_REPLY_CHARACTERS = 1_000_000
"""The maximum length of the text of one reply, reasoning included."""

MAX_CALLS_READ = 4_000
"""The maximum number of tool calls in one message."""

_CUT = frozenset({"length", "max_tokens", "max_length", "model_length"})
_FILTERED = frozenset(
    {"content_filter", "safety", "sensitive", "prohibited_content", "blocklist", "recitation"}
)


@dataclass(frozen=True)
class Delta:
    """What one chunk adds to the `text` of the answer and to the `reasoning` before it."""

    text: str = ""
    reasoning: str = ""


@dataclass(frozen=True)
class Call:
    """A complete tool call. If its arguments are invalid, they are empty and `problem` says why."""

    identity: str
    name: str
    arguments: Mapping[str, Any]
    problem: str = ""


@dataclass(frozen=True)
class Usage:
    """The number of tokens that the server counted."""

    prompt: int
    completion: int


OnArrival = Callable[[str, str], None]
"""Is told about each piece of a reply as it arrives: text or reasoning, and arguments of calls."""


class ReplyReader:
    """Parses one reply; `tools` are the names of the tools that the model was offered."""

    def __init__(self, tools: frozenset[str], on_arrival: OnArrival | None = None) -> None:
        self._on_arrival = on_arrival
        self._answer = AnswerText(tools)
        self._calls = CallJoiner()
        self._repetitions = Repetition(), Repetition()  # in the text, and in the reasoning
        self._surrogate = ""
        self._characters = 0
        self._has_text = False
        self._finish = ""
        self.usage: Usage | None = None
        self.has_choices = False

    def receive(self, value: object) -> Delta:
        """Parse one JSON value that the server sent, and return what it adds.

        Raises:
            ServerSaidError: It is an error.
            TooLongError: The reply exceeds a limit.
            RepetitionError: The model repeats itself without end.
        """
        if isinstance(value, list) and len(value) == 1:
            value = value[0]  # Google wraps its errors like this
        if not isinstance(value, Mapping):
            return Delta()
        if problem := error_in(value):
            raise ServerSaidError(problem, in_mid_answer=self.has_choices)
        self.usage = _usage(value.get("usage")) or self.usage
        if "choices" not in value:
            return Delta()
        self.has_choices = True
        choices = value["choices"]
        first = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(first, Mapping) or first.get("index") not in (0, None):
            return Delta()  # nothing, or a second answer that was not requested
        return self._receive_choice(first)

    def stalled(self) -> Delta:
        """Return the text that was held back, because the stream has stalled."""
        text = self._answer.stalled()
        self._has_text = self._has_text or bool(text.strip())
        return Delta(text)

    def rest(self) -> Delta:
        """Return the text that was held back, at the end of the stream."""
        rest = self._answer.feed(_repaired(self._surrogate)) + self._answer.end()
        self._surrogate = ""
        self._has_text = self._has_text or bool(rest.strip())
        return Delta(rest)

    def check(self, *, is_whole: bool) -> None:
        """Check the reply after `rest`; `is_whole` says whether the server marked the end of its answer.

        Raises:
            ReplyError: The reply is cut off, filtered or empty, or has a tool call that the server did not recognize.
        """
        if self._finish in _FILTERED:
            raise FilteredError
        if self._finish in _CUT:
            raise AnswerCutError("at its length limit", is_at_limit=True)
        if self._finish == "error":
            raise ServerSaidError("it could not finish the answer", in_mid_answer=True)
        if not is_whole and not self._finish:
            raise AnswerCutError("before its end")
        if self._calls:
            return
        if self._answer.has_call:
            raise CallAsTextError
        if not self._has_text:
            raise EmptyAnswerError(only_reasoning=bool(self._characters))

    def calls(self) -> list[Call]:
        """Return the tool calls, after the end of the reply."""
        return [_call(call) for call in self._calls.calls()]

    def _receive_choice(self, choice: Mapping[str, Any]) -> Delta:
        finish = choice.get("finish_reason")
        self._finish = finish.lower() if isinstance(finish, str) and finish else self._finish
        if problem := error_in(choice):
            raise ServerSaidError(problem, in_mid_answer=self.has_choices)
        message = choice.get("delta")
        if not isinstance(message, Mapping):
            message = choice.get("message")
            if not isinstance(message, Mapping):
                message = {"content": choice.get("text")}
            elif self._characters or self._calls:
                return Delta()  # the whole message again, after its pieces
        fragments = message.get("tool_calls")
        arguments = ""
        if isinstance(fragments, list):
            arguments += self._calls.add(fragments)
        elif isinstance(fragments, Mapping):
            arguments += self._calls.add([fragments])
        if isinstance(legacy := message.get("function_call"), Mapping):
            arguments += self._calls.add([{"index": 0, "function": legacy}])
        if len(self._calls) > MAX_CALLS_READ:
            raise TooLongError(f"{MAX_CALLS_READ:,} tool calls")
        text, reasoning = _content(message.get("content"))
        text += _string(message.get("refusal"))
        reasoning += next(
            (
                said
                for key in ("reasoning_content", "reasoning", "thinking")
                if (said := _string(message.get(key)))
            ),
            "",
        )
        self._characters += len(text) + len(reasoning)
        if self._characters > MAX_REPLY_CHARACTERS:
            raise TooLongError(f"{MAX_REPLY_CHARACTERS:,} characters")
        for repetition, piece in zip(self._repetitions, (text, reasoning), strict=True):
            if said := repetition.found_in(piece):
                raise RepetitionError(_repaired(said))
        if self._on_arrival is not None:
            self._on_arrival(reasoning + text, arguments)
        answer = self._answer.feed(self._joined(text))
        self._has_text = self._has_text or bool(answer.strip())
        return Delta(answer, _repaired(reasoning))

    def _joined(self, text: str) -> str:
        """Return `text` with the pending surrogate before it; keep a surrogate at its end for the next piece."""
        if not text:
            return ""
        text, self._surrogate = self._surrogate + text, ""
        if "\ud800" <= text[-1] <= "\udbff":
            text, self._surrogate = text[:-1], text[-1]
        return _repaired(text)


def _call(call: WholeCall) -> Call:
    name = call.name.partition("<|")[0].strip().removeprefix("functions.")  # gpt-oss adds these
    if call.is_cut:
        limit = (
            f"The arguments of one message may have {MAX_ARGUMENT_CHARACTERS:,} characters; these have more."
        )
        return Call(call.identity, name, {}, limit)
    arguments = read_arguments(call.arguments)
    if isinstance(arguments, BrokenArguments):
        return Call(call.identity, name, {}, arguments.problem)
    return Call(call.identity, name, arguments)


def _content(content: object) -> tuple[str, str]:
    """Return the text and the reasoning in a message's content, which is a string or a list of parts."""
    if isinstance(content, str):
        return content, ""
    if isinstance(content, Mapping):
        content = [content]
    if not isinstance(content, list):
        return "", ""
    texts: list[str] = []
    reasoning_parts: list[str] = []
    for part in content:
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, Mapping):
            reasoning_parts.append(_content(part.get("thinking"))[0])
            texts.append(_string(part.get("text")) or _string(part.get("refusal")))
    return "".join(texts), "".join(reasoning_parts)


def _usage(value: object) -> Usage | None:
    if not isinstance(value, Mapping):
        return None
    counts = [value.get("prompt_tokens"), value.get("completion_tokens")]
    prompt, completion = (
        int(each) if isinstance(each, int | float) and 0 <= each < 1e12 else 0 for each in counts
    )
    return Usage(prompt, completion) if prompt or completion else None


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _repaired(text: str) -> str:
    """Return `text` with surrogate pairs joined and lone surrogates replaced."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
