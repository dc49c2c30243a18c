"""Mails leave outside the request, are tried again, and what became of each is kept and shown."""

import datetime
import logging
import smtplib
import threading
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.db import transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from ndtms.accounts.models import Role
from ndtms.mail import services
from ndtms.mail.models import Mail
from ndtms.regions.services.invitations import invite
from tests.conftest import sign_in
from tests.factories import AgencyFactory, UserFactory

pytestmark = pytest.mark.django_db
TO = "pat@agency.example"


class Silent:
    """A mail server that answers only once it is told to."""

    answers = threading.Event()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def send_messages(self, messages: Any) -> int:
        self.answers.wait()
        return len(messages)


class Refusing:
    """A mail server that takes no mail, and says to whom it was."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def send_messages(self, messages: Any) -> int:
        raise smtplib.SMTPRecipientsRefused({TO: (550, b"no such mailbox")})


@pytest.fixture
def refusing(settings: Any) -> None:
    settings.EMAIL_BACKEND = "tests.test_mail.Refusing"


@pytest.fixture
def by_command(settings: Any) -> None:
    settings.SEND_MAILS = "command"


def post(body: str = "The body") -> Mail:
    return services.post(to=TO, subject="The subject", body=body)


def test_a_mail_is_sent_once_what_it_tells_of_is_stored(
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        made = post()
        assert not mail.outbox
    (sent,) = mail.outbox
    assert (sent.subject, sent.body, sent.to) == ("The subject", "The body", [TO])
    made.refresh_from_db()
    assert (made.state, made.attempts, made.problem) == (Mail.State.SENT, 1, "")


@pytest.mark.usefixtures("by_command")
def test_a_subject_is_one_line() -> None:
    services.post(to=TO, subject="One\r\nBcc: all@example.org", body="The body")
    services.send_waiting()
    (sent,) = mail.outbox
    assert sent.subject == "One Bcc: all@example.org"
    assert sent.recipients() == [TO]


@pytest.mark.django_db(transaction=True)
def test_what_is_not_stored_sends_no_mail() -> None:
    with transaction.atomic():
        post()
        transaction.set_rollback(True)
    assert not Mail.objects.exists()
    assert not mail.outbox


@pytest.mark.django_db(transaction=True)
def test_the_server_sends_in_a_thread_that_no_page_waits_for(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []
    start = services.start_sending
    monkeypatch.setattr(services, "start_sending", lambda: started.append(start()))
    settings.SEND_MAILS = "thread"
    settings.EMAIL_BACKEND = "tests.test_mail.Silent"
    post()
    (thread,) = started
    try:
        assert Mail.objects.get().state == Mail.State.WAITING
        assert thread.is_alive()
    finally:
        Silent.answers.set()
        thread.join()
    assert Mail.objects.get().state == Mail.State.SENT


@pytest.mark.usefixtures("by_command")
def test_the_command_sends_what_waits_and_nothing_twice(capsys: Any) -> None:
    post()
    call_command("send_mails")
    call_command("send_mails")
    assert len(mail.outbox) == 1
    assert capsys.readouterr().out.splitlines() == [
        "Sent: 1. Could not be sent this time: 0.",
        "Sent: 0. Could not be sent this time: 0.",
    ]


@pytest.mark.usefixtures("by_command", "refusing")
def test_a_mail_that_cannot_be_sent_is_tried_again_and_then_given_up() -> None:
    made = post()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for number, pause in enumerate(services.PAUSES, 1):
            assert services.send_waiting() == (0, 1)
            assert services.send_waiting() == (0, 0), "before the pause is over"
            made.refresh_from_db()
            assert (made.state, made.attempts) == (Mail.State.WAITING, number)
            clock.shift(pause)
        assert services.send_waiting() == (0, 1)
        made.refresh_from_db()
        assert (made.state, made.problem) == (Mail.State.FAILED, "SMTPRecipientsRefused")
        clock.shift(datetime.timedelta(days=9))
        assert services.send_waiting() == (0, 0)


@pytest.mark.usefixtures("by_command")
def test_a_mail_is_sent_at_the_second_try(settings: Any) -> None:
    working, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "tests.test_mail.Refusing"
    made = post()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert services.send_waiting() == (0, 1)
        settings.EMAIL_BACKEND = working
        clock.shift(services.PAUSES[0])
        assert services.send_waiting() == (1, 0)
    made.refresh_from_db()
    assert (made.state, made.problem) == (Mail.State.SENT, "")


@pytest.mark.usefixtures("by_command")
def test_two_that_send_at_once_send_it_once() -> None:
    made = post()
    assert services._take(made.pk)
    assert services._take(made.pk) is None
    assert services.send_one(key=made.pk) is None
    assert not mail.outbox


@pytest.mark.usefixtures("by_command")
def test_a_body_is_unreadable_in_the_database_and_gone_once_sent(settings: Any) -> None:
    made = post("a link with a token")
    assert "token" not in made.sealed_body
    services.send_waiting()
    made.refresh_from_db()
    assert mail.outbox[0].body == "a link with a token"
    assert made.sealed_body == ""


@pytest.mark.usefixtures("by_command", "refusing")
def test_the_log_names_no_address(caplog: Any) -> None:
    post("a token")
    with caplog.at_level(logging.DEBUG):
        services.send_waiting()
    assert "SMTPRecipientsRefused" in caplog.text
    assert "agency.example" not in caplog.text
    assert "token" not in caplog.text


@pytest.mark.usefixtures("by_command")
def test_the_person_page_says_what_became_of_a_mail(client: Browser, settings: Any) -> None:
    agency = AgencyFactory(region="London")
    by = UserFactory(role=Role.REGIONAL, region="London")
    person = UserFactory(email=TO, agency=agency)
    sign_in(client, by)
    address = reverse("person", args=[person.pk])

    def shown() -> str:
        return " ".join(client.get(address).content.decode().split())

    answer = client.post(address, {"do": "invite"}, follow=True).content.decode()
    assert "is sent a link by email" in answer
    assert "waiting to be sent" in shown()
    settings.EMAIL_BACKEND = "tests.test_mail.Refusing"
    services.send_waiting()
    assert "<strong>could not be sent</strong> so far" in shown()
    listed = client.get(reverse("region-people"), {"show": "mail"})
    assert [found.pk for found in listed.context["page"]] == [person.pk]
    assert (
        "1 person to whom a mail could not be sent"
        in client.get(reverse("region")).content.decode()
    )
    Mail.objects.update(state=Mail.State.FAILED)
    assert "<strong>could not be sent</strong>. Check the email address" in shown()


def test_who_never_failed_is_not_listed(client: Browser) -> None:
    by = UserFactory(role=Role.REGIONAL, region="London")
    invite(by=by, person=UserFactory(agency__region="London"))
    listed = sign_in(client, by).get(reverse("region-people"), {"show": "mail"})
    assert list(listed.context["page"]) == []


@pytest.mark.usefixtures("by_command")
def test_what_was_sent_is_forgotten_after_90_days_and_what_waits_is_not() -> None:
    with time_machine.travel(timezone.now() - datetime.timedelta(days=91)):
        post()
        services.send_waiting()
        waiting = post()
    recent = post()
    Mail.objects.filter(pk=recent.pk).update(state=Mail.State.SENT, ended_at=timezone.now())
    assert services.forget_old() == 1
    assert set(Mail.objects.all()) == {waiting, recent}
