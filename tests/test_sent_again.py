"""A form that is sent again, by a second press or by a reload, does nothing again, and shows a sensible page.

Nor does one that was opened about something which is otherwise now.
"""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client as Browser
from django.urls import resolve, reverse
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from det.tickets import FIELD, Ticket
from ndtms.accounts.belonging import WITHOUT_TICKET
from ndtms.accounts.models import Role, User
from ndtms.keys import services as keys
from ndtms.keys.models import FactorReset, RegisteredKey
from ndtms.mail.models import Mail
from ndtms.regions.models import AccessRequest, Invitation, Leaving
from ndtms.regions.services import people
from ndtms.regions.services.access import ask_for_colleague
from ndtms.regions.services.agencies import close_agency
from tests.conftest import sign_in
from tests.factories import UserFactory
from tests.forms import OpenForm
from tests.test_access import TABLE, visit, world

__all__ = ["world"]

pytestmark = pytest.mark.django_db

REGION = "London"
RECORDS = "it does the same to one record again, which can be taken back"
HARMLESS = {
    "password": "the password that it asks for is another one by then",
    "confirm-identity": "it only makes sure again who somebody is",
    "audit-file": "it gives the file again, and notes that it did",
    "transfer-file": "it gives the file again, and notes that it did",
    "client-with-reason": "it shows the client again, and notes that it did",
    "record-change": RECORDS,
    "episode-end": RECORDS,
    "finding-explain": RECORDS,
}
"""Pages that are answered each time that the same form is sent, and why that harms nobody."""


def takes_forms(world: Any, name: str) -> bool:
    row = TABLE[name]
    before = transaction.savepoint()
    browser = visit(min(row.may), world)
    response = browser.post(reverse(name, args=row.arguments(world)))
    transaction.savepoint_rollback(before)
    return response.status_code != 405


def acts_once(world: Any, name: str) -> bool:
    address = reverse(name, args=TABLE[name].arguments(world))
    return getattr(resolve(address).func, "acts_once", False)


def test_every_form_acts_once_or_is_known_to_do_no_harm(world: Any) -> None:
    """A page of whom nobody has thought fails here: decorate it with det.tickets.once, or say why it need not be."""
    names = [name for name in TABLE if name not in WITHOUT_TICKET and takes_forms(world, name)]
    again = {name for name in names if not acts_once(world, name)}
    assert again == set(HARMLESS)


# What was sent


@pytest.fixture
def team() -> User:
    return UserFactory(role=Role.REGIONAL, region=REGION)


@pytest.fixture
def signed_in(client: Browser, team: User) -> Browser:
    return sign_in(client, team)


@pytest.fixture
def worker() -> User:
    return UserFactory(agency__region=REGION, name="Wilma Worker")


class Sent:
    """A form that was sent, and can be sent again as it was."""

    def __init__(self, browser: Browser, address: str, **answers: Any) -> None:
        user: Any = User.objects.get(pk=browser.session["_auth_user_id"])
        self.browser, self.address = browser, address
        self.answers = {FIELD: Ticket(user.pk, user.agency_id).signed(), **answers}
        self.first = self.again()

    def again(self) -> Any:
        return self.browser.post(self.address, self.answers)


def told(response: Any) -> list[str]:
    return [message.message for message in get_messages(response.wsgi_request)]


def text_of(browser: Browser, response: Any) -> str:
    """The page to which the answer leads."""
    assert response.status_code == 302
    return browser.get(response.url).content.decode()


def test_a_person_is_invited_once(signed_in: Browser, worker: User) -> None:
    sent = Sent(signed_in, reverse("person", args=[worker.pk]), do="invite")
    again = sent.again()
    assert again.url == sent.first.url
    assert "sent before" in text_of(signed_in, again)
    assert Invitation.objects.count() == Mail.objects.count() == 1
    Sent(signed_in, sent.address, do="invite")
    assert Invitation.objects.count() == 2, "another form is another invitation"


def test_a_request_that_was_approved_is_not_said_to_be_answered_by_somebody(
    signed_in: Browser, worker: User
) -> None:
    lead = UserFactory(role=Role.LEAD, agency=worker.agency)
    asked = ask_for_colleague(by=lead, name="New", email="new@example.org", purpose="Data entry")
    sent = Sent(signed_in, reverse("access-request", args=[asked.pk]), approve="1")
    assert "Somebody has answered" not in " ".join(told(sent.again()))
    assert AccessRequest.objects.get().state == AccessRequest.State.APPROVED
    late = Sent(signed_in, sent.address, approve="1")
    assert "Somebody has answered" in " ".join(told(late.first))


