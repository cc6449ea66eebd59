"""What arrives of a proposal while the program waits for it: bounded, and shown to the person as it comes."""

import re

from hitl_cli.models.provider import ModelWatcher
from hitl_cli.models.reply_errors import AnswerCutError

_LONGEST_TOKEN = 8  # characters on average; few texts come near it
_SHOWN = 600
_BEFORE_COMMAND = re.compile(r'\A\s*\{\s*"command"\s*:\s*"')
_ESCAPE = re.compile(r'\\([nt"\\/])')
_ESCAPED = {"n": "\n", "t": "\t"}


class Arrival:
    """Takes the pieces of one reply, and passes on the end of what has come to `watcher`.

    A server that ignores the limit of `tokens` is stopped here, later than it should have stopped by itself.
    """

    def __init__(self, watcher: ModelWatcher, tokens: int) -> None:
        self._watcher = watcher
        self._tokens = tokens
        self._characters = 0
        self._text = self._arguments = ""

    def __call__(self, text: str, arguments: str) -> None:
        """Take the next piece: `text` of the answer or of its reasoning, or `arguments` of a tool call in JSON.

        Raises:
            AnswerCutError: The reply is longer than the limit.
        """
        self._characters += len(text) + len(arguments)
        if self._characters > self._tokens * _LONGEST_TOKEN:
            raise AnswerCutError("at its length limit", is_at_limit=True)
        if arguments:
            self._arguments = _BEFORE_COMMAND.sub("", self._arguments + arguments)[-_SHOWN:]
            self._watcher.model_writes(_ESCAPE.sub(_unescaped, self._arguments))
        elif text:
            self._text = (self._text + text)[-_SHOWN:]
            self._watcher.model_writes(self._text)


def _unescaped(escape: re.Match[str]) -> str:
    return _ESCAPED.get(escape[1], escape[1])
