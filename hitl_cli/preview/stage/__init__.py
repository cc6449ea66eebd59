"""The process inside the first sandbox. It imports nothing but its own modules and the standard library.

It starts with each preview, so it does not import what takes long: json, re, typing, dataclasses and the like.

Standard input brings one message, the request; when it is closed, the preview stops. On standard output it sends one
message (see `messages`) for each fact, with the key `is`:

    failed     the second sandbox could not be set up: `why`
    ended      how the text ended: `status`, `stopped` ("", "time", "memory", "processes" or "person"), `full`; and
               what it wanted to reach: `network`, `services`, `sockets`
    change     one change: see `scan`
    more       the sum of further changes of a `kind` in a `folder`: `files`, `folders` and `bytes`
    done       the report is complete
"""
