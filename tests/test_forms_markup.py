"""The markup of forms: what det/crispy.py and the summary make of a small form."""

from html.parser import HTMLParser
from typing import Any

import pytest
from django import forms
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import RequestFactory
from django.urls import path

from det import crispy
from ndtms.about.urls import urlpatterns as about_urls
from ndtms.accounts.urls import urlpatterns as account_urls


class Small(forms.Form):
    surname = forms.CharField(help_text="As on the letter <here>")
    sex = forms.ChoiceField(
        choices=[("F", "Female"), ("M", "Male"), ("X", "Indeterminate")], widget=forms.RadioSelect
    )
    pregnant = forms.ChoiceField(
        choices=[("Y", "Yes"), ("N", "No")], widget=forms.RadioSelect, required=False
    )
    drug = forms.CharField(widget=forms.TextInput(attrs={"autocomplete": "off"}))
    units = forms.IntegerField()
    agreed = forms.BooleanField(label="Agreed & signed")
    helper = crispy.helper(
        crispy.fieldset(
            "Who",
            crispy.text("surname", width=20),
            crispy.radios("sex"),
            crispy.radios(
                "pregnant",
                inline=True,
                wrapper={"data-shown-when": [{"fields": ["sex"], "values": ["f"], "not": False}]},
            ),
            intro="As they say it <themselves>.",
        ),
        crispy.fieldset(
            "Use",
            crispy.text("drug", datalist_id="drugs"),
            crispy.text("units", width=3, suffix="per day"),
            wrapper={"id": "use"},
        ),
        crispy.tick("agreed", "false"),
    )

    def clean(self) -> None:
        if not any(self.cleaned_data.values()):
            raise forms.ValidationError("Enter something")


FINDINGS = {
    "surname": [{"severity": "warning", "message": "Differs from last time"}],
    "sex": [{"severity": "warning", "message": "Unusual here"}],
    "pregnant": [{"severity": "error", "message": "Only for women"}],
    "agreed": [{"severity": "warning", "message": "Consent is old"}],
}
PAGE = """{% extends "base.html" %}{% load crispy_forms_tags %}{% block title %}Small{% endblock %}
{% block content %}{% include "includes/summary.html" %}<h1 class="govuk-heading-l">Small</h1>
<form method="post" novalidate>{% crispy form %}
<datalist id="drugs"><option value="Heroin (1)"></datalist>
<button class="govuk-button">Save</button></form>{% endblock %}"""


def small(request: HttpRequest) -> HttpResponse:
    """The page as in the product; findings are there when ?findings is asked for."""
    form = Small(request.POST if request.method == "POST" else None)
    if "findings" in request.GET:
        form.findings = FINDINGS
    context = {"form": form, "summary": crispy.summary(form)}
    return HttpResponse(engines["django"].from_string(PAGE).render(context, request))


# Under the name of a page that nobody has to sign in for.
urlpatterns = [
    path("small/", small, name="how-to-sign-in"),
    *(url for url in account_urls if url.name != "how-to-sign-in"),
    *about_urls,
]
pytestmark = pytest.mark.urls("tests.test_forms_markup")


