"""Asking for access, the team's answer, and the invitation; each refusal beside its success."""

import datetime
import re
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.db import transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from det.checking import today
from det.definition import core_dataset
from ndtms.accounts.models import Role, User
from ndtms.audit.models import AuditEvent
from ndtms.regions import places
from ndtms.regions.models import AccessRequest, Invitation
from ndtms.regions.selectors import NotFound
from ndtms.regions.services import access, invitations, people
from tests.conftest import sign_in
from tests.factories import AgencyFactory, UserFactory
from tests.forms import OpenForm, words_of
from tests.test_keys import at_once
from tests.test_regions import HERE, THERE, authority_in

pytestmark = pytest.mark.django_db
NOW = datetime.datetime(2026, 3, 3, 9, 0, tzinfo=datetime.UTC)
PASSWORD = "Nine green bottles"
DAY = 24 * 60 * 60
ASKED = {
    "name": "Ada Asker",
    "email": "Ada@example.org",
    "agency_code": "n0001",
    "role": "data_entry",
    "purpose": "I enter the data of the evening clinic",
}


@pytest.fixture(autouse=True)
def mails_go_at_once(monkeypatch: Any, mailoutbox: Any) -> None:
    """A test is one transaction that never ends, and mails wait for the end of one."""
    monkeypatch.setattr(transaction, "on_commit", lambda told, **options: told())


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def agency() -> Any:
    return AgencyFactory(region=HERE, provider="Trust", code="N0001")


@pytest.fixture
def team() -> Any:
    return UserFactory(role=Role.REGIONAL, region=HERE)


@pytest.fixture
def signed_in(client: Browser, team: Any) -> Any:
    return sign_in(client, team)


def ask(**answers: str) -> AccessRequest:
    """Somebody asks on the page."""
    page = Browser().post(reverse("ask-access"), {**ASKED, **answers})
    assert page.status_code == 302
    asked = AccessRequest.objects.last()
    assert asked
    return asked


def page_of(asked: AccessRequest) -> str:
    return reverse("access-request", args=[asked.pk])


def approve(browser: Any, asked: AccessRequest) -> str:
    """What the page says once the button has been pressed."""
    return str(browser.post(page_of(asked), {"approve": "1"}, follow=True).content.decode())


def link_in(mail: Any) -> str:
    """The address in the mail, without the part that says on which machine."""
    found = re.search(r"http://localhost:\d+(/invitation/\S+/)$", mail.body, flags=re.MULTILINE)
    assert found, mail.body
    return found[1]


# Asking


def test_anybody_may_ask(client: Browser, agency: Any) -> None:
    assert b'href="/access/"' in client.get(reverse("sign-in")).content
    assert client.get(reverse("ask-access")).status_code == 200
    page = client.post(reverse("ask-access"), ASKED, follow=True)
    assert b"regional team will answer by email" in page.content
    asked = AccessRequest.objects.get()
    assert (asked.email, asked.agency, asked.state) == ("ada@example.org", agency, "waiting")
    assert asked.visitor
    assert "127.0.0.1" not in asked.visitor
    event = AuditEvent.objects.get()
    assert event.verb == "asked for access"
    assert "ada" not in event.who


def test_the_answer_does_not_tell_what_there_is(agency: Any) -> None:
    """The same page for an unknown agency, and for an address that has an account."""
    user = UserFactory(agency=agency)
    answers = [{}, {"agency_code": "ZZZZZ"}, {"email": user.email}]
    pages = [
        Browser().post(reverse("ask-access"), {**ASKED, **changed}, follow=True)
        for changed in answers
    ]
    assert {page.redirect_chain[0] for page in pages} == {(reverse("access-asked"), 302)}
    assert len({page.content for page in pages}) == 1
    assert AccessRequest.objects.count() == 3


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""),
        ("email", "nobody"),
        ("agency_code", ""),
        ("agency_code", "N000001"),
        ("role", "national"),
        ("role", ""),
        ("purpose", ""),
        ("purpose", "for work"),
        ("purpose", "\u200b" * 20),
        ("purpose", "\u2800" * 20),
        ("purpose", "\u3164" * 20),
        ("purpose", "\u200fabc" * 3),
        ("purpose", ". - " * 20),
        ("name", "\u200b"),
        ("name", "..."),
        ("agency_code", "\u00df" * 5),
        ("agency_code", "\u01490001"),
        ("agency_code", "\ufb01" * 5),
        ("agency_code", "N 001"),
        ("purpose", "x" * 301),
    ],
)
def test_what_is_no_request(client: Browser, field: str, typed: str) -> None:
    page = client.post(reverse("ask-access"), {**ASKED, field: typed})
    assert page.status_code == 422
    assert page.context["form"].errors.keys() == {field}
    assert not AccessRequest.objects.exists()


