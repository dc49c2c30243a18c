"""How a regional team runs its region: agencies, people, declarations, dormant accounts; refusals too."""

import datetime
import io
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from det.checking import today
from det.definition import core_dataset
from det.models import Agency
from ndtms.accounts.models import Role, User
from ndtms.audit.models import AuditEvent
from ndtms.regions import duties, places, selectors
from ndtms.regions.forms import AuthorityField
from ndtms.regions.models import Declaration, Standing
from ndtms.regions.services import agencies as agency_services
from ndtms.regions.services import declarations, people
from tests.conftest import sign_in
from tests.factories import AgencyFactory, UserFactory
from tests.forms import OpenForm

pytestmark = pytest.mark.django_db
HERE, THERE = list(core_dataset().regions)[:2]
PASSWORD = "Nine green bottles"
NOW = datetime.datetime(2026, 3, 3, 9, 0, tzinfo=datetime.UTC)


@pytest.fixture(autouse=True)
def mails_go_at_once(monkeypatch: Any, mailoutbox: Any) -> None:
    """A test is one transaction that never ends, and mails wait for the end of one."""
    monkeypatch.setattr(transaction, "on_commit", lambda told, **options: told())


@pytest.fixture
def agency() -> Any:
    return AgencyFactory(region=HERE, provider="Trust", code="N0001", name="Northgate")


@pytest.fixture
def worker(agency: Any) -> Any:
    return UserFactory(agency=agency, name="Wilma Worker")


@pytest.fixture
def team() -> Any:
    return UserFactory(role=Role.REGIONAL, region=HERE, name="Rita Region")


@pytest.fixture
def national() -> Any:
    return UserFactory(role=Role.NATIONAL, name="Nat National")


@pytest.fixture
def signed_in(client: Browser, team: Any) -> Any:
    return sign_in(client, team)


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def person_page(person: Any) -> str:
    return reverse("person", args=[person.pk])


def verbs() -> list[str]:
    return [event.verb for event in AuditEvent.objects.reverse()]


def authority_in(region: str) -> str:
    return next(iter(places.authorities(day=today(), region=region)))


# Who may open the pages


def pages_of(worker: Any, agency: Any, staff: Any) -> list[str]:
    return [
        reverse("region"),
        reverse("region-people"),
        reverse("access-requests"),
        reverse("declarations"),
        reverse("agency-add"),
        reverse("agency", args=[agency.pk]),
        reverse("agency-change", args=[agency.pk]),
        reverse("agency-close", args=[agency.pk]),
        reverse("person", args=[worker.pk]),
        reverse("leaver", args=[worker.pk]),
        reverse("declaration", args=[staff.pk]),
    ]


def test_the_pages_are_for_the_team_of_the_region(agency: Any, worker: Any, national: Any) -> None:
    colleague = UserFactory(role=Role.REGIONAL, region=HERE)
    for user in (UserFactory(role=Role.REGIONAL, region=HERE), national):
        browser = sign_in(Browser(), user)
        for address in pages_of(worker, agency, colleague):
            assert browser.get(address).status_code == 200, (address, user.role)
    lists = {"region", "region-people", "access-requests", "declarations", "agency-add"}
    open_to_all_teams = {reverse(name) for name in lists}
    other = sign_in(Browser(), UserFactory(role=Role.REGIONAL, region=THERE))
    for address in pages_of(worker, agency, colleague):
        expected = 200 if address in open_to_all_teams else 404
        assert other.get(address).status_code == expected, address
    for role in (Role.DATA_ENTRY, Role.SUPPLIER):
        browser = sign_in(Browser(), UserFactory(role=role))
        for address in pages_of(worker, agency, colleague):
            assert browser.get(address).status_code == 404, (address, role)
    for address in pages_of(worker, agency, colleague):
        assert Browser().get(address).headers["Location"].startswith("/sign-in/")


