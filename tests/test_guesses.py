"""The limits of guessing: by account and address, by address, by IPv6 network; and what strangers may fill."""

import datetime
import logging
from typing import Any

import pytest
import time_machine
from axes.models import AccessAttempt
from django.core.management import call_command
from django.test import Client as Browser
from django.urls import reverse

from ndtms.accounts.visitors import client_address, counted_address
from ndtms.audit.models import AuditEvent, Tally
from ndtms.keys.factors import note_refusal
from tests.factories import UserFactory
from tests.test_keys import at_once

pytestmark = pytest.mark.django_db
PASSWORD, WRONG = "Nine green bottles", "wrong"
NOON = datetime.datetime(2026, 3, 2, 12, 0, tzinfo=datetime.UTC)


def an_account() -> Any:
    person = UserFactory()
    person.set_password(PASSWORD)
    person.save()
    return person


@pytest.fixture
def person() -> Any:
    return an_account()


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


def details() -> list[dict[str, Any]]:
    """Of the refused passwords, from the first on."""
    events = AuditEvent.objects.filter(verb="refused password").order_by("id")
    return list(events.values_list("detail", flat=True))


COUNTED = {"further_ones_today": "only counted"}


@pytest.mark.parametrize("is_known", [False, True])
def test_strangers_cannot_fill_the_audit(settings: Any, is_known: bool) -> None:
    """Above a number a day, from wherever, they are counted, and the next day one event tells how many there were."""
    settings.MOST_NOTED_OF_NOBODY = settings.MOST_NOTED_OF_ACCOUNT = 3
    with time_machine.travel(NOON, tick=False) as clock:
        person = an_account()
        for number in range(8):
            email = person.email if is_known else f"p{number}@example.org"
            guess(email, address=f"192.0.2.{number}")
        assert details() == [{}, {}, COUNTED]
        guess("p@example.org" if is_known else person.email)
        assert details()[3:] == [{}], "others are counted by themselves"
        assert guess(person.email, PASSWORD, address="192.0.2.99").status_code == 302
        call_command("daily")
        assert refusals() == 4, "not while the day goes on"
        clock.shift(24 * 3600)
        call_command("daily")
        assert details()[4:] == [{"day": "2026-03-02", "more_on_that_day": 5}]
        told = AuditEvent.objects.filter(verb="refused password").latest("id")
        assert (told.who, told.agency) == (
            (person.email, person.agency.code) if is_known else ("unknown", "")
        )
        call_command("daily")
        assert refusals() == 5
        guess(person.email)
        assert refusals() == 6, "the next day has its own number"


def test_wrong_codes_above_a_number_a_day_are_only_counted(settings: Any, person: Any) -> None:
    settings.MOST_NOTED_OF_ACCOUNT = 2
    for _ in range(4):
        note_refusal(user=person)
    assert AuditEvent.objects.filter(verb="refused code").count() == 2
    tally = Tally.objects.get()
    assert (tally.who, tally.verb, tally.more) == (person.email, "refused code", 2)


def test_guesses_at_the_same_time_are_each_counted(settings: Any, transactional_db: None) -> None:
    settings.MOST_NOTED_OF_ACCOUNT = 3
    person = an_account()
    guesses = [
        lambda number=number: guess(person.email, address=f"192.0.2.{number}")
        for number in range(8)
    ]
    assert len(at_once(*guesses)) == 8
    assert (refusals(), Tally.objects.get().more) == (3, 5)


def test_of_a_guess_only_what_it_is_counted_by_is_kept(person: Any) -> None:
    long = "x" * 1000
    for _ in range(5):
        Browser(HTTP_ACCEPT=long).post(
            f"{reverse('sign-in')}?next={long}",
            {"email": person.email, "password": WRONG, "more": long},
        )
    attempt = AccessAttempt.objects.get()
    assert attempt.failures_since_start == 5
    assert (attempt.get_data, attempt.post_data, attempt.http_accept) == ("", "", "")


def test_above_a_ceiling_the_earliest_guesses_are_forgotten(settings: Any, person: Any) -> None:
    settings.MOST_GUESSES_KEPT = 4
    for number in range(7):
        guess(f"p{number}@example.org", address=f"192.0.2.{number}")
    assert AccessAttempt.objects.count() == 4
    for _ in range(5):
        guess(person.email)
    assert AccessAttempt.objects.count() == 4
    assert guess(person.email, PASSWORD).status_code == 429, "the latest still count"
    assert guess(person.email, PASSWORD, address="192.0.2.2").status_code == 302
