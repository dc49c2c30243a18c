"""Somebody leaves: all at once, with a receipt, and undone by enabling the account."""

from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client as Browser
from django.urls import reverse

from det.checking import today
from ndtms.accounts.models import Role
from ndtms.accounts.services import add_to_agency
from ndtms.audit.models import AuditEvent
from ndtms.keys.models import RegisteredKey
from ndtms.regions.models import Invitation, Leaving
from ndtms.regions.selectors import NotFound
from ndtms.regions.services import access, leavers, people
from tests.conftest import sign_in
from tests.factories import AgencyFactory, ClientFactory, UserFactory
from tests.forms import OpenForm, words_of
from tests.test_regions import HERE, THERE

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mails_go_at_once(monkeypatch: Any, mailoutbox: Any) -> None:
    """A test is one transaction that never ends, and mails wait for the end of one."""
    monkeypatch.setattr(transaction, "on_commit", lambda told, **options: told())


@pytest.fixture
def agency() -> Any:
    return AgencyFactory(region=HERE, provider="Trust", code="N0001", name="Northgate")


@pytest.fixture
def worker(agency: Any) -> Any:
    person = UserFactory(agency=agency, name="Wilma Worker")
    person.set_password("Nine green bottles")
    person.save()
    return person


@pytest.fixture
def lead(agency: Any) -> Any:
    return UserFactory(agency=agency, role=Role.LEAD, name="Lee Lead")


@pytest.fixture
def team() -> Any:
    return UserFactory(role=Role.REGIONAL, region=HERE, name="Rita Region")


def leaver(person: Any) -> str:
    return reverse("leaver", args=[person.pk])


def receipt(person: Any) -> str:
    return reverse("leaver-receipt", args=[person.pk])


def test_all_is_done_at_once(
    client: Browser, worker: Any, team: Any, agency: Any, mailoutbox: Any
) -> None:
    record = ClientFactory(agency=agency)
    key = RegisteredKey.objects.create(
        serial="5437",
        kind="fido2",
        region=HERE,
        holder=worker,
        lent_on=today(),
        terms_signed_on=today(),
        terms_signed_by="Wilma Worker",
    )
    signed_in = sign_in(Browser(), worker)
    assert signed_in.get(reverse("client-list")).status_code == 200
    sign_in(client, team)
    page = client.get(leaver(worker)).content.decode()
    assert "they belong to the agency" in page
    assert worker.memberships.exists(), "looking changes nothing"
    assert client.get(receipt(worker)).status_code == 404
    assert client.post(leaver(worker)).headers["Location"] == receipt(worker)
    worker.refresh_from_db()
    assert (worker.is_active, worker.has_usable_password()) == (False, False)
    assert not worker.memberships.exists()
    assert signed_in.get(reverse("client-list")).status_code == 302
    key.refresh_from_db()
    assert key.recalled_on == today()
    record.refresh_from_db()
    text = client.get(receipt(worker)).content.decode()
    for said in ("Wilma Worker", "Northgate (N0001)", "5437", "by Rita Region", "All stay"):
        assert said in text
    verbs = {event.verb for event in AuditEvent.objects.filter(record=str(worker.pk))}
    assert {"removed from agency", "disabled account", "took out leaver"} <= verbs
    removed = AuditEvent.objects.get(verb="removed from agency")
    assert (removed.who, removed.agency) == (team.email, "N0001")
    assert any("disabled" in mail.subject for mail in mailoutbox)
    client.post(leaver(worker))
    assert Leaving.objects.count() == 1


def test_undone_by_enabling(client: Browser, worker: Any, team: Any, mailoutbox: Any) -> None:
    sign_in(client, team)
    client.post(leaver(worker))
    page = reverse("person", args=[worker.pk])
    assert b"Enable and invite again" in client.get(page).content
    client.post(page, {"do": "enable"})
    worker.refresh_from_db()
    assert worker.is_active
    assert [agency.code for agency in worker.agencies.all()] == ["N0001"]
    assert Invitation.objects.get().is_open
    assert "/invitation/" in mailoutbox[-1].body
    assert client.get(receipt(worker)).status_code == 404
    client.post(leaver(worker))
    assert client.get(receipt(worker)).status_code == 200
    assert not Invitation.objects.get().is_open


@pytest.mark.parametrize(
    ("providers", "back"),
    [
        (["Trust", "Trust", "Another"], ["N0001", "N0002"]),
        (["Another", "Trust", "Trust"], ["N0002", "N0003"]),
        (["Another", "Trust", "Third"], ["N0001"]),
        (["", "", "Trust"], ["N0001"]),
    ],
)
def test_a_leaver_comes_back_to_the_agencies_of_one_provider(
    client: Browser, agency: Any, worker: Any, team: Any, providers: list[str], back: list[str]
) -> None:
    """Those with most agencies, or else the first; the team reads which were left out."""
    agencies = [agency]
    for code in ("N0002", "N0003"):
        agencies.append(AgencyFactory(region=HERE, provider="Trust", code=code))
        add_to_agency(user=worker, agency=agencies[-1])
    leavers.take_out(by=team, person=worker)
    for former, provider in zip(agencies, providers, strict=True):
        former.provider = provider
        former.save()
    page = reverse("person", args=[worker.pk])
    told = words_of(sign_in(client, team).post(page, {"do": "enable"}, follow=True))
    left_out = ", ".join(f"{former}" for former in agencies if former.code not in back)
    assert "The account of Wilma Worker is enabled." in told
    assert f"does not work for {left_out} any more" in told
    worker.refresh_from_db()
    assert worker.is_active
    assert [former.code for former in worker.agencies.order_by("code")] == back
    added = AuditEvent.objects.filter(verb="added to agency", record=str(worker.pk))
    assert sorted(event.agency for event in added) == back