def test_the_region_page_is_about_the_own_region(signed_in: Any, agency: Any, worker: Any) -> None:
    UserFactory(agency=agency, role=Role.LEAD, name="Lee Lead")
    AgencyFactory(region=THERE, name="Elsewhere")
    page = signed_in.get(reverse("region"), {"region": THERE})
    text = page.content.decode()
    assert "Northgate" in text
    assert "Lee Lead" in text
    assert "Elsewhere" not in text
    assert page.context["page"][0].number == 2
    # Neither has a key, nor has the one who looks.
    assert page.context["without_second_key"] == 3


def test_the_national_team_chooses_a_region(client: Browser, national: Any, agency: Any) -> None:
    AgencyFactory(region=THERE, name="Elsewhere")
    sign_in(client, national)
    for region, listed in (("", 2), (HERE, 1), (THERE, 1), ("Atlantis", 2)):
        assert len(client.get(reverse("region"), {"region": region}).context["page"]) == listed


def test_agencies_are_searched_and_filtered(signed_in: Any, agency: Any) -> None:
    for number in range(26):
        AgencyFactory(region=HERE, name=f"Many {number}", code=f"M{number:04}", dataset="YP")
    AgencyFactory(region=HERE, name="Gone", closed_on=today())

    def found(**search: str) -> Any:
        page = signed_in.post(reverse("region"), {"text": "", "show": "", **search}, follow=True)
        return page.context["page"]

    assert found().paginator.count == 28
    assert len(found()) == 25
    assert [agency.name for agency in found(text="north")] == ["Northgate"]
    assert [agency.name for agency in found(text="n0001 trust")] == ["Northgate"]
    assert [agency.name for agency in found(show="closed")] == ["Gone"]
    assert found(show="open").paginator.count == 27
    assert found(show="YP").paginator.count == 26
    assert "north" not in signed_in.post(reverse("region"), {"text": "north"}).headers["Location"]


def test_a_team_sees_the_people_of_its_region_and_its_own(team: Any, worker: Any) -> None:
    colleague = UserFactory(role=Role.REGIONAL, region=HERE)
    partly = UserFactory(agency=AgencyFactory(region=THERE, provider="Trust"))
    people.add_to_agency(by=UserFactory(role=Role.NATIONAL), person=partly, agency=worker.agency)
    UserFactory(agency=AgencyFactory(region=THERE))
    UserFactory(role=Role.REGIONAL, region=THERE)
    UserFactory(role=Role.SUPPLIER)
    seen = list(selectors.people_for(user=team))
    assert set(seen) == {team, colleague, worker, partly}
    people.add_to_agency(
        by=team, person=worker, agency=AgencyFactory(region=HERE, provider="Trust")
    )
    assert selectors.people_for(user=team).count() == len(seen), "each is there once"
    assert set(selectors.people_for(user=UserFactory(role=Role.NATIONAL))) == set(
        User.objects.all()
    )
    assert not selectors.people_for(user=worker)


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ({"text": "wilma"}, ["Wilma Worker"]),
        ({"text": "n0001"}, ["Wilma Worker"]),
        ({"show": "regional"}, ["Rita Region"]),
        ({"show": "disabled"}, ["Di Disabled"]),
        ({"show": "dormant"}, ["Dora Dormant"]),
        ({"show": "invited"}, ["Ivy Invited"]),
    ],
)
def test_people_are_searched_and_filtered(
    signed_in: Any, worker: Any, search: dict[str, str], names: list[str]
) -> None:
    elsewhere = AgencyFactory(region=HERE)
    UserFactory(agency=elsewhere, name="Di Disabled", is_active=False)
    long_ago = timezone.now() - datetime.timedelta(days=61)
    UserFactory(agency=elsewhere, name="Dora Dormant", created_at=long_ago)
    invited = UserFactory(agency=elsewhere, name="Ivy Invited")
    invited.set_unusable_password()
    invited.save()
    page = signed_in.post(reverse("region-people"), {"text": "", "show": "", **search}, follow=True)
    assert [person.name for person in page.context["page"]] == names


# Agencies


