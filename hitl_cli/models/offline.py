"""The offline catalogue as a provider of proposals: it matches words and understands nothing."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from hitl_cli.catalogue.search import Catalogue, SearchResult
from hitl_cli.catalogue.workspace import Workspace
from hitl_cli.environment import Environment
from hitl_cli.errors import NoMatchError
from hitl_cli.models.provider import ModelWatcher
from hitl_cli.requests import Alternative
from hitl_cli.settings import OFFLINE_NAME, Settings

if TYPE_CHECKING:
    from hitl_cli.models.offline_agent import OfflineAgentModel


class CatalogueProvider:
    """Proposes the commands that `search` finds for a request."""

    def __init__(self, search: Callable[[str], SearchResult], watcher: ModelWatcher) -> None:
        self.watcher: ModelWatcher = watcher
        self._search = search

    @classmethod
    def of_machine(cls, settings: Settings, watcher: ModelWatcher) -> "CatalogueProvider":
        """Return a provider that searches this machine's catalogue for requests in the folder of `settings`."""
        environment = Environment.from_process()
        around = Workspace(settings.cwd.value, environment.variables.get("PATH"))

        def search(request: str) -> SearchResult:
            # Opened again for each request, because the person may have added entries.
            return Catalogue(environment.cache_folder, environment.own_catalogue).search(request, around)

        return cls(search, watcher)

    def llm(self, *, quiet: bool = False) -> "OfflineAgentModel":
        """Return a LlamaIndex model that answers with the catalogue's proposals; see `ModelProvider.llm`."""
        from hitl_cli.models.offline_agent import OfflineAgentModel

        return OfflineAgentModel(self.propose_one)

    async def propose(self, prompt: str) -> Sequence[Alternative]:
        """Return the matches for the person's request in `prompt`; see `ModelProvider.propose`."""
        return self.matches(prompt)

    def propose_one(self, prompt: str) -> str:
        """Return the best match for the person's request in `prompt`, and tell the watcher about all matches.

        Raises:
            NoMatchError: No match is good enough.
        """
        matches = self.matches(prompt)
        self.watcher.alternatives_found(matches)
        return matches[0].command

    def matches(self, prompt: str) -> Sequence[Alternative]:
        """Return the matches for the person's request in `prompt`, the best first.

        Raises:
            NoMatchError: No match is good enough.
        """
        self.watcher.model_asked(OFFLINE_NAME, 1, 1)
        # A workflow may put the request among its own instructions, which the search cannot use.
        request = self.watcher.request
        answer = self._search(request if request and request in prompt else prompt)
        if not answer.candidates:
            raise NoMatchError(explain_no_match(answer))
        return [
            Alternative(each.command, each.description, OFFLINE_NAME, each.changes, each.unfilled)
            for each in answer.candidates
        ]


def explain_no_match(answer: SearchResult) -> str:
    """Return what a person reads who gets no proposal: why, and the closest entries."""
    if not answer.hints:
        return answer.problem
    closest = "\n".join(f"  {hint.description}:  {hint.command}" for hint in answer.hints)
    return f"{answer.problem}\nThe closest are:\n{closest}"
