"""Days outside records: every usual way of typing them, and none with which nothing could be worked out."""

import datetime
import inspect
from typing import Any

import pytest
import time_machine
from django import forms
from django.core.exceptions import ValidationError
from django.test import Client as Browser
from django.urls import reverse

from ndtms.accounts import forms as accounts
from ndtms.accounts.models import Role
from ndtms.audit import forms as audit
from ndtms.keys import forms as keys
from ndtms.keys.models import RegisteredKey
from ndtms.oversight import forms as oversight
from ndtms.regions import forms as regions
from ndtms.submissions import forms as submissions
from ndtms.web.days import Span, years_after
from ndtms.web.fields import DayField
from tests.conftest import sign_in
from tests.factories import AgencyFactory, UserFactory

DAY = datetime.date(2026, 3, 27)
SPAN = Span(datetime.date(2016, 5, 4), datetime.date(2028, 5, 4))


def field(**about: Any) -> DayField:
    return DayField(span=lambda: SPAN, **about)


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(datetime.datetime(2026, 5, 4, 12, tzinfo=datetime.UTC)):
        yield


@pytest.mark.parametrize("typed", ["27/3/2026", "27 3 26", "Friday 27 March 2026", " 2026-03-27 "])
def test_a_day_is_typed_in_any_usual_way(typed: str) -> None:
    assert field().clean(typed) == DAY


@pytest.mark.parametrize(
    ("typed", "day"),
    [("4/5/2016", SPAN.first), ("4/5/28", SPAN.last), ("1/2/28", datetime.date(2028, 2, 1))],
)
def test_the_first_and_the_last_day_are_taken(typed: str, day: datetime.date) -> None:
    assert field().clean(typed) == day


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("3/5/2016", "3 May 2016"),
        ("5/5/2028", "5 May 2028"),
        ("1/2/29", "1 February 1929"),
        ("31/12/1899", "not a real date"),
        ("31/12/9999", "not a real date"),
        ("1/1/0001", "not a real date"),
        ("1/1/0999", "not a real date"),
    ],
)
def test_days_of_other_years_are_refused(typed: str, read: str) -> None:
    with pytest.raises(ValidationError, match=read) as refused:
        field().clean(typed)
    assert "from 4 May 2016 to 4 May 2028, like 4 5 2026" in refused.value.messages[0]


@pytest.mark.parametrize("typed", ["31/2/2026", "soon", "9" * 50, "٢٧/٣/٢٠٢٦x"])
def test_what_is_no_day_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(ValidationError, match="like 4 5 2026"):
        field().clean(typed)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("Thursday 27/3/2026", "27 March 2026 is a Friday, not a Thursday"),
        ("2026-03-27T23:30Z", "Enter the day alone"),
    ],
)
def test_a_day_that_contradicts_itself_is_refused_and_says_in_what(typed: str, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        field().clean(typed)


def test_a_day_that_is_not_asked_for_may_be_left_out() -> None:
    assert field(required=False).clean("") is None


@pytest.mark.parametrize(
    ("day", "years", "then"),
    [
        ("2025-03-03", 1, "2026-03-03"),
        ("2024-02-29", 1, "2025-03-01"),
        ("2024-02-29", -4, "2020-02-29"),
    ],
)
def test_the_same_day_in_other_years(day: str, years: int, then: str) -> None:
    assert years_after(datetime.date.fromisoformat(day), years) == datetime.date.fromisoformat(then)


def days_of_forms() -> dict[str, Any]:
    """The days that the forms of the portal ask for, by their names: a day is called `day` or ends in `_on`."""
    modules = (accounts, audit, keys, oversight, regions, submissions)
    return {
        f"{form.__name__}.{name}": field
        for module in modules
        for _, form in inspect.getmembers(module, inspect.isclass)
        if issubclass(form, forms.Form)
        for name, field in form.base_fields.items()
        if name == "day" or name.endswith("_on")
    }


def test_every_day_of_the_portal_is_asked_for_with_this_field() -> None:
    days = days_of_forms()
    assert len(days) >= 4
    assert [name for name, field in days.items() if not isinstance(field, DayField)] == []


@pytest.mark.django_db
@pytest.mark.parametrize("name", days_of_forms())
def test_the_example_of_every_field_is_taken_there_and_no_year_of_another_century(
    name: str,
) -> None:
    asked = days_of_forms()[name]
    assert asked.clean(asked.span().example) in asked.span()
    later = asked.span().last.year + 1
    with pytest.raises(ValidationError, match=f"{later - 100}"):
        asked.clean(f"1/2/{later % 100}")


@pytest.mark.django_db
def test_an_agency_is_closed_within_five_years_and_never_before_it_opened(client: Browser) -> None:
    agency = AgencyFactory(region="London", opened_on=datetime.date(2024, 6, 1))
    sign_in(client, UserFactory(role=Role.REGIONAL, region="London"))
    address = reverse("agency-close", args=[agency.pk])
    for typed in ("31/5/2024", "31/5/24", "5/5/2031", "1/2/50"):
        refused = client.post(address, {"closed_on": typed})
        assert refused.status_code == 422
        assert "from 1 June 2024 to 4 May 2031, like 4 5 2026" in refused.content.decode()
    saved = client.post(address, {"closed_on": "1/2/28"}, follow=True)
    agency.refresh_from_db()
    assert agency.closed_on == datetime.date(2028, 2, 1)
    assert "is closed from 1 February 2028 on" in saved.content.decode()


@pytest.mark.django_db
def test_a_declaration_and_terms_of_a_loan_lie_behind_and_are_told_in_words(
    client: Browser,
) -> None:
    sign_in(client, UserFactory(role=Role.REGIONAL, region="London"))
    colleague = UserFactory(role=Role.REGIONAL, region="London")
    worker = UserFactory(agency__region="London")
    key = RegisteredKey.objects.create(serial="K-1", kind="fido2", region="London")
    loan = {"email": worker.email, "signed_by": "Pat"}
    for address, answers, name in (
        (reverse("declaration", args=[colleague.pk]), {"kind": "training"}, "done_on"),
        (reverse("key-lend", args=[key.pk]), loan, "signed_on"),
    ):
        for typed in ("1/2/28", "5/5/26", "1/2/16"):
            refused = client.post(address, {**answers, name: typed})
            assert refused.status_code == 422
            assert "to 4 May 2026, like 4 5 2026" in refused.content.decode()
        saved = client.post(address, {**answers, name: "1/2/26"}, follow=True)
        assert "1 February 2026" in saved.context["messages"]._loaded_data[0].message


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["31/12/9999", "1/1/0001"])
def test_a_day_that_cannot_be_leaves_the_audit_as_it_was(client: Browser, typed: str) -> None:
    sign_in(client, UserFactory(role=Role.LEAD))
    address = reverse("audit")
    refused = client.post(address, {"kind": "", "who": "", "day": typed})
    assert refused.status_code == 422
    assert b"from 1 January 2000 to 4 May 2026" in refused.content
    assert client.get(address).status_code == 200


@pytest.mark.django_db
def test_a_filter_that_was_kept_before_such_days_were_refused_shows_everything(
    client: Browser,
) -> None:
    sign_in(client, UserFactory(role=Role.LEAD))
    session = client.session
    session["audit_filter"] = {"kind": "", "who": "", "day": "31/12/9999"}
    session.save()
    assert client.get(reverse("audit")).status_code in (200, 422)
    assert client.post(reverse("audit-file")).status_code == 200
    assert client.post(reverse("audit"), {"kind": "", "who": "", "day": ""}).status_code == 302
    assert client.get(reverse("audit")).status_code == 200
