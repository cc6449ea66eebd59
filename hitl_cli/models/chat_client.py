"""The HTTP client for servers that speak OpenAI's chat protocol: one request, retried, whose response is streamed.

It keeps the conventions of OpenAI's own client (its README, "Retries" and "Timeouts"), whose import would take longer
than everything else that the program does before its first request.
"""

import asyncio
import email.utils
import json
import os
import random
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import anyio._backends._asyncio  # noqa: F401 - httpx would import it at its first request, on the event loop
import httpcore  # noqa: F401 - the same
import httpx

from hitl_cli.models.provider import ModelWatcher
from hitl_cli.models.server_words import says_no_tools
from hitl_cli.settings import Settings

ATTEMPTS = 3
"""How often a request is tried if the server is busy or cannot be reached."""

OPENAI_ADDRESS = "https://api.openai.com/v1"

NO_KEY = "none"
"""The key for a server that needs none; the header is always sent."""

_RETRIED = frozenset({408, 409, 429, *range(500, 600)})
_LONGEST_CONNECT = 10.0
_FIRST_DELAY, _LONGEST_DELAY, _LONGEST_ASKED_DELAY = 0.5, 8.0, 120.0  # seconds
_HEADERS = {"OpenAI-Organization": "OPENAI_ORG_ID", "OpenAI-Project": "OPENAI_PROJECT_ID"}
_CUSTOM_HEADERS = "OPENAI_CUSTOM_HEADERS"


class ClientError(Exception):
    """No response that can be read; `failures` turns it into a message."""


class RefusedError(ClientError):
    """The server answered with an error status.

    Attributes:
        response: The response; its body was read.
        status_code: Its status.
        body: The error in its body: the value of `error`, or all of it.
        code: OpenAI's code of the error, such as `insufficient_quota`; empty without one.
    """

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(f"Error code: {response.status_code}")
        self.response = response
        self.status_code = response.status_code
        self.body: object = None
        try:
            content = json.loads(response.text)
        except (ValueError, RecursionError):
            content = None
        if isinstance(content, dict):
            self.body = content.get("error", content)
        code = self.body.get("code") if isinstance(self.body, dict) else None
        self.code = code if isinstance(code, str) else ""


class UnreachableError(ClientError):
    """The server cannot be reached; the cause is an exception of httpx."""


class SilentError(ClientError):
    """The server did not answer in time."""


@dataclass
class ChatClient:
    """Posts requests to the server at `address`, and tells the `watcher` about each attempt.

    `model` is the name that the watcher is told, `timeout` how many seconds the server may be silent.
    """

    address: str
    key: str = field(repr=False)
    model: str
    timeout: float
    watcher: ModelWatcher
    variables: Mapping[str, str] = field(repr=False)
    _http: httpx.AsyncClient | None = field(default=None, init=False, repr=False)

    @classmethod
    def of(cls, settings: Settings, watcher: ModelWatcher) -> "ChatClient":
        """Return a client for the server that `settings` name; nothing is sent yet."""
        return cls(
            settings.base_url.value or OPENAI_ADDRESS,
            settings.api_key.value or NO_KEY,
            settings.model.value,
            settings.model_timeout.value,
            watcher,
            os.environ,
        )

    async def post(self, request: Mapping[str, Any]) -> httpx.Response:
        """Send a chat request and return the response, whose body is not read yet and which must be closed.

        Raises:
            ClientError: The server refuses, is silent or cannot be reached, after all attempts.
        """
        self.watcher.model_asked(self.model, 1, ATTEMPTS)
        for attempt in range(1, ATTEMPTS):
            try:
                return await self._attempt(request)
            except RefusedError as refusal:
                if (delay := _delay(refusal.response, attempt)) is None:
                    raise
            except (UnreachableError, SilentError):
                delay = _backoff(attempt)
            self.watcher.model_asked(self.model, attempt + 1, ATTEMPTS)
            await asyncio.sleep(delay)
        return await self._attempt(request)

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    async def _attempt(self, request: Mapping[str, Any]) -> httpx.Response:
        client = self._connections()
        content = json.dumps(request, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        try:
            sent = client.build_request(
                "POST",
                _endpoint(self.address),
                content=content.encode("utf-8", "replace"),
                headers=self._headers(),
            )
            response = await client.send(sent, stream=True)
            if response.is_error:
                try:
                    await response.aread()
                finally:
                    await response.aclose()
                raise RefusedError(response)
        except httpx.TimeoutException as problem:
            raise SilentError(str(problem)) from problem
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as problem:
            raise UnreachableError(str(problem)) from problem
        return response

    def _connections(self) -> httpx.AsyncClient:
        if self._http is None:
            timeout = httpx.Timeout(self.timeout, connect=min(_LONGEST_CONNECT, self.timeout))
            try:
                self._http = httpx.AsyncClient(verify=certificates(), timeout=timeout, follow_redirects=True)
            except (
                ImportError,
                ValueError,
                OSError,
            ) as problem:  # the proxy variables, or a file of certificates
                raise ClientError(str(problem)) from problem
        return self._http

    def _headers(self) -> dict[str, str]:
        given = {name: self.variables.get(variable) for name, variable in _HEADERS.items()}
        lines = self.variables.get(_CUSTOM_HEADERS, "").split("\n")
        own = {
            name.strip(): value.strip()
            for name, colon, value in (each.partition(":") for each in lines)
            if colon
        }
        return {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "hitl",
            "Authorization": f"Bearer {self.key}",
            **{name: value for name, value in given.items() if value},
            **own,
        }


@cache
def certificates() -> ssl.SSLContext:
    """Return the certificates that all clients of this process trust; reading them takes as long as a short request.

    Raises:
        OSError: `SSL_CERT_FILE` or `SSL_CERT_DIR` names something that cannot be read.
    """
    return httpx.create_ssl_context()


def _endpoint(address: str) -> httpx.URL:
    url = httpx.URL(address)
    path, question, query = url.raw_path.partition(b"?")
    return url.copy_with(raw_path=path.rstrip(b"/") + b"/chat/completions" + question + query)


def _delay(response: httpx.Response, attempt: int) -> float | None:
    """Return after how many seconds a refused request is sent again; None if it is not."""
    asked = _asked_delay(response.headers)
    if asked is not None and asked > _LONGEST_ASKED_DELAY:
        return None
    if "insufficient_quota" in response.text:
        return None
    if response.status_code >= 500 and says_no_tools(response.status_code, response.text):
        return None
    orders = {"true": True, "false": False}  # what OpenAI's servers say in this header
    if not orders.get(response.headers.get("x-should-retry", ""), response.status_code in _RETRIED):
        return None
    return asked if asked is not None and asked > 0 else _backoff(attempt)


def _asked_delay(headers: httpx.Headers) -> float | None:
    """Return the seconds that a server asks to wait (RFC 9110, section 10.2.3), or None."""
    after = headers.get("retry-after", "")
    for text, unit in ((headers.get("retry-after-ms", ""), 0.001), (after, 1.0)):
        try:
            return float(text) * unit
        except ValueError:
            continue
    parsed = email.utils.parsedate_tz(after)
    return email.utils.mktime_tz(parsed) - time.time() if parsed is not None else None


def _backoff(attempt: int) -> float:
    return min(_FIRST_DELAY * 2.0 ** (attempt - 1), _LONGEST_DELAY) * (1 - 0.25 * random.random())
