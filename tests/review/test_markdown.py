"""What the model writes, as it stands on the screen."""

from collections.abc import Callable

from tests.model_server import ModelServer, Text
from tests.terminal import Person

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

SHOWN = """Two ways:

 • the short one
 • the long one
    • with a detail

 name  size
 ──────────
 a     1

 ls -l

 pwd

 name  size
 ──────────
 b     2

 1 first
 2 second

▌ quoted

Last

The end."""


def test_one_blank_line_between_blocks(person: Callable[..., Person], model: ModelServer) -> None:
    """However it comes, and whatever stands above and below."""
    model.reply(Text(ANSWER))
    at = person("run", "agent", "x", lines=60)
    assert at.leaves() == 0
    assert SHOWN in at.everything.replace("━", "─")
