"""What a session keeps and shows of its model besides the answers: waiting, tokens, alternatives."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hitl_cli.requests import Alternative, CommandRequest
from hitl_cli.session.ports import Screen
from hitl_cli.settings import OFFLINE_NAME


class ModelWatch:
    """Shows on the `screen` that the run waits for the model, and keeps tokens and alternatives (a `ModelWatcher`)."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._alternatives: dict[str, tuple[Alternative, ...]] = {}
        self._tokens = [0, 0]
        self.request = ""

    def begin_run(self, request: str) -> None:
        """Forget the previous run; the new one is about `request`, in the person's own words."""
        self.request = request
        self._alternatives.clear()
        self._tokens = [0, 0]

    @property
    def alternatives(self) -> Mapping[str, Sequence[Alternative]]:
        """The alternatives of this run, by the command that was proposed first."""
        return self._alternatives

    def with_alternatives(self, proposal: CommandRequest) -> CommandRequest:
        """Return `proposal` with its alternatives, if it has any."""
        alternatives = self._alternatives.get(proposal.command)
        return replace(proposal, alternatives=alternatives) if alternatives else proposal

    def show_tokens(self) -> None:
        """Show how many tokens the run took, if the server counted them."""
        prompt, completion = self._tokens
        if prompt:
            self._screen.tokens(prompt, completion)

    def model_asked(self, model: str, attempt: int, attempts: int) -> None:
        """A request is on its way to the model, or about to be retried."""
        retrying = f", retrying, {attempt} of {attempts}" if attempt > 1 else ""
        name = f"the {model}" if model == OFFLINE_NAME else model
        self._screen.waiting(f"waiting for {name}{retrying}")

    def model_writes(self, text: str) -> None:
        """The model's answer arrives; `text` is the end of what has come."""
        self._screen.arriving(text)

    def alternatives_found(self, alternatives: Sequence[Alternative]) -> None:
        """The provider offers several commands for one request; the first is proposed."""
        self._alternatives[alternatives[0].command] = tuple(alternatives)

    def tokens_used(self, prompt: int, completion: int) -> None:
        """The server counted the tokens of one request and its answer."""
        self._tokens[0] += prompt
        self._tokens[1] += completion
