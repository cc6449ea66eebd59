"""Everything that a key can do at a question: the one table from which keys, their list and the settings are made."""

from hitl_cli.keys import Action

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
"""The actions, in the order in which they are listed. A further one is a line here and one in `review.handlers`."""

OF_THE_LINE = ((("up", "ctrl-r"), "an earlier command; search for one"),)
"""What is listed after them: keys that the line has by itself, where no action has them, and what they do."""
