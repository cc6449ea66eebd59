"""What `hitl_cli.models.first_requests` knows, made from requests that were sent.

`python -m tests.models.first_requests` runs the bundled workflows and writes the file.
"""

import inspect
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from hitl_cli.loading.references import BUNDLED, Reference
from hitl_cli.models.first_requests import FILE, MACHINE, digest, series
from hitl_cli.models.request_shapes import Texts
from hitl_cli.shell_program import machine, shell_program
from tests.model_server import Text, serving

REQUEST = "the person's request"
BEFORE_REQUEST = "\n\nRequest: "


def known(sent: Mapping[str, Mapping[str, Any]], described: str) -> dict[str, Any]:
    """Return what is known from the first requests that were `sent`, with this description of the machine."""
    return {
        "versions": series({name: version(name) for name in ("llama-index-core", "llama-index-llms-openai")}),
        **{workflow: _known(workflow, request, described) for workflow, request in sent.items()},
    }


def _known(workflow: str, request: Mapping[str, Any], described: str) -> dict[str, Any]:
    instructions = request["messages"][0]["content"].removesuffix(f"{BEFORE_REQUEST}{REQUEST}")
    shape = Texts(REQUEST, instructions).shape_of(request)
    assert shape is not None
    shape["model"] = ""  # the name is the person's
    for tool in shape.get("tools", ()):
        signature, _, docstring = tool["function"]["description"].partition("\n")
        tool["function"]["description"] = f"{signature}\n{inspect.cleandoc(docstring)}"
    if workflow == "custom":  # all but the messages is the program's own
        shape = {"messages": shape["messages"]}
    file = Reference.parse(workflow, Path()).file
    assert file is not None
    return {"file": digest(file), "instructions": instructions.replace(described, MACHINE), "request": shape}


def main() -> None:
    """Run the workflows, and write the file."""
    sent = {}
    with serving() as server, tempfile.TemporaryDirectory() as home:
        variables = {
            "PATH": os.environ["PATH"],
            "HOME": home,
            "OPENAI_BASE_URL": server.url,
            "HITL_EARLY_REQUEST": "off",
        }
        for workflow in BUNDLED:
            server.reply(Text("echo"))
            command = [sys.executable, "-m", "hitl_cli", "run", workflow, REQUEST]
            subprocess.run(command, env=variables, stdin=subprocess.DEVNULL, capture_output=True, check=False)
            sent[workflow] = server.requests[-1]
        described = machine(shell_program(variables))
    FILE.write_text(json.dumps(known(sent, described), indent=2) + "\n")


if __name__ == "__main__":
    main()