@pytest.mark.parametrize(
    ("email", "letter"),
    [
        ("n0001@ex\u0430mple.org", "\u0430"),
        ("suppl\u0130er@example.org", "\u0130"),
        ("ad\u0430@example.org", "\u0430"),
        ("ada@example.org\u200b", "\u200b"),
        ("\uff41da@example.org", "\uff41"),
    ],
)
def test_addresses_that_look_like_another_are_refused_in_words(
    client: Browser, agency: Any, team: Any, email: str, letter: str
) -> None:
    told = f"has a character that is not on an English keyboard: “{letter}”"
    page = client.post(reverse("ask-access"), {**ASKED, "email": email})
    assert page.status_code == 422
    assert [told in message for message in page.context["form"].errors["email"]] == [True]
    desk = sign_in(Browser(), team)
    inviting = reverse("agency-invite-lead", args=[agency.pk])
    assert told in desk.post(inviting, {"name": "Ada", "email": email}).content.decode()
    lead = sign_in(Browser(), UserFactory(role=Role.LEAD, agency=agency))
    answers = {"name": "Ada", "email": email, "purpose": "Enters data from May"}
    assert told in lead.post(reverse("agency-people-ask"), answers).content.decode()
    with pytest.raises(ValidationError):
        access.invite_lead(by=team, agency=agency, name="Ada", email=email)
    assert not AccessRequest.objects.exists()
    assert not User.objects.exclude(pk=team.pk).filter(name="Ada").exists()


def test_the_form_sent_again_asks_once(client: Browser, agency: Any, clock: Any) -> None:
    """Pressed twice, sent again after Back, or with the code written another way."""
    first = ask()
    assert ask() == first
    assert ask(email="ADA@example.org", agency_code="N0001") == first
    for _ in range(access.LIMIT):
        assert client.post(reverse("ask-access"), ASKED).status_code == 302
    assert AccessRequest.objects.count() == 1
    assert AuditEvent.objects.count() == 1
    assert ask(purpose="I enter the data of the morning clinic") != first
    elsewhere = Browser(REMOTE_ADDR="192.0.2.7")
    assert elsewhere.post(reverse("ask-access"), ASKED).status_code == 302
    assert AccessRequest.objects.count() == 3


def test_what_was_answered_can_be_asked_again(agency: Any, team: Any) -> None:
    first = ask()
    access.refuse(by=team, key=first.pk, reason="Ask with the address of your service")
    assert ask() != first


def test_the_form_sent_twice_at_once_asks_once(agency: Any, transactional_db: None) -> None:
    presses = [lambda: access.ask_for_access(address="192.0.2.9", **ASKED)] * 6
    assert len(at_once(*presses)) == 6
    assert AccessRequest.objects.count() == 1


def test_five_an_hour_from_one_address(client: Browser, agency: Any, clock: Any) -> None:
    for number in range(5):
        ask(email=f"ada{number}@example.org")
    page = client.post(reverse("ask-access"), ASKED)
    assert page.status_code == 429
    assert b"Try again in an hour" in page.content
    elsewhere = Browser(REMOTE_ADDR="192.0.2.7")
    assert elsewhere.post(reverse("ask-access"), ASKED).status_code == 302
    clock.shift(60 * 60 + 1)
    ask()
    assert AccessRequest.objects.count() == 7


def test_five_an_hour_hold_for_requests_at_the_same_time(
    agency: Any, transactional_db: None
) -> None:
    asked = [
        lambda number=number: access.ask_for_access(
            address="192.0.2.9", **{**ASKED, "email": f"ada{number}@example.org"}
        )
        for number in range(12)
    ]
    assert len(at_once(*asked, refusal=access.TooMany)) == 5
    assert AccessRequest.objects.count() == 5


