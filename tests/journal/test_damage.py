"""What a journal says of a session may be anything: damaged, or changed by hand.

It is refused, or resumed safely.
"""

import contextlib
import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hitl_cli.errors import ExitStatus
from hitl_cli.journal.chain import digest_of
from tests.fixtures.journal.make import COMMANDS, HERE
from tests.journal.launcher import launch

COLUMNS = {
    "paused": ("engine", "prompt"),
    "questions": ("event", "decision", "result", "draft", "request"),
    "messages": ("message",),
    "shells": ("folder", "variables"),
    "commands": ("state", "request", "run", "folder"),
    "records": ("body",),
}
NAMES = (
    "this.x",
    "antigravity.x",
    "os.system",
    "subprocess.Popen",
    "builtins.eval",
    "hitl_cli.cli.main",
    "events.CLIHumanResponseEvent",
)
DEEP: Any = "deep"
for _ in range(500):
    DEEP = [DEEP]
VALUES = st.one_of(
    st.sampled_from(NAMES),
    st.sampled_from(
        [
            COMMANDS[0],
            "",
            "approved",
            "finished",
            "running",
            "waiting",
            "dropped",
            "run",
            "\ud800",
            DEEP,
            {},
            [],
        ]
    ),
    st.sampled_from([None, True, 0, -1, 2**70, 1e308, float("nan"), float("inf")]),
    st.builds(
        lambda name: {"__is_pydantic": True, "value": {}, "qualified_name": name}, st.sampled_from(NAMES)
    ),
    st.builds(
        lambda name: {"__is_component": True, "value": {}, "qualified_name": name}, st.sampled_from(NAMES)
    ),
)
JOURNALS = sorted(HERE.glob("v*.db"))
SENTENCES = {int(each) for each in ExitStatus if each not in (ExitStatus.HANGUP, ExitStatus.TERMINATED)}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to each part of a JSON value."""
    yield path
    if isinstance(value, dict):
        for name, each in value.items():
            yield from places(each, (*path, name))
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from places(each, (*path, at))


def changed(text: str, data: st.DataObject) -> str:
    """Return JSON that has one part taken away, put in the place of another or cut off; or anything."""
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    path = data.draw(st.sampled_from(list(places(value))))
    how = data.draw(st.sampled_from(["replaced", "replaced", "replaced", "dropped", "cut"]))
    if how == "cut":
        return text[: data.draw(st.integers(0, max(len(text) - 1, 0)))]
    if not path:
        return json.dumps(data.draw(VALUES))
    holder = value
    for step in path[:-1]:
        holder = holder[step]
    if how == "dropped":
        del holder[path[-1]]
    else:
        holder[path[-1]] = data.draw(VALUES)
    return json.dumps(value)


def damage(file: Path, data: st.DataObject) -> None:
    """Change one value of a journal; that of a record so that its digest is right again."""
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        table = data.draw(
            st.sampled_from(
                [name for name in COLUMNS if connection.execute(f"SELECT 1 FROM {name}").fetchone()]
            )
        )
        column = data.draw(st.sampled_from(COLUMNS[table]))
        found = connection.execute(
            f"SELECT rowid, {column} FROM {table}"
            if table != "messages"
            else "SELECT position, message FROM messages"
        ).fetchall()
        key, text = data.draw(st.sampled_from(found))
        new = changed("null" if text is None else str(text), data)
        where = "position" if table == "messages" else "rowid"
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE {where} = ?", (new, key))
        if table == "records" and data.draw(st.booleans()):
            number, time, session, kind = connection.execute(
                "SELECT number, time, session, kind FROM records WHERE rowid = ?", (key,)
            ).fetchone()
            connection.execute(
                "UPDATE records SET digest = ? WHERE number = ?",
                (digest_of(number, time, session, kind, new), number),
            )


def fill(file: Path) -> None:
    """Add what a session may have beside its questions: something said, and a shell that was left elsewhere."""
    message = {"role": "user", "blocks": [{"block_type": "text", "text": "hi"}]}
    variables = {"changed": {"A": "b"}, "removed": ["C"], "lost": ["D"]}
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("INSERT INTO messages SELECT id, 0, ? FROM sessions", (json.dumps(message),))
        connection.execute("INSERT INTO shells SELECT id, ?, ? FROM sessions", ('"/"', json.dumps(variables)))


@settings(
    database=None,
    max_examples=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
@given(data=st.data())
def test_damaged_session_is_refused_or_harmless(data: st.DataObject) -> None:
    """Nothing runs that nobody decided, nothing is imported that the state names, and there is a sentence at worst."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        file = home / ".local/state/hitl/journal.db"
        file.parent.mkdir(parents=True)
        shutil.copy(data.draw(st.sampled_from(JOURNALS)), file)
        fill(file)
        damage(file, data)
        status = launch(home, Path("/"), ["resume"], [COMMANDS], person="rejects")
        told = (home / "output").read_text()
        assert status in SENTENCES, told
        assert "Traceback" not in told
        assert "should not have happened" not in told, told
        assert not (home / "ran").exists(), told
        assert {"this", "antigravity"}.isdisjoint((home / "imported").read_text().split())
