"""The shape of the first request of a run: the request without what the person wrote; and the file with such shapes."""

import contextlib
import hashlib
import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hitl_cli import private

FILE = "early-requests.json"
"""The file with the remembered shapes, in the cache folder."""

REQUEST, INSTRUCTIONS = {"hitl": "request"}, {"hitl": "instructions"}
"""What stands in a shape for a text of the person."""

_MOST_SHAPES = 8


@dataclass(frozen=True)
class Texts:
    """What is never stored: the person's `request`, and their own `instructions`, if they set a system prompt."""

    request: str
    instructions: str

    def in_shape(self, shape: Mapping[str, Any]) -> dict[str, Any]:
        """Return the request of this `shape`.

        Raises:
            LookupError, TypeError: It is no shape, or one of a run with or without instructions where this is not so.
        """
        parts = [part for each in shape["messages"] for part in each["content"]]
        if parts.count(REQUEST) != 1 or parts.count(INSTRUCTIONS) != bool(self.instructions):
            raise LookupError
        texts = {"request": self.request, "instructions": self.instructions}
        messages = [
            {
                **each,
                "content": "".join(p if isinstance(p, str) else texts[p["hitl"]] for p in each["content"]),
            }
            for each in shape["messages"]
        ]
        return {**shape, "messages": messages}

    def shape_of(self, request: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the shape of `request`: each text as a list of parts. None if it is not the first of a conversation.

        That has at most a system message before the person's, which ends with their request; own instructions come
        first.
        """
        match request.get("messages"):
            case [
                {"role": "system" | "developer", "content": str(first)} as system,
                {"role": "user", "content": str(last)} as user,
            ]:
                messages = [(system, first), (user, last)]
            case [{"role": "user", "content": str(last)} as user]:
                messages = [(user, last)]
            case _:
                return None
        texts = [text for _, text in messages]
        if not (self.request and texts[-1].endswith(self.request)):
            return None
        texts[-1] = texts[-1].removesuffix(self.request)
        if not texts[0].startswith(self.instructions):
            return None
        parts: list[list[Any]] = [[text] for text in texts]
        if self.instructions:
            parts[0] = [INSTRUCTIONS, texts[0].removeprefix(self.instructions)]
        parts[-1].append(REQUEST)
        shown = [
            {**message, "content": content} for (message, _), content in zip(messages, parts, strict=True)
        ]
        return {**request, "messages": shown}


class Shapes:
    """The remembered shapes in `file`; one that has a secret of these `variables` in it is not stored."""

    def __init__(self, file: Path, variables: Mapping[str, str]) -> None:
        self._file = file
        self._variables = variables

    def get(self, key: str, known: dict[str, Any] | None = None) -> dict[str, Any] | None:
        """Return the shape with this key, or the `known` one if nothing was stored; None after `put` with None."""
        found = self._all().get(key, known)
        return found if isinstance(found, dict) else None

    def put(self, key: str, shape: Mapping[str, Any] | None) -> None:
        """Store a shape, or with None that there is none; without a folder that can be written, nothing is stored."""
        # Imported here, because its patterns take longer to load than all that happens before the early request.
        from hitl_cli.text.secrets.masking import Mask, secret_variables

        shapes = self._all()
        shapes.pop(key, None)
        shapes[key] = shape
        text = json.dumps(dict([*shapes.items()][-_MOST_SHAPES:]))
        if Mask(secret_variables(self._variables)).applied(text)[1]:
            return
        with contextlib.suppress(OSError, private.NotPrivateError):
            private.make_missing(self._file.parent)
            descriptor = private.open_file(self._file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            with os.fdopen(descriptor, "w") as written:
                written.write(text)

    def _all(self) -> dict[str, Any]:
        try:
            descriptor = private.open_file(self._file, os.O_RDONLY)
            with os.fdopen(descriptor) as opened:
                shapes = json.load(opened)
        except (OSError, ValueError, RecursionError, private.NotPrivateError):
            return {}
        return shapes if isinstance(shapes, dict) else {}


def key_of(file: Path, versions: Mapping[str, str], *settings: object) -> str:
    """Return the key of the shape for these `settings` and `versions`, and the workflow in `file`."""
    machine = [platform.python_version(), platform.system(), platform.release(), platform.machine()]
    what = [file.read_text(), dict(versions), machine, [str(each) for each in settings]]
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()
