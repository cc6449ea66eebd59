"""Messages for failures of the model that the person's settings name."""

import re
import sys
from typing import TYPE_CHECKING, Any

from hitl_cli.errors import ModelError
from hitl_cli.models.foreign import came_through, failing_model
from hitl_cli.models.reply_errors import (
    AnswerCutError,
    CallAsTextError,
    EmptyAnswerError,
    FilteredError,
    NotTheProtocolError,
    RepetitionError,
    ReplyError,
    ServerSaidError,
    TooLongError,
)
from hitl_cli.models.server_words import in_one_line, said_by, says_no_tools
from hitl_cli.settings import Settings
from hitl_cli.text.urls import without_secrets

if TYPE_CHECKING:
    from hitl_cli.models.chat_client import RefusedError

_MODEL_MISSING = re.compile(r"model", re.IGNORECASE)
_VERSIONED = re.compile(r"/v\d+(?:beta)?(?:/|\Z)|/openai|/deployments/")


def explain(failure: BaseException, settings: Settings) -> ModelError | None:
    """Return an error with a message for a failure of the person's model, or None if it is not one of a model.

    `settings` say which server and model were used.
    """
    if isinstance(failure, ReplyError):
        return ModelError(_explain_reply(failure, settings))
    if "httpx" not in sys.modules:
        return None  # no model was used
    return _explain_client(failure, settings)


def is_of_default_model(failure: BaseException) -> bool:
    """Whether `failure` came out of the person's model, not out of one that a workflow brings itself."""
    if isinstance(failure, ReplyError) or came_through(failure, "hitl_cli.models.chat_server"):
        return True
    return type(failing_model(failure)).__module__ == "hitl_cli.models.openai_compatible"


def _explain_reply(failure: ReplyError, settings: Settings) -> str:
    server = _server(settings)
    match failure:
        case AnswerCutError():
            return f"{failure}; none of it ran. Ask again, or ask for less at once."
        case TooLongError():
            return f"{failure}, so the rest was not read and none of it ran. Ask for less at once."
        case RepetitionError():
            return (
                f"{failure}, so its answer was stopped; nothing more was run. Ask again in other words, or use another "
                "model."
            )
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
            said = in_one_line(str(failure))
            return f"{server} reported an error{where}: {said}. Ask again. Nothing more was run."
        case NotTheProtocolError(sent=sent):
            return (
                f"{server} answered with {sent}, not in the OpenAI protocol. {_address_advice(settings)} "
                "Nothing more was run."
            )
    return f"{failure}; nothing more was run."


def _explain_client(failure: BaseException, settings: Settings) -> ModelError | None:
    import httpx

    from hitl_cli.models.chat_client import ClientError, RefusedError, SilentError, UnreachableError

    server = _server(settings)
    failure = _of_own_client(failure)
    match failure:
        case RefusedError():
            text = _explain_refusal(failure, settings)
        case SilentError() | httpx.TimeoutException():
            text = (
                f"{server} did not answer within {settings.model_timeout.value:g} s. "
                "Ask again, or allow more time with HITL_MODEL_TIMEOUT."
            )
        case UnreachableError():
            reason = in_one_line(str(failure.__cause__ or failure))
            text = f"{server} cannot be reached ({reason}). Check the network, or --base-url."
        case httpx.HTTPError() | httpx.StreamError():
            text = f"The connection to {server} broke in mid-answer ({type(failure).__name__}). Ask again."
        case ClientError():
            text = f"The model could not be asked: {said_by(failure)}."
        case _:
            return None
    return ModelError(f"{text} Nothing more was run.")


def _explain_refusal(refusal: "RefusedError", settings: Settings) -> str:
    server, model, key_source = _server(settings), settings.model.value, settings.api_key.source
    status, said = refusal.status_code, said_by(refusal)
    if status in (401, 403):
        given = (
            f"The key from {key_source} was"
            if settings.api_key.value
            else "No key is set, and the request was"
        )
        return f"{given} refused by {server} ({status}); set OPENAI_API_KEY to a valid one."
    if says_no_tools(status, refusal.response.text):
        return (
            f"{server} answered {status}: {said}. "
            "An agent needs a model and a server with tool calling; `hitl run custom` does not."
        )
    if status == 404 and _MODEL_MISSING.search(said):
        return f"{server} has no model {model!r}: {said}. Set --model to one that it has."
    if status in (404, 405):
        return (
            f"{server} has nothing at {refusal.response.request.url.path} ({status}): "
            f"it has no model {model!r}, or it is not an OpenAI-compatible server. {_address_advice(settings)}"
        )
    if status == 429 and refusal.code == "insufficient_quota":
        return (
            f"The quota of the key from {key_source} is used up; check the plan and billing of the account."
        )
    if status == 429:
        return f"{server} is limiting requests (429): {said}. Wait a little, then ask again."
    return f"{server} answered {status}: {said}."


def _of_own_client(failure: BaseException) -> BaseException:
    """Return `failure`, or the same as an error of `chat_client` if it is one of OpenAI's client.

    That client sends the requests that a workflow does not await.
    """
    openai: Any = sys.modules.get("openai")
    if openai is None or not isinstance(failure, openai.OpenAIError):
        return failure
    from hitl_cli.models.chat_client import ClientError, RefusedError, SilentError, UnreachableError

    match failure:
        case openai.APIStatusError(response=response):
            return RefusedError(response)
        case openai.APITimeoutError():
            kind: type[ClientError] = SilentError
        case openai.APIConnectionError():
            kind = UnreachableError
        case _:
            kind = ClientError
    return kind(str(failure.__cause__ or failure))


def _server(settings: Settings) -> str:
    return without_secrets(settings.base_url.value or "OpenAI")


def _address_advice(settings: Settings) -> str:
    address = settings.base_url.value or ""
    if address.rstrip("/").endswith("/chat/completions"):
        return "Leave out /chat/completions at the end of --base-url."
    if address and not _VERSIONED.search(address):
        return f"Check --base-url; most servers want {without_secrets(address).rstrip('/')}/v1."
    return "Check --model and --base-url."