def test_an_agency_is_added_in_the_region_of_its_local_authority(signed_in: Any) -> None:
    here, there = authority_in(HERE), authority_in(THERE)
    answers = {
        "code": "n0007",
        "name": "Newgate",
        "dataset": "AD",
        "provider": "Trust",
        "local_authority": places.in_words(there),
    }
    refused = signed_in.post(reverse("agency-add"), answers)
    assert f"lies in {THERE}" in refused.content.decode()
    assert not Agency.objects.exists()
    answers["local_authority"] = places.in_words(here)
    signed_in.post(reverse("agency-add"), answers)
    made = Agency.objects.get()
    assert (made.code, made.region, made.local_authority) == ("N0007", HERE, here)
    assert made.opened_on == today()
    assert verbs() == ["added agency"]
    again = signed_in.post(reverse("agency-add"), answers)
    assert again.status_code == 422
    assert "already exists" in again.content.decode()


@pytest.mark.parametrize(
    ("field", "typed"),
    [("local_authority", "Atlantis"), ("dataset", "XX"), ("code", ""), ("provider", "")],
)
def test_what_is_no_agency(signed_in: Any, field: str, typed: str) -> None:
    answers = {
        "code": "N0007",
        "name": "Newgate",
        "dataset": "AD",
        "provider": "Trust",
        "local_authority": authority_in(HERE),
    }
    page = signed_in.post(reverse("agency-add"), {**answers, field: typed})
    assert page.status_code == 422
    assert page.context["form"].errors.keys() == {field}


def test_a_local_authority_is_read_only_where_it_is_certain(signed_in: Any) -> None:
    """A beginning is not completed, be it the beginning of one name only."""
    for typed in ("Hull", "Kingston upon Hull", "E06000010", "kingston-upon-hull"):
        reading = places.read_authority(typed, day=today())
        assert (reading.text, reading.is_question) == ("E06000010", False)
    for typed in ("Kingston", "Birm", ""):
        assert places.read_authority(typed, day=today()).is_question
    answers = {"code": "N0007", "name": "Newgate", "dataset": "AD", "provider": "Trust"}
    page = signed_in.post(reverse("agency-add"), {**answers, "local_authority": "Birm"})
    assert "Choose below which one you mean" in page.content.decode()


HULL = "E06000010"


def test_a_local_authority_that_was_not_typed_literally_is_told(signed_in: Any) -> None:
    """Hull lies in another region: the national team adds the agency."""
    national = UserFactory(role=Role.NATIONAL)
    sign_in(signed_in, national)
    answers = {"code": "N0007", "name": "Newgate", "dataset": "AD", "provider": "Trust"}
    told = f"Local authority: you typed Hull, saved as {places.in_words(HULL)}."
    added = signed_in.post(
        reverse("agency-add"), {**answers, "local_authority": "Hull"}, follow=True
    )
    assert f"has been added. {told}" in added.content.decode()
    agency = Agency.objects.get()
    address = reverse("agency-change", args=[agency.pk])
    changed = signed_in.post(address, {**answers, "local_authority": "hull"}, follow=True)
    assert "Nothing has changed. Local authority: you typed hull" in changed.content.decode()
    literal = {**answers, "name": "New", "local_authority": places.in_words(HULL)}
    assert "you typed" not in signed_in.post(address, literal, follow=True).content.decode()


def test_the_nearest_local_authorities_are_there_to_choose(signed_in: Any) -> None:
    sign_in(signed_in, UserFactory(role=Role.NATIONAL))
    address = reverse("agency-add")
    form = OpenForm(signed_in, address)
    for name, text in (("code", "N0007"), ("name", "Newgate"), ("provider", "Trust")):
        form[name] = text
    form["local_authority"] = "Kingston"
    form.fields["dataset"] = "AD"
    asked = form.send()
    assert asked.status_code == 422
    assert f'name="local_authority-answer" type="radio" value="{HULL}"' in asked.content.decode()
    again = OpenForm(signed_in, address, asked.content.decode())
    assert again["local_authority"] == again["local_authority-asked"] == "Kingston"
    both = {"local_authority-answer": HULL, "local_authority": "Leeds"}
    doubted = again.send(**both)
    assert doubted.status_code == 422
    assert "What is typed now counts" in doubted.content.decode()
    assert again.send(**{"local_authority-answer": HULL}).status_code == 302
    assert Agency.objects.get().local_authority == HULL


