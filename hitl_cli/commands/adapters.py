"""What is plugged into the ports of a run: who decides, which model proposes, where the journal is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hitl_cli.journal.store import Store

if TYPE_CHECKING:
    from hitl_cli.models.provider import ModelProvider, ModelWatcher
    from hitl_cli.session.ports import Person
    from hitl_cli.settings import Settings

    ProviderFactory = Callable[["Settings", "ModelWatcher"], "ModelProvider"]


@dataclass(frozen=True)
class Adapters:
    """The adapters of one run.

    Without a `person`, whoever sits at the terminal decides. Without a `provider`, the model that the settings name
    proposes. `store` is the class that opens the file of the journal.
    """

    person: "Person | None" = None
    provider: "ProviderFactory | None" = None
    store: type[Store] = Store
