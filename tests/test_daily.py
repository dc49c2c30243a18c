"""One command a day does all that has to be done once a day, and nothing is kept that is not needed any more."""

import datetime
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from det.models import Episode, SpentForm
from det.services import delete_record
from ndtms import daily
from ndtms.accounts.models import SignIn
from ndtms.mail.models import Mail
from ndtms.regions.models import AccessRequest
from tests.conftest import sign_in
from tests.factories import EpisodeFactory, UserFactory

pytestmark = pytest.mark.django_db


def ago(**time: float) -> Any:
    return time_machine.travel(timezone.now() - datetime.timedelta(**time))


def signed_in() -> Browser:
    visitor = sign_in(Browser(), UserFactory())
    visitor.get(reverse("client-list"))
    return visitor


def test_ended_sessions_go_and_open_ones_stay() -> None:
    with ago(hours=1):
        signed_in()
    here = signed_in()
    call_command("daily")
    assert [s.session_key for s in Session.objects.all()] == [here.session.session_key]
    assert [s.session_key for s in SignIn.objects.all()] == [here.session.session_key]
    assert here.get(reverse("client-list")).status_code == 200


def test_old_guesses_go_and_those_that_still_count_stay(client: Browser) -> None:
    def guess(email: str) -> None:
        client.post(reverse("sign-in"), {"email": email, "password": "wrong"})

    guess("recent@example.org")
    recent = list(AccessAttempt.objects.values_list("pk", flat=True))
    AccessAttempt.objects.create(
        ip_address="192.0.2.1", username="old", failures_since_start=1, user_agent="", path_info=""
    )
    AccessAttempt.objects.exclude(pk__in=recent).update(
        attempt_time=timezone.now() - datetime.timedelta(days=2)
    )
    call_command("daily")
    assert list(AccessAttempt.objects.values_list("pk", flat=True)) == recent


def test_addresses_mails_and_dormant_accounts_are_seen_to() -> None:
    AccessRequest.objects.create(
        name="A", email="a@example.org", agency_code="N0001", role="lead", purpose="x", visitor="v",
        asked_at=timezone.now() - datetime.timedelta(days=2),
    )  # fmt: skip
    old = Mail.objects.create(
        to="a@example.org",
        subject="x",
        state=Mail.State.SENT,
        ended_at=timezone.now() - datetime.timedelta(days=100),
    )
    with ago(days=91):
        dormant = UserFactory()
    call_command("daily")
    assert AccessRequest.objects.get().visitor == ""
    assert not Mail.objects.filter(pk=old.pk).exists()
    dormant.refresh_from_db()
    assert not dormant.is_active
    assert [m.to for m in Mail.objects.all()] == [dormant.email], "told, once that is stored"


def test_one_piece_that_fails_stops_no_other(
    monkeypatch: pytest.MonkeyPatch, capsys: Any, caplog: Any
) -> None:
    def breaks() -> str:
        raise RuntimeError("broken")

    monkeypatch.setattr(daily, "DAILY", [breaks, daily.forget_mails])
    with pytest.raises(CommandError, match="Not done: breaks"):
        call_command("daily")
    assert "forget_mails: 0 old mails removed" in capsys.readouterr().out
    assert "Daily work failed: breaks" in caplog.text


def test_a_second_run_on_the_same_day_does_nothing_more(capsys: Any) -> None:
    call_command("daily")
    capsys.readouterr()
    call_command("daily")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(daily.DAILY)
    assert [line for line in lines if any(c.isdigit() and c != "0" for c in line)] == []


def test_what_was_deleted_long_ago_goes_for_good_and_what_can_be_restored_stays() -> None:
    user = UserFactory()
    long_ago, lately = (EpisodeFactory(client__agency=user.agency) for _ in range(2))
    with ago(days=31):
        delete_record(user=user, record=long_ago)
    with ago(days=29):
        delete_record(user=user, record=lately)
    call_command("daily")
    assert list(Episode.objects.values_list("pk", flat=True)) == [lately.pk]


def test_forms_that_are_too_old_to_be_sent_again_are_forgotten() -> None:
    with ago(days=3):
        SpentForm.objects.create(number=uuid4())
    kept = SpentForm.objects.create(number=uuid4())
    call_command("daily")
    assert list(SpentForm.objects.all()) == [kept]