@pytest.mark.parametrize("typed", ["Atlantis", "Xqz"])
def test_what_is_near_to_no_local_authority_says_what_to_enter(typed: str) -> None:
    field = AuthorityField()
    with pytest.raises(ValidationError, match="nor near to one"):
        field.clean(typed)


def opened_change(browser: Browser, agency: Any) -> OpenForm:
    return OpenForm(browser, reverse("agency-change", args=[agency.pk]))


def test_an_authority_that_has_ended_stays_while_something_else_is_changed(
    client: Browser, national: Any
) -> None:
    codes = core_dataset().lists["local_authority"].codes
    ended = [code for code in codes if codes[code].has_ended(today()) and places.region_of(code)]
    assert ended
    for code in ended:
        region = places.region_of(code)
        agency = AgencyFactory(local_authority=code, region=region, provider="P")
        form = OpenForm(sign_in(client, national), reverse("agency-change", args=[agency.pk]))
        assert form.send(name="New name").status_code == 302, code
        agency.refresh_from_db()
        assert (agency.name, agency.local_authority, agency.region) == ("New name", code, region)
    other = next(code for code in ended if code != agency.local_authority)
    form = OpenForm(client, reverse("agency-change", args=[agency.pk]))
    answer = form.send(local_authority=places.in_words(other))
    assert answer.status_code == 422, "one that has ended is not chosen anew"


def test_only_what_a_person_changed_of_an_agency_is_saved(signed_in: Any, agency: Any) -> None:
    Agency.objects.filter(pk=agency.pk).update(local_authority=authority_in(HERE), name="Old")
    first, second = opened_change(signed_in, agency), opened_change(signed_in, agency)
    first["name"], second["provider"] = "New", "Another"
    assert first.send().status_code == second.send().status_code == 302
    agency.refresh_from_db()
    assert (agency.name, agency.provider) == ("New", "Another")
    events = [e.detail["fields"] for e in AuditEvent.objects.filter(verb="changed agency")]
    assert sorted(events) == [["name"], ["provider"]]


def test_what_two_people_changed_of_an_agency_is_asked_about(signed_in: Any, agency: Any) -> None:
    Agency.objects.filter(pk=agency.pk).update(local_authority=authority_in(HERE), name="Old")
    first, second = opened_change(signed_in, agency), opened_change(signed_in, agency)
    first["name"], second["name"], second["provider"] = "Mine", "Yours", "Another"
    first.send()
    asked = second.send()
    assert asked.status_code == 422
    assert (
        "Somebody else changed this to “Mine” after you opened this page" in asked.content.decode()
    )
    agency.refresh_from_db()
    assert (agency.name, agency.provider) == ("Mine", "Trust")
    again = OpenForm(signed_in, second.address, asked.content.decode())
    assert again["name"] == "Yours"
    assert again.send().status_code == 302
    agency.refresh_from_db()
    assert (agency.name, agency.provider) == ("Yours", "Another")


def test_a_closing_date_of_somebody_else_is_not_overwritten(signed_in: Any, agency: Any) -> None:
    Agency.objects.filter(pk=agency.pk).update(closed_on=datetime.date(2026, 4, 1))
    address = reverse("agency-close", args=[agency.pk])
    mine, theirs = OpenForm(signed_in, address), OpenForm(signed_in, address)
    reopens = signed_in.get(address).context["drawn_to_open"].signed()
    mine["closed_on"], theirs["closed_on"] = "1/6/2026", "1/5/2026"
    theirs.send()
    asked = mine.send()
    assert asked.status_code == 422
    assert "Somebody else closed this agency from 1 May 2026 on" in asked.content.decode()
    opened = signed_in.post(address, {"ticket": reopens, "open": "1"}, follow=True)
    assert "Somebody else closed this agency" in opened.content.decode()
    agency.refresh_from_db()
    assert agency.closed_on == datetime.date(2026, 5, 1)
    OpenForm(signed_in, address, asked.content.decode()).send()
    agency.refresh_from_db()
    assert agency.closed_on == datetime.date(2026, 6, 1)


