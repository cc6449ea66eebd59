"""What can be wrong with a reply of a model."""


class ReplyError(Exception):
    """An unusable reply; `failures` turns it into a message."""


class AnswerCutError(ReplyError):
    """The model's answer was cut off; `where` says at which point, `is_at_limit` whether it was too long."""

    def __init__(self, where: str, *, is_at_limit: bool = False) -> None:
        super().__init__(f"The model's answer was cut off {where}")
        self.is_at_limit = is_at_limit


class TooLongError(ReplyError):
    """The model's answer exceeds a limit."""

    def __init__(self, limit: str) -> None:
        super().__init__(f"The model's answer has more than {limit}")


class RepetitionError(ReplyError):
    """The model repeats itself without end; `said` quotes what it repeats."""

    def __init__(self, said: str) -> None:
        super().__init__(f"The model repeated itself without end ({said!r})")


class EmptyAnswerError(ReplyError):
    """The model's answer has neither text nor a tool call; with `only_reasoning`, it has only reasoning."""

    def __init__(self, *, only_reasoning: bool = False) -> None:
        super().__init__(
            "The model's answer contained only reasoning"
            if only_reasoning
            else "The model's answer was empty"
        )


class FilteredError(ReplyError):
    """The server's content filter stopped the answer."""


class CallAsTextError(ReplyError):
    """The model wrote a tool call as text."""


class ServerSaidError(ReplyError):
    """The server sent an error instead of an answer or, with `in_mid_answer`, in the middle of it."""

    def __init__(self, said: str, *, in_mid_answer: bool) -> None:
        super().__init__(said)
        self.in_mid_answer = in_mid_answer


class NotTheProtocolError(ReplyError):
    """The server sent something other than a chat completion; `sent` says what."""

    def __init__(self, sent: str) -> None:
        super().__init__(sent)
        self.sent = sent
