"""Which key does what: actions with their usual keys, and the person's own choice of keys."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from prompt_toolkit.filters import FilterOrBool
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import ALL_KEYS, KEY_ALIASES

from hitl_cli.errors import UsageError

Perform = Callable[[str, KeyPressEvent], None]
"""Does what an action of this name says, because of these keys."""

_NAMES = {"esc": "escape", "pgup": "pageup", "pgdn": "pagedown", "return": "enter"}
_SHOWN = {"pageup": "PgUp", "pagedown": "PgDn", "escape": "Esc"}


@dataclass(frozen=True)
class Action:
    """Something that a key does at a question; `vi_keys` are its usual keys in vi mode, where they differ."""

    name: str
    keys: tuple[str, ...]
    help: str
    vi_keys: tuple[str, ...] | None = None


def parsed(notation: str) -> tuple[str, ...]:
    """Return the keys that `notation` names, such as `f2`, `ctrl-r`, `alt-enter` or `ctrl-x y`.

    Raises:
        ValueError: It names no key, or one that types a character.
    """
    keys: list[str] = []
    for word in notation.lower().split():
        *modifiers, name = word.split("-") if not word.endswith("--") else [*word[:-2].split("-"), "-"]
        name = _NAMES.get(name, name)
        alt = any(modifier in ("alt", "meta", "m") for modifier in modifiers)
        control = any(modifier in ("ctrl", "control", "c") for modifier in modifiers)
        shift = any(modifier in ("shift", "s") for modifier in modifiers)
        if len(modifiers) != alt + control + shift:
            raise ValueError(f"{notation!r} has an unknown modifier")
        name = ("c-" if control else "") + ("s-" if shift else "") + name
        name = KEY_ALIASES.get(name, name)
        if name not in ALL_KEYS and len(name) != 1:
            raise ValueError(f"{notation!r} names no key")
        keys += ["escape", name] if alt else [name]
    if not keys:
        raise ValueError("a key has no name")
    if len(keys[0]) == 1:
        raise ValueError(f"{notation!r} types a character")
    return tuple(keys)


def shown(keys: Sequence[str]) -> str:
    """Return how a person reads a sequence of keys: `Ctrl-X Y`, `Alt-Enter`."""
    words: list[str] = []
    keys = ["enter" if key == "c-m" else "tab" if key == "c-i" else key for key in keys]
    alt = False
    for place, key in enumerate(keys):
        if key == "escape" and place + 1 < len(keys):
            alt = True
            continue
        parts = (
            [
                {"c": "Ctrl", "s": "Shift"}.get(part, part)
                if at < key.count("-")
                else _SHOWN.get(part, part.title())
                for at, part in enumerate(key.split("-"))
            ]
            if len(key) > 1
            else [key.upper()]
        )
        words.append(("Alt-" if alt else "") + "-".join(parts))
        alt = False
    return " ".join(words)


class KeyMap:
    """The keys of every action: the person's own where the settings have some, the usual ones otherwise."""

    def __init__(
        self,
        actions: Sequence[Action],
        own: Mapping[str, Sequence[str]],
        *,
        vi: bool = False,
        without: Collection[str] = (),
    ) -> None:
        """Take `own`, which maps names of actions to keys; an empty list leaves an action without a key.

        So does naming it in `without`, whatever the settings say: it has no use here.

        Raises:
            UsageError: A name or a key is unknown, or two actions want the same key.
        """
        self.actions = tuple(actions)
        known = {action.name for action in actions}
        for name in own:
            if name not in known:
                raise UsageError(
                    f"The settings give a key to {name!r}, which is no action; known are {', '.join(sorted(known))}."
                )
        self._keys: dict[str, list[tuple[str, ...]]] = {}
        for action in actions:
            usual = action.vi_keys if vi and action.vi_keys is not None else action.keys
            try:
                self._keys[action.name] = [parsed(each) for each in own.get(action.name, usual)]
            except ValueError as problem:
                raise UsageError(
                    f"The key of {action.name!r} in the settings is of no use: {problem}."
                ) from None
        if not self._keys.get("run", [()]):
            raise UsageError("The settings leave the action 'run' without a key.")
        self._refuse_conflicts()
        self._keys |= {name: [] for name in without}

    def shown(self, name: str, *, first: bool = False) -> str:
        """Return the keys of an action as a person reads them; only the `first`, if so wished."""
        keys = self._keys[name][:1] if first else self._keys[name]
        return ", ".join(shown(each) for each in keys)

    def sequences(self, name: str) -> Sequence[tuple[str, ...]]:
        """Return the keys of an action as prompt_toolkit names them."""
        return self._keys[name]

    def bindings(self, perform: Perform, active: FilterOrBool) -> KeyBindings:
        """Return what prompt_toolkit goes by: while `active`, every key has its action performed."""
        bindings = KeyBindings()

        def bind(name: str, keys: tuple[str, ...]) -> None:
            @bindings.add(*keys, filter=active)
            def _(event: KeyPressEvent) -> None:
                perform(name, event)

        for action in self.actions:
            for keys in self._keys[action.name]:
                bind(action.name, keys)
        return bindings

    def _refuse_conflicts(self) -> None:
        taken = [(keys, name) for name, each in self._keys.items() for keys in each]
        for place, (keys, name) in enumerate(taken):
            for others, other in taken[place + 1 :]:
                short, long = sorted((keys, others), key=len)
                # Esc alone and Esc as the beginning of Alt are told apart by time.
                if long[: len(short)] == short and (short == long or short != ("escape",)) and name != other:
                    raise UsageError(
                        f"{shown(short)} cannot stand for both {name!r} and {other!r}; change [keys] in the settings."
                    )