def test_an_agency_is_changed(signed_in: Any, agency: Any, worker: Any) -> None:
    address = reverse("agency-change", args=[agency.pk])
    answers = {"name": "New", "provider": "Trust", "local_authority": authority_in(HERE)}
    signed_in.post(address, answers)
    agency.refresh_from_db()
    assert agency.name == "New"
    other = AgencyFactory(region=HERE, provider="Trust")
    worker.memberships.create(agency=other)
    page = signed_in.post(address, {**answers, "provider": "Another"})
    assert "also work for other agencies" in page.content.decode()
    worker.memberships.filter(agency=other).delete()
    signed_in.post(address, {**answers, "provider": "Another"})
    agency.refresh_from_db()
    assert agency.provider == "Another"


def test_an_agency_is_closed_and_opened(signed_in: Any, agency: Any) -> None:
    address = reverse("agency-close", args=[agency.pk])
    assert signed_in.post(address, {"closed_on": "31/31/31"}).status_code == 422
    signed_in.post(address, {"closed_on": "1 Apr 2026"})
    agency.refresh_from_db()
    assert agency.closed_on == datetime.date(2026, 4, 1)
    signed_in.post(address, {"open": "1"})
    agency.refresh_from_db()
    assert agency.closed_on is None
    assert verbs() == ["closed agency", "opened agency again"]


def test_nobody_changes_the_agency_of_another_region(agency: Any, worker: Any) -> None:
    other = UserFactory(role=Role.REGIONAL, region=THERE)
    for by in (other, worker):
        with pytest.raises(PermissionDenied):
            agency_services.close_agency(by=by, agency=agency, closed_on=today())
        with pytest.raises(PermissionDenied):
            agency_services.change_agency(
                by=by, agency=agency, name="X", provider="", local_authority=authority_in(THERE)
            )
    with pytest.raises(PermissionDenied):
        agency_services.add_agency(
            by=worker, code="X0001", name="X", dataset="AD", local_authority=authority_in(HERE)
        )


# People


def test_somebody_is_added_to_an_agency_of_the_provider(
    signed_in: Any, worker: Any, mailoutbox: Any
) -> None:
    same = AgencyFactory(region=HERE, provider="Trust")
    another = AgencyFactory(region=HERE, provider="Another")
    far = AgencyFactory(region=THERE, provider="Trust")
    for code, said in (
        (another.code, "one provider only"),
        (far.code, "no such agency in your region"),
        ("", "Enter the agency code"),
    ):
        page = signed_in.post(person_page(worker), {"do": "add", "code": code})
        assert page.status_code == 422
        assert said in page.content.decode()
    signed_in.post(person_page(worker), {"do": "add", "code": same.code.lower()})
    assert worker.agencies.count() == 2
    assert mailoutbox[0].to == [worker.email]
    signed_in.post(person_page(worker), {"do": "remove", "agency": same.code})
    assert worker.agencies.count() == 1
    page = signed_in.post(
        person_page(worker), {"do": "remove", "agency": worker.agencies.get().code}, follow=True
    )
    assert "the only agency" in page.content.decode()
    assert worker.agencies.count() == 1
    assert verbs() == ["added to agency", "removed from agency"]


def test_a_role_is_changed_between_two(signed_in: Any, worker: Any) -> None:
    for role in (Role.LEAD, Role.DATA_ENTRY):
        signed_in.post(person_page(worker), {"do": "role", "role": role})
        worker.refresh_from_db()
        assert worker.role == role
    for other in (Role.NATIONAL, Role.SUPPLIER, "king", ""):
        page = signed_in.post(person_page(worker), {"do": "role", "role": other})
        assert page.status_code == 404
    worker.refresh_from_db()
    assert worker.role == Role.DATA_ENTRY


