"""The shapes of the first requests of the bundled workflows, which are known before a workflow has run once.

`first_requests.json` has what LlamaIndex and the workflow files make of them. `python -m tests.models.first_requests`
writes it, and a test compares it with what the installed versions send.
"""

import hashlib
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hitl_cli.models.command_request import command_request
from hitl_cli.models.request_shapes import INSTRUCTIONS
from hitl_cli.settings import Settings

FILE = Path(__file__).with_name("first_requests.json")
"""For each workflow the digest of its file, its own instructions, and the request; and the versions of LlamaIndex."""

MACHINE = "{machine}"
"""What stands in the instructions of a workflow for the description of the machine."""

_ENGINE = ("llama-index-core", "llama-index-llms-openai")
_REASONING = re.compile(
    r"o\d|gpt-(?:[5-9]|\d\d)"
)  # LlamaIndex sends OpenAI's reasoning models another request


def known_shape(
    workflow: str, file: Path, settings: Settings, machine: str, versions: Mapping[str, str]
) -> dict[str, Any] | None:
    """Return the shape of the first request of a bundled `workflow`, or None if it is not known.

    It is not known if the workflow's `file` has changed, if the `versions` of LlamaIndex are of another series, and for
    an agent with a reasoning model. `machine` describes the machine to the model.
    """
    known = json.loads(FILE.read_text())
    of_workflow = known[workflow]
    if digest(file) != of_workflow["file"] or series(versions) != known["versions"]:
        return None
    shape: dict[str, Any] = of_workflow["request"]
    if workflow == "custom":
        shape = command_request(settings, "") | shape
    elif _REASONING.match(settings.model.value):
        return None
    if tools := shape.get("tools"):
        shape = shape | {"tools": [_as_compiled(tool) for tool in tools]}
    first, *others = shape["messages"]
    if not settings.system_prompt.value:
        own = of_workflow["instructions"].replace(MACHINE, machine)
        first = first | {"content": [own if part == INSTRUCTIONS else part for part in first["content"]]}
    return shape | {"model": settings.model.value, "messages": [first, *others]}


def _as_compiled(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a known `tool` as this Python describes it: before 3.13, docstrings keep their indentation."""
    if sys.version_info >= (3, 13):
        return tool
    signature, *docstring = tool["function"]["description"].splitlines()
    lines = [signature, *docstring[:1], *(line and f"    {line}" for line in docstring[1:])]
    return {**tool, "function": {**tool["function"], "description": "\n".join(lines)}}


def digest(file: Path) -> str:
    """Return the digest of the text in `file`."""
    return hashlib.sha256(file.read_text().encode()).hexdigest()


def series(versions: Mapping[str, str]) -> dict[str, str]:
    """Return the major and minor versions of LlamaIndex's packages among `versions`."""
    return {name: ".".join(versions[name].split(".")[:2]) for name in _ENGINE}
