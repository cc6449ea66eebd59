"""What a person reads first when they resume a session: their request, the model's last words, and what ran."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hitl_cli.journal.history import CommandFilter, LoggedCommand, command, commands
from hitl_cli.journal.projection import UNFINISHED, CommandState, RecordKind
from hitl_cli.journal.store import Store
from hitl_cli.journal.stored_session import StoredSession
from hitl_cli.screen.brief import brief
from hitl_cli.text.amounts import counted, format_duration
from hitl_cli.text.piped_input import own_words

_MOST_COMMANDS = 5
_MOST_LINES = 3  # of the output of a command
_MOST_WORDS_LINES = 12  # of the model's last words
_MOST_WORDS = 1_500  # characters of them
_WIDTH = 200  # columns of a command, a request, or a line of output


@dataclass(frozen=True)
class Recap:
    """The person's last `request` and the model's last `words`, each empty if there are none, and lines on what ran.

    All but the words are labelled as `hitl_cli.text.visible` does it.
    """

    request: str
    words: str
    lines: tuple[str, ...]


def recap_of(store: Store, stored: StoredSession) -> Recap:
    """Return the recap of a session.

    Raises:
        JournalError: The journal cannot be read, or has invalid data.
    """
    found = commands(store, CommandFilter(session=stored.id), _MOST_COMMANDS + 1)
    (count,) = store.rows("SELECT count(*) FROM commands WHERE session = ?", (stored.id,))[0]
    asked = {each.number for each in stored.commands if each.state is CommandState.DELEGATED}
    # The person is told of the others, or asked about them, anyway.
    ended = [each for each in found if each.state not in UNFINISHED and each.number not in asked]
    shown = ended[-_MOST_COMMANDS:]
    earlier = count - (len(found) - len(ended)) - len(shown)
    more = [f"{counted(earlier, 'earlier command')}: hitl log --session {stored.id}"] if earlier else []
    lines = [line for each in shown for line in _command_lines(store, each)]
    return Recap(_request(store, stored.id), _last_part(_words(store, stored)), (*more, *lines))


def _command_lines(store: Store, logged: LoggedCommand) -> Iterator[str]:
    text = logged.proposed if logged.approved is None else logged.approved
    facts: dict[str, Any] = {}
    for event in command(store, logged.number)[1]:
        facts |= event.body
    ending = facts.get("ending") if logged.state == CommandState.FINISHED else logged.state_text
    notes = [brief(str(ending or logged.state_text))]
    notes += [format_duration(logged.duration)] if logged.duration is not None else []
    notes += [brief(logged.words)] if logged.words and logged.decided_by == "person" else []
    first, *others = text.split("\n")
    notes[:0] = [f"+{counted(len(others), 'line')}"] if others else []
    yield " · ".join([f"{_sign(logged, facts)}{brief(first)}", *notes])
    output = str(facts.get("output") or "").rstrip("\n")
    last = output.split("\n") if output else []
    if len(last) > _MOST_LINES:
        yield f"    … {counted(len(last) - _MOST_LINES, 'more line')}"
    for line in last[-_MOST_LINES:]:
        yield f"    {brief(line.expandtabs(), _WIDTH)}"


def _sign(logged: LoggedCommand, facts: Mapping[str, Any]) -> str:
    if logged.is_own:
        return "!"
    if facts.get("kind") == "form" or facts.get("decision") == "respond":
        return "? "
    return "" if facts.get("kind") in ("tool", "code") else "$ "


def _request(store: Store, session: str) -> str:
    rows = store.rows(
        "SELECT json_extract(body, '$.prompt') FROM records WHERE session = ? AND kind = ? "
        "ORDER BY number DESC LIMIT 1",
        (session, RecordKind.RUN),
    )
    return brief(own_words(str(rows[0][0] or "")), _WIDTH) if rows else ""


def _words(store: Store, stored: StoredSession) -> str:
    """Return the model's last words: those in the state of a paused run, or else those of the conversation."""
    if stored.paused is not None:
        values: Any = stored.paused.engine.state if stored.paused.engine is not None else {}
        for name in ("state", "state_data", "_data"):  # the engine's format of a context's store
            values = values.get(name) if isinstance(values, dict) else None
        texts = [text for value in _values(values) for text in _texts(_parsed(value))]
        return texts[-1] if texts else ""
    rows = store.rows(
        "SELECT message FROM messages WHERE session = ? ORDER BY position DESC LIMIT 20", (stored.id,)
    )
    return next((text for (message,) in rows for text in _texts(_parsed(message))), "")


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts of the assistant in a JSON value, in order."""
    if isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif (
        isinstance(value, dict) and value.get("role") == "assistant" and isinstance(value.get("blocks"), list)
    ):
        blocks = (each for each in value["blocks"] if isinstance(each, dict))
        text = "".join(str(each.get("text") or "") for each in blocks if each.get("block_type") == "text")
        if text.strip():
            yield text.strip()
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)


def _values(mapping: Any) -> list[Any]:
    return list(mapping.values()) if isinstance(mapping, dict) else []


def _parsed(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return None


def _last_part(words: str) -> str:
    lines = words[-_MOST_WORDS:].split("\n")
    kept = "\n".join(lines[-_MOST_WORDS_LINES:])
    return kept if kept == words else f"… {kept.lstrip()}"