def test_an_account_is_disabled_and_enabled(signed_in: Any, worker: Any, mailoutbox: Any) -> None:
    other = sign_in(Browser(), worker)
    assert other.get(reverse("client-list")).status_code == 200
    signed_in.post(person_page(worker), {"do": "disable"})
    worker.refresh_from_db()
    assert not worker.is_active
    assert other.get(reverse("client-list")).status_code == 302
    signed_in.post(person_page(worker), {"do": "enable"})
    worker.refresh_from_db()
    assert worker.is_active
    assert [mail.subject.split()[-1] for mail in mailoutbox] == ["disabled", "enabled"]
    assert {tuple(mail.to) for mail in mailoutbox} == {(worker.email,)}
    events = AuditEvent.objects.filter(verb__endswith="account")
    assert {event.record for event in events} == {str(worker.pk)}


def test_nobody_changes_the_own_account_or_the_own_team(signed_in: Any, team: Any) -> None:
    colleague = UserFactory(role=Role.REGIONAL, region=HERE)
    for person in (team, colleague):
        assert signed_in.get(person_page(person)).status_code == 200
        for do in ("disable", "enable", "invite"):
            assert signed_in.post(person_page(person), {"do": do}).status_code == 404
    assert b"Disable the account" not in signed_in.get(person_page(team)).content


def test_the_national_team_administers_regional_teams(
    client: Browser, national: Any, team: Any, mailoutbox: Any
) -> None:
    sign_in(client, national)
    client.post(person_page(team), {"do": "disable"})
    team.refresh_from_db()
    assert not team.is_active
    assert client.post(person_page(national), {"do": "disable"}).status_code == 404
    answers = {"name": "Ren Region", "email": "ren@example.org", "role": Role.REGIONAL}
    assert client.post(reverse("person-add"), answers).status_code == 422
    client.post(reverse("person-add"), {**answers, "region": HERE})
    made = User.objects.get(email="ren@example.org")
    assert (made.role, made.region, made.has_usable_password()) == (Role.REGIONAL, HERE, False)
    assert "/invitation/" in mailoutbox[-1].body
    again = client.post(reverse("person-add"), {**answers, "region": HERE})
    assert "already exists" in again.content.decode()


def test_only_the_national_team_adds_staff(signed_in: Any, team: Any) -> None:
    assert signed_in.get(reverse("person-add")).status_code == 404
    with pytest.raises(PermissionDenied):
        people.add_staff(by=team, email="x@example.org", name="X", role=Role.NATIONAL, region="")


# The first account


def make_national(email: str = "first@example.org", password: str = PASSWORD) -> str:
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        call_command(
            "create_national_user",
            f"--email={email}",
            "--name=Nat First",
            "--password-stdin",
            stdout=out,
        )
    return out.getvalue()


def test_the_first_national_account_is_made_once() -> None:
    for bad in ("short", "password1"):
        with pytest.raises(CommandError) as refused:
            make_national(password=bad)
        assert refused.value.returncode == 2
    assert "Sign in" in make_national()
    user = User.objects.get()
    assert (user.role, user.check_password(PASSWORD)) == (Role.NATIONAL, True)
    with pytest.raises(CommandError, match="already") as refused:
        make_national("second@example.org")
    assert refused.value.returncode == 2
    assert User.objects.count() == 1


def test_the_password_is_asked_twice(monkeypatch: Any) -> None:
    typed = iter([PASSWORD, "another", PASSWORD, PASSWORD])
    where = "ndtms.accounts.management.commands.create_national_user.getpass"
    monkeypatch.setattr(where, lambda prompt: next(typed))
    arguments = ("create_national_user", "--email=first@example.org", "--name=Nat")
    with pytest.raises(CommandError, match="not the same"):
        call_command(*arguments, stdout=io.StringIO())
    call_command(*arguments, stdout=io.StringIO())
    assert User.objects.get().check_password(PASSWORD)


# Declarations


def declare(by: Any, person: Any, days_ago: int = 0) -> None:
    for kind in Declaration.Kind:
        day = today() - datetime.timedelta(days=days_ago)
        declarations.record_declaration(by=by, person=person, kind=kind, done_on=day)


