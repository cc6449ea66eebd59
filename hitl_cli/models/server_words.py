"""What a server or a client says of a failure, in one line for a message."""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

_QUOTED = 200
_REFUSED = frozenset({400, 404, 422, 500, 501})
_TOOLS = re.compile(r"\btools?\b|tool[_ -](?:use|choice|call)|function[_ -]?call|--jinja", re.IGNORECASE)
_PAGE = re.compile(r"\s*<(?:!|\?xml|[a-z]+[\s>])", re.IGNORECASE)


def said_by(failure: Any) -> str:
    """Return the server's own message, shortened to one line; for a web page, only the status."""
    body = getattr(failure, "body", None)
    said = ""
    if isinstance(body, dict):
        said = error_in({"error": body.get("error") or body.get("message") or body.get("detail") or body})
    response = getattr(failure, "response", None)
    said = said or _text_of(response) or str(failure)
    if response is not None and (not said.strip() or is_page(said)):
        said = getattr(response, "reason_phrase", "") or _phrase(response.status_code)
    return in_one_line(said)


def error_in(value: Mapping[str, Any]) -> str:
    """Return the error message in an object from a server; empty if it is not an error."""
    error = value.get("error")
    if not error and "choices" not in value and (value.get("object") == "error" or "detail" in value):
        error = value.get("message") or value.get("detail")
    if not error:
        return ""
    if isinstance(error, Mapping):
        error = error.get("message") or error.get("code") or error.get("type") or error
    return error if isinstance(error, str) else json.dumps(error, ensure_ascii=False)


def is_page(text: str) -> bool:
    """Return whether `text` is HTML or XML."""
    return bool(_PAGE.match(text))


def says_no_tools(status: int, said: str) -> bool:
    """Return whether an error with `status` and this text says that the server or model has no tool calling."""
    return status in _REFUSED and bool(_TOOLS.search(said))


def _text_of(response: Any) -> str:
    try:
        text = getattr(response, "text", "")
    except Exception:  # noqa: BLE001  (httpx raises if a stream was not read)
        return ""
    return text if isinstance(text, str) else ""


def in_one_line(text: str) -> str:
    """Return `text` in one line, shortened, without a full stop at its end."""
    line = " ".join(text.split()).rstrip(".")
    return line if len(line) <= _QUOTED else line[:_QUOTED] + " ..."


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in list(HTTPStatus) else "no reason given"
