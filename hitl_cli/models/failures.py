"""Messages for failures between the program and a model."""

import re
import sys
from http import HTTPStatus
from typing import Any

from hitl_cli.errors import ModelError
from hitl_cli.models.reply import (
    AnswerCutError,
    CallAsTextError,
    EmptyAnswerError,
    FilteredError,
    NotTheProtocolError,
    ReplyError,
    ServerSaidError,
    TooLongError,
)
from hitl_cli.settings import Settings
from hitl_cli.text.urls import without_secrets

_QUOTED = 200
_MODEL_MISSING = re.compile(r"model", re.IGNORECASE)
_VERSIONED = re.compile(r"/v\d+(?:beta)?(?:/|\Z)|/openai|/deployments/")


def explain(failure: BaseException, settings: Settings) -> ModelError | None:
    """Return an error with a message for a failure of the model or its client, or None if it has another cause.

    `settings` say which server and model were used.
    """
    if isinstance(failure, ReplyError):
        return ModelError(_explain_reply(failure, settings))
    if "openai" not in sys.modules:
        return None  # no model was used
    return _explain_client(failure, settings)


def _explain_reply(failure: ReplyError, settings: Settings) -> str:
    server = _server(settings)
    match failure:
        case AnswerCutError():
            return f"{failure}; none of it ran. Ask again, or ask for less at once."
        case TooLongError():
            return f"{failure}, so the rest was not read and none of it ran. Ask for less at once."
        case EmptyAnswerError():
            return (
                f"{failure}; nothing ran. Ask again in other words, or check that {server} "
                "speaks the OpenAI protocol."
            )
        case FilteredError():
            return (
                f"The content filter of {server} stopped the model's answer; none of it ran. "
                "Ask in other words."
            )
        case CallAsTextError():
            return (
                f"The model wrote a tool call as text, and {server} did not recognize it as a call; none of it ran. "
                "Turn on the server's tool-call parser for this model, or use another model."
            )
        case ServerSaidError():
            where = " in mid-answer" if failure.in_mid_answer else ""
            said = _in_one_line(str(failure))
            return f"{server} reported an error{where}: {said}. Ask again. Nothing more was run."
        case NotTheProtocolError(sent=sent):
            return (
                f"{server} answered with {sent}, not in the OpenAI protocol. {_address_advice(settings)} "
                "Nothing more was run."
            )
    return f"{failure}; nothing more was run."


def _explain_client(failure: BaseException, settings: Settings) -> ModelError | None:
    import httpx
    import openai

    server, model, key_source = _server(settings), settings.model.value, settings.api_key.source
    text = ""
    match failure:
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            given = (
                f"The key from {key_source} was"
                if settings.api_key.value
                else "No key is set, and the request was"
            )
            text = f"{given} refused by {server} ({failure.status_code}); set OPENAI_API_KEY to a valid one."
        case openai.APIStatusError() if _lacks_tools(failure):
            text = (
                f"{server} answered {failure.status_code}: {_said(failure)}. "
                "An agent needs a model and a server with tool calling; `hitl run custom` does not."
            )
        case openai.NotFoundError() if _MODEL_MISSING.search(_said(failure)):
            text = f"{server} has no model {model!r}: {_said(failure)}. Set --model to one that it has."
        case openai.APIStatusError(status_code=404 | 405):
            text = (
                f"{server} has nothing at {failure.request.url.path} ({failure.status_code}): "
                f"it has no model {model!r}, or it is not an OpenAI-compatible server. {_address_advice(settings)}"
            )
        case openai.RateLimitError() if failure.code == "insufficient_quota":
            text = f"The quota of the key from {key_source} is used up; check the plan and billing of the account."
        case openai.RateLimitError():
            text = f"{server} is limiting requests (429): {_said(failure)}. Wait a little, then ask again."
        case openai.APITimeoutError() | httpx.TimeoutException():
            text = (
                f"{server} did not answer within {settings.model_timeout.value:g} s. "
                "Ask again, or allow more time with HITL_MODEL_TIMEOUT."
            )
        case openai.APIConnectionError():
            reason = _in_one_line(str(failure.__cause__ or failure))
            text = f"{server} cannot be reached ({reason}). Check the network, or --base-url."
        case httpx.HTTPError() | httpx.StreamError():
            text = f"The connection to {server} broke in mid-answer ({type(failure).__name__}). Ask again."
        case openai.APIStatusError():
            text = f"{server} answered {failure.status_code}: {_said(failure)}."
        case openai.OpenAIError():
            text = f"The model could not be asked: {_said(failure)}."
        case _:
            return None
    return ModelError(f"{text} Nothing more was run.")


def _lacks_tools(failure: Any) -> bool:
    from hitl_cli.models.chat_server import says_no_tools

    return says_no_tools(failure.status_code, failure.response.text)


def _server(settings: Settings) -> str:
    return without_secrets(settings.base_url.value or "OpenAI")


def _address_advice(settings: Settings) -> str:
    address = settings.base_url.value or ""
    if address.rstrip("/").endswith("/chat/completions"):
        return "Leave out /chat/completions at the end of --base-url."
    if address and not _VERSIONED.search(address):
        return f"Check --base-url; most servers want {without_secrets(address).rstrip('/')}/v1."
    return "Check --model and --base-url."


def _said(failure: Any) -> str:
    """Return the server's own message, shortened to one line; for a web page, only the status."""
    from hitl_cli.models.chat_server import is_page
    from hitl_cli.models.reply import error_in

    body = getattr(failure, "body", None)
    said = ""
    if isinstance(body, dict):
        said = error_in({"error": body.get("error") or body.get("message") or body.get("detail") or body})
    response = getattr(failure, "response", None)
    said = said or (response.text if response is not None else str(failure))
    if response is not None and (not said.strip() or is_page(said)):
        said = response.reason_phrase or _phrase(response.status_code)
    return _in_one_line(said)


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in list(HTTPStatus) else "no reason given"


def _in_one_line(text: str) -> str:
    line = " ".join(text.split()).rstrip(".")
    return line if len(line) <= _QUOTED else line[:_QUOTED] + " ..."
