"""How the person wants to be asked: keys, colours, and what comes with the line."""

from collections.abc import Mapping
from dataclasses import dataclass

from prompt_toolkit.enums import EditingMode
from prompt_toolkit.history import History

from hitl_cli.actions import ACTIONS
from hitl_cli.environment import Environment
from hitl_cli.review.editor import has_editor
from hitl_cli.review.history import KeptHistory
from hitl_cli.review.keys import KeyMap
from hitl_cli.review.themes import Theme, theme_of
from hitl_cli.settings import Settings

_FOR_A_MODEL = ("answer", "explain")  # actions that need a model
_WITHOUT_CLIPBOARD = ("linux", "vt100", "vt102", "vt220")  # terminals that have none


@dataclass(frozen=True)
class ReviewOptions:
    """What the settings and the terminal say about questions.

    `variables` are those that a command will get. Without a model, nobody reads what the person says about a command.
    """

    keys: KeyMap
    editing_mode: EditingMode
    theme: Theme
    has_model: bool
    has_editor: bool
    notice: str
    history: History
    suggestions: bool
    warns_of_syntax: bool
    variables: Mapping[str, str]

    @classmethod
    def of(cls, settings: Settings, environment: Environment, shell_name: str) -> "ReviewOptions":
        """Return the options of a run; `shell_name` is the program that commands are for."""
        vi = settings.editing_mode.value == "vi"
        can_edit = has_editor(environment.variables)
        can_copy = environment.variables.get("TERM", "") not in _WITHOUT_CLIPBOARD
        return cls(
            keys=KeyMap(
                ACTIONS,
                settings.keys.value,
                vi=vi,
                without=(*(_FOR_A_MODEL if settings.is_offline else ()), *(() if can_copy else ("copy",))),
                unlisted=() if can_edit else ("editor",),
            ),
            has_model=not settings.is_offline,
            has_editor=can_edit,
            editing_mode=EditingMode.VI if vi else EditingMode.EMACS,
            theme=theme_of(settings.theme.value, environment.variables),
            notice=settings.notice.value,
            history=KeptHistory(environment.state_folder / "commands", environment.variables),
            # Without colours a suggestion would look like a part of the command.
            suggestions=not environment.variables.get("NO_COLOR"),
            warns_of_syntax=shell_name in ("bash", "sh", "dash"),
            variables=environment.variables,
        )