def test_a_lead_takes_out_people_in_data_entry(client: Browser, worker: Any, lead: Any) -> None:
    sign_in(client, lead)
    assert leaver(worker) in client.get(reverse("agency-people")).content.decode()
    other_lead = UserFactory(agency=worker.agency, role=Role.LEAD)
    elsewhere = UserFactory(agency__provider="Trust", agency__region=HERE)
    for person in (lead, other_lead, elsewhere):
        assert client.get(leaver(person)).status_code == 404
        assert client.post(leaver(person)).status_code == 404
    elsewhere.memberships.create(agency=worker.agency)
    assert client.get(leaver(elsewhere)).status_code == 404, "works for another agency as well"
    assert client.post(leaver(worker)).status_code == 302
    text = client.get(receipt(worker)).content.decode()
    assert "by Lee Lead" in text
    assert "Enable the account" not in text
    assert sign_in(Browser(), other_lead).get(receipt(worker)).status_code == 404


def test_a_lead_is_told_that_somebody_has_taken_the_person_out_already(
    client: Browser, worker: Any, lead: Any, agency: Any
) -> None:
    colleague = UserFactory(agency=agency, role=Role.LEAD, name="Cora Colleague")
    form = OpenForm(sign_in(client, lead), leaver(worker))
    stranger = UserFactory(agency__provider="Trust", agency__region=HERE)
    with time_machine.travel("2026-11-03 12:00:00+00:00", tick=False):
        leavers.take_out(by=colleague, person=worker)
        leavers.take_out(by=UserFactory(role=Role.NATIONAL), person=stranger)
    assert form.send().headers["Location"] == reverse("agency-people")
    told = words_of(client.get(reverse("agency-people")))
    assert (
        "Wilma Worker has left already: Cora Colleague did what was to be done on 3 November 2026."
        in told
    )
    for address in (leaver(stranger), receipt(worker)):
        assert client.get(address).status_code == 404
    assert client.post(leaver(stranger)).status_code == 404
    assert Leaving.objects.count() == 2
    assert sign_in(client, colleague).get(leaver(worker)).headers["Location"] == receipt(worker)


def test_nobody_else_takes_out(worker: Any, team: Any, agency: Any) -> None:
    colleague = UserFactory(role=Role.REGIONAL, region=HERE)
    other = UserFactory(role=Role.REGIONAL, region=THERE)
    national = UserFactory(role=Role.NATIONAL)
    refused = [
        (other, worker),
        (worker, UserFactory(agency=agency)),
        (team, team),
        (team, colleague),
        (national, national),
        (UserFactory(role=Role.SUPPLIER), worker),
    ]
    for by, person in refused:
        browser = sign_in(Browser(), by)
        assert browser.get(leaver(person)).status_code == 404
        assert browser.post(leaver(person)).status_code == 404
        with pytest.raises(NotFound):
            leavers.take_out(by=by, person=person)
    assert Browser().post(leaver(worker)).headers["Location"].startswith("/sign-in/")
    leavers.take_out(by=national, person=colleague)
    colleague.refresh_from_db()
    assert not colleague.is_active
    leavers.take_out(by=team, person=worker)
    assert sign_in(Browser(), other).get(receipt(worker)).status_code == 404
    assert sign_in(Browser(), national).get(receipt(worker)).status_code == 200


def test_requests_of_a_lead_are_handed_over(lead: Any, team: Any) -> None:
    asked = access.ask_for_colleague(by=lead, name="C", email="c@example.org", purpose="X")
    answered = access.ask_for_colleague(by=lead, name="D", email="d@example.org", purpose="X")
    access.refuse(by=team, key=answered.pk, reason="No")
    leaving = leavers.take_out(by=team, person=lead)
    assert leaving.requests == 1
    asked.refresh_from_db()
    answered.refresh_from_db()
    assert (asked.asked_by, answered.asked_by) == (team, lead)


def test_an_invitation_of_a_leaver_stops(agency: Any, team: Any) -> None:
    asked = access.ask_for_access(
        address="192.0.2.7",
        name="A",
        email="a@example.org",
        agency_code=agency.code,
        role=Role.DATA_ENTRY,
        purpose="X",
    )
    person = access.approve(by=team, key=asked.pk)
    leavers.take_out(by=team, person=person)
    assert not Invitation.objects.get().is_open
    people.enable(by=team, person=person)
    assert [invitation.is_open for invitation in Invitation.objects.all()] == [True, False]