def test_backup_codes_that_were_read_out_stay_good(signed_in: Browser, worker: User) -> None:
    address = reverse("person-factors", args=[worker.pk])
    sent = Sent(signed_in, address, check_made="called_back")
    assert len(sent.first.context["codes"]) == 8
    codes = set(StaticToken.objects.values_list("token", flat=True))
    page = text_of(signed_in, sent.again())
    assert "were shown already" in page
    assert "give out new ones below" in page
    assert set(StaticToken.objects.values_list("token", flat=True)) == codes
    assert "were shown already" not in signed_in.get(address).content.decode()
    drawn = sent.first.content.decode().rpartition(f'name="{FIELD}" value="')[2].partition('"')[0]
    signed_in.post(address, {FIELD: drawn, "check_made": "called_back"})
    assert not codes & set(StaticToken.objects.values_list("token", flat=True)), "a new form"


def test_backup_codes_that_were_refused_can_be_asked_for_with_the_same_form(
    signed_in: Browser, worker: User
) -> None:
    sent = Sent(signed_in, reverse("person-factors", args=[worker.pk]))
    assert sent.first.status_code == 422
    sent.answers["check_made"] = "called_back"
    assert len(sent.again().context["codes"]) == 8


def test_a_reset_takes_nothing_away_that_was_set_up_after_it(
    signed_in: Browser, worker: User
) -> None:
    address = reverse("factor-reset", args=[worker.pk])
    sent = Sent(signed_in, address, check_made="called_back", note="Rang the agency at 9")
    assert sent.first.context["code"]
    TOTPDevice.objects.create(user=worker, name="New", confirmed=True)
    page = text_of(signed_in, sent.again())
    assert "enrolment code was shown already" in page
    assert TOTPDevice.objects.filter(user=worker).exists()
    assert FactorReset.objects.count() == 1


def test_a_reset_is_approved_once(signed_in: Browser, team: User) -> None:
    lead = UserFactory(role=Role.LEAD, agency__region=REGION)
    colleague = UserFactory(role=Role.REGIONAL, region=REGION)
    keys.ask_reset(user=lead, by=colleague, check_made="called_back", note="Rang at 9")
    sent = Sent(signed_in, reverse("factor-reset", args=[lead.pk]), approve="1")
    assert sent.first.context["code"]
    assert "enrolment code was shown already" in text_of(signed_in, sent.again())


def test_the_values_of_a_key_are_shown_once_and_the_key_says_so(signed_in: Browser) -> None:
    sent = Sent(signed_in, reverse("key-add"), serial="Y-1", kind="otp", region=REGION)
    assert "values for this key were shown already" in text_of(signed_in, sent.again())
    assert RegisteredKey.objects.count() == 1


def test_a_key_that_was_lent_anew_does_not_come_back_again(
    signed_in: Browser, team: User, worker: User
) -> None:
    key = RegisteredKey.objects.create(serial="K-1", kind="fido2", region=REGION)
    loan: dict[str, Any] = {"signed_on": datetime.date(2026, 1, 5), "signed_by": "Pat"}
    keys.lend_key(by=team, key=key, holder=UserFactory(agency=worker.agency), **loan)
    sent = Sent(signed_in, reverse("key", args=[key.pk]), became="returned")
    key.refresh_from_db()
    keys.lend_key(by=team, key=key, holder=worker, **loan)
    sent.again()
    key.refresh_from_db()
    assert key.holder == worker


def test_an_agency_that_a_colleague_opened_is_not_closed_again(
    signed_in: Browser, team: User, worker: User
) -> None:
    agency = worker.agency
    assert agency
    sent = Sent(signed_in, reverse("agency-close", args=[agency.pk]), closed_on="1/4/2026")
    agency.refresh_from_db()
    assert agency.closed_on == datetime.date(2026, 4, 1)
    close_agency(by=team, agency=agency, closed_on=None)
    sent.again()
    agency.refresh_from_db()
    assert agency.closed_on is None


def test_somebody_who_is_back_does_not_leave_again(
    signed_in: Browser, team: User, worker: User
) -> None:
    sent = Sent(signed_in, reverse("leaver", args=[worker.pk]))
    people.enable(by=team, person=User.objects.get(pk=worker.pk))
    sent.again()
    assert User.objects.get(pk=worker.pk).is_active
    assert Leaving.objects.count() == 1


