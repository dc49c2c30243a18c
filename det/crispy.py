"""All contact with crispy-forms: the layout of a form, and its fields in GOV.UK's markup.

Beside its errors a form may hold findings, which do not keep it from being saved:

    form.findings = {"sex": [{"severity": "warning", "message": "Sex differs from last time"}]}

Severity is "error" or "warning". Findings are shown beside their fields and in the summary.
"""

import json
from collections.abc import Iterator
from typing import Any

from crispy_forms.layout import LayoutObject
from crispy_forms_gds.helper import FormHelper
from crispy_forms_gds.layout import Layout
from django.forms import BaseForm, BoundField, CheckboxSelectMultiple, MultiWidget, RadioSelect
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from det.answers import words

Message = dict[str, str]


class _Item(LayoutObject):
    """One field of a form, drawn by one of our own templates with all that is said about it."""

    def __init__(self, name: str, template: str, wrapper: dict[str, Any] | None, **context: Any):
        self.fields = [name]
        self.template = template
        self.context = {"wrapper": _attributes(wrapper), **context}

    def render(self, form: BaseForm, context: Any, **kwargs: Any) -> SafeString:
        field = form[self.fields[0]]
        told = list(_told(form, field))
        has_hint = field.help_text or getattr(field.field, "only_if", "")
        hint = [f"{field.auto_id}_hint"] if has_hint else []
        described_by = " ".join(hint + [message["id"] for message in told])
        has_error = any(message["severity"] == "error" for message in told)
        return render_to_string(
            self.template,
            {
                **self.context,
                "field": field,
                "told": told,
                "described_by": described_by,
                "has_error": has_error,
                "widget": self.widget(field, described_by, has_error),
            },
        )

    def widget(self, field: BoundField, described_by: str, has_error: bool) -> SafeString:
        """The widget itself; its attributes come from the widget and from the layout."""
        attributes = {name: value for name, value in self.context["attributes"].items() if value}
        if described_by:
            attributes["aria-describedby"] = described_by
        if has_error and "error_class" in self.context:
            attributes["class"] += f" {self.context['error_class']}"
        return field.as_widget(attrs=attributes)


class _Radios(_Item):
    def widget(self, field: BoundField, described_by: str, has_error: bool) -> SafeString:
        return SafeString("")  # the template draws the choices one by one


class _TypedChoice(_Item):
    """A text input for one of many answers; where what was typed is a question, the nearest ones to choose from."""

    def render(self, form: BaseForm, context: Any, **kwargs: Any) -> SafeString:
        field: Any = form[self.fields[0]]
        self.context["nearest"] = [
            {"value": answer.code, "words": words(answer), "id": f"{field.auto_id}_answer_{number}"}
            for number, answer in enumerate(field.field.nearest)
        ]
        return super().render(form, context, **kwargs)


class _Note(LayoutObject):
    """A template of its own among the fields, drawn where there is something to say."""

    def __init__(self, template: str, about: dict[str, Any]):
        self.fields: list[str] = []
        self.template = template
        self.about = about

    def render(self, form: BaseForm, context: Any, **kwargs: Any) -> SafeString:
        said = any(self.about.values())
        return render_to_string(self.template, self.about) if said else SafeString("")


class _Fieldset(LayoutObject):
    """A group of fields under a heading."""

    def __init__(
        self,
        title: str,
        *fields: Any,
        intro: str,
        folded: bool,
        wrapper: dict[str, Any] | None,
    ):
        self.folded = folded
        self.title = title
        self.fields = list(fields)
        self.intro = intro
        self.wrapper = _attributes(wrapper)

    def render(self, form: BaseForm, context: Any, **kwargs: Any) -> SafeString:
        return render_to_string(
            "gds/group.html",
            {
                "title": self.title,
                "intro": self.intro,
                "folded": self.folded,
                "wrapper": self.wrapper,
                "fields": self.get_rendered_fields(form, context),
            },
        )


def text(
    name: str,
    *,
    width: int | None = None,
    datalist_id: str | None = None,
    suffix: str | None = None,
    wrapper: dict[str, Any] | None = None,
) -> LayoutObject:
    """A text input. `width` is 2, 3, 4, 5, 10, 20 or 30 characters; `datalist_id` names the page's
    datalist with its suggestions; `suffix` is a unit shown behind it; `wrapper` holds attributes of
    the group around it, where a value that is a list or dict becomes JSON."""
    return _Item(
        name,
        "gds/text.html",
        wrapper,
        suffix=suffix,
        error_class="govuk-input--error",
        attributes={
            "class": f"govuk-input govuk-input--width-{width}" if width else "govuk-input",
            "list": datalist_id,
        },
    )


