"""What a paused session needs to be resumed, beside the log: open questions, messages, the shell, the code."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hitl_cli.journal.projection import CommandState, storable
from hitl_cli.text.secrets.masking import masked_values

Connection = Any

_STRUCTURE_OF_MESSAGE = ("role", "block_type", "tool_call_id", "tool_name")
"""Fields that are the structure of a message, not its content; they are not masked, even if equal to a secret."""


class ResumeState:
    """What is needed to resume the session `session`; each method uses an open transaction.

    Prompts, questions and results are exact, without the mask that the log has, so they are deleted as soon as no run
    waits for them. Messages are masked by `mask`.
    """

    def __init__(self, session: str, mask: Callable[[str], str]) -> None:
        self._session = session
        self._mask = mask

    def begin_run(
        self, connection: Connection, run: int, prompt: str, start: Mapping[str, Any] | None
    ) -> None:
        """Store what `run` starts with."""
        values = None if start is None else json.dumps(dict(start))
        connection.execute(
            "INSERT OR REPLACE INTO paused (session, run, prompt, start) VALUES (?, ?, ?, ?)",
            (self._session, run, json.dumps(prompt), values),
        )

    def end_run(self, connection: Connection) -> None:
        """Delete the run, and all its questions but those whose commands have not ended."""
        connection.execute("DELETE FROM paused WHERE session = ?", (self._session,))
        connection.execute(
            "DELETE FROM questions WHERE session = ? AND command NOT IN "
            "(SELECT number FROM commands WHERE session = ? AND state IN (?, ?, ?))",
            (
                self._session,
                self._session,
                CommandState.RUNNING,
                CommandState.BACKGROUND,
                CommandState.UNKNOWN,
            ),
        )

    def save_engine(self, connection: Connection, engine: str) -> None:
        """Store the state of the engine, as JSON, from which the open questions can be asked again."""
        connection.execute("UPDATE paused SET engine = ? WHERE session = ?", (engine, self._session))

    def ask(self, connection: Connection, number: int, request: str, event: Mapping[str, Any]) -> None:
        """Store the `event` that asks about command `number`."""
        connection.execute(
            "INSERT INTO questions (command, session, request, event) VALUES (?, ?, ?, ?)",
            (number, self._session, storable(request), json.dumps(event)),
        )

    def take_question(self, connection: Connection, number: int) -> tuple[str, Mapping[str, Any]]:
        """Delete the question about command `number`, and return its request id and its event."""
        request, event = connection.execute(
            "SELECT request, event FROM questions WHERE command = ?", (number,)
        ).fetchone()
        connection.execute("DELETE FROM questions WHERE command = ?", (number,))
        return request, json.loads(event)

    def draft(self, connection: Connection, number: int, text: str) -> None:
        """Store the edited but undecided text of command `number`."""
        connection.execute("UPDATE questions SET draft = ? WHERE command = ?", (json.dumps(text), number))

    def decide(self, connection: Connection, number: int, decision: Mapping[str, Any]) -> None:
        """Store the decision on command `number`, as JSON values, in place of an earlier one and of a draft."""
        connection.execute(
            "UPDATE questions SET decision = ?, draft = NULL WHERE command = ?",
            (json.dumps(decision), number),
        )

    def give_result(self, connection: Connection, number: int, result: Mapping[str, Any]) -> None:
        """Store the result of command `number` for its workflow."""
        connection.execute("UPDATE questions SET result = ? WHERE command = ?", (json.dumps(result), number))

    def delete_unawaited(self, connection: Connection, number: int) -> None:
        """Delete what is stored of a command that has ended, unless its run is still waiting for it."""
        connection.execute(
            "DELETE FROM questions WHERE command = ? AND NOT EXISTS (SELECT * FROM commands JOIN paused "
            "ON paused.session = commands.session AND paused.run = commands.run WHERE number = ?)",
            (number, number),
        )

    def add_messages(self, connection: Connection, messages: Sequence[Mapping[str, Any]]) -> None:
        """Append `messages` to the conversation."""
        (count,) = connection.execute(
            "SELECT coalesce(max(position) + 1, 0) FROM messages WHERE session = ?", (self._session,)
        ).fetchone()
        masked = [masked_values(message, self._mask, but=_STRUCTURE_OF_MESSAGE) for message in messages]
        connection.executemany(
            "INSERT INTO messages VALUES (?, ?, ?)",
            [(self._session, at, json.dumps(message)) for at, message in enumerate(masked, count)],
        )

    def save_shell(self, connection: Connection, folder: str, variables: Mapping[str, Any]) -> None:
        """Store the folder of the next command, and how commands changed the environment."""
        connection.execute(
            "INSERT OR REPLACE INTO shells VALUES (?, ?, ?)",
            (self._session, json.dumps(folder), json.dumps(variables)),
        )

    def save_code(self, connection: Connection, files: Mapping[str, str], hiding: Sequence[str]) -> None:
        """Store the imported files with their SHA-256, and the names that shadow modules."""
        connection.execute(
            "INSERT OR REPLACE INTO code VALUES (?, ?, ?)",
            (self._session, json.dumps(files), json.dumps(hiding)),
        )
