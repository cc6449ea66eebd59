"""Forms: the fields of a response class, what a person types into them as values, and their validation by pydantic."""

import contextlib
import json
import types
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, Secret, SecretBytes, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from hitl_cli.decisions import Respond
from hitl_cli.requests import FieldChoice, FieldKind, FormField, FormRequest

FREE_FIELD = "response"
"""The field of a response class that declares none, as LlamaIndex's own `HumanResponseEvent`."""

_YES_NO = {"y": True, "yes": True, "true": True, "n": False, "no": False, "false": False}
_NUMBERS = (int, float, Decimal)
_TIMES = (datetime, date, time)
_SEQUENCES = (list, set, frozenset, tuple)
_NEEDED = "This field needs a value."
_SECRETS = (SecretStr, SecretBytes, Secret)
_MASKED = "(secret)"


def fields_of(
    response: type[BaseModel], given: Mapping[str, Any], prefilled: Mapping[str, Any]
) -> tuple[FormField, ...]:
    """Return the fields of `response` that a person fills in.

    The values in `given` are not asked for; those in `prefilled` are defaults.
    """
    fields = tuple(
        field_of(name, info, prefilled) for name, info in response.model_fields.items() if name not in given
    )
    if fields or response.model_fields:
        return fields
    return (FormField(FREE_FIELD, FieldKind.TEXT, is_required=True),)


def field_of(name: str, info: FieldInfo, prefilled: Mapping[str, Any] = MappingProxyType({})) -> FormField:
    """Return a field of a model; its value in `prefilled`, if any, is the default."""
    annotation, is_optional = _without_none(info.annotation)
    kind, choices = _kind(annotation)
    default = None if info.is_required() else info.get_default(call_default_factory=True, validated_data={})
    if name in prefilled:
        default = prefilled[name]
    is_secret = holds_secret(info.annotation)
    return FormField(
        name,
        kind,
        description=(info.description or info.title or "").strip(),
        choices=choices,
        is_required=info.is_required(),
        is_optional=is_optional,
        default="" if is_secret else _as_text(kind, choices, default),
        parts=_parts(annotation),
        is_secret=is_secret,
    )


def holds_secret(annotation: Any, seen: tuple[Any, ...] = ()) -> bool:
    """Whether a value of `annotation` may have a secret of pydantic in it."""
    if annotation in seen:
        return False
    inner = [*get_args(annotation), get_origin(annotation)]
    if isinstance(annotation, type):
        if issubclass(annotation, _SECRETS):
            return True
        if issubclass(annotation, BaseModel):
            inner += [each.annotation for each in annotation.model_fields.values()]
    return any(holds_secret(each, (*seen, annotation)) for each in inner if each is not None)


