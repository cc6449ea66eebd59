"""Reads the request of a run from the command line, from standard input, or from both."""

import itertools
import os
import select
import time
from collections.abc import Iterator, Sequence
from stat import S_ISFIFO, S_ISSOCK
from typing import NoReturn, TextIO

from hitl_cli.environment import Environment
from hitl_cli.errors import UsageError
from hitl_cli.report import report
from hitl_cli.text import charset

LONGEST_REQUEST = 262_144
"""The most bytes of a request on standard input."""

MOST_READ = 67_108_864
"""The most bytes that are read from standard input as data beside a request; the input may be endless."""

STANDARD_INPUT = "-"
"""The request, or a file, that is standard input."""

_CHUNK = 65_536
_NOTICE_DELAY = 1.0  # seconds before the person is told that the program waits for input


def read_request(
    environment: Environment, words: Sequence[str], workflow: str, *, is_optional: bool = False
) -> str | None:
    """Return the prompt for a run of `workflow`, or None if there is none.

    The prompt consists of `words`, and of piped input as data. With `-` or without words, piped input is the request;
    if a request `is_optional`, an empty input is none.

    Raises:
        UsageError: The request is empty, too long, or not text.
    """
    stdin = environment.stdin
    if list(words) == [STANDARD_INPUT]:
        if stdin is None:
            raise UsageError("Standard input is closed, so there is no request; nothing ran.")
        return _request(stdin, workflow, is_optional=False) or _refuse_empty(workflow)
    is_piped = stdin is not None and not _is_terminal(stdin)
    if not words:
        return _request(stdin, workflow, is_optional=is_optional) if stdin is not None and is_piped else None
    request = " ".join(words).strip()
    if not request:
        _refuse_empty(workflow)
    try:
        request = charset.from_system(request)
    except UnicodeError as problem:
        raise UsageError(_NOT_TEXT) from problem
    return _with_input(environment, stdin, request) if stdin is not None and is_piped else request


def read_start_fields(environment: Environment, words: Sequence[str]) -> bytes:
    """Return standard input, which has the start fields of a run; at most a little more than `LONGEST_REQUEST`.

    Raises:
        UsageError: It is closed or a terminal, or `words` say that it is the request.
    """
    stdin = environment.stdin
    if list(words) == [STANDARD_INPUT]:
        raise UsageError("The request and --input-file cannot both be standard input; nothing ran.")
    if stdin is None or _is_terminal(stdin):
        raise UsageError("Nothing is piped in for --input-file -, so nothing ran.")
    data = bytearray()
    for chunk in _chunks(stdin):
        data += chunk
        if len(data) > LONGEST_REQUEST:
            break
    return bytes(data)


def _request(stdin: TextIO, workflow: str, *, is_optional: bool) -> str | None:
    """Return piped input as the request, or None if nothing can be piped in, as with /dev/null."""
    data = bytearray()
    for chunk in _chunks(stdin):
        data += chunk
        if len(data) > LONGEST_REQUEST:
            raise UsageError(
                f"The request on standard input has more than {LONGEST_REQUEST:,} bytes; nothing ran. To send it as "
                f"data, add a request in words: hitl run {workflow} 'why did this fail?' < FILE"
            )
    try:
        request = _text(bytes(data)).strip()
    except UnicodeError as problem:
        raise UsageError(_NOT_TEXT) from problem
    mode = os.fstat(stdin.fileno()).st_mode
    if not request and not is_optional and (data or S_ISFIFO(mode) or S_ISSOCK(mode)):
        _refuse_empty(workflow)
    return request or None


def _text(data: bytes) -> str:
    """Decode `data` as UTF-8, or else in the terminal's charset.

    Raises:
        UnicodeError: It is valid in neither.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode(charset.name())


def _with_input(environment: Environment, stdin: TextIO, request: str) -> str:
    """Return `request` with piped input as data, shortened like the output of a command."""
    chunks = _chunks(stdin)
    first = next(chunks, None)
    if first is None:
        return request
    from hitl_cli.session.request import with_piped
    from hitl_cli.shell.excerpt import Excerpt
    from hitl_cli.text.secrets.masking import Mask, secret_variables

    excerpt, size, is_cut = Excerpt(), 0, False
    for chunk in itertools.chain([first], chunks):
        excerpt.feed(chunk)
        size += len(chunk)
        if is_cut := size >= MOST_READ:
            break
    shown = excerpt.shown(Mask(secret_variables(environment.variables)))
    notes = []
    if is_cut:
        notes.append(f"only the first {size:,} bytes of standard input were read")
    if shown.masked:
        notes.append(f"masked in standard input: {', '.join(shown.masked)}")
    if shown.is_binary:
        notes.append("standard input is not text, so the model does not see it")
    elif shown.bytes_omitted:
        notes.append(
            f"{shown.bytes_omitted:,} of the {shown.bytes_total:,} bytes of standard input are omitted for the model"
        )
    for note in notes:
        report(f"{note[0].upper()}{note[1:]}.")
    return with_piped(request, shown.text, tuple(notes))


def _chunks(stdin: TextIO) -> Iterator[bytes]:
    """Yield the bytes of `stdin` up to its end, and tell the person if the end does not come soon."""
    size, since, is_reported = 0, time.monotonic(), False
    descriptor = stdin.fileno()
    while True:
        left = max(since + _NOTICE_DELAY - time.monotonic(), 0) if not is_reported else None
        if not select.select([descriptor], [], [], left)[0]:
            report(
                f"Waiting for the end of standard input, {size:,} bytes so far. Ctrl-C stops. If there is nothing to "
                "read, start hitl with < /dev/null."
            )
            is_reported = True
            continue
        try:
            chunk = os.read(descriptor, _CHUNK)
        except BlockingIOError:
            continue
        except OSError as problem:
            raise UsageError(f"Standard input cannot be read: {problem.strerror}. Nothing ran.") from problem
        if not chunk:
            return
        size += len(chunk)
        yield chunk


def _refuse_empty(workflow: str) -> NoReturn:
    raise UsageError(
        f'The request is empty; nothing ran. Add a request: hitl run {workflow} "show the largest files here"'
    )


def _is_terminal(stream: TextIO) -> bool:
    return not stream.closed and stream.isatty()


_NOT_TEXT = "The request is not valid UTF-8 text; nothing ran. Remove the invalid bytes."