def test_access_stops_when_a_declaration_lapses(client: Browser, clock: Any) -> None:
    team, colleague = (UserFactory(role=Role.REGIONAL, region=HERE) for _ in range(2))

    def seen_after(days: int, name: str = "region") -> tuple[int, str]:
        clock.move_to(NOW + datetime.timedelta(days=days))
        client.force_login(team, backend="django.contrib.auth.backends.ModelBackend")
        sign_in(client, team)
        Declaration.objects.filter(user=team, done_on__gt=NOW).delete()
        page = client.get(reverse(name))
        return page.status_code, page.content.decode()

    assert "Your staff" not in seen_after(334)[1]
    for name in ("region", "data-set"):
        status, text = seen_after(335, name)
        assert status == 200
        assert "Your staff confidentiality declaration lapses on 3 March 2027" in text
    assert seen_after(364)[0] == 200
    for name in ("region", "data-set", "home", "region-people"):
        status, text = seen_after(365, name)
        assert status == 403
        assert "lapsed on 3 March 2027" in text
    assert client.post(reverse("agency-add"), {}).status_code == 403
    for name in ("declarations", "how-to-sign-in", "password", "your-factors", "own-sessions"):
        assert client.get(reverse(name)).status_code in (200, 302), name
    declare(colleague, team)
    assert client.get(reverse("region")).status_code == 200


def test_one_of_the_two_is_not_enough(client: Browser, team: Any) -> None:
    sign_in(client, team)
    Declaration.objects.filter(kind=Declaration.Kind.TRAINING).delete()
    page = client.get(reverse("region"))
    assert page.status_code == 403
    text = page.content.decode()
    assert "information governance training" in text
    assert "staff confidentiality" not in text


def test_a_colleague_or_the_national_team_records(team: Any, national: Any, worker: Any) -> None:
    colleague = UserFactory(role=Role.REGIONAL, region=HERE)
    for by in (colleague, national):
        declare(by, team)
    other = UserFactory(role=Role.REGIONAL, region=THERE)
    for by in (team, other, worker):
        with pytest.raises(PermissionDenied):
            declare(by, team)
    with pytest.raises(PermissionDenied):
        declare(team, worker)
    for days_ago in (-1, 366):
        with pytest.raises(ValidationError):
            declare(colleague, team, days_ago)


def test_the_only_person_of_the_national_team_records_the_own(client: Browser) -> None:
    make_national()
    user = User.objects.get()
    sign_in(client, user)
    Declaration.objects.all().delete()
    assert "record your own" in client.get("/", follow=True).content.decode()
    address = reverse("declaration", args=[user.pk])
    for kind in Declaration.Kind:
        assert client.post(address, {"kind": kind, "done_on": f"{today()}"}).status_code == 302
    assert client.get("/", follow=True).status_code == 200
    assert verbs()[-2:] == ["recorded own declaration"] * 2
    UserFactory(role=Role.NATIONAL)
    assert client.get(address).status_code == 404


def test_the_page_of_declarations(signed_in: Any, team: Any) -> None:
    colleague = UserFactory(role=Role.REGIONAL, region=HERE, name="Cora Colleague")
    Declaration.objects.filter(user=colleague).delete()
    page = signed_in.get(reverse("declarations"))
    assert "never recorded" in page.content.decode()
    assert signed_in.get(reverse("region")).context["declarations"] == 1
    address = reverse("declaration", args=[colleague.pk])
    assert signed_in.post(address, {"kind": "training", "done_on": "never"}).status_code == 422
    for kind in Declaration.Kind:
        signed_in.post(address, {"kind": kind, "done_on": f"{today():%d/%m/%Y}"})
    assert duties.due_in_team(user=team) == []
    assert signed_in.get(reverse("declaration", args=[team.pk])).status_code == 404


def test_people_of_agencies_declare_nothing(worker: Any, client: Browser) -> None:
    assert duties.duties_of(person=worker) == []
    assert sign_in(client, worker).get(reverse("client-list")).status_code == 200


