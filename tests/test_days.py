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
from ndtms.oversight import forms as oversight
from ndtms.regions import forms as regions
from ndtms.submissions import forms as submissions
from ndtms.web.fields import DayField
from tests.conftest import sign_in
from tests.factories import UserFactory

DAY = datetime.date(2026, 3, 27)


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(datetime.datetime(2026, 5, 4, 12, tzinfo=datetime.UTC)):
        yield


@pytest.mark.parametrize("typed", ["27/3/2026", "27 3 26", "27 March 2026", " 2026-03-27 "])
def test_a_day_is_typed_in_any_usual_way(typed: str) -> None:
    assert DayField().clean(typed) == DAY


@pytest.mark.parametrize(("typed", "year"), [("1/1/1900", 1900), ("31/12/2027", 2027)])
def test_the_first_and_the_last_day_are_taken(typed: str, year: int) -> None:
    day = DayField().clean(typed)
    assert day is not None
    assert day.year == year


@pytest.mark.parametrize("typed", ["31/12/1899", "1/1/2028", "31/12/9999", "1/1/0001", "1/1/0999"])
def test_days_of_other_years_are_refused(typed: str) -> None:
    with pytest.raises(ValidationError, match="The year must be one from 1900 to 2027"):
        DayField().clean(typed)


@pytest.mark.parametrize("typed", ["31/2/2026", "soon", "9" * 50, "٢٧/٣/٢٠٢٦x"])
def test_what_is_no_day_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(ValidationError, match="like"):
        DayField().clean(typed)


def test_a_day_that_is_not_asked_for_may_be_left_out() -> None:
    assert DayField(required=False).clean("") is None


def test_every_day_of_the_portal_is_asked_for_with_this_field() -> None:
    """By its name: a day is called `day` or ends in `_on`."""
    modules = (accounts, audit, keys, oversight, regions, submissions)
    days = {
        f"{form.__module__}.{form.__name__}.{name}": field
        for module in modules
        for _, form in inspect.getmembers(module, inspect.isclass)
        if issubclass(form, forms.Form)
        for name, field in form.base_fields.items()
        if name == "day" or name.endswith("_on")
    }
    assert len(days) >= 4
    assert [name for name, field in days.items() if not isinstance(field, DayField)] == []


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["31/12/9999", "1/1/0001"])
def test_a_day_that_cannot_be_leaves_the_audit_as_it_was(client: Browser, typed: str) -> None:
    sign_in(client, UserFactory(role=Role.LEAD))
    address = reverse("audit")
    refused = client.post(address, {"kind": "", "who": "", "day": typed})
    assert refused.status_code == 422
    assert b"The year must be one from 1900 to 2027" in refused.content
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
