"""The limits of guessing: by account and address, by address, by IPv6 network; and what strangers may fill."""

import logging
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client as Browser
from django.urls import reverse

from ndtms.accounts.visitors import client_address, counted_address
from ndtms.audit.models import AuditEvent
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
PASSWORD, WRONG = "Nine green bottles", "wrong"


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    cache.clear()


@pytest.fixture
def person() -> Any:
    person = UserFactory()
    person.set_password(PASSWORD)
    person.save()
    return person


def guess(email: str, password: str = WRONG, address: str = "192.0.2.1") -> Any:
    return Browser(REMOTE_ADDR=address).post(
        reverse("sign-in"), {"email": email, "password": password}
    )


def test_an_address_that_guesses_at_many_accounts_is_locked_out(settings: Any, person: Any) -> None:
    settings.MOST_GUESSES_FROM_ADDRESS = 8
    for number in range(8):
        assert guess(f"p{number}@example.org").status_code == 200
    assert guess("p9@example.org").status_code == 429
    assert guess(person.email, PASSWORD).status_code == 429
    assert guess(person.email, PASSWORD, address="192.0.2.2").status_code == 302


def test_signing_in_oneself_gives_no_new_allowance(settings: Any, person: Any) -> None:
    settings.MOST_GUESSES_FROM_ADDRESS = 4
    for number in range(4):
        guess(f"p{number}@example.org")
        guess(person.email, PASSWORD)
    assert guess("p9@example.org").status_code == 429


def test_the_other_addresses_of_an_ipv6_network_are_no_new_allowance(person: Any) -> None:
    for number in range(5):
        guess(person.email, address=f"2001:db8:1:2::{number:x}")
    assert guess(person.email, PASSWORD, address="2001:db8:1:2:ffff::1").status_code == 429
    assert guess(person.email, PASSWORD, address="2001:db8:1:3::1").status_code == 302


@pytest.mark.parametrize(
    ("seen", "address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:50123", "192.0.2.1", "192.0.2.1"),
        ("[2001:db8::1:2]:443", "2001:db8::1:2", "2001:db8::"),
        ("2001:db8:0:7::9", "2001:db8:0:7::9", "2001:db8:0:7::"),
        ("::ffff:192.0.2.1", "::ffff:c000:201", "192.0.2.1"),
    ],
)
def test_an_address_is_read_whatever_the_proxy_makes_of_it(
    rf: Any, settings: Any, seen: str, address: str, counted: str
) -> None:
    settings.PROXY_COUNT = 1
    request = rf.get("/", HTTP_X_FORWARDED_FOR=seen)
    assert client_address(request) == address
    assert counted_address(request) == counted


def test_an_address_that_cannot_be_read_is_told_and_locks_nobody_out(
    rf: Any, settings: Any, person: Any, caplog: Any
) -> None:
    settings.PROXY_COUNT, settings.MOST_GUESSES_FROM_ADDRESS = 1, 3
    for number in range(4):
        Browser(HTTP_X_FORWARDED_FOR="somewhere").post(
            reverse("sign-in"), {"email": f"p{number}@example.org", "password": "wrong"}
        )
    with caplog.at_level(logging.WARNING):
        right = Browser(HTTP_X_FORWARDED_FOR="somewhere").post(
            reverse("sign-in"), {"email": person.email, "password": PASSWORD}
        )
    assert right.status_code == 302
    assert "The address of a visitor cannot be read" in caplog.text
    assert "somewhere" not in caplog.text


def refusals() -> int:
    return AuditEvent.objects.filter(verb="refused password").count()


def test_guesses_that_are_not_looked_at_any_more_leave_no_events(person: Any) -> None:
    for _ in range(9):
        guess(person.email)
    assert refusals() == 5


def test_strangers_cannot_fill_the_audit(settings: Any, person: Any) -> None:
    settings.MOST_NOTED_OF_NOBODY = 3
    for number in range(6):
        guess(f"p{number}@example.org")
    assert refusals() == 3
    guess(person.email)
    assert refusals() == 4, "a guess at somebody is always noted"