# Dormant accounts


@pytest.fixture
def after(clock: Any) -> Callable[[int], str]:
    """Runs the daily command so many days after now; what it said."""

    def run(days: int) -> str:
        clock.move_to(NOW + datetime.timedelta(days=days))
        out = io.StringIO()
        call_command("close_dormant", stdout=out)
        return out.getvalue()

    return run


@pytest.fixture
def sleeper(clock: Any, agency: Any) -> Any:
    person = UserFactory(agency=agency)
    person.set_password(PASSWORD)
    person.save()
    return person


def test_a_dormant_account_is_warned_once_and_disabled(
    after: Any, sleeper: Any, mailoutbox: Any
) -> None:
    assert after(59) == "0 people warned, 0 accounts disabled.\n"
    assert after(60) == "1 people warned, 0 accounts disabled.\n"
    assert after(61) == "0 people warned, 0 accounts disabled.\n"
    assert "disabled" in mailoutbox[0].body
    assert after(89).startswith("0 people warned, 0")
    assert after(90) == "0 people warned, 1 accounts disabled.\n"
    sleeper.refresh_from_db()
    assert not sleeper.is_active
    assert len(mailoutbox) == 2
    assert mailoutbox[1].to == [sleeper.email]
    assert verbs() == ["warned of dormant account", "disabled account"]
    assert AuditEvent.objects.first().detail == {"why": "dormant"}  # type: ignore[union-attr]
    assert after(91).endswith("0 accounts disabled.\n")


def test_signing_in_counts_anew(after: Any, sleeper: Any) -> None:
    after(60)
    User.objects.filter(pk=sleeper.pk).update(last_login=NOW + datetime.timedelta(days=61))
    assert after(120).startswith("0 people warned, 0")
    assert after(121).startswith("1 people warned, 0")
    assert after(151).endswith("1 accounts disabled.\n")


def test_a_dormant_account_cannot_be_signed_in_to_without_the_command(
    clock: Any, sleeper: Any, client: Browser
) -> None:
    clock.move_to(NOW + datetime.timedelta(days=89))
    typed = {"email": sleeper.email, "password": PASSWORD}
    assert client.post(reverse("sign-in"), typed).status_code == 302
    User.objects.filter(pk=sleeper.pk).update(last_login=None)
    clock.move_to(NOW + datetime.timedelta(days=90))
    refused = Browser().post(reverse("sign-in"), typed)
    wrong = Browser().post(reverse("sign-in"), {**typed, "password": "wrong"})
    assert refused.status_code == wrong.status_code == 200
    assert refused.context["summary"] == wrong.context["summary"]


@pytest.mark.parametrize("was_disabled", [True, False])
def test_enabling_counts_anew(
    clock: Any, after: Any, sleeper: Any, mailoutbox: Any, was_disabled: bool
) -> None:
    """Whether the daily command has disabled the account or not."""
    clock.move_to(NOW + datetime.timedelta(days=90))
    if was_disabled:
        after(90)
    team = UserFactory(role=Role.REGIONAL, region=HERE)
    browser = sign_in(Browser(), team)
    page = browser.get(person_page(sleeper)).content
    assert b"Enable the account" in page
    assert b"Disable the account" not in page
    browser.post(person_page(sleeper), {"do": "enable"})
    assert b"Disable the account" in browser.get(person_page(sleeper)).content
    assert mailoutbox[-1].subject.endswith("enabled")
    typed = {"email": sleeper.email, "password": PASSWORD}
    assert Browser().post(reverse("sign-in"), typed).status_code == 302
    User.objects.filter(pk=sleeper.pk).update(last_login=None)
    assert after(149).startswith("0 people warned")
    after(150)
    assert mailoutbox[-1].subject.startswith("Sign in, or")
    assert Standing.objects.get(user=sleeper).warned_at == timezone.now()


def test_no_agency_lies_outside_england() -> None:
    known = places.authorities(day=datetime.date(2026, 1, 1))
    assert "E08000035" in known
    assert "X01" not in known
