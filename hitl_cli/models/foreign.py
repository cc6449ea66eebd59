"""Models of any class: how they are named, and what is said when one of them fails.

Nothing here uses the address and the key of the person's settings: they had no part in what failed.
"""

import re
import sys
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from hitl_cli.errors import ModelError
from hitl_cli.models.server_words import in_one_line, said_by
from hitl_cli.text.urls import without_secrets

_BASES = (
    ("llama_index.core.base.llms.base", "BaseLLM"),
    ("llama_index.core.base.embeddings.base", "BaseEmbedding"),
)
_ADDRESSES = ("api_base", "base_url", "azure_endpoint", "endpoint")
_NAMES = ("model", "model_name", "model_id", "deployment_name")
_CLIENTS = frozenset({"openai", "anthropic"})  # whose exceptions come from a model, whatever called them
_ENDPOINT = re.compile(
    r"/(?:chat/completions|completions|responses|embeddings|messages|api/(?:chat|generate|embed))/?\Z"
)


def is_model(value: object) -> bool:
    """Whether `value` is a language model or an embedding model of LlamaIndex."""
    return isinstance(value, _bases())


def is_model_class(value: object) -> bool:
    """Whether `value` is a class of such models."""
    return isinstance(value, type) and issubclass(value, _bases())


def is_client(value: object) -> bool:
    """Whether `value` is a client of a model that is used without LlamaIndex."""
    return type(value).__module__.partition(".")[0] in _CLIENTS and hasattr(value, "base_url")


def _bases() -> tuple[type, ...]:
    found = ((sys.modules.get(module), name) for module, name in _BASES)
    return tuple(getattr(module, name) for module, name in found if module is not None)


def name_of_model(model: Any) -> str:
    """Return the class of a model, and the name of the model as far as it can be seen."""
    named = (getattr(model, name, None) for name in _NAMES)
    name = next((each for each in named if isinstance(each, str) and each), "")
    return " ".join(filter(None, (type(model).__name__, in_one_line(name))))


def address_of_model(model: Any) -> str:
    """Return the address of the server of a model, without secrets; empty if it cannot be seen."""
    found = (str(getattr(model, name, None) or "") for name in _ADDRESSES)
    return next((without_secrets(each).rstrip("/") for each in found if each.startswith("http")), "")


def failing_model(failure: BaseException) -> Any:
    """Return the model that `failure` came out of; None if there is none."""
    found = None
    for frame in _frames(failure.__traceback__):
        values = (frame.tb_frame.f_locals.get(name) for name in ("self", "_self"))
        found = next((each for each in values if is_model(each)), found)
    return found


def came_through(failure: BaseException, module: str) -> bool:
    """Whether `failure` came out of code of `module`."""
    return any(each.tb_frame.f_globals.get("__name__") == module for each in _frames(failure.__traceback__))


def explain_foreign(failure: BaseException, place: str | None, default: object = None) -> ModelError | None:
    """Return an error with a message for a failure of a model that the workflow brings itself.

    `place` is where the workflow's code used it. `default` is the model whose class the settings name, if any; the
    message is another one if that failed. Returns None if no model failed.
    """
    model = failing_model(failure)
    client = type(failure).__module__.partition(".")[0]
    if client not in _CLIENTS and (model is None or not _is_of_client(failure)):
        return None
    name = f"model {name_of_model(model)}" if model is not None else f"client ({client})"
    server = _server_of(failure) or (address_of_model(model) if model is not None else "")
    what = f"{name}{f' at {server}' if server else ''} {_what_happened(failure)}"
    if model is not None and model is default:
        return ModelError(
            f"The {what}. The settings llm and llm_options name it; `hitl config` shows them. Nothing more was run."
        )
    where = f" ({place})" if place else ""
    return ModelError(
        f"The workflow's own {what}{where}. The model settings of hitl were not used. Nothing more was run."
    )


def _is_of_client(failure: BaseException) -> bool:
    """Whether `failure` is one of a connection or a server, not a mistake in a call."""
    httpx: Any = sys.modules.get("httpx")
    is_httpx = httpx is not None and isinstance(failure, httpx.HTTPError | httpx.StreamError)
    return is_httpx or isinstance(failure, OSError) or _status(failure) is not None


def _what_happened(failure: BaseException) -> str:
    said = said_by(failure)
    kind = type(failure).__name__
    match _status(failure):
        case 401 | 403 as status:
            return f"failed: its key was refused ({status}: {said})"
        case int() as status:
            return f"failed: the server answered {status}: {said}"
    if "Timeout" in kind:
        return "did not answer in time"
    if "Connect" in kind or isinstance(failure, ConnectionError):
        return f"cannot be reached ({in_one_line(str(failure.__cause__ or failure))})"
    if isinstance(failure, _broken_connections()):
        return f"failed: the connection broke in mid-answer ({kind})"
    return f"failed: {kind}: {said}" if said else f"failed: {kind}"


def _broken_connections() -> tuple[type[Exception], ...]:
    httpx: Any = sys.modules.get("httpx")
    return () if httpx is None else (httpx.NetworkError, httpx.ProtocolError, httpx.StreamError)


def _status(failure: BaseException) -> int | None:
    response = getattr(failure, "response", None)
    for each in (getattr(failure, "status_code", None), getattr(response, "status_code", None)):
        if isinstance(each, int):
            return each
    return None


def _server_of(failure: BaseException) -> str:
    """Return the address to which the failed request went, without the path of the endpoint; empty if unknown."""
    try:
        request = getattr(failure, "request", None)
    except RuntimeError:  # httpx has none
        request = None
    url = getattr(request, "url", None)
    if url is None:
        return ""
    address = without_secrets(str(url).partition("?")[0])
    return _ENDPOINT.sub("", address)


def _frames(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next
