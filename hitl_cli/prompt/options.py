"""Options of questions, from the settings and the terminal: keys, theme, editing mode, history."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import FilterOrBool
from prompt_toolkit.history import History
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from hitl_cli.environment import Environment, Terminal
from hitl_cli.keys import ACTIONS, OF_THE_LINE, Action, keys_of, parsed, shown
from hitl_cli.prompt.command_file import has_editor
from hitl_cli.prompt.completion import CommandHistory
from hitl_cli.screen.themes import Theme, theme_of
from hitl_cli.settings import Settings

Perform = Callable[[str, KeyPressEvent], None]
"""Performs the action with this name, for this key event."""


class KeyMap:
    """The keys of every action: those in the settings, or else the default ones."""

    def __init__(
        self,
        actions: Sequence[Action],
        own: Mapping[str, Sequence[str]],
        *,
        vi: bool = False,
        without: Collection[str] = (),
        unlisted: Collection[str] = (),
    ) -> None:
        """Take `own`, a mapping from names of actions to keys; an action with an empty list has no key.

        An action in `without` cannot work here and has no key, whatever the settings say. An action in `unlisted` is
        not listed, but its key explains why it cannot work.

        Raises:
            ValueError: The keys are invalid; keys from validated settings never are.
        """
        self.actions = tuple(actions)
        self._keys = keys_of(actions, own, vi=vi) | {name: [] for name in without}
        self._unlisted = unlisted

    def shown(self, name: str, *, first: bool = False) -> str:
        """Return the keys of an action in readable form, or only the `first` one."""
        keys = self._keys[name][:1] if first else self._keys[name]
        return ", ".join(shown(each) for each in keys)

    def offers(self, name: str) -> bool:
        """Whether the action has a key, and can work."""
        return bool(self._keys[name]) and name not in self._unlisted

    def sequences(self, name: str) -> Sequence[tuple[str, ...]]:
        """Return the keys of an action as prompt_toolkit names them."""
        return self._keys[name]

    def listed(self, *, first: bool = False, without: Collection[str] = ()) -> list[tuple[str, str]]:
        """Return pairs of keys, as from `shown`, and the description of what they do.

        Keys of the line itself are included; the actions in `without` are omitted.
        """
        actions = [
            (self.shown(action.name, first=first), action.help)
            for action in self.actions
            if self.offers(action.name) and action.name not in without
        ]
        taken = {keys for each in self._keys.values() for keys in each}
        of_the_line = [
            (", ".join(shown(parsed(key)) for key in keys), does)
            for keys, does in OF_THE_LINE
            if taken.isdisjoint(map(parsed, keys))
        ]
        return [*actions, *of_the_line]

    def bindings(self, perform: Perform, active: FilterOrBool) -> KeyBindings:
        """Return prompt_toolkit bindings that call `perform` for every key while `active`."""
        bindings = KeyBindings()

        def bind(name: str, keys: tuple[str, ...]) -> None:
            @bindings.add(*keys, filter=active)
            def _(event: KeyPressEvent) -> None:
                perform(name, event)

        for action in self.actions:
            for keys in self._keys[action.name]:
                bind(action.name, keys)
        return bindings


_NEED_MODEL = ("answer", "explain")  # actions
_WITHOUT_CLIPBOARD = ("linux", "vt100", "vt102", "vt220")  # terminals


@dataclass(frozen=True)
class ReviewOptions:
    """The options of all questions of a run; `variables` is the environment of commands."""

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
    def of(
        cls, settings: Settings, environment: Environment, shell_name: str, terminal: Terminal | None = None
    ) -> "ReviewOptions":
        """Return the options of a run; `shell_name` is the shell that runs commands.

        `terminal` is asked for its background, if the theme depends on it.
        """
        vi = settings.editing_mode.value == "vi"
        can_edit = has_editor(environment.variables)
        can_copy = environment.variables.get("TERM", "") not in _WITHOUT_CLIPBOARD
        return cls(
            keys=KeyMap(
                ACTIONS,
                settings.keys.value,
                vi=vi,
                without=(*(_NEED_MODEL if settings.is_offline else ()), *(() if can_copy else ("copy",))),
                unlisted=() if can_edit else ("editor",),
            ),
            has_model=not settings.is_offline,
            has_editor=can_edit,
            editing_mode=EditingMode.VI if vi else EditingMode.EMACS,
            theme=theme_of(settings.theme.value, environment.variables, terminal),
            notice=settings.notice.value,
            history=CommandHistory(environment.state_folder / "commands", environment.variables),
            # Without colours, a suggestion would look like part of the command.
            suggestions=not environment.variables.get("NO_COLOR"),
            warns_of_syntax=shell_name in ("bash", "sh", "dash"),
            variables=environment.variables,
        )