def ask_from(number: int) -> Any:
    """Somebody asks from a network of their own."""
    browser = Browser(REMOTE_ADDR=f"2001:db8:0:{number:x}::1")
    return browser.post(reverse("ask-access"), {**ASKED, "email": f"ada{number}@example.org"})


def noted() -> list[tuple[str, str, dict[str, Any]]]:
    events = AuditEvent.objects.order_by("id")
    return list(events.values_list("who", "verb", "detail"))


def test_so_many_a_day_from_everywhere(agency: Any, clock: Any, settings: Any) -> None:
    settings.MOST_ASKED_FOR_ACCESS = 3
    lead = UserFactory(role=Role.LEAD, agency=agency)
    colleague = {"name": "Cora", "purpose": "Enters data from May"}
    access.ask_for_colleague(by=lead, email="cora@example.org", **colleague)
    assert [ask_from(number).status_code for number in range(3)] == [302] * 3
    before = len(noted())
    for number in range(3, 8):
        refused = ask_from(number)
        assert refused.status_code == 429
    page = refused.content.decode()
    assert "No more requests can be taken today" in page
    assert "Yours has not been sent" in page
    for email in core_dataset().regions.values():
        assert f"mailto:{email}" in page
    more = "refused more requests for access"
    assert noted()[before:] == [("unknown", more, {"further_ones_today": "only counted"})]
    assert ask_from(1).status_code == 302, "sent again, it asks for nothing more"
    access.ask_for_colleague(by=lead, email="colin@example.org", **colleague)
    clock.move_to(NOW.replace(hour=23, minute=59))
    assert ask_from(8).status_code == 429
    clock.move_to(NOW + datetime.timedelta(days=1))
    call_command("daily")
    assert noted()[-1] == ("unknown", more, {"day": "2026-03-03", "more_on_that_day": 5})
    assert ask_from(9).status_code == 302
    assert AccessRequest.objects.count() == 6


def test_so_many_a_day_hold_for_requests_at_the_same_time(
    agency: Any, transactional_db: None, settings: Any
) -> None:
    settings.MOST_ASKED_FOR_ACCESS = 3
    asked = [
        lambda number=number: access.ask_for_access(
            address=f"192.0.2.{number}", **{**ASKED, "email": f"ada{number}@example.org"}
        )
        for number in range(8)
    ]
    assert len(at_once(*asked, refusal=access.TooManyToday)) == 3
    assert AccessRequest.objects.count() == 3
    assert [verb for _, verb, _ in noted()].count("refused more requests for access") == 1


def test_old_requests_are_removed_and_the_others_stay(agency: Any, clock: Any, team: Any) -> None:
    ask()
    answered = ask(email="answered@example.org")
    clock.shift(access.WAITING_DAYS * DAY)
    access.refuse(by=team, key=answered.pk, reason="Ask your manager first")
    call_command("daily")
    assert AccessRequest.objects.count() == 2, "to the last day"
    clock.shift(1)
    call_command("daily")
    assert AccessRequest.objects.get() == answered
    removed = "removed old requests for access"
    assert noted()[-1] == ("command", removed, {"unanswered": 1, "answered": 0})
    clock.shift(access.ANSWERED_DAYS * DAY - 1)
    call_command("daily")
    assert AccessRequest.objects.get() == answered
    clock.shift(1)
    call_command("daily")
    assert not AccessRequest.objects.exists()
    assert ("command", removed, {"unanswered": 0, "answered": 1}) in noted()


def test_the_list_says_how_long_requests_are_kept(signed_in: Any) -> None:
    page = signed_in.get(reverse("access-requests")).content.decode()
    assert f"removed after {access.WAITING_DAYS} days" in page
    assert (
        f"after {access.WAITING_DAYS} days if nobody"
        in Browser().get(reverse("privacy")).content.decode()
    ), "and so does the page for whoever asks"


