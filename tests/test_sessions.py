"""Own sessions, listed and ended; all sessions of an account, ended."""

import datetime
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from ndtms.accounts.models import SignIn
from ndtms.accounts.sessions import end_sessions
from ndtms.audit.models import AuditEvent
from tests.conftest import sign_in
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def signed_in(user: Any, browser: str) -> Browser:
    visitor = sign_in(Browser(headers={"User-Agent": browser}), user)
    visitor.get(reverse("client-list"))
    return visitor


def is_signed_in(visitor: Browser) -> bool:
    return visitor.get(reverse("client-list")).status_code == 200


def sessions_on(visitor: Browser) -> list[Any]:
    return list(visitor.get(reverse("own-sessions")).context["sessions"])


def test_own_sessions_are_listed_and_nobody_elses(user: Any) -> None:
    here, there = signed_in(user, "Firefox"), signed_in(user, "Safari")
    signed_in(UserFactory(), "Lynx")
    found = {session.browser: session for session in sessions_on(here)}
    assert set(found) == {"Firefox", "Safari"}
    assert found["Firefox"].is_this
    assert not found["Safari"].is_this
    assert found["Safari"].address == "127.0.0.1"
    assert {s.browser for s in sessions_on(there)} == set(found)


def test_a_session_is_ended(user: Any) -> None:
    here, there = signed_in(user, "Firefox"), signed_in(user, "Safari")
    (other,) = [s.key for s in sessions_on(here) if not s.is_this]
    page = here.post(reverse("own-sessions"), {"session": other}, follow=True)
    assert b"The session has ended" in page.content
    assert is_signed_in(here)
    assert not is_signed_in(there)
    assert AuditEvent.objects.filter(who=user.email, verb="ended a session").count() == 1
    again = here.post(reverse("own-sessions"), {"session": other}, follow=True)
    assert b"had already ended" in again.content


def test_another_persons_session_cannot_be_ended(user: Any) -> None:
    mine, theirs = signed_in(user, "Firefox"), signed_in(UserFactory(), "Lynx")
    key = SignIn.objects.get(browser="Lynx").pk
    mine.post(reverse("own-sessions"), {"session": key})
    assert is_signed_in(theirs)
    for nonsense in ("", "x", "-1", "9" * 30):
        assert mine.post(reverse("own-sessions"), {"session": nonsense}).status_code == 404


def test_all_others_are_ended(user: Any) -> None:
    here, *others = (signed_in(user, name) for name in ("Firefox", "Safari", "Edge"))
    here.post(reverse("own-sessions"), {"session": "others"})
    assert is_signed_in(here)
    assert [is_signed_in(other) for other in others] == [False, False]


def test_all_sessions_of_an_account_are_ended(user: Any) -> None:
    visitors = [signed_in(user, name) for name in ("Firefox", "Safari")]
    stranger = signed_in(UserFactory(), "Lynx")
    assert end_sessions(user=user) == 2
    assert [is_signed_in(visitor) for visitor in visitors] == [False, False]
    assert is_signed_in(stranger)


def test_a_session_that_has_ended_is_forgotten_at_the_next_sign_in(user: Any) -> None:
    signed_in(user, "Firefox")
    Session.objects.all().delete()
    signed_in(user, "Safari")
    assert [s.browser for s in SignIn.objects.filter(user=user)] == ["Safari"]


def test_the_cookie_ends_with_the_browser_and_the_session_with_the_idle_time(user: Any) -> None:
    here = signed_in(user, "Firefox")
    cookie = here.cookies[settings.SESSION_COOKIE_NAME]
    assert (cookie["max-age"], cookie["expires"]) == ("", "")
    left = Session.objects.get().expire_date - timezone.now()
    assert 0 < left.total_seconds() <= settings.SESSION_COOKIE_AGE
    with time_machine.travel(timezone.now() + datetime.timedelta(minutes=16)):
        assert not is_signed_in(here)
