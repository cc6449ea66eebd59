"""What goes on between a session and its model: waited for, counted, and what else could have been proposed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hitl_cli.catalogue.candidate import Candidate
from hitl_cli.requests import Proposal
from hitl_cli.session.ports import Screen


class ModelWatch:
    """Shows on the `screen` that the model is waited for, and keeps what it told beside its answers."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._suggested: dict[str, tuple[Candidate, ...]] = {}
        self._tokens = [0, 0]
        self.request = ""

    def begin_run(self, request: str) -> None:
        """Forget the run before; this one is on `request`, in the person's own words."""
        self.request = request
        self._suggested.clear()
        self._tokens = [0, 0]

    @property
    def candidates(self) -> Mapping[str, Sequence[Candidate]]:
        """What else may have been meant, by the command that was proposed."""
        return self._suggested

    def with_candidates(self, proposal: Proposal) -> Proposal:
        """Return `proposal` with what else may have been meant, if that is known."""
        suggested = self._suggested.get(proposal.command)
        return replace(proposal, candidates=suggested) if suggested else proposal

    def show_tokens(self) -> None:
        """Show what the run took, if the model told it."""
        prompt, completion = self._tokens
        if prompt:
            self._screen.tokens(prompt, completion)

    def model_asked(self, model: str, attempt: int, attempts: int) -> None:
        """The model is being asked, or will be once more."""
        retrying = f", retrying, {attempt} of {attempts}" if attempt > 1 else ""
        self._screen.waiting(f"waiting for {model}{retrying}")

    def suggested(self, candidates: Sequence[Candidate]) -> None:
        """The catalogue has more than one command for the request."""
        self._suggested[candidates[0].command] = tuple(candidates)

    def tokens_used(self, prompt: int, completion: int) -> None:
        """The model told what an answer took."""
        self._tokens[0] += prompt
        self._tokens[1] += completion