def test_who_asked_from_where_is_forgotten_after_a_day(agency: Any, clock: Any) -> None:
    ask()
    clock.shift(24 * 60 * 60 - 1)
    assert access.forget_visitors() == 0
    clock.shift(2)
    assert access.forget_visitors() == 1
    assert AccessRequest.objects.get().visitor == ""


# The list and the answer


def test_a_request_is_for_the_team_of_the_region(agency: Any, signed_in: Any) -> None:
    asked = ask()
    assert signed_in.get(page_of(asked)).status_code == 200
    assert b"Ada Asker" in signed_in.get(reverse("access-requests")).content
    assert signed_in.get(reverse("region")).context["waiting"] == 1
    for user in (
        UserFactory(role=Role.REGIONAL, region=THERE),
        UserFactory(role=Role.LEAD, agency=agency),
        UserFactory(agency=agency),
        UserFactory(role=Role.SUPPLIER),
    ):
        browser = sign_in(Browser(), user)
        assert browser.get(page_of(asked)).status_code == 404
        assert browser.post(page_of(asked), {"approve": "1"}).status_code == 404
        with pytest.raises(NotFound):
            access.approve(by=user, key=asked.pk)
    assert Browser().post(page_of(asked), {"approve": "1"}).status_code == 302
    asked.refresh_from_db()
    assert asked.state == "waiting"


def test_an_unknown_agency_is_for_the_national_team(agency: Any, signed_in: Any) -> None:
    asked = ask(agency_code="ZZZZZ")
    assert signed_in.get(page_of(asked)).status_code == 404
    national = sign_in(Browser(), UserFactory(role=Role.NATIONAL))
    assert "There is no agency ZZZZZ" in approve(national, asked)
    assert not User.objects.filter(email="ada@example.org").exists()


def test_an_agency_that_is_added_later_has_the_requests_that_wait_for_it(
    signed_in: Any, team: Any
) -> None:
    asked, answered = ask(agency_code="n0009"), ask(agency_code="n0009", name="Bo")
    other = ask(agency_code="N0008")
    national = UserFactory(role=Role.NATIONAL)
    access.refuse(by=national, key=answered.pk, reason="There is none")
    browser = sign_in(Browser(), national)
    assert "N0009: there is no such agency" in words_of(browser.get(page_of(asked)))
    answers = {"code": "N0009", "name": "Newgate", "dataset": "AD", "provider": "Trust"}
    answers["local_authority"] = places.in_words(authority_in(HERE))
    signed_in.post(reverse("agency-add"), answers)
    assert "Newgate (N0009)" in words_of(signed_in.get(page_of(asked)))
    for not_theirs in (answered, other):
        assert signed_in.get(page_of(not_theirs)).status_code == 404
    assert "Approved" in approve(signed_in, asked)
    assert [made.code for made in User.objects.get(email="ada@example.org").agencies.all()] == [
        "N0009"
    ]


def test_an_agency_that_came_with_a_file_has_the_requests_that_wait_for_it(
    signed_in: Any,
) -> None:
    """From when it is given a local authority on; what the national team approves before is approved as well."""
    asked, later = ask(agency_code="N0009"), ask(agency_code="N0009", email="bo@example.org")
    made = AgencyFactory(code="N0009", region="", provider="Trust")
    browser = sign_in(Browser(), UserFactory(role=Role.NATIONAL))
    assert "Approved" in approve(browser, asked)
    form = OpenForm(browser, reverse("agency-change", args=[made.pk]))
    form["local_authority"] = places.in_words(authority_in(HERE))
    assert form.send().status_code == 302
    assert f"{made}" in words_of(signed_in.get(page_of(later)))
    asked.refresh_from_db()
    assert (asked.state, asked.agency) == ("approved", made)
    assert list(User.objects.get(email="ada@example.org").agencies.all()) == [made]


