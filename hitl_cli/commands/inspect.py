"""`hitl inspect`: what a workflow is made of, and what is wrong with it. It is imported, and not run."""

import asyncio
from pathlib import Path

from hitl_cli.inspection.structure import Structure, structure_of
from hitl_cli.loading.importing import loaded, own_code
from hitl_cli.loading.references import Reference


def inspected(text: str, folder: Path) -> Structure:
    """Return the structure of the workflow that `text` names in `folder`.

    Raises:
        LoadError: It cannot be found or imported.
    """
    reference = Reference.parse(text, folder)
    with loaded(reference, own_code(reference), asyncio.run) as found:
        return structure_of(found)
