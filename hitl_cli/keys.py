"""Key bindings of questions: the notation of keys, the table of actions, and the keys of each action."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hitl_cli.text.suggestions import or_similar

Keys = tuple[str, ...]
"""A sequence of keys, with prompt_toolkit's names."""

_NAMES = {"esc": "escape", "pgup": "pageup", "pgdn": "pagedown", "return": "enter"}
_KEY_NAMES = (
    *_NAMES,
    "enter",
    "tab",
    "space",
    "up",
    "down",
    "left",
    "right",
    "home",
    "end",
    "delete",
    "backspace",
)
_SHOWN = {"pageup": "PgUp", "pagedown": "PgDn", "escape": "Esc"}


@dataclass(frozen=True)
class Action:
    """An action at a question; `vi_keys` are its default keys in vi mode, if they differ."""

    name: str
    keys: tuple[str, ...]
    help: str
    vi_keys: tuple[str, ...] | None = None


def parsed(notation: str) -> tuple[str, ...]:
    """Parse a key notation such as `f2`, `ctrl-r`, `alt-enter` or `ctrl-x y`.

    Raises:
        ValueError: It is invalid, or the key types a character.
    """
    from prompt_toolkit.keys import (  # slow to import, and few people have their own keys
        ALL_KEYS,
        KEY_ALIASES,
    )

    keys: list[str] = []
    for word in notation.lower().split():
        *modifiers, name = word.split("-") if not word.endswith("--") else [*word[:-2].split("-"), "-"]
        name = _NAMES.get(name, name)
        alt = any(modifier in ("alt", "meta", "m") for modifier in modifiers)
        control = any(modifier in ("ctrl", "control", "c") for modifier in modifiers)
        shift = any(modifier in ("shift", "s") for modifier in modifiers)
        if len(modifiers) != alt + control + shift:
            raise ValueError(f"{notation!r} has an unknown modifier; the modifiers are ctrl, alt and shift")
        name = ("c-" if control else "") + ("s-" if shift else "") + name
        name = KEY_ALIASES.get(name, name)
        if name not in ALL_KEYS and len(name) != 1:
            raise ValueError(f"{notation!r} is not a key{or_similar(name, _KEY_NAMES)}")
        keys += ["escape", name] if alt else [name]
    if not keys:
        raise ValueError("the name of the key is empty")
    if len(keys[0]) == 1:
        raise ValueError(f"{notation!r} types a character")
    return tuple(keys)


def shown(keys: Sequence[str]) -> str:
    """Format a sequence of keys for a person: `Ctrl-X Y`, `Alt-Enter`."""
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


def keys_of(
    actions: Sequence[Action], own: Mapping[str, Sequence[str]], *, vi: bool = False
) -> dict[str, list[Keys]]:
    """Return the keys of every action by name: those in `own`, otherwise the defaults.

    An empty list in `own` leaves an action without a key; `vi` selects the defaults of vi mode.

    Raises:
        ValueError: An action or a key is unknown, two actions have the same key, or the action `run` has no key.
    """
    known = {action.name for action in actions}
    for name in own:
        if name not in known:
            near = or_similar(name, known)
            raise ValueError(f"there is no action {name!r}; the actions are {', '.join(sorted(known))}{near}")
    found = {}
    for action in actions:
        usual = action.vi_keys if vi and action.vi_keys is not None else action.keys
        try:
            found[action.name] = [parsed(each) for each in own.get(action.name, usual)]
        except ValueError as problem:
            raise ValueError(f"the key of {action.name!r}: {problem}") from None
    if not found.get("run", [()]):
        raise ValueError("the action 'run' needs a key")
    _refuse_conflicts(found)
    return found


def _refuse_conflicts(keys_of_actions: Mapping[str, Sequence[Keys]]) -> None:
    taken = [(keys, name) for name, each in keys_of_actions.items() for keys in each]
    for place, (keys, name) in enumerate(taken):
        for others, other in taken[place + 1 :]:
            short, long = sorted((keys, others), key=len)
            # A lone Esc and Esc as a prefix of Alt are distinguished by a timeout.
            if long[: len(short)] == short and (short == long or short != ("escape",)) and name != other:
                raise ValueError(f"{shown(short)} cannot be the key of both {name!r} and {other!r}")


ACTIONS = (
    Action("run", ("enter",), "run the command on the line"),
    Action("run_suspicious", ("ctrl-x y",), "run it despite the warnings"),
    Action("reject", ("esc", "f4", "ctrl-c"), "reject it, with an optional reason", vi_keys=("f4", "ctrl-c")),
    Action("comment", ("f9", "ctrl-x c"), "run it, with a comment"),
    Action("keep", ("alt-a", "ctrl-x k"), "run it, and add it to your catalogue", vi_keys=("ctrl-x k",)),
    Action("run_again", ("alt-s", "ctrl-x s"), "run it, and allow this text for the session",
           vi_keys=("ctrl-x s",)),
    Action("always", ("alt-r", "ctrl-x t"), "make a rule that allows such commands",
           vi_keys=("ctrl-x t",)),
    Action("answer", ("f3", "ctrl-x a"), "reply to the model instead of running it"),
    Action("explain", ("f2", "ctrl-x e"), "ask the model to explain it; nothing runs"),
    Action("preview", ("alt-v", "ctrl-x v"), "preview what it would change; nothing stays",
           vi_keys=("ctrl-x v",)),
    Action("reset", ("f5", "ctrl-x r"), "restore the proposed command"),
    Action("editor", ("f6", "ctrl-x ctrl-e"), "edit it in $VISUAL or $EDITOR"),
    Action("copy", ("f7", "ctrl-x w"), "copy it to the clipboard"),
    Action("save", ("f8", "ctrl-x ctrl-s"), "save it as a script file"),
    Action("stop", ("f10", "ctrl-d"), "stop the session; nothing is decided"),
    Action("end_leftovers", ("f12", "ctrl-x l"), "end the processes that commands left behind"),
    Action("newline", ("alt-enter", "ctrl-j"), "start a new line"),
    Action("page_down", ("pgdn",), "next page"),
    Action("page_up", ("pgup",), "previous page"),
    Action("complete", ("tab",), "next gap; complete a path, program or command"),
    Action("complete_back", ("shift-tab",), "previous gap or completion"),
    Action("next_candidate", ("alt-n", "ctrl-x n"), "next match",
           vi_keys=("ctrl-x n",)),
    Action("previous_candidate", ("alt-p", "ctrl-x p"), "previous match",
           vi_keys=("ctrl-x p",)),
    Action("undo", ("ctrl-_",), "undo the last change"),
    Action("help", ("f1",), "show these keys"),
)  # fmt: skip
"""The actions, in the order of the key help. A new one is a line here and one in `prompt.question_actions.HANDLERS`."""

OF_THE_LINE = ((("up", "ctrl-r"), "earlier commands; search them"),)
"""Default keys of the line and what they do, listed after the actions unless an action uses these keys."""