def test_approving_makes_the_account_and_invites(
    agency: Any, signed_in: Any, team: Any, mailoutbox: Any
) -> None:
    asked = ask(role="lead")
    assert "Approved" in approve(signed_in, asked)
    person = User.objects.get(email="ada@example.org")
    assert (person.name, person.role, list(person.agencies.all())) == (
        "Ada Asker",
        "lead",
        [agency],
    )
    assert not person.has_usable_password()
    asked.refresh_from_db()
    assert (asked.state, asked.answered_by) == ("approved", team)
    assert [mail.to for mail in mailoutbox] == [["ada@example.org"]]
    token = link_in(mailoutbox[0]).split("/")[2]
    assert token not in Invitation.objects.get().token_hash
    assert "answered this request already" in approve(signed_in, asked)
    assert User.objects.filter(email="ada@example.org").count() == 1
    kept = [(event.verb, event.detail) for event in AuditEvent.objects.all()]
    assert ("approved request for access", {"account": person.pk}) in kept
    assert "ada" not in str(kept).lower()


def test_nobody_is_let_into_a_closed_agency(agency: Any, signed_in: Any) -> None:
    asked = ask()
    agency.closed_on = today()
    agency.save()
    assert "is closed" in approve(signed_in, asked)
    agency.closed_on = today() + datetime.timedelta(days=1)
    agency.save()
    assert "Approved" in approve(signed_in, asked)


def test_refusing_mails_the_reason(agency: Any, signed_in: Any, mailoutbox: Any) -> None:
    asked = ask()
    for nothing in ("", "No", "\u2800" * 20):
        assert signed_in.post(page_of(asked), {"reason": nothing}).status_code == 422
    signed_in.post(page_of(asked), {"reason": "Ask your manager & <us> first"})
    asked.refresh_from_db()
    assert asked.state == "refused"
    assert "Ask your manager & <us> first" in mailoutbox[0].body
    assert mailoutbox[0].to == ["ada@example.org"]
    page = signed_in.get(reverse("access-requests"), {"show": "answered"})
    assert b"Refused" in page.content
    assert b"No request waits" in signed_in.get(reverse("access-requests")).content


def test_who_has_an_account_is_added_to_the_agency(
    agency: Any, signed_in: Any, mailoutbox: Any
) -> None:
    person = UserFactory(agency=AgencyFactory(region=THERE, provider="Trust"))
    said = approve(signed_in, ask(email=person.email, role="lead"))
    assert "Approved" in said
    assert "The role stays data entry" in said
    assert person.agencies.count() == 2
    assert "another agency" in mailoutbox[0].subject
    assert not Invitation.objects.exists()
    assert "works for the agency already" in approve(signed_in, ask(email=person.email))


def test_an_account_that_cannot_be_added_is_told_to_the_team_only(
    agency: Any, signed_in: Any, mailoutbox: Any
) -> None:
    for person, said in (
        (UserFactory(agency__provider="Another"), "at another provider"),
        (UserFactory(role=Role.SUPPLIER), "works for no agency"),
        (UserFactory(agency__provider="Trust", is_active=False), "disabled account"),
    ):
        asked = ask(email=person.email)
        assert said in approve(signed_in, asked)
        asked.refresh_from_db()
        assert asked.state == "waiting"
    assert mailoutbox == []


# A lead who has not asked


LEAD = {"name": "Lee Lead", "email": "Lee@example.org"}


def invite_lead(browser: Any, agency: Any, **answers: str) -> Any:
    inviting = reverse("agency-invite-lead", args=[agency.pk])
    return browser.post(inviting, {**LEAD, **answers}, follow=True)


def test_a_region_invites_a_lead(agency: Any, signed_in: Any, team: Any, mailoutbox: Any) -> None:
    page = signed_in.get(reverse("agency", args=[agency.pk])).content.decode()
    assert reverse("agency-invite-lead", args=[agency.pk]) in page
    assert signed_in.get(reverse("agency-invite-lead", args=[agency.pk])).status_code == 200
    assert invite_lead(signed_in, agency, name="", email="").status_code == 422
    assert "Lee Lead is told by email." in invite_lead(signed_in, agency).content.decode()
    person = User.objects.get(email="lee@example.org")
    assert (person.role, list(person.agencies.all())) == ("lead", [agency])
    assert not person.has_usable_password()
    assert [mail.to for mail in mailoutbox] == [["lee@example.org"]]
    assert link_in(mailoutbox[0])
    kept = [
        (event.verb, event.who, event.agency, event.record)
        for event in AuditEvent.objects.reverse()
    ]
    about = str(person.pk)
    assert kept == [
        ("made account", team.email, "N0001", about),
        ("invited", team.email, "", about),
        ("invited lead", team.email, "N0001", about),
    ]
    assert "works for the agency already" in invite_lead(signed_in, agency).content.decode()
    assert User.objects.filter(email="lee@example.org").count() == 1