def test_sessions_that_began_since_do_not_end(signed_in: Browser, team: User) -> None:
    sent = Sent(signed_in, reverse("own-sessions"), session="others")
    other = sign_in(Browser(), team)
    assert other.get(reverse("region")).status_code == 200
    sent.again()
    assert other.get(reverse("region")).status_code == 200
    Sent(signed_in, sent.address, session="others")
    assert other.get(reverse("region")).status_code == 302


# What is otherwise now


@pytest.mark.parametrize("name", ["key", "key-replace"])
def test_a_key_that_somebody_else_has_by_now_stays_with_them(
    signed_in: Browser, team: User, worker: User, name: str
) -> None:
    key, other = (
        RegisteredKey.objects.create(serial=serial, kind="fido2", region=REGION)
        for serial in ("K-1", "K-2")
    )
    loan: dict[str, Any] = {"signed_on": datetime.date(2026, 1, 5), "signed_by": "Pat"}
    keys.lend_key(by=team, key=key, holder=UserFactory(agency=worker.agency), **loan)
    form = OpenForm(signed_in, reverse(name, args=[key.pk]))
    answers = {"became": "returned"} if name == "key" else {"replacement": f"{other.pk}"}
    key.refresh_from_db()
    keys.return_key(by=team, key=key)
    key.refresh_from_db()
    keys.lend_key(by=team, key=key, holder=worker, **loan)
    assert "Nothing was done" in text_of(signed_in, form.send(**answers))
    key.refresh_from_db()
    assert (key.holder, key.lost_on) == (worker, None)
    again = OpenForm(signed_in, form.address)
    assert again.send(**answers).status_code == 302
    key.refresh_from_db()
    assert key.holder != worker or key.replaced_by == other


@pytest.mark.parametrize("act", ["return_key", "lose_key", "replace_key"])
def test_a_key_that_changes_hands_as_the_form_is_answered_stays_with_them(
    team: User, worker: User, act: str
) -> None:
    loan: dict[str, Any] = {"signed_on": datetime.date(2026, 1, 5), "signed_by": "Pat"}
    about: dict[str, Any] = {"kind": "fido2", "region": REGION}
    key, other = (keys.add_key(by=team, serial=serial, **about) for serial in ("K-1", "K-2"))
    keys.lend_key(by=team, key=key, holder=UserFactory(agency=worker.agency), **loan)
    looked_at = RegisteredKey.objects.get(pk=key.pk)
    keys.return_key(by=team, key=RegisteredKey.objects.get(pk=key.pk))
    keys.lend_key(by=team, key=RegisteredKey.objects.get(pk=key.pk), holder=worker, **loan)
    more = {"replacement": other} if act == "replace_key" else {}
    with pytest.raises(ValidationError, match="A colleague has changed who has this key"):
        getattr(keys, act)(by=team, key=looked_at, **more)
    key.refresh_from_db()
    assert (key.holder, key.lost_on, key.replaced_by) == (worker, None, None)


@pytest.mark.parametrize("button", ["approve", "withdraw"])
def test_a_reset_of_which_nobody_read_is_neither_approved_nor_withdrawn(
    signed_in: Browser, button: str
) -> None:
    lead = UserFactory(role=Role.LEAD, agency__region=REGION)
    colleague = UserFactory(role=Role.REGIONAL, region=REGION)
    asked: dict[str, Any] = {"user": lead, "by": colleague, "check_made": "called_back"}
    first, _ = keys.ask_reset(**asked, note="Rang at 9")
    address = reverse("factor-reset", args=[lead.pk])
    early, late = OpenForm(signed_in, address), OpenForm(signed_in, address)
    keys.withdraw_reset(reset=first, by=colleague)
    assert "Nothing was done" in text_of(signed_in, early.send(**{button: "1"}))
    keys.ask_reset(**asked, note="Rang at 10, all keys are lost")
    assert "all keys are lost" in text_of(signed_in, late.send(**{button: "1"}))
    assert FactorReset.objects.get().done_at is None
    OpenForm(signed_in, address).send(**{button: "1"})
    assert not FactorReset.objects.filter(done_at=None).exists()


def test_a_second_reset_is_not_asked_for_while_one_waits(signed_in: Browser) -> None:
    lead = UserFactory(role=Role.LEAD, agency__region=REGION)
    form = OpenForm(signed_in, reverse("factor-reset", args=[lead.pk]))
    colleague = UserFactory(role=Role.REGIONAL, region=REGION)
    keys.ask_reset(user=lead, by=colleague, check_made="called_back", note="Rang at 9")
    refused = form.send(check_made="called_back", note="Rang the agency at 10")
    assert refused.status_code == 422
    assert "waits already. Nothing was added" in refused.content.decode()
