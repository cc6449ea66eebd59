"""The guardian of one command: starts it, stays while anything of it runs, and outlives the program if it must.

A program of its own, with one end of a socket pair as standard input. Its modules import nothing of the package but
each other, so that it is ready at once. Messages are JSON, each after its length in four bytes. Files come with the
first message: both ends of the command's output, and where there is a terminal of a person, that, and the end of a pipe
that the program holds open until the terminal is in order again (see `last_watch`). Texts that become bytes again
(paths, arguments, variables, escape sequences) travel one character to a byte.

The program says `start`, then `go`, then any of `interrupt` (as Ctrl-C does), `end` (all of it, firmly), `modes` (what
repairs the terminal), `name` (which processes are left) and `keep` (let it live on without a guardian). When the
program's end of the socket closes without `keep`, everything that the command started is ended and the person's
terminal is repaired; without `go`, nothing runs.

The guardian says `ready` when only `go` is missing; `started`, or `failed` if nothing could run; `halted` when Ctrl-Z
stopped the command, which it has continued by then; `exited` when the shell has ended; `named`, with the processes that
are left; and `gone` when nothing of the command is left. How the command ended it also writes to a file, for whoever
finds the program dead: one line of JSON, with the `status` (null if it never ran), the `time`, and whether the guardian
was `alone` when it ended.

A command can stop or kill its guardian. So on Linux there are two processes: the warden, which the program started,
and the guardian, its child. The warden continues a guardian that is stopped, kills what a killed one leaves, and where
the program is killed as well, repairs the person's terminal; a
guardian whose warden is killed kills the command. Where neither answers, the program kills both and all that they guard
(see `guardian_process`). What is left to a command is to kill both at once: what it has put into a session of its own
lives on then.
"""