def test_inviting_a_lead_has_the_rules_of_approving(
    agency: Any, signed_in: Any, mailoutbox: Any
) -> None:
    for person, said in (
        (UserFactory(agency__provider="Another"), "at another provider"),
        (UserFactory(role=Role.SUPPLIER), "works for no agency"),
        (UserFactory(agency__provider="Trust", is_active=False), "disabled account"),
    ):
        assert said in invite_lead(signed_in, agency, email=person.email).content.decode()
    assert mailoutbox == []
    worker = UserFactory(agency=AgencyFactory(region=THERE, provider="Trust"))
    said = invite_lead(signed_in, agency, email=worker.email).content.decode()
    assert "The role stays data entry" in said
    assert worker.agencies.count() == 2
    agency.closed_on = today()
    agency.save()
    assert "is closed" in invite_lead(signed_in, agency).content.decode()


def test_only_the_team_of_the_region_invites_a_lead(agency: Any) -> None:
    for user in (
        UserFactory(role=Role.REGIONAL, region=THERE),
        UserFactory(role=Role.LEAD, agency=agency),
        UserFactory(role=Role.SUPPLIER),
    ):
        assert invite_lead(sign_in(Browser(), user), agency).status_code == 404
        with pytest.raises(PermissionDenied):
            access.invite_lead(by=user, agency=agency, **LEAD)
    assert not User.objects.filter(email="lee@example.org").exists()


def test_two_accounts_at_once_for_one_address_are_one(
    agency: Any, team: Any, transactional_db: None
) -> None:
    other = AgencyFactory(region=HERE, provider="Trust")
    invited = at_once(
        *(
            lambda where=where: access.invite_lead(by=team, agency=where, **LEAD)
            for where in (agency, other)
        ),
        refusal=ValidationError,
    )
    assert len(invited) in (1, 2), "the second is refused, or added to the other agency"
    assert User.objects.filter(email="lee@example.org").count() == 1


# A provider lead


def test_a_lead_asks_for_a_colleague(client: Browser, agency: Any, mailoutbox: Any) -> None:
    lead = UserFactory(role=Role.LEAD, agency=agency, name="Lee Lead")
    UserFactory(agency=agency, name="Wilma Worker")
    UserFactory(agency=AgencyFactory(provider="Trust"), name="Nora Next")
    sign_in(client, lead)
    answers = {
        "name": "Cora Colleague",
        "email": "cora@example.org",
        "purpose": "Enters data from May",
    }
    client.post(reverse("agency-people-ask"), {**answers, "role": "lead", "agency_code": "X"})
    assert client.post(reverse("agency-people-ask"), {}).status_code == 422
    text = client.get(reverse("agency-people")).content.decode()
    assert "Wilma Worker" in text
    assert "Nora Next" not in text
    assert "Cora Colleague" in text
    asked = AccessRequest.objects.get()
    assert (asked.agency, asked.role, asked.asked_by) == (agency, "data_entry", lead)
    national = UserFactory(role=Role.NATIONAL)
    access.refuse(by=national, key=asked.pk, reason="Not now")
    assert mailoutbox[0].to == [lead.email]
    assert "Cora Colleague" in mailoutbox[0].body


def test_whom_strangers_ask_for_does_not_fill_the_page_of_the_leads(
    client: Browser, agency: Any
) -> None:
    lead = UserFactory(role=Role.LEAD, agency=agency)
    sign_in(client, lead)
    for number in range(60):
        asked = {**ASKED, "email": f"ada{number}@example.org"}
        access.ask_for_access(address=f"192.0.2.{number}", **asked)
    access.ask_for_colleague(
        by=lead, name="Cora", email="cora@example.org", purpose="Enters data from May"
    )
    page = client.get(reverse("agency-people")).content.decode()
    assert page.count("asked on") == 10
    assert "cora@example.org" in page
    assert "Show all 61" in page
    first, last = (
        client.get(reverse("agency-people"), {"show": "asked", "page": number}).content.decode()
        for number in (1, 3)
    )
    assert (first.count("asked on"), last.count("asked on")) == (25, 11)
    assert "?page=2&show=asked" in first.replace("&amp;", "&")


