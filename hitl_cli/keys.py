"""Which key does what: the notation of keys, the table of actions, and the keys that each action has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Keys = tuple[str, ...]
"""Keys that are pressed one after the other, as prompt_toolkit calls them."""

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
    from prompt_toolkit.keys import ALL_KEYS, KEY_ALIASES  # takes its time, and few have keys of their own

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


def keys_of(
    actions: Sequence[Action], own: Mapping[str, Sequence[str]], *, vi: bool = False
) -> dict[str, list[Keys]]:
    """Return the keys of every action by its name: those of `own` where it has some, the usual ones otherwise.

    An empty list in `own` leaves an action without a key; `vi` says that the line is edited as in vi.

    Raises:
        ValueError: A name or a key is unknown, two actions want the same key, or nothing would run a command.
    """
    known = {action.name for action in actions}
    for name in own:
        if name not in known:
            raise ValueError(
                f"it gives a key to {name!r}, which is no action; known are {', '.join(sorted(known))}"
            )
    found = {}
    for action in actions:
        usual = action.vi_keys if vi and action.vi_keys is not None else action.keys
        try:
            found[action.name] = [parsed(each) for each in own.get(action.name, usual)]
        except ValueError as problem:
            raise ValueError(f"the key of {action.name!r}: {problem}") from None
    if not found.get("run", [()]):
        raise ValueError("its lines leave the action 'run' without a key")
    _refuse_conflicts(found)
    return found


def _refuse_conflicts(keys_of_actions: Mapping[str, Sequence[Keys]]) -> None:
    taken = [(keys, name) for name, each in keys_of_actions.items() for keys in each]
    for place, (keys, name) in enumerate(taken):
        for others, other in taken[place + 1 :]:
            short, long = sorted((keys, others), key=len)
            # Esc alone and Esc as the beginning of Alt are told apart by time.
            if long[: len(short)] == short and (short == long or short != ("escape",)) and name != other:
                raise ValueError(f"{shown(short)} cannot stand for both {name!r} and {other!r}")


ACTIONS = (
    Action("run", ("enter",), "run what is on the line"),
    Action("run_suspicious", ("ctrl-x y",), "run it although it looks deceptive"),
    Action("reject", ("esc", "f4", "ctrl-c"), "reject, with a reason if you like", vi_keys=("f4", "ctrl-c")),
    Action("comment", ("f9", "ctrl-x c"), "run, with a comment"),
    Action("keep", ("alt-a", "ctrl-x k"), "run it, and keep it in your catalogue", vi_keys=("ctrl-x k",)),
    Action("answer", ("f3", "ctrl-x a"), "answer the model instead of running anything"),
    Action("explain", ("f2", "ctrl-x e"), "have the model explain it; runs nothing"),
    Action("reset", ("f5", "ctrl-x r"), "back to the proposal"),
    Action("editor", ("f6", "ctrl-x ctrl-e"), "edit in $VISUAL or $EDITOR"),
    Action("copy", ("f7", "ctrl-x w"), "copy to the clipboard"),
    Action("save", ("f8", "ctrl-x ctrl-s"), "save as a script file"),
    Action("stop", ("f10", "ctrl-d"), "stop the session; what waits stays undecided"),
    Action("end_leftovers", ("f12", "ctrl-x l"), "end the processes that commands left behind"),
    Action("newline", ("alt-enter", "ctrl-j"), "begin a new line"),
    Action("page_down", ("pgdn",), "turn a page down"),
    Action("page_up", ("pgup",), "turn a page up"),
    Action("complete", ("tab",), "next gap; complete a path, a program, an earlier command"),
    Action("complete_back", ("shift-tab",), "the gap, the completion before"),
    Action("next_candidate", ("alt-n", "ctrl-x n"), "the next match",
           vi_keys=("ctrl-x n",)),
    Action("previous_candidate", ("alt-p", "ctrl-x p"), "the match before",
           vi_keys=("ctrl-x p",)),
    Action("undo", ("ctrl-_",), "undo the last change"),
    Action("help", ("f1",), "show these keys"),
)  # fmt: skip
"""The actions, in the order in which they are listed. A further one is a line here and one in `prompt.question`."""

OF_THE_LINE = ((("up", "ctrl-r"), "an earlier command; search for one"),)
"""What is listed after them: keys that the line has by itself, where no action has them, and what they do."""
