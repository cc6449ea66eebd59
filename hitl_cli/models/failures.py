"""What goes wrong between the program and a model, told in one sentence each."""

import json
import sys
from typing import Any

from hitl_cli.errors import ModelError
from hitl_cli.settings import Settings


class AnswerCutError(Exception):
    """The model's answer broke off; what there is of it cannot be trusted to be whole."""

    def __init__(self, where: str) -> None:
        super().__init__(f"The model's answer was cut off {where}")


class EmptyAnswerError(Exception):
    """The model answered with neither text nor a tool call, or the server with something else than an answer."""

    def __init__(self) -> None:
        super().__init__("The model's answer was empty")


def explain(failure: BaseException, settings: Settings) -> ModelError | None:
    """Return the sentence for a failure of the model or its client, or None if it has another cause.

    `settings` say whom the program talked to.
    """
    if isinstance(failure, AnswerCutError):
        return ModelError(f"{failure}; nothing of it was run. Ask again, or for less at once.")
    if isinstance(failure, EmptyAnswerError):
        return ModelError(
            f"{failure}; nothing ran. Ask again in other words, or check that {_server(settings)} "
            "speaks the OpenAI protocol."
        )
    if "openai" not in sys.modules:
        return None  # nobody talked to a model
    return _explain_client(failure, settings)


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
        case openai.NotFoundError():
            text = f"{server} has no model {model!r}, or is no OpenAI-compatible address; set --model or --base-url."
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
            reason = failure.__cause__ or failure
            text = f"{server} cannot be reached ({reason}). Check the network, or --base-url."
        case httpx.TransportError():
            text = f"The connection to {server} broke in mid-answer ({type(failure).__name__}). Ask again."
        case openai.APIStatusError():
            text = f"{server} answered {failure.status_code}: {_said(failure)}."
        case openai.APIError():
            text = f"{server} reported an error in mid-answer: {_said(failure)}. Ask again."
        case json.JSONDecodeError():
            text = f"The answer of {server} is not in the OpenAI protocol. Check --base-url."
        case openai.OpenAIError():
            text = f"The model could not be asked: {_said(failure)}."
        case _:
            return None
    return ModelError(f"{text} Nothing more was run.")


def _server(settings: Settings) -> str:
    return settings.base_url.value or "OpenAI"


def _said(failure: Any) -> str:
    """What the server itself says, in one line that is not too long."""
    body = getattr(failure, "body", None)
    message = body.get("message") if isinstance(body, dict) else None
    text = " ".join(str(message or failure).split()).rstrip(".")
    return text if len(text) <= 200 else text[:200] + " ..."