def _without_none(annotation: Any) -> tuple[Any, bool]:
    """Return `annotation` without `None` and `Annotated`, and whether `None` was allowed."""
    if get_origin(annotation) is Annotated:
        return _without_none(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        arguments = [each for each in get_args(annotation) if each is not type(None)]
        is_optional = len(arguments) < len(get_args(annotation))
        if len(arguments) == 1:
            return _without_none(arguments[0])[0], is_optional
        return annotation, is_optional
    return annotation, annotation is type(None)


def _kind(annotation: Any) -> tuple[FieldKind, tuple[FieldChoice, ...]]:
    origin = get_origin(annotation)
    if origin is Literal:
        return FieldKind.CHOICE, tuple(_choice(each) for each in get_args(annotation))
    if origin in _SEQUENCES or annotation in _SEQUENCES:
        items = [_without_none(each)[0] for each in get_args(annotation) if each is not Ellipsis]
        kinds = [_kind(each) for each in items]
        if any(kind in (FieldKind.JSON, FieldKind.LIST) for kind, _ in kinds):
            return FieldKind.JSON, ()
        return FieldKind.LIST, kinds[0][1] if len(kinds) == 1 else ()
    if not isinstance(annotation, type):
        return (FieldKind.JSON if origin is dict else FieldKind.TEXT), ()
    if issubclass(annotation, Enum):
        return FieldKind.CHOICE, tuple(_choice(each) for each in annotation)
    if issubclass(annotation, bool):
        return FieldKind.YES_NO, ()
    if issubclass(annotation, _NUMBERS):
        return FieldKind.NUMBER, ()
    if issubclass(annotation, _TIMES):
        return FieldKind.DATE, ()
    if issubclass(annotation, BaseModel | dict) or hasattr(annotation, "__dataclass_fields__"):
        return FieldKind.JSON, ()
    return FieldKind.TEXT, ()


def _choice(value: Any) -> FieldChoice:
    plain = value.value if isinstance(value, Enum) else value
    return FieldChoice(plain if isinstance(plain, str) else json.dumps(to_jsonable_python(plain)), plain)


def _parts(annotation: Any) -> tuple[str, ...]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields.items()
        return tuple(
            info.validation_alias if isinstance(info.validation_alias, str) else name for name, info in fields
        )
    arguments = get_args(annotation)
    return _parts(arguments[0]) if len(arguments) == 1 and get_origin(annotation) in _SEQUENCES else ()


def _as_text(kind: FieldKind, choices: Sequence[FieldChoice], value: Any) -> str:
    """Return `value` as a person types it."""
    if value is None:
        return ""
    value = to_jsonable_python(value, fallback=str)
    if kind is FieldKind.YES_NO and isinstance(value, bool):
        return "yes" if value else "no"
    if kind is FieldKind.CHOICE:
        return next((each.shown for each in choices if each.value == value), "")
    if kind is FieldKind.LIST and isinstance(value, list):
        return ", ".join(each if isinstance(each, str) else json.dumps(each) for each in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def parsed(field: FormField, text: str) -> Any:
    """Return what was typed into `field` as a JSON value for pydantic; `...` if the default applies.

    Raises:
        ValueError: The text cannot be a value of this field; the message is a sentence for the person.
    """
    if not text.strip():
        return _empty(field, text)
    word = text.strip()
    match field.kind:
        case FieldKind.YES_NO:
            if word.lower() not in _YES_NO:
                raise ValueError("Type yes or no.")
            return _YES_NO[word.lower()]
        case FieldKind.CHOICE:
            return _chosen(field, word)
        case FieldKind.LIST:
            return _items(field, word)
        case FieldKind.JSON:
            try:
                return json.loads(word)
            except ValueError as problem:
                raise ValueError(f"This is not valid JSON: {problem}.") from problem
        case FieldKind.NUMBER | FieldKind.DATE:
            return word
        case FieldKind.ANY:
            with contextlib.suppress(ValueError):
                return json.loads(word)
    return text


def _empty(field: FormField, text: str) -> Any:
    if field.kind is FieldKind.TEXT and not field.is_optional:
        return text
    if not field.is_required:
        return None if field.is_optional else ...
    if field.is_optional:
        return None
    if field.kind is FieldKind.LIST:
        return []
    raise ValueError(_NEEDED)


def _chosen(field: FormField, word: str) -> Any:
    shown = {each.shown: each.value for each in field.choices}
    if word in shown:
        return shown[word]
    same = [value for name, value in shown.items() if name.lower() == word.lower()]
    if len(same) == 1:
        return same[0]
    if word.isdecimal() and 1 <= int(word) <= len(field.choices):
        return field.choices[int(word) - 1].value
    raise ValueError(f"Type one of the choices, or its number from 1 to {len(field.choices)}.")


def _items(field: FormField, text: str) -> list[Any]:
    if text.startswith("["):
        try:
            items: list[Any] = json.loads(text)
        except ValueError as problem:
            raise ValueError(f"This is not a valid JSON list: {problem}.") from problem
        return items
    pieces = [piece.strip() for piece in text.split("\n" if "\n" in text else ",")]
    pieces = [piece for piece in pieces if piece]
    return [_chosen(field, piece) for piece in pieces] if field.choices else pieces


def response_of(response: type[BaseModel], values: Mapping[str, Any]) -> BaseModel:
    """Return an instance of `response` with `values`, by the names of its fields, whatever aliases these have.

    The constructor of an event passes on no value under an alias, and pydantic takes one under no name.

    Raises:
        Exception: The values are not valid.
    """
    fields = response.model_fields
    if not any(each.validation_alias for each in fields.values()):
        return response(**values)
    made = response.__new__(response)
    declared = {name: value for name, value in values.items() if name in fields}
    response.__pydantic_validator__.validate_python(declared, self_instance=made, by_name=True)
    for name in values.keys() - fields.keys():
        setattr(made, name, values[name])
    return made


def problem_in(request: FormRequest, values: Mapping[str, Any], field: str | None = None) -> str:
    """Return why `values` are not a valid response to `request`, as a sentence; empty if they are valid.

    With `field`, only what is wrong with that field counts.
    """
    return problem_with(request.response, {**values, **request.given}, field)


def problem_with(response: type[BaseModel], values: Mapping[str, Any], field: str | None = None) -> str:
    """Return why `values` are not valid for `response`, as a sentence; empty if they are. The class itself validates.

    With `field`, only what is wrong with that field counts.
    """
    try:
        response_of(response, values)
    except ValidationError as invalid:
        for error in invalid.errors(include_url=False, include_context=False, include_input=False):
            path = [str(each) for each in error["loc"]]
            if field is None or path[:1] == [field]:
                where = ".".join(path if field is None else path[1:])
                said = error["msg"].removeprefix("Value error, ").rstrip(".")
                return f"{where}: {said}." if where else f"{said}."
    except Exception as problem:  # noqa: BLE001  (a validator of the workflow's own may raise anything)
        if field is None:
            return f"{type(problem).__name__}: {problem}."
    return ""


class FormState:
    """A form while a person fills it in: what is typed into each field, and which field is next."""

    def __init__(self, request: FormRequest) -> None:
        """Begin with the defaults, or with the draft of `request`."""
        self.request = request
        self.at = 0
        self._texts = {field.name: field.default for field in request.fields}
        self._restore(request.draft)

    def _restore(self, draft: str | None) -> None:
        try:
            kept = json.loads(draft or "{}")
            texts, at = kept.get("texts", {}), int(kept.get("at", 0))
            self._texts |= {name: str(text) for name, text in texts.items() if name in self._texts}
            self.at = max(0, min(at, len(self.request.fields) - 1))
        except (ValueError, TypeError, AttributeError):
            self.at = 0  # a draft of another version of the workflow

    @property
    def field(self) -> FormField | None:
        """The field to fill in next; None if all are filled in."""
        return self.request.fields[self.at] if self.at < len(self.request.fields) else None

    @property
    def text(self) -> str:
        """What is typed into the next field so far."""
        return self._texts[self.field.name] if self.field else ""

    def draft(self, text: str) -> str:
        """Return the form, with `text` in the next field, as `FormRequest.draft` keeps it: without secrets."""
        texts = {**self._texts, **({self.field.name: text} if self.field else {})}
        texts = {name: text for name, text in texts.items() if name not in self._secrets}
        return json.dumps({"texts": texts, "at": self.at}, ensure_ascii=False)

    def take(self, text: str) -> str:
        """Fill in the next field and move to the one after it; return why `text` is invalid, empty if it is valid."""
        field = self.field
        assert field is not None
        self._texts[field.name] = text
        try:
            value = parsed(field, text)
        except ValueError as unreadable:
            return str(unreadable)
        if value is not ... and (problem := problem_in(self.request, self._values(value), field.name)):
            return problem
        self.at += 1
        return ""

    def keep(self, text: str) -> None:
        """Keep what is typed into the next field, as it is."""
        if self.field is not None:
            self._texts[self.field.name] = text

    def back(self) -> bool:
        """Return to the field before, and return whether there is one."""
        if self.at == 0:
            return False
        self.at -= 1
        return True

    def problem(self) -> str:
        """Return why the whole form is not valid, empty if it is."""
        return problem_in(self.request, self._values())

    def respond(self) -> Respond:
        """Return the decision; all fields must be filled in."""
        return Respond(self.request.request_id, self._values(), self._secrets)

    def told(self) -> list[tuple[str, str]]:
        """Return the names of the fields, and what was typed into each; secrets are masked."""
        return [
            (field.name, _MASKED if field.is_secret and text else text)
            for field in self.request.fields
            for text in (self._texts[field.name],)
        ]

    @property
    def _secrets(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.request.fields if field.is_secret)

    def _values(self, last: Any = ...) -> dict[str, Any]:
        """Return the values of the fields before the next one, and `last` for the next one."""
        values = {
            field.name: value
            for field in self.request.fields[: self.at]
            if (value := parsed(field, self._texts[field.name])) is not ...
        }
        if last is not ... and self.field is not None:
            values[self.field.name] = last
        return values


def expected(field: FormField) -> str:
    """Return what a person can type into `field`, as a phrase."""
    match field.kind:
        case FieldKind.YES_NO:
            said = "yes or no"
        case FieldKind.CHOICE:
            said = "one of the choices, or its number"
        case FieldKind.NUMBER:
            said = "a number"
        case FieldKind.DATE:
            said = "a date or time, such as 2026-01-31"
        case FieldKind.LIST:
            said = "a list, with commas between its items"
        case FieldKind.JSON:
            parts = f" with {', '.join(field.parts)}" if field.parts else ""
            said = f"JSON{parts}"
        case FieldKind.ANY:
            said = "a text, a number or JSON"
        case _:
            said = ""
    may_be_empty = not field.is_required or field.is_optional
    hidden = "not shown and not saved" if field.is_secret else ""
    return ", ".join(filter(None, (said, hidden, "may be empty" if may_be_empty else "")))


def summary(answer: Respond) -> str:
    """Return `answer` in one line, for records: the only value as it is, several with their names; no secrets."""
    texts = {
        name: _MASKED if name in answer.secrets else _in_words(value) for name, value in answer.values.items()
    }
    return next(iter(texts.values())) if len(texts) == 1 else ", ".join(f"{k}: {v}" for k, v in texts.items())


def _in_words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ", ".join(value) if value else "none"
    return (
        "none"
        if value is None
        else value
        if isinstance(value, str)
        else json.dumps(value, ensure_ascii=False)
    )
