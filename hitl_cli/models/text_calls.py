"""Tool calls that a model wrote as text, because the server did not recognize them as calls."""

import json
import re

# What the chat templates of Qwen, Hermes, Llama, Mistral, DeepSeek, InternLM and others put before a call.
_MARKS = (
    r"<function(?:=|\s+name=)",
    r"<invoke\s+name=",
    r"<\|?(?:tool_calls?|tool_calls?_begin|tool_calls_section_begin|python_tag|action_start)\|>",
    r"<｜tool▁calls?▁begin｜>",  # noqa: RUF001 - DeepSeek writes its tags with these
    r"\[TOOL_CALLS?\]",
    r"<\|channel\|>commentary\s+to=",
)

# These are such words that a text may speak of them: what follows must look like a call.
_PLAIN_MARKS = r"<(?:tool_calls?|tool_use|function_calls?|function)>"


def call_mark(tools: frozenset[str]) -> str:
    """Return the pattern of what begins a call in a text, if a model was offered these `tools`."""
    names = "|".join(map(re.escape, sorted(tools))) if tools else r"(?!)"
    marks = "|".join([*_MARKS, rf"{_PLAIN_MARKS}(?=\s{{0,8}}(?:[\[{{<]|{names}))"])
    if tools:
        marks += rf'|(?:```\w*\s{{1,4}})?\{{\s{{0,8}}"(?:name|tool|tool_name|function)"\s?:\s?"(?:{names})"'
    return rf"(?<!`)(?:{marks})"


def may_begin_calls(text: str, tools: frozenset[str]) -> bool:
    """Return whether a text that begins with `text` may turn out to be calls of `tools` and nothing else."""
    start = re.sub(r"\A\s*(?:```\w*\s*)?\[?\s*", "", text)
    return start.startswith("{") or any(start.startswith(f"{name}(") for name in tools)


def looks_like_calls(text: str, tools: frozenset[str]) -> bool:
    """Return whether `text` is nothing but calls of `tools`, as JSON or in the form of Python."""
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
