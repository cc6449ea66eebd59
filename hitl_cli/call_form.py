"""A call of a tool while a person changes its arguments, one by one or as a whole; and how its arguments are shown."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, create_model
from pydantic_core import to_jsonable_python

from hitl_cli.decisions import Run
from hitl_cli.forms import FormState, fields_of, problem_in
from hitl_cli.requests import FormRequest, ToolRequest, call_text
from hitl_cli.text.visible import suspicions, visible

_WHOLE = "arguments"
_INDENT = "    "


def shown_arguments(arguments: Mapping[str, Any]) -> list[str]:
    """Return what the screen shows for `arguments`, in lines; no two different sets of arguments look the same.

    A text is shown as it is, unless it could be taken for another value; other values are JSON. The further lines of a
    text are indented.
    """
    return [
        f"{visible(name, single_line=True)}: {visible(_told(value))}".replace("\n", f"\n{_INDENT}")
        for name, value in arguments.items()
    ]


def _told(value: Any) -> str:
    if isinstance(value, str) and value.strip() == value and value:
        try:
            json.loads(value)
        except ValueError:
            return value
    return json.dumps(value, ensure_ascii=False)


def shown_call(text: str) -> str:
    """Return what the screen shows for a call, as `call_text` writes it."""
    tool, _, rest = text.partition(" ")
    return "\n".join([visible(tool, single_line=True), *shown_arguments(json.loads(rest))])


def problem_with(schema: type[BaseModel] | None, arguments: Mapping[str, Any]) -> str:
    """Return why `schema` does not allow `arguments`, as a sentence; empty if it does."""
    return "" if schema is None else problem_in(FormRequest("", "", (), schema), arguments)


class CallState:
    """A call that waits for a decision: `arguments` are those that an approval would be for."""

    def __init__(self, request: ToolRequest) -> None:
        """Begin with the arguments of the model, or with the draft of `request`."""
        self.request = request
        self.arguments: dict[str, Any] = dict(request.arguments)
        self.form_draft: str | None = None
        try:
            kept = json.loads(request.draft or "{}")
            self.arguments = dict(kept.get("arguments", self.arguments))
            self.form_draft = kept.get("form")
        except (ValueError, TypeError, AttributeError):
            pass  # a draft of another version

    @property
    def is_changed(self) -> bool:
        """Whether the arguments are not those of the model any more."""
        return self.arguments != self.request.arguments

    @property
    def can_be_changed_one_by_one(self) -> bool:
        """Whether there are fields to fill in."""
        return bool(self.request.schema is not None and self.request.schema.model_fields)

    def lines(self) -> list[str]:
        """Return what is shown of the arguments."""
        return shown_arguments(self.arguments)

    def warnings(self) -> list[str]:
        """Return what a person should know of the arguments before they decide."""
        found = [reason for line in map(_told, self.arguments.values()) for reason in suspicions(line)]
        problem = problem_with(self.request.schema, self.arguments)
        return [*([f"The tool's schema does not allow this: {problem}"] if problem else []), *found]

    def fields(self) -> FormState:
        """Return a form with a field for each argument, filled in."""
        schema = self.request.schema
        assert schema is not None
        given = {name: each for name, each in self.arguments.items() if name not in schema.model_fields}
        fields = fields_of(schema, given, self.arguments)
        request = FormRequest(self.request.request_id, "", fields, schema, given, self.form_draft)
        return FormState(request)

    def whole(self) -> FormState:
        """Return a form with one field, which has all arguments as JSON."""

        def check(arguments: dict[str, Any]) -> dict[str, Any]:
            if problem := problem_with(self.request.schema, arguments):
                raise ValueError(problem)
            return arguments

        response = create_model("Whole", arguments=(Annotated[dict[str, Any], AfterValidator(check)], ...))
        fields = fields_of(response, {}, {_WHOLE: self.arguments})
        return FormState(FormRequest(self.request.request_id, "", fields, response))

    def take(self, form: FormState) -> None:
        """Take the arguments from a form that is filled in; what was not changed there stays as it is."""
        self.form_draft = None
        values = dict(form.respond().values)
        if form.request.response is not self.request.schema:
            self.arguments = dict(values[_WHOLE])
            return
        typed = form.request.response(**{**values, **form.request.given})
        before = {field.name: field.default for field in form.request.fields}
        for name, text in form.told():
            if text == before[name]:
                continue
            if name in values:
                self.arguments[name] = to_jsonable_python(getattr(typed, name), fallback=str)
            else:
                self.arguments.pop(name, None)

    def draft(self, form: str | None = None) -> str:
        """Return the call as `ToolRequest.draft` keeps it; `form` is the draft of an open form."""
        return draft_of(self.arguments, form)

    def approve(self, shown: str) -> Run:
        """Return the approval of the call as it is now; `shown` is what the person saw of it."""
        return Run(self.request.request_id, call_text(self.request.tool, self.arguments), shown)


def draft_of(arguments: Mapping[str, Any], form: str | None = None) -> str:
    """Return `arguments` as `ToolRequest.draft` keeps them."""
    return json.dumps({"arguments": arguments, "form": form}, ensure_ascii=False)