class Page(HTMLParser):
    """The start tags of a page, in order: (name, attributes)."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def all(self, tag: str, **attributes: str) -> list[dict[str, str]]:
        return [
            found
            for name, found in self.tags
            if name == tag and attributes.items() <= found.items()
        ]

    def by_id(self, wanted: str) -> tuple[str, dict[str, str]]:
        (found,) = [tag for tag in self.tags if tag[1].get("id") == wanted]
        return found


def render(data: dict[str, str] | None, findings: bool = False) -> str:
    factory = RequestFactory()
    address = "/small/?findings" if findings else "/small/"
    request = factory.get(address) if data is None else factory.post(address, data)
    request.user = None  # type: ignore[assignment]
    return small(request).content.decode()


GOOD = {"surname": "Sm<i>th", "sex": "F", "drug": "Heroin (1)", "units": "2", "agreed": "on"}
STATES = {
    "empty": (None, False),
    "all wrong": ({}, False),
    "some wrong": ({**GOOD, "sex": "Q", "units": "two"}, False),
    "good": (GOOD, False),
    "findings": (GOOD, True),
    "errors and findings": ({"units": "two"}, True),
}


@pytest.fixture(params=STATES)
def html(request: Any) -> str:
    return render(*STATES[request.param])


def test_every_id_is_there_once(html: str) -> None:
    ids = [attributes["id"] for _, attributes in Page(html).tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_descriptions_exist(html: str) -> None:
    page = Page(html)
    described = [a["aria-describedby"] for _, a in page.tags if "aria-describedby" in a]
    assert described
    for text in described:
        for target in text.split():
            page.by_id(target)


def test_every_message_describes_something(html: str) -> None:
    page = Page(html)
    described = " ".join(a.get("aria-describedby", "") for _, a in page.tags).split()
    for attributes in page.all("p"):
        if attributes.get("class") in ("govuk-error-message", "det-warning"):
            assert attributes["id"] in described


def test_links_of_the_summary_lead_to_inputs(html: str) -> None:
    page = Page(html)
    links = [a["href"][1:] for a in page.all("a") if a.get("href", "").startswith("#id_")]
    for target in links:
        name, attributes = page.by_id(target)
        assert name == "input"
        assert attributes["type"] != "hidden"


def test_labels_belong_to_inputs(html: str) -> None:
    page = Page(html)
    for label in page.all("label"):
        assert page.by_id(label["for"])[0] == "input"


def test_fields_are_always_posted() -> None:
    page = Page(render(None))
    for name, value in {"sex": "", "pregnant": "", "agreed": "false"}.items():
        inputs = page.all("input", name=name)
        assert inputs[0]["type"] == "hidden"
        assert inputs[0]["value"] == value
        assert all(found["type"] != "hidden" for found in inputs[1:])


def test_what_was_typed_is_kept() -> None:
    page = Page(render({**GOOD, "units": "two", "sex": "M"}))
    assert page.by_id("id_surname")[1]["value"] == "Sm<i>th"
    assert page.by_id("id_units")[1]["value"] == "two"
    assert "checked" in page.by_id("id_sex_1")[1]
    assert "checked" not in page.by_id("id_sex_0")[1]
    assert "checked" in page.by_id("id_agreed")[1]


def test_an_unticked_box_is_read_as_unticked() -> None:
    form = Small({**GOOD, "agreed": "false"})
    assert not form.is_valid()
    assert list(form.errors) == ["agreed"]
    assert "checked" not in Page(render({**GOOD, "agreed": "false"})).by_id("id_agreed")[1]


def test_attributes_of_inputs_and_groups() -> None:
    page = Page(render({**GOOD, "units": "two"}))
    assert page.by_id("id_drug")[1]["list"] == "drugs"
    assert page.by_id("id_drug")[1]["autocomplete"] == "off"
    assert page.by_id("id_surname")[1]["class"] == "govuk-input govuk-input--width-20"
    assert "govuk-input--error" in page.by_id("id_units")[1]["class"]
    assert page.by_id("id_units")[1]["aria-invalid"] == "true"
    assert page.by_id("use")[0] == "fieldset"
    (conditional,) = [a for a in page.all("div") if "data-shown-when" in a]
    assert conditional["data-shown-when"] == '[{"fields": ["sex"], "values": ["f"], "not": false}]'
    assert len(page.all("div", **{"class": "govuk-radios"})) == 1
    assert len(page.all("div", **{"class": "govuk-radios govuk-radios--inline"})) == 1


def test_the_summary_lists_errors_first() -> None:
    form = Small({"units": "two"})
    form.findings = FINDINGS
    assert [(item["severity"], item["field_id"]) for item in crispy.summary(form)] == [
        ("error", "id_surname"),  # Enter something
        ("error", "id_surname"),
        ("error", "id_sex_0"),
        ("error", "id_pregnant_0"),
        ("error", "id_drug"),
        ("error", "id_units"),
        ("error", "id_agreed"),
        ("warning", "id_surname"),
        ("warning", "id_sex_0"),
        ("warning", "id_agreed"),
    ]


def test_texts_are_escaped() -> None:
    html = render(GOOD)
    assert "As on the letter &lt;here&gt;" in html
    assert "As they say it &lt;themselves&gt;." in html
    assert "Agreed &amp; signed" in html
    assert "<i>" not in html


def test_error_stands_in_the_title_only_where_there_is_one() -> None:
    assert "<title>Small – NDTMS" in render(GOOD)
    assert "<title>Error: Small – NDTMS" in render({})


def test_the_token_is_there() -> None:
    assert len(Page(render(None)).all("input", name="csrfmiddlewaretoken")) == 1


@pytest.mark.django_db(transaction=True)
def test_links_of_the_summary_focus_the_field(page: Any, live_server: Any) -> None:
    page.goto(f"{live_server.url}/small/?findings")
    with page.expect_navigation():
        page.get_by_role("button", name="Save").click()
    focused = "document.activeElement.id"
    page.wait_for_function("document.activeElement.className == 'govuk-error-summary'")
    links = page.locator(".govuk-error-summary a, .det-warning-summary a")
    targets = [links.nth(number).get_attribute("href") for number in range(links.count())]
    assert len(targets) == 10
    for number, target in enumerate(targets):
        links.nth(number).focus()
        page.keyboard.press("Enter")
        assert page.evaluate(focused) == str(target)[1:]


@pytest.mark.django_db(transaction=True)
def test_a_question_that_does_not_apply_is_not_shown(page: Any, live_server: Any) -> None:
    page.goto(f"{live_server.url}/small/")
    question = page.get_by_role("group", name="Pregnant")
    assert not question.is_visible()
    page.get_by_label("Female").check()
    assert question.is_visible()
    page.get_by_label("Indeterminate").check()
    assert not question.is_visible()


@pytest.mark.django_db(transaction=True)
def test_a_question_with_a_message_is_shown(page: Any, live_server: Any) -> None:
    page.goto(f"{live_server.url}/small/?findings")
    assert page.get_by_role("group", name="Pregnant").is_visible()


@pytest.mark.django_db(transaction=True)
def test_without_javascript_all_is_shown(browser: Any, live_server: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/small/")
    assert page.get_by_role("group", name="Pregnant").is_visible()
    context.close()
