"""What the model writes, as it stands on the screen."""

import re
from collections.abc import Callable

from tests.model_server import ModelServer, Text
from tests.terminal import Person

At = Callable[..., Person]

ANSWER = """Two ways:
- the short one
- the long one
  - with a detail

| name | size |
|------|------|
| a    | 1    |

```sh
ls -l

pwd
```

| name | size |
|------|------|
| b    | 2    |

1. first
2. second

> quoted

## Last
The end."""

SHOWN = """▌ Two ways:
▌
▌  • the short one
▌  • the long one
▌     • with a detail
▌
▌  name  size
▌  ──────────
▌  a     1
▌
▌  ls -l
▌
▌  pwd
▌
▌  name  size
▌  ──────────
▌  b     2
▌
▌  1 first
▌  2 second
▌
▌ ▌ quoted
▌
▌ Last
▌
▌ The end."""


def test_one_blank_line_between_blocks(person: At, model: ModelServer) -> None:
    """However it comes, and whatever stands above and below."""
    model.reply(Text(ANSWER))
    at = person("run", "agent", "x", lines=60)
    assert at.leaves() == 0
    assert SHOWN in at.everything.replace("━", "─")


def test_lines_end_where_their_text_ends(person: At, model: ModelServer) -> None:
    """No blanks fill them up: a terminal that gives Hindi vowel signs a column would wrap those into empty rows."""
    model.reply(Text("पहला किताब की बात है\n\n" + ANSWER))
    at = person("run", "agent", "x", lines=60)
    assert at.leaves() == 0
    lines = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", at.raw).decode().split("\r\n")
    shown = lines[next(at for at, line in enumerate(lines) if "पहला" in line) :]
    assert [line for line in shown if line.endswith(" ")] == []


def test_blanks_that_show_are_kept(person: At, model: ModelServer) -> None:
    """Those of code have the background of code."""
    model.reply(Text("Type `ls `"))
    at = person("run", "agent", "x")
    assert at.leaves() == 0
    assert re.search(rb"\x1b\[[0-9;]*48;5;236mls \x1b\[0m\r\n", at.raw), at.raw
