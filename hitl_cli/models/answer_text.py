"""Finds the answer in a model's text: without its reasoning, and without tool calls that it wrote as text.

Reasoning models put their reasoning between tags, and a server that does not know the tags passes them on. Where the
opening tag is part of the server's own template, only the closing tag arrives: everything before it is reasoning.
"""

import json
import re

_NAMES = "think|thinking|thoughts?|reasoning|reflection|antthinking|scratchpad"
_OPENING = (
    rf"<(?:seed:)?(?:{_NAMES})(?:\s[^<>\n]{{0,40}})?>|\[THINK\]|◁think▷|<\|begin_of_thought\|>|<\|START_THINKING\|>"
    r"|(?:<\|start\|>assistant)?<\|channel\|>(?:analysis|thought)"
)
_CLOSING = (
    rf"</(?:seed:)?(?:{_NAMES})>|\[/THINK\]|◁/think▷|<\|end_of_thought\|>|<\|END_THINKING\|>"
    r"|<\|channel\|>final|<channel\|>"
)
_REASONING_TAG = re.compile(f"(?P<closing>{_CLOSING})|(?P<opening>{_OPENING})", re.IGNORECASE)
_LEFT_OVER = re.compile(r"(?:\s*(?:<\|[a-z_]{2,20}\|>|<end_of_turn>|</s>))+\s*\Z", re.IGNORECASE)
_BEFORE_ANSWER = re.compile(r"\A(?:\s|<\|message\|>)+", re.IGNORECASE)
_TAG_START = re.compile(r"[<\[{◁`]")
_LONGEST_TAG = 80
_LONGEST_END = 200

HELD_CHARACTERS = 400
"""How much of the beginning of an answer is held back, because a closing tag may show that it is reasoning."""


def without_reasoning(text: str) -> str:
    """Return the answer in a complete `text`, without anything between tags or before a closing tag."""
    reader = AnswerText(held=len(text) + 1)
    return reader.feed(text) + reader.end()


class AnswerText:
    """Reads a text piece by piece, and returns the parts that are the answer.

    `tools` are the names of the tools that the model was offered. `held` characters at the beginning are held back
    until it is known whether they are reasoning. `has_call` says whether the text has a tool call, which the server
    should have recognized; nothing is returned from there on.
    """

    def __init__(self, tools: frozenset[str] | None = None, held: int = HELD_CHARACTERS) -> None:
        """Start reading; if `tools` is None, a tool call is text like any other."""
        self._tools = tools or frozenset()
        calls = "" if tools is None else f"|(?P<call>{call_mark(tools)})"
        self._tag = re.compile(f"{_REASONING_TAG.pattern}{calls}", re.IGNORECASE)
        self._held = held
        self._text = ""  # not returned yet; short, except with `_whole`
        self._whole: list[str] | None = None  # the pieces of a text that may consist of tool calls only
        self._reasoning: list[str] | None = None
        self._began = False
        self._line_is_blank = True
        self.has_call = False

    def feed(self, text: str) -> str:
        """Read the next piece of text, and return what is now known to be part of the answer."""
        if self._whole is not None:
            self._whole.append(text)
            return ""
        if self.has_call:
            return ""
        self._text += text
        answer = self._up_to_last_tag()
        if self._reasoning is not None:
            self._set_aside()
        elif not self.has_call and (self._began or len(self._text) >= self._held):
            if not self._began and may_begin_calls(self._text, self._tools):
                self._whole, self._text = [self._text], ""
            else:
                answer += self._release(self._safe_length())
        return answer

    def stalled(self) -> str:
        """Return the text held back at the beginning, because the stream has stalled."""
        if self._reasoning is not None or self._whole is not None or self.has_call:
            return ""
        if may_begin_calls(self._text, self._tools):
            return ""
        return self._release(self._safe_length())

    def end(self) -> str:
        """Return the rest of the answer."""
        if self._whole is not None:
            self._text, self._whole = "".join(self._whole), None
            if looks_like_calls(self._text, self._tools):
                self.has_call = True
        elif self._reasoning is None and not self._began and looks_like_calls(self._text, self._tools):
            self.has_call = True
        if self.has_call:
            return ""
        answer = self._up_to_last_tag()
        if self._reasoning is not None:
            # A tag that is never closed starts reasoning only at the beginning of the text.
            return answer + ("".join(self._reasoning) + self._text if self._began else "")
        answer += self._release(len(self._text))
        return answer[:-_LONGEST_END] + _LEFT_OVER.sub("", answer[-_LONGEST_END:])

    def _up_to_last_tag(self) -> str:
        answer: list[str] = []
        text, begin = self._text, 0
        for match in self._tag.finditer(text):
            is_closing = match.lastgroup == "closing"
            if not is_closing and (self._reasoning is not None or not self._counts(match, begin)):
                continue
            if is_closing:
                self._reasoning, self._began, self._line_is_blank = None, False, True
            else:
                answer.append(self._released(text[begin : match.start()]))
                self._reasoning = [match[0]] if match.lastgroup == "opening" else None
                self.has_call = match.lastgroup == "call"
            begin = match.end()
            if self.has_call:
                begin = len(text)
                break
        self._text = text[begin:]
        return "".join(answer)

    def _counts(self, match: re.Match[str], begin: int) -> bool:
        """Return whether a tag counts where it is: an opening tag must be the first on its line."""
        if match.lastgroup == "call":
            return True
        at = match.start()
        while at > begin and match.string[at - 1] in " \t":
            at -= 1
        return self._line_is_blank if at == begin else match.string[at - 1] == "\n"

    def _release(self, length: int) -> str:
        text, self._text = self._text[:length], self._text[length:]
        return self._released(text)

    def _released(self, text: str) -> str:
        if not self._began:
            text = _BEFORE_ANSWER.sub("", text)
        if text:
            _, newline, line = text.rpartition("\n")
            self._line_is_blank = not line.strip() and (bool(newline) or self._line_is_blank)
            self._began = True
        return text

    def _set_aside(self) -> None:
        if self._reasoning is not None and len(self._text) > _LONGEST_TAG:
            self._reasoning.append(self._text[:-_LONGEST_TAG])
            self._text = self._text[-_LONGEST_TAG:]

    def _safe_length(self) -> int:
        """Return how much of the text can be returned now; a tag may have started at its end."""
        begun = _TAG_START.search(self._text, max(0, len(self._text) - _LONGEST_TAG))
        return begun.start() if begun else len(self._text)