def typed_choice(
    name: str, *, datalist_id: str, all_answers: str = "", wrapper: dict[str, Any] | None = None
) -> LayoutObject:
    """A text input for one of many answers, with a link to the page that lists them if there is one.

    Its field has `nearest`.
    """
    return _TypedChoice(
        name,
        "gds/typed_choice.html",
        wrapper,
        all_answers=all_answers,
        error_class="govuk-input--error",
        attributes={"class": "govuk-input", "list": datalist_id, "data-answers": datalist_id},
    )


def select(name: str, *, wrapper: dict[str, Any] | None = None) -> LayoutObject:
    """A list that opens; its field has a widget of the kind Select."""
    return _Item(
        name,
        "gds/text.html",
        wrapper,
        error_class="govuk-select--error",
        attributes={"class": "govuk-select"},
    )


def note(template: str, about: dict[str, Any]) -> LayoutObject:
    """A template with `about` as its context; nothing where all of it is empty."""
    return _Note(template, about)


def file(name: str, *, wrapper: dict[str, Any] | None = None) -> LayoutObject:
    """The choice of a file. Its form needs enctype="multipart/form-data"."""
    return _Item(
        name,
        "gds/text.html",
        wrapper,
        error_class="govuk-file-upload--error",
        attributes={"class": "govuk-file-upload"},
    )


def radios(
    name: str, *, inline: bool = False, wrapper: dict[str, Any] | None = None
) -> LayoutObject:
    """Radio buttons, always posted: as "" where none is chosen."""
    return _Radios(name, "gds/radios.html", wrapper, inline=inline)


def tick(
    name: str, hidden_value: str = "", *, wrapper: dict[str, Any] | None = None
) -> LayoutObject:
    """One checkbox, always posted: as `hidden_value` where it is not ticked.

    Django's CheckboxInput reads "" and "false" as unticked, anything else as ticked."""
    return _Item(
        name,
        "gds/tick.html",
        wrapper,
        hidden_value=hidden_value,
        attributes={"class": "govuk-checkboxes__input"},
    )


def fieldset(
    title: str,
    *fields: Any,
    intro: str = "",
    folded: bool = False,
    wrapper: dict[str, Any] | None = None,
) -> LayoutObject:
    """A group of fields, or of groups, with perhaps a sentence; under a heading unless the title is ''.

    `folded`: of the group only the heading is seen until somebody opens it.
    """
    return _Fieldset(title, *fields, intro=intro, folded=folded, wrapper=wrapper)


def helper(*layout: Any) -> FormHelper:
    """A form's `helper`. The page's template writes <form>, buttons and {% crispy form %} between
    them, which also writes the CSRF token."""
    made = FormHelper()
    made.form_tag = False
    made.layout = Layout(*layout)
    return made


def target_id(field: BoundField) -> str:
    """The id of what a link to this field has to focus: of several inputs the first."""
    several = isinstance(field.field.widget, RadioSelect | CheckboxSelectMultiple | MultiWidget)
    return f"{field.auto_id}_0" if several else field.auto_id


def summary(form: BaseForm) -> list[Message]:
    """What templates/includes/summary.html lists: the form's errors and findings, errors first.

    Each has `message`, `field_id` (what the link focuses) and `severity`.
    """
    fields = [form[name] for name in form.fields if not form[name].is_hidden]
    first = target_id(fields[0]) if fields else ""
    listed = [
        {"message": str(message), "field_id": first, "severity": "error"}
        for message in form.non_field_errors()
    ]
    for field in fields:
        for message in _told(form, field):
            listed.append({**message, "field_id": target_id(field)})
    return sorted(listed, key=lambda message: message["severity"] != "error")


def _told(form: BaseForm, field: BoundField) -> Iterator[Message]:
    """All that is said about a field, each with the id of its place on the page."""
    errors = [{"severity": "error", "message": str(message)} for message in field.errors]
    findings = getattr(form, "findings", {}).get(field.name, [])
    for number, message in enumerate([*errors, *findings], start=1):
        yield {
            "severity": message["severity"],
            "message": message["message"],
            "id": f"{field.auto_id}_{message['severity']}_{number}",
        }


def _attributes(wrapper: dict[str, Any] | None) -> dict[str, str]:
    return {
        name: json.dumps(value) if isinstance(value, list | dict) else str(value)
        for name, value in (wrapper or {}).items()
    }
