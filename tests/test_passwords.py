"""Passwords that are refused, and changing one's own."""

from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client as Browser
from django.urls import reverse

from ndtms.audit.models import AuditEvent
from tests.conftest import sign_in
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"
OLD, NEW = "Nine green bottles", "Seven loud geese"


@pytest.fixture
def person() -> Any:
    person = UserFactory(email="petra.example@agency.example", name="Petra Example")
    person.set_password(OLD)
    person.save()
    return person


def change(browser: Browser, old: str = OLD, new: str = NEW) -> Any:
    return browser.post(reverse("password"), {"old": old, "new": new})


@pytest.mark.parametrize(
    "password",
    ["short", "password1", "ndtms2026", "DataEntryTool1", "petra.example", "Petra Example"],
)
def test_passwords_that_are_easy_to_guess_are_refused(person: Any, password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, person)


@pytest.mark.parametrize("password", [NEW, "ndtms and seven loud geese", "x7 " * 30, "ñandú ñandú"])
def test_others_are_taken_whatever_they_are_made_of(person: Any, password: str) -> None:
    validate_password(password, person)


def test_changing_a_password(
    client: Browser, person: Any, django_capture_on_commit_callbacks: Any
) -> None:
    sign_in(client, person)
    elsewhere = sign_in(Browser(), person)
    elsewhere.get(reverse("client-list"))
    with django_capture_on_commit_callbacks(execute=True):
        assert change(client).status_code == 302
    person.refresh_from_db()
    assert person.check_password(NEW)
    assert client.get(reverse("client-list")).status_code == 200
    assert elsewhere.get(reverse("client-list")).status_code == 302
    (here,) = client.get(reverse("own-sessions")).context["sessions"]
    assert here.is_this
    (sent,) = mail.outbox
    assert sent.to == [person.email]
    assert NEW not in sent.body
    assert AuditEvent.objects.filter(who=person.email, verb="changed password").count() == 1


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("not it", NEW, "The password you have now is not right"),
        (OLD, "ndtms2026", "easy to guess here"),
        (OLD, "", "Enter a new password"),
        ("", NEW, "Enter the password you have now"),
    ],
)
def test_a_change_is_refused(client: Browser, person: Any, old: str, new: str, words: str) -> None:
    sign_in(client, person)
    page = change(client, old, new)
    assert page.status_code == 200
    assert words in page.content.decode()
    person.refresh_from_db()
    assert person.check_password(OLD)
    assert not mail.outbox


def test_guessing_the_old_password_is_limited_as_at_sign_in(client: Browser, person: Any) -> None:
    sign_in(client, person)
    for _ in range(5):
        refused = change(client, old="guess")
    assert refused.status_code == 429
    assert change(client).status_code == 429


def test_a_mail_that_cannot_be_sent_undoes_nothing(
    client: Browser, person: Any, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.EMAIL_BACKEND = "no.such.Backend"
    sign_in(client, person)
    with django_capture_on_commit_callbacks(execute=True):
        assert change(client).status_code == 302
    person.refresh_from_db()
    assert person.check_password(NEW)