# What the chat templates of Qwen, Hermes, Llama, Mistral, DeepSeek, InternLM and others put before a call.
_MARKS = (
    r"<function(?:=|\s+name=)",
    r"<invoke\s+name=",
    r"<\|?(?:tool_calls?|tool_calls?_begin|tool_calls_section_begin|python_tag|action_start)\|>",
    r"<｜tool▁calls?▁begin｜>",  # noqa: RUF001 - DeepSeek writes its tags with these
    r"\[TOOL_CALLS?\]",
    r"<\|channel\|>commentary\s+to=",
)

# Prose may mention these, so what follows must look like a call.
_PLAIN_MARKS = r"<(?:tool_calls?|tool_use|function_calls?|function)>"


def call_mark(tools: frozenset[str]) -> str:
    """Return a pattern for the start of a tool call in text, if the model was offered these `tools`."""
    names = "|".join(map(re.escape, sorted(tools))) if tools else r"(?!)"
    marks = "|".join([*_MARKS, rf"{_PLAIN_MARKS}(?=\s{{0,8}}(?:[\[{{<]|{names}))"])
    if tools:
        marks += rf'|(?:```\w*\s{{1,4}})?\{{\s{{0,8}}"(?:name|tool|tool_name|function)"\s?:\s?"(?:{names})"'
    return rf"(?<!`)(?:{marks})"


def may_begin_calls(text: str, tools: frozenset[str]) -> bool:
    """Return whether a text that starts with `text` may turn out to consist of calls of `tools` only."""
    start = re.sub(r"\A\s*(?:```\w*\s*)?\[?\s*", "", text)
    return start.startswith("{") or any(start.startswith(f"{name}(") for name in tools)


def looks_like_calls(text: str, tools: frozenset[str]) -> bool:
    """Return whether `text` consists of calls of `tools` only, as JSON or as Python calls."""
    bare = re.sub(r"\A```\w*\n", "", text.strip()).removesuffix("```").rstrip()
    if any(re.match(rf"\[?{re.escape(name)}\(", bare) and bare.endswith((")", ")]")) for name in tools):
        return True
    try:
        value = json.loads(bare)
    except (ValueError, RecursionError):
        return False
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, dict) and any(
        _name(first.get(key)) in tools for key in ("name", "tool", "tool_name", "function", "type")
    )


def _name(value: object) -> str:
    if isinstance(value, dict):
        value = value.get("name")
    return value if isinstance(value, str) else ""
