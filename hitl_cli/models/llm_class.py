"""Makes a model of any class of LlamaIndex: `package.module:Class` and its arguments, from the settings."""

import contextlib
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from llama_index.core import Settings as LibrarySettings
from llama_index.core.llms import LLM
from pydantic import ValidationError

from hitl_cli.errors import UsageError
from hitl_cli.installing import install_command, package_of
from hitl_cli.llm_settings import VariableOption
from hitl_cli.loading.failures import described
from hitl_cli.models.server_words import in_one_line
from hitl_cli.settings import Settings
from hitl_cli.text.suggestions import did_you_mean, similar

_INTEGRATIONS = "llama_index.llms"
_SIMILAR = 0.75  # of 1; ollama and openai are less similar
_FLAGS = {"model": ("model", "model_name", "model_id"), "base_url": ("base_url", "api_base")}
"""The flags that set an argument, and the names that classes give this argument."""


def made(settings: Settings) -> LLM:
    """Return the model whose class and arguments `settings` name.

    Raises:
        UsageError: The class cannot be imported, is no language model, or refuses the arguments.
    """
    assert settings.llm_class is not None
    model_class = _class_named(settings.llm_class, settings.llm.source)
    options: dict[str, Any] = {
        name: value.value if isinstance(value, VariableOption) else value
        for name, value in settings.llm_options.value.items()
    }
    known = _arguments(model_class)
    for name in options:
        if name not in known:
            raise UsageError(
                f"{settings.llm_class} has no argument {name!r}, which llm_options has; nothing ran. "
                f"{did_you_mean(name, known)}".rstrip()
            )
    options |= _of_flags(settings, known)
    try:
        model = model_class(**options)
        model.metadata  # noqa: B018  (it raises if the class does not know the model)
        return model
    except Exception as problem:
        said = _refusal(settings.llm_class, problem)
        for secret in (
            each for each in settings.llm_options.value.values() if isinstance(each, VariableOption)
        ):
            said = said.replace(secret.value, f"${secret.name}")
        raise UsageError(said) from problem


def _refusal(text: str, problem: Exception) -> str:
    if isinstance(problem, ImportError):
        return f"{text} needs another package: {_in_a_sentence(problem)}.{_install(problem)} Nothing ran."
    if isinstance(problem, ValidationError):
        said = "; ".join(
            f"{'.'.join(map(str, each['loc']))}: {each['msg'].removeprefix('Value error, ').rstrip('.')}"
            for each in problem.errors(include_url=False, include_context=False, include_input=False)
        )
        return (
            f"{text} refuses its arguments ({said}); nothing ran. They are in [llm_options] of the settings."
        )
    return (
        f"{text} cannot be used: {_in_a_sentence(problem)}. Nothing ran. "
        "Its arguments are in [llm_options] of the settings."
    )


@contextlib.contextmanager
def as_library_default(model: LLM) -> Iterator[None]:
    """Make `model` the one that LlamaIndex gives to whatever names no model, while the block runs."""
    before = LibrarySettings._llm
    LibrarySettings._llm = model
    try:
        yield
    finally:
        LibrarySettings._llm = before


def _class_named(text: str, source: str) -> type[LLM]:
    module_name, _, name = text.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as problem:
        missing = problem.name or module_name
        if not f"{module_name}.".startswith(f"{missing}."):
            raise UsageError(
                f"Cannot import {module_name}: the module {missing} is missing.{_install(problem)} Nothing ran."
            ) from problem
        package, _, last = module_name.rpartition(".")
        close = similar(last, _integrations(), cutoff=_SIMILAR, most=1) if package == _INTEGRATIONS else []
        near = f"Did you mean {package}.{close[0]}? Otherwise install" if close else "Install"
        raise UsageError(
            f"There is no module {module_name} for {source}; nothing ran. {near} it with: "
            f"{install_command(package_of(module_name))}"
        ) from problem
    except Exception as problem:
        raise UsageError(f"Cannot import {module_name}: {_in_a_sentence(problem)}. Nothing ran.") from problem
    found = getattr(module, name, None)
    if found is None:
        raise UsageError(f"{module_name} has no {name}; nothing ran. {_advice(module, name)}".rstrip())
    if not isinstance(found, type) or not issubclass(found, LLM):
        raise UsageError(
            f"{text} is not a class of a LlamaIndex language model; nothing ran. {_advice(module, name)}".rstrip()
        )
    return found


def _advice(module: ModuleType, name: str) -> str:
    if module.__name__ == _INTEGRATIONS:
        known = {each.replace("_", ""): each for each in _integrations()}
        part = known.get(name.lower()) or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
        return f"Name its module, too: {_INTEGRATIONS}.{part}:{name}"
    classes = [
        each
        for each, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, LLM) and not inspect.isabstract(value)
    ]
    return did_you_mean(name, classes) or (f"It has {', '.join(sorted(classes))}." if classes else "")


def _integrations() -> list[str]:
    """Return the names of the modules of the model integrations that are installed."""
    try:
        package = importlib.import_module(_INTEGRATIONS)
    except ImportError:
        return []
    return [each.name for each in pkgutil.iter_modules(package.__path__)]


def _arguments(model_class: type[LLM]) -> set[str]:
    """Return the names of the arguments that a class takes: its fields, and the parameters of its constructors."""
    fields = model_class.model_fields.items()
    names = {name for name, _ in fields} | {each.alias for _, each in fields if each.alias}
    for base in model_class.__mro__:
        if (constructor := vars(base).get("__init__")) is not None:
            names |= {
                each.name
                for each in inspect.signature(constructor).parameters.values()
                if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)
            }
    return names - {"self"}


def _of_flags(settings: Settings, known: set[str]) -> dict[str, Any]:
    """Return the arguments that flags set; the same settings from elsewhere are those of a server."""
    found: dict[str, Any] = {}
    for name, arguments in _FLAGS.items():
        setting = getattr(settings, name)
        if not setting.source.startswith("--"):
            continue
        argument = next((each for each in arguments if each in known), None)
        if argument is None:
            raise UsageError(f"{settings.llm_class} takes no {setting.source}; nothing ran. Leave it out.")
        found[argument] = setting.value
    return found


def _install(problem: ImportError) -> str:
    return f" Install it with: {install_command(package_of(problem.name))}." if problem.name else ""


def _in_a_sentence(problem: Exception) -> str:
    return in_one_line(described(problem))
