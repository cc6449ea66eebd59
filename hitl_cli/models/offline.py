"""The offline catalogue as a model: it proposes a command that it knows, and claims no understanding of anything."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from hitl_cli.catalogue.candidate import Answer, Candidate
from hitl_cli.catalogue.search import Catalogue
from hitl_cli.catalogue.surroundings import Surroundings
from hitl_cli.environment import Environment
from hitl_cli.errors import NoMatchError
from hitl_cli.settings import OFFLINE_NAME, Settings


class ProposalWatcher(Protocol):
    """Whoever shows a proposal, and wants to know what else it could have been."""

    request: str

    def model_asked(self, model: str, attempt: int, attempts: int) -> None:
        """A request is being answered."""

    def suggested(self, candidates: Sequence[Candidate]) -> None:
        """The commands that may have been meant; the first is proposed."""


@dataclass(frozen=True)
class Completion:
    """What a completion returns, as far as a workflow needs it."""

    text: str


@dataclass(frozen=True)
class OfflineCatalogue:
    """Answers a request with the command that fits it best; as much of a model as a plain workflow needs."""

    find: Callable[[str], Answer]
    watcher: ProposalWatcher
    name: str = field(default=OFFLINE_NAME)

    def propose(self, prompt: str) -> str:
        """Return one command for the person's request in `prompt`.

        Raises:
            NoMatchError: There is none that is good enough.
        """
        self.watcher.model_asked(self.name, 1, 1)
        # A workflow may set the person's words among its own instructions, of which a search can make nothing.
        asked = self.watcher.request
        answer = self.find(asked if asked and asked in prompt else prompt)
        if not answer.candidates:
            raise NoMatchError(told(answer))
        self.watcher.suggested(answer.candidates)
        return answer.candidates[0].command

    async def acomplete(self, prompt: str, formatted: bool = False, **options: object) -> Completion:
        """Return a completion whose text is one command; see `propose`. Options of other models say nothing here."""
        return Completion(self.propose(prompt))


def connect(settings: Settings, watcher: ProposalWatcher) -> OfflineCatalogue:
    """Return the catalogue of this machine, for requests that are meant in the folder of `settings`."""
    environment = Environment.from_process()
    around = Surroundings(settings.cwd.value, environment.variables.get("PATH"))

    def find(request: str) -> Answer:
        # It is opened anew, because the person may have added to it since the last request.
        return Catalogue(environment.cache_folder, environment.own_catalogue).search(request, around)

    return OfflineCatalogue(find, watcher)


def told(answer: Answer) -> str:
    """Return what a person reads who gets no proposal: why, and the closest entries."""
    if not answer.hints:
        return answer.problem
    closest = "\n".join(f"  {hint.description}:  {hint.command}" for hint in answer.hints)
    return f"{answer.problem}\nThe closest are:\n{closest}"
