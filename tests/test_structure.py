"""The structure of the package: imports have one direction, and the core does not know the offline catalogue."""

import ast
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parent.parent
KNOW_THE_CATALOGUE = ("hitl_cli.catalogue", "hitl_cli.models.offline", "hitl_cli.commands")


@cache
def modules() -> dict[str, ast.Module]:
    """Return all modules of the package, parsed."""
    return {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): ast.parse(
            file.read_text()
        )
        for file in (ROOT / "hitl_cli").rglob("*.py")
    }


def imports(module: str) -> Iterator[str]:
    """Yield the modules that `module` imports anywhere in it: at the top, in a function, for types."""
    for node in ast.walk(modules()[module]):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name in modules())
        elif isinstance(node, ast.ImportFrom) and node.module in modules():
            for each in node.names:
                name = f"{node.module}.{each.name}"
                yield name if name in modules() else str(node.module)


def part_of(module: str) -> str:
    """Return the package or the module at the top that `module` belongs to."""
    return ".".join(module.split(".")[:2])


def test_imports_have_one_direction() -> None:
    """No module imports itself through others, not even inside a function."""
    TopologicalSorter({module: set(imports(module)) - {module} for module in modules()}).prepare()


def test_packages_have_one_direction() -> None:
    """No package or module at the top imports itself through others: each is above or below another, never both."""
    above: dict[str, set[str]] = {}
    for module in modules():
        top = part_of(module)
        above.setdefault(top, set()).update(part_of(each) for each in imports(module) if part_of(each) != top)
    TopologicalSorter(above).prepare()


def test_no_two_classes_share_a_name() -> None:
    """A reader who meets the name of a class knows which one it is."""
    names = Counter(
        node.name for tree in modules().values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_only_adapters_know_the_catalogue() -> None:
    """The session, the gate, the journal and the prompt know alternatives with gaps, wherever these come from."""
    knowing = {
        module
        for module in modules()
        for imported in imports(module)
        if imported.startswith("hitl_cli.catalogue") and not module.startswith(KNOW_THE_CATALOGUE)
    }
    assert knowing == set()


def test_the_program_does_not_import_what_is_for_tests() -> None:
    """`hitl_cli.testing` is for authors; no module of the program needs it."""
    testing = "hitl_cli.testing"
    assert [
        module
        for module in modules()
        if not module.startswith(testing) and any(each.startswith(testing) for each in imports(module))
    ] == []