def test_only_a_lead_has_the_people_of_the_agency(agency: Any, team: Any) -> None:
    for user in (UserFactory(agency=agency), team, UserFactory(role=Role.NATIONAL)):
        browser = sign_in(Browser(), user)
        for name in ("agency-people", "agency-people-ask"):
            assert browser.get(reverse(name)).status_code == 404
        with pytest.raises(PermissionDenied):
            access.ask_for_colleague(by=user, name="X", email="x@example.org", purpose="X")


def test_a_lead_whose_role_was_lowered_while_asking_is_told_so(
    client: Browser, agency: Any, team: Any
) -> None:
    lead = UserFactory(role=Role.LEAD, agency=agency)
    address = reverse("agency-people-ask")
    form = OpenForm(sign_in(client, lead), address)
    form["name"], form["email"] = "Cora Colleague", "cora@example.org"
    form["purpose"] = "Enters the data of the evening clinic"
    people.change_role(by=team, person=lead, role=Role.DATA_ENTRY)
    answer = client.get(form.send().headers["Location"], follow=True)
    assert "Your role was changed. Nothing was done." in words_of(answer)
    assert not AccessRequest.objects.exists()
    assert client.get(address).status_code == 404
    stranger = sign_in(Browser(), UserFactory(agency=agency))
    assert stranger.post(address, {"name": "Cora"}).status_code == 404


# The invitation


@pytest.fixture
def invited(clock: Any, agency: Any, team: Any, mailoutbox: Any) -> Any:
    """Somebody who has been sent an invitation, just now."""
    return access.approve(by=team, key=ask().pk)


@pytest.fixture
def link(invited: Any, mailoutbox: Any) -> str:
    return link_in(mailoutbox[-1])


def set_password(browser: Browser, password: str = PASSWORD, again: str | None = None) -> Any:
    typed = {"password": password, "again": password if again is None else again}
    return browser.post(reverse("invitation-password"), typed)


def test_a_password_is_set_and_then_a_second_factor(
    client: Browser, invited: Any, link: str, mailoutbox: Any
) -> None:
    assert set_password(client).status_code == 404
    for _ in range(3):
        assert b"Carry on" in client.get(link).content
    assert client.get(reverse("invitation-password")).status_code == 404, "a scanner got no further"
    assert client.post(link).headers["Location"] == reverse("invitation-password")
    page = client.get(reverse("invitation-password"))
    assert b"at least 8 characters" in page.content
    assert set_password(client).headers["Location"] == reverse("enrol")
    invited.refresh_from_db()
    assert invited.check_password(PASSWORD)
    assert client.get(reverse("client-list")).status_code == 302, "not without a second factor"
    assert b"Set up your authenticator app" in client.get(reverse("enrol")).content
    assert "has been set" in mailoutbox[-1].subject
    assert PASSWORD not in mailoutbox[-1].body


@pytest.mark.parametrize(
    ("password", "again", "said"),
    [
        ("short", None, "too short"),
        ("password1", None, "too common"),
        (PASSWORD, "Nine green bottle", "not the same"),
        ("", "", "Enter a password"),
    ],
)
def test_bad_passwords(
    client: Browser, invited: Any, link: str, password: str, again: str | None, said: str
) -> None:
    client.post(link)
    page = set_password(client, password, again)
    assert page.status_code == 422
    assert said in page.content.decode()
    assert set_password(client).status_code == 302


def test_an_invitation_is_used_once(invited: Any, link: str) -> None:
    first, second = Browser(), Browser()
    first.post(link)
    second.post(link)
    assert set_password(first).status_code == 302
    assert set_password(second, "Another fine password").status_code == 404
    assert Browser().get(link).status_code == 404
    invited.refresh_from_db()
    assert invited.check_password(PASSWORD)


