"""The guardian, the supervisor process of one command: starts it, tracks its processes, and outlives the program.

The guardian is a separate program with one end of a socket pair as standard input. Its modules import only each other,
so that it starts fast. Messages are JSON, each with a length prefix of four bytes. File descriptors come with
`start`: both ends of the command's output, and if the person has a terminal, that terminal and one end of a pipe that
the program holds open until it has restored the terminal (see `shared_repair`). A fenced command adds the rules of its
fence as the last one, unless a program makes the fence, which gets the filter of system calls. Strings that stand for
bytes (paths, arguments, variables, escape sequences) have one character for each byte.

While a person is asked about the command, the program may have sent `asking`, with the terminal and how to repair it if
the program dies; `asked` ends that.

The program sends `start`, then `go`, then any of `interrupt` (as Ctrl-C does), `end` (end all processes), `repair` (how
to repair the terminal), `list` (the remaining processes) and `detach` (let the command outlive the program). If the
socket closes without `detach`, the guardian ends all processes of the command and repairs the terminal; if it closes
before `go`, nothing runs.

The guardian sends `ready` when it waits for `go`; `started`, or `failed` if nothing could run; `suspended` after Ctrl-Z
suspended the command and the guardian continued it; `exited` when the shell has ended; `listed` with the remaining
processes; and `gone` when no process is left. It also writes the end of the command to a report file, which is read if
the program has died: one line of JSON with the `status` (null if it never ran), the `time`, and whether the guardian
was `alone`, without the program.

A command can stop or kill its guardian. Therefore there are two processes on Linux: the watchdog, which the program
starts, and the guardian, its child. The watchdog continues a stopped guardian and kills the processes that a killed one
leaves; if the program was killed too, it repairs the terminal. If the watchdog is killed, the guardian kills the
command. If neither answers, the program kills both and all processes they guard (see `guardian_process`). A command can
still kill both at once; its processes in another session then survive.
"""
