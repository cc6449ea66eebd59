"""What the program can do with the installed engine: its facts, checked once for each version.

The result is kept in a file in the state folder. It names the versions of all that the facts depend on.
"""

import functools
import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from hitl_cli import private
from hitl_cli.errors import UsageError

ENGINE = "llama-index-workflows"
FILE = "engine.json"
WELL_KNOWN = ">=2.24,<2.27"
"""The versions of the engine with which all facts were seen to hold."""

_PACKAGES = (ENGINE, "pydantic", "hitl-terminal")


@dataclass(frozen=True)
class EngineSupport:
    """The version of the engine, and which facts do not hold; those in `basic` are needed to run anything."""

    version: str
    basic: tuple[str, ...] = ()
    resume: tuple[str, ...] = ()

    def check(self) -> None:
        """Check that workflows can run.

        Raises:
            UsageError: They cannot.
        """
        if self.basic:
            raise UsageError(
                f"{self._name} does not do what hitl relies on ({'; '.join(self.basic)}). Nothing ran. "
                f"Install another version: pip install '{ENGINE}{WELL_KNOWN}'"
            )

    @property
    def notice(self) -> str:
        """What a person is told at the start of a run; empty if it can be resumed."""
        if not self.resume:
            return ""
        return f"With {self._name}, hitl cannot save this run: after a stop or a kill it cannot be resumed."

    def check_resume(self, session: str, versions: Mapping[str, str]) -> None:
        """Check that an unfinished `session`, which was started with these `versions`, can be resumed.

        Raises:
            UsageError: It cannot.
        """
        if self.resume:
            before = versions.get(ENGINE, self.version)
            wanted = WELL_KNOWN if before == self.version else f"=={before}"
            raise UsageError(
                f"Session {session} cannot be resumed with {self._name}, which does not do what hitl relies on "
                f"({'; '.join(self.resume)}). Nothing ran, and nothing was changed. "
                f"Install another version: pip install '{ENGINE}{wanted}'"
            )

    @property
    def _name(self) -> str:
        return f"{ENGINE} {self.version}"


def support_of_installed(folder: Path, *, again: bool = False) -> EngineSupport:
    """Return what the installed engine supports; `folder` is the state folder. To be called where no event loop runs.

    The facts are checked if the file there has no result for these versions, or if they are to be checked `again`.
    """
    versions = {name: version(name) for name in _PACKAGES} | {"python": platform.python_version()}
    if not again and (kept := _kept(folder / FILE, versions)) is not None:
        return kept
    support = checked(versions[ENGINE])
    _keep(folder / FILE, versions, support)
    return support


@functools.cache
def checked(engine: str) -> EngineSupport:
    """Check the facts of the installed version, `engine`; once in a process, because that does not change."""
    from hitl_cli.session.engine.facts import BASIC, RESUME, broken

    basic = broken(BASIC)
    return EngineSupport(engine, tuple(basic), tuple(broken(RESUME)) if not basic else ())


def _kept(file: Path, versions: dict[str, str]) -> EngineSupport | None:
    try:
        stored = json.loads(file.read_text())
        if stored["versions"] != versions:
            return None
        return EngineSupport(versions[ENGINE], tuple(stored["basic"]), tuple(stored["resume"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(file: Path, versions: dict[str, str], support: EngineSupport) -> None:
    """Write the result, unless the folder is not there yet or is not writable; then it is checked again."""
    text = json.dumps({"versions": versions, **asdict(support)}, indent=2)
    try:
        descriptor = private.open_file(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    except (OSError, private.NotPrivateError):
        return
    with os.fdopen(descriptor, "w") as written:
        written.write(text)