def test_an_invitation_ends_after_seven_days(
    client: Browser, invited: Any, link: str, clock: Any
) -> None:
    page = client.get(link)
    assert b"until 10 March 2026, 09:00" in page.content
    clock.shift(7 * 24 * 60 * 60 - 60)
    client.post(link)
    assert client.get(reverse("invitation-password")).status_code == 200
    clock.shift(60)
    assert set_password(client).status_code == 404
    ended = client.get(link)
    assert ended.status_code == 404
    assert b"ask your regional team to send the invitation again" in ended.content
    assert client.get(reverse("invitation", args=["made-up"])).status_code == 404


def test_a_new_invitation_stops_the_old_one(
    invited: Any, link: str, team: Any, mailoutbox: Any, agency: Any
) -> None:
    browser = sign_in(Browser(), team)
    page = reverse("person", args=[invited.pk])
    assert b"Send a new invitation" in browser.get(page).content
    browser.post(page, {"do": "invite"})
    assert Browser().get(link).status_code == 404
    visitor = Browser()
    visitor.post(link_in(mailoutbox[-1]))
    assert set_password(visitor).status_code == 302
    for user in (UserFactory(role=Role.REGIONAL, region=THERE), UserFactory(agency=agency)):
        with pytest.raises(PermissionDenied):
            invitations.invite(by=user, person=invited)


def test_a_forgotten_password_is_set_anew_and_the_second_step_stays(
    team: Any, agency: Any, mailoutbox: Any
) -> None:
    person = UserFactory(agency=agency)
    person.set_password("Forgotten, that one")
    person.save()
    elsewhere = sign_in(Browser(), person)
    browser = sign_in(Browser(), team)
    page = reverse("person", args=[person.pk])
    assert b"Send a link for a new password" in browser.get(page).content
    browser.post(page, {"do": "invite"})
    assert "forgotten" in mailoutbox[-1].body
    person.refresh_from_db()
    assert person.check_password("Forgotten, that one")
    visitor = Browser()
    visitor.post(link_in(mailoutbox[-1]))
    assert set_password(visitor).headers["Location"] == reverse("code")
    assert visitor.get(reverse("client-list")).status_code == 302
    person.refresh_from_db()
    assert person.check_password(PASSWORD)
    assert elsewhere.get(reverse("client-list")).status_code == 302


def test_a_link_for_a_new_password_ends_when_the_password_is_changed(
    team: Any, agency: Any, mailoutbox: Any
) -> None:
    person = UserFactory(agency=agency)
    person.set_password(PASSWORD)
    person.save()
    invitations.invite(by=team, person=person)
    link = link_in(mailoutbox[-1])
    assert Browser().get(link).status_code == 200
    visitor = Browser()
    visitor.post(link)
    browser = sign_in(Browser(), person)
    changed = browser.post(reverse("password"), {"old": PASSWORD, "new": "Eight green bottles"})
    assert changed.status_code == 302
    assert Browser().get(link).status_code == 404
    assert set_password(visitor, "Seven green bottles").status_code == 404, "nor the open page"
    person.refresh_from_db()
    assert person.check_password("Eight green bottles")


def test_disabling_ends_a_link_for_a_new_password_for_good(
    team: Any, agency: Any, mailoutbox: Any
) -> None:
    person = UserFactory(agency=agency)
    person.set_password(PASSWORD)
    person.save()
    invitations.invite(by=team, person=person)
    link = link_in(mailoutbox[-1])
    people.disable(by=team, person=person)
    people.enable(by=team, person=person)
    assert Browser().get(link).status_code == 404
    assert not Invitation.objects.filter(ends_at__gt=timezone.now()).exists()


def test_a_disabled_account_has_no_open_invitation(invited: Any, link: str, team: Any) -> None:
    browser = sign_in(Browser(), team)
    browser.post(reverse("person", args=[invited.pk]), {"do": "disable"})
    assert Browser().get(link).status_code == 404
    refused = browser.post(reverse("person", args=[invited.pk]), {"do": "invite"}, follow=True)
    assert b"Enable it first" in refused.content
    browser.post(reverse("person", args=[invited.pk]), {"do": "enable"})
    assert Invitation.objects.filter(ends_at__gt=timezone.now()).count() == 1
