"""The values that one run starts with: the request, what the command line gives, and what a form asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError
from pydantic_core import to_jsonable_python

from hitl_cli.decisions import Respond
from hitl_cli.errors import UsageError
from hitl_cli.forms import expected, parsed, problem_in, summary
from hitl_cli.requests import FieldKind, FormField, FormRequest
from hitl_cli.starting.fields import REQUEST_FIELD, StartFields
from hitl_cli.starting.inputs import GivenInputs
from hitl_cli.text.suggestions import did_you_mean

FORM_ID = "start"
_LONGEST_QUOTED = 60  # characters of an invalid value in a message


@dataclass(frozen=True)
class StartValues:
    """What a run starts with: the person's `prompt` in words, and the `values` of the start event, as JSON.

    `secrets` are the names of the fields whose values are not stored.
    """

    prompt: str
    values: Mapping[str, Any] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()

    @classmethod
    def of_prompt(cls, prompt: str) -> "StartValues":
        """Return the values of a run that takes nothing but a prompt."""
        return cls(prompt, {REQUEST_FIELD: prompt})

    @property
    def stored(self) -> dict[str, Any]:
        """The values that are stored: all but the secrets."""
        return {name: value for name, value in self.values.items() if name not in self.secrets}

    def with_news(self, news: Sequence[str]) -> "StartValues":
        """Return these values, with `news` for the model before the prompt."""
        prompt = "\n\n".join([*news, self.prompt])
        values = {name: prompt if value == self.prompt else value for name, value in self.values.items()}
        return replace(self, prompt=prompt, values=values)


@dataclass(frozen=True)
class Start:
    """How the runs of one workflow start: its `fields`, what the command line gives, and what is kept between runs.

    `workflow` is its reference as the person wrote it.
    """

    workflow: str
    fields: StartFields
    inputs: GivenInputs = field(default_factory=GivenInputs)
    kept: Mapping[str, Any] = field(default_factory=dict)

    @property
    def request_field(self) -> str | None:
        """The field that has the request: `user_msg`, or else the only text field that is required, or is there at all.

        Returns None if there is none or it is not clear which one it is.
        """
        candidates = self._candidates()
        return candidates[0] if len(candidates) == 1 else None

    def _candidates(self) -> list[str]:
        texts = [each for each in self.fields.form if each.name in self.fields.texts]
        if REQUEST_FIELD in self.fields.names or (self.fields.is_open and not texts):
            return [REQUEST_FIELD]
        names = [each.name for each in [each for each in texts if each.is_required] or texts]
        free = [name for name in names if name not in self._fixed]
        return free or [name for name in names if name not in self._fixed_by_words]

    @property
    def note_on_request(self) -> str:
        """What to say of a request that the workflow does not use; empty if it may use one."""
        if self.fields.is_open or self.request_field is not None:
            return ""
        if several := self._candidates():
            return (
                f"The request is not used: it could be any of {', '.join(several)}. Give these with --input."
            )
        return "The request is not used: no step of this workflow reads it."

    @property
    def takes_conversation(self) -> bool:
        """Whether the workflow takes one request after another: its field for the request has no other value."""
        name = self.request_field
        if name is None or name in self._fixed:
            return False
        known = self.fields.named(name)
        return name == REQUEST_FIELD or (known is not None and known.is_required)

    @property
    def needs_request(self) -> bool:
        """Whether a run makes no sense without a request: nothing else says what it starts with."""
        return self.takes_conversation and not self.inputs and not self.fields.declared

    @property
    def _fixed(self) -> set[str]:
        return {*self._fixed_by_words, *self.inputs.values}

    @property
    def _fixed_by_words(self) -> set[str]:
        """The fields with a value that a request does not override, as it does one in a file."""
        return {*self.inputs.texts, *self.kept}

    def given(self, request: str | None) -> dict[str, Any]:
        """Return the valid values that `request` and the command line give.

        Raises:
            UsageError: One of them is invalid, or the workflow has no field for it.
        """
        values = {**self.kept, **self._of_file()}
        problems = {}
        for name, text in self.inputs.texts.items():
            known = self._named(name, "with --input")
            values.pop(name, None)
            try:
                if (value := parsed(known, text)) is not ...:
                    values[name] = value
            except ValueError as problem:
                problems[name] = _expectation(known, str(problem))
        if request is not None:
            values |= self._of_request(request)
        problems |= self._problems(values)
        if problems:
            told = " ".join(
                f"Invalid {self._source(name, request)}: {said}" for name, said in problems.items()
            )
            raise UsageError(f"{told} Nothing ran.")
        return values

    def _of_file(self) -> dict[str, Any]:
        for name in self.inputs.values:
            self._named(name, f"in {self.inputs.source}")
        return dict(self.inputs.values)

    def _named(self, name: str, where: str) -> FormField:
        """Return the field `name`, which was given `where`.

        Raises:
            UsageError: There is none.
        """
        if (known := self.fields.named(name)) is not None:
            return known
        if self.fields.is_open:
            return FormField(name, FieldKind.ANY, is_required=True)
        others = [each for each in self.fields.names if each != REQUEST_FIELD]
        if not others:
            only = "takes only a request" if self.fields.names else "has no start fields"
            raise UsageError(f"Unknown start field {name!r} {where}: {self.workflow} {only}. Nothing ran.")
        raise UsageError(
            f"Unknown start field {name!r} {where}; nothing ran. {did_you_mean(name, self.fields.names)}"
            f"The start fields of {self.workflow} are {', '.join(self.fields.names)}."
        )

    def _of_request(self, request: str) -> dict[str, Any]:
        name = self.request_field
        if name is not None and name not in self._fixed_by_words:
            return {name: request}
        if name is not None:
            raise UsageError(f"The request and --input both give {name}; nothing ran. Leave out one of them.")
        candidates = self._candidates()
        needs_one = any(each.is_required for each in self.fields.form if each.name in candidates)
        if candidates and (needs_one or self.fields.declared):
            options = " ".join(f"--input {each}=TEXT" for each in candidates)
            raise UsageError(
                f"The request could be any of {', '.join(candidates)}; nothing ran. Name each in its place: {options}"
            )
        if not self.fields.declared:
            return {REQUEST_FIELD: request}  # see `note_on_request`
        if taken := [name for name in self.fields.texts if name in self._fixed]:
            raise UsageError(
                f"{' and '.join(taken)} has a value already, so no field is left for the request; nothing ran. "
                "Leave out one of them."
            )
        names = ", ".join(f"{each.name} ({_kind(each)})" for each in self.fields.form)
        advice = f"Its start fields: {names}. Give them with --input." if names else "Leave out the request."
        raise UsageError(f"{self.workflow} has no text field for a request; nothing ran. {advice}")

    def _problems(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Return what is wrong with each field that has a value; the empty name is the form as a whole."""
        problems: dict[str, str] = {}
        try:
            self.fields.model(**values)
        except ValidationError as invalid:
            for error in invalid.errors(include_url=False, include_context=False, include_input=False):
                name, *path = map(str, error["loc"]) if error["loc"] else [""]
                if (name not in values and name) or name in problems:
                    continue  # a missing field is asked for
                said = error["msg"].removeprefix("Value error, ").rstrip(".")
                said = f"{'.'.join(path)}: {said}" if path else said
                known = self.fields.named(name)
                problems[name] = _expectation(known, said) if known is not None else f"{said}."
        except Exception as problem:  # noqa: BLE001  (a validator of the workflow's own may raise anything)
            problems[""] = f"{type(problem).__name__}: {problem}."
        return problems

    def _source(self, name: str, request: str | None) -> str:
        if not name:
            return "start fields"
        if name in self.inputs.texts:
            text = self.inputs.texts[name]
            is_shown = name not in self._secrets and len(text) <= _LONGEST_QUOTED
            return f"--input {name}={text!r}" if is_shown else f"--input {name}"
        if request is not None and name == self.request_field:
            return f"request for {name}"
        return f"{name} in {self.inputs.source}" if name in self.inputs.values else name

    def missing(self, given: Mapping[str, Any]) -> list[FormField]:
        """Return the required fields that `given` has no value for."""
        return [each for each in self.fields.form if each.is_required and each.name not in given]

    def missing_error(self, given: Mapping[str, Any]) -> UsageError:
        """Return the error for missing fields where there is nobody to ask."""
        missing = self.missing(given)
        named = " and ".join(f"{each.name} ({_kind(each)})" for each in missing)
        request = self.request_field
        options = [f'"{_PLACEHOLDERS[FieldKind.TEXT]}"' for each in missing if each.name == request]
        options += [
            f"--input {each.name}={_placeholder(each)}"
            for each in missing
            if each.name != request and not each.is_secret
        ]
        advice = [f"Add {' '.join(options)} to the command line."] if options else []
        if secrets := [each.name for each in missing if each.is_secret]:
            what = f"{' and '.join(secrets)} must stay secret, so do not write it on the command line"
            advice.append(f"{what}: run hitl in a terminal, which asks for it, or give it with --input-file.")
        return UsageError(
            f"The workflow needs {named} to start, and there is no terminal to ask you; nothing ran. "
            f"{' '.join(advice)}"
        )

    def form(self, given: Mapping[str, Any]) -> FormRequest:
        """Return the form that asks for every field that `given` has no value for."""
        fields = tuple(each for each in self.fields.form if each.name not in given)
        return FormRequest(
            FORM_ID, self.fields.about, fields, self.fields.model, dict(given), starts_run=True
        )

    def complete(self, values: Mapping[str, Any], request: str | None) -> StartValues:
        """Return the values of a run, which must be complete.

        Raises:
            UsageError: They are not valid together.
        """
        if problem := problem_in(FormRequest(FORM_ID, "", (), self.fields.model), values):
            raise UsageError(f"Invalid start fields: {problem} Nothing ran.")
        instance = self.fields.model(**values)
        typed = {
            name: value if name in self.fields.declared else getattr(instance, name)
            for name, value in values.items()
        }
        prompt = request if request is not None else self._prompt(values)
        return StartValues(prompt, to_jsonable_python(typed, fallback=str), self._secrets)

    def _prompt(self, values: Mapping[str, Any]) -> str:
        """Return what the person asked for in words, where they gave no request but fields."""
        name = self.request_field or REQUEST_FIELD
        asked = values.get(name)
        if isinstance(asked, str) or not values:
            return asked or ""
        return told(Respond(FORM_ID, values, self._secrets))

    @property
    def _secrets(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.fields.form if each.is_secret)

    def keeping(self, started: StartValues) -> "Start":
        """Return how the next run starts: with the same values, except for the request."""
        name = self.request_field
        return replace(self, kept={each: value for each, value in started.values.items() if each != name})


def told(answer: Respond) -> str:
    """Return the values of `answer` that are not empty, with their names and in one line; no secrets."""
    said = {name: value for name, value in answer.values.items() if value not in (None, "", [])}
    return ", ".join(
        f"{name}: {summary(replace(answer, values={name: value}))}" for name, value in said.items()
    )


_PLACEHOLDERS = {
    FieldKind.TEXT: "TEXT",
    FieldKind.YES_NO: "yes",
    FieldKind.NUMBER: "NUMBER",
    FieldKind.DATE: "2026-01-31",
    FieldKind.LIST: "ONE,TWO",
    FieldKind.JSON: "JSON",
    FieldKind.ANY: "VALUE",
}


def _placeholder(field: FormField) -> str:
    if field.kind is FieldKind.CHOICE:
        return field.choices[0].shown if field.choices else "VALUE"
    return _PLACEHOLDERS[field.kind]


def _kind(field: FormField) -> str:
    if field.kind is FieldKind.CHOICE:
        return f"one of {', '.join(each.shown for each in field.choices)}"
    return expected(replace(field, is_required=True, is_optional=False, is_secret=False)) or "a text"


def _expectation(field: FormField, said: str) -> str:
    """Return what is expected of `field` and what is wrong, as a sentence."""
    if field.kind in (FieldKind.CHOICE, FieldKind.YES_NO):
        return f"expected {_kind(field)}."
    said = said.rstrip(".")
    return f"expected {_kind(field)} ({said})."
