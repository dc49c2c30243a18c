"""What a region's team sees of an agency: counts; one client only once, with a reason that the agency's lead reads."""

from __future__ import annotations

import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from det.checking import recheck_agency
from det.definition import core_dataset
from det.models import Client, Episode, Finding
from det.selectors import NotFound, quality_of
from ndtms.audit.models import AuditEvent
from ndtms.audit.services import record
from ndtms.oversight import presenters, selectors, services
from ndtms.oversight.forms import KINDS
from tests.conftest import sign_in
from tests.factories import (
    AgencyFactory,
    ClientFactory,
    EpisodeFactory,
    InterventionFactory,
    OutcomesProfileFactory,
    UserFactory,
)
from tests.forms import words_of

pytestmark = pytest.mark.django_db
REGION = "London"
WORDS = "The agency asked for help with it"


@pytest.fixture
def world() -> Any:
    """An agency of London with a client who has records, and one of another region."""
    here, far = AgencyFactory(region=REGION, code="A7001"), AgencyFactory(region="South West")
    person = ClientFactory(
        agency=here, client_id="C-HERE", birth_date=datetime.date(1985, 2, 1), ethnicity=""
    )
    episode = EpisodeFactory(client=person, episode_id="E-HERE")
    InterventionFactory(episode=episode, intervention_id="I-HERE")
    OutcomesProfileFactory(episode=episode, profile_id="P-HERE")
    ClientFactory(agency=far, client_id="C-FAR")
    return SimpleNamespace(
        here=here,
        far=far,
        person=person,
        lead=UserFactory(role="lead", agency=here),
        regional=UserFactory(role="regional", region=REGION, email="team@region.example"),
        national=UserFactory(role="national"),
    )


@pytest.fixture
def team(client: Browser, world: Any) -> Browser:
    """Django's test client, with somebody of the region's team signed in."""
    return sign_in(client, world.regional)  # type: ignore[no-any-return]


def quality_address(agency: Any) -> str:
    return reverse("agency-quality", args=[agency.code])


def ask(browser: Browser, agency: Any, **given: str) -> Any:
    post = {"client_id": "C-HERE", "kind": KINDS[0], "reason": WORDS, **given}
    return browser.post(reverse("client-with-reason", args=[agency.code]), post)


def last_event() -> AuditEvent:
    event = AuditEvent.objects.first()
    assert event
    return event


# How good an agency's data are


def test_the_quality_page_says_how_good_the_data_are(team: Browser, world: Any) -> None:
    page = team.get(quality_address(world.here))
    assert page.status_code == 200
    text = page.content.decode()
    assert world.here.name in text
    assert page.context["quality"].episodes == 1
    assert page.context["errors"] + page.context["warnings"] > 0
    found = [cause for part in page.context["severities"] for cause in part["causes"]]
    assert core_dataset().by_name["client.ethnicity"].question in [c["question"] for c in found]
    assert "None yet" in text
    record(who="x", agency=world.here.code, verb="transferred")
    assert "None yet" not in team.get(quality_address(world.here)).content.decode()


def test_the_quality_page_shows_nothing_of_a_client(team: Browser, world: Any) -> None:
    Episode.objects.update(referral_date=datetime.date(2026, 1, 15), postcode_district="ZZ9")
    recheck_agency(world.here)
    text = team.get(quality_address(world.here)).content.decode()
    found = world.person.findings.values_list("value", flat=True)
    assert "12/01/2026" in found, "a finding says what was entered"
    for personal in ("12/01/2026", "C-HERE", "E-HERE", "1985", "ZZ9", str(world.person.pk)):
        assert personal not in text


def test_the_findings_are_of_today(team: Browser, world: Any) -> None:
    assert not world.person.findings.exists()
    team.get(quality_address(world.here))
    assert world.person.findings.exists()


def test_the_national_team_sees_every_agency(client: Browser, world: Any) -> None:
    sign_in(client, world.national)
    for agency in (world.here, world.far):
        assert client.get(quality_address(agency)).status_code == 200


# All agencies of a region


def row_of(browser: Browser, agency: Any) -> dict[str, Any]:
    """What the table of the region says of an agency."""
    rows = browser.get(reverse("region")).context["rows"]
    (found,) = [standing for listed, _, standing in rows if listed == agency]
    return found  # type: ignore[no-any-return]


def test_the_region_sees_how_each_agency_stands(team: Browser, world: Any) -> None:
    empty = AgencyFactory(region=REGION)
    recheck_agency(empty)
    nothing = {"load": "–", "data_quality": "–", "last_transfer": None}
    assert row_of(team, empty) == nothing, "no data is neither good nor bad"
    assert row_of(team, world.here) == nothing, "nobody has looked at the data yet"
    recheck_agency(world.here)
    quality = quality_of(world.here)
    event = record(who="x", agency=world.here.code, verb="transferred")
    record(who="x", agency=world.far.code, verb="transferred")
    assert row_of(team, world.here) == {
        "load": f"{quality.load} %",
        "data_quality": f"{quality.data_quality} %",
        "last_transfer": event.at,
    }
    page = team.get(reverse("region")).content.decode()
    assert f"{quality.load} %" in page
    assert "None yet" in page


def test_many_agencies_are_judged_as_each_alone(world: Any, django_assert_num_queries: Any) -> None:
    """With findings of episodes and of clients, explained ones, deleted records, and a client without consent."""
    agencies = [world.here]
    for number in range(4):
        agency = AgencyFactory(region=REGION)
        agencies.append(agency)
        for part in range(number):
            person = ClientFactory(
                agency=agency, ethnicity="" if part == 1 else "A", consent="N" if part == 2 else "Y"
            )
            for _ in range(part + 1):
                EpisodeFactory(client=person, referral_date=datetime.date(2026, 1, 5 + 5 * part))
    Episode.objects.filter(agency=agencies[-1], client__ethnicity="").update(
        referral_date=datetime.date(2026, 1, 15)
    )
    for agency in agencies:
        recheck_agency(agency)
    Finding.objects.filter(agency=agencies[3], severity="warning").update(explained=True)
    EpisodeFactory(client__agency=agencies[2], deleted_at=timezone.now())
    ClientFactory(agency=agencies[2], deleted_at=timezone.now())
    queries = 2 if connection.vendor == "sqlite" else 4
    with django_assert_num_queries(queries):
        found = selectors.standing_of(world.regional, agencies)
    for agency in agencies:
        alone = quality_of(agency)
        assert found[agency.pk].quality == (alone if alone.episodes else None)
    assert len({found[agency.pk].quality for agency in agencies}) > 3, "they differ"


def test_how_agencies_stand_is_for_their_team(world: Any) -> None:
    for user in (world.lead, UserFactory(role="supplier")):
        with pytest.raises(NotFound):
            selectors.standing_of(user, [world.here])
    with pytest.raises(NotFound):
        selectors.standing_of(world.regional, [world.here, world.far])
    assert len(selectors.standing_of(world.national, [world.here, world.far])) == 2


# One client, with a reason


def test_a_client_is_shown_once_for_a_reason_and_it_is_noted(team: Browser, world: Any) -> None:
    address = reverse("client-with-reason", args=[world.here.code])
    assert team.get(address).status_code == 200
    assert not AuditEvent.objects.exists()
    page = ask(team, world.here)
    text = page.content.decode()
    assert page.status_code == 200
    for shown in ("C-HERE", "1 February 1985", "E-HERE", "I-HERE", "P-HERE"):
        assert shown in text
    event = last_event()
    assert (event.verb, event.who) == ("viewed with reason", world.regional.email)
    assert (event.agency, event.region) == (world.here.code, REGION)
    assert event.client == str(world.person.pk)
    assert event.detail == {"kind": KINDS[0], "reason": WORDS}
    assert "C-HERE" not in team.get(address).content.decode(), "it was for that one view"
    assert AuditEvent.objects.count() == 1


def test_the_page_with_a_reason_changes_nothing(team: Browser, world: Any) -> None:
    text = ask(team, world.here).content.decode()
    main = text.partition("<main")[2].partition("</main>")[0]
    assert "<form" not in main
    assert "href=" not in main
    for name in ("client", "record-change"):
        key = [world.person.pk] if name == "client" else ["client", world.person.pk, "all"]
        assert team.get(reverse(name, args=key)).status_code == 404


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"client_id": " "}, "Enter the client ID"),
        ({"client_id": "x" * 21}, "20 characters at most"),
        ({"kind": ""}, "Choose why"),
        ({"kind": "Because"}, "Choose why"),
        ({"reason": ""}, "Say why"),
        ({"reason": "\u200b" * 10}, "10 letters or more"),
        ({"reason": "\u200f\u2800." * 10}, "10 letters or more"),
        ({"reason": "Too short "}, "10 letters or more"),
        ({"reason": "x" * 301}, "300 characters or fewer"),
    ],
)
def test_without_a_reason_nothing_is_shown(
    team: Browser, world: Any, given: dict[str, str], message: str
) -> None:
    page = ask(team, world.here, **given)
    assert page.status_code == 422
    assert page.content.decode().count(message) == 2, "in the summary and beside the field"
    assert "E-HERE" not in page.content.decode()
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("client_id", ["c-here", "C-Here", " C-HERE "])
def test_client_ids_that_differ_only_in_case_are_the_same(
    team: Browser, world: Any, client_id: str
) -> None:
    page = ask(team, world.here, client_id=client_id)
    assert page.status_code == 200
    assert "E-HERE" in page.content.decode()
    assert last_event().client == str(world.person.pk)


def test_a_finding_says_on_which_record_it_is(team: Browser, world: Any) -> None:
    InterventionFactory(episode=Episode.objects.get(), referred_date=datetime.date(2026, 1, 20))
    recheck_agency(world.here)
    told = words_of(ask(team, world.here))
    missing = "Intervention setting is missing. Enter it."
    assert f"Intervention of 12 January 2026: {missing}" in told
    assert f"Intervention of 20 January 2026: {missing}" in told
    ethnicity = Finding.objects.get(item="client.ethnicity")
    assert f" {ethnicity.message} " in told
    assert f": {ethnicity.message}" not in told, "a client item is of no other record"


@pytest.mark.parametrize("client_id", ["C-NOBODY", "C-FAR", "C-HERE2", "C_HERE", "C-GONE"])
def test_a_client_whom_the_agency_does_not_have_is_refused_and_noted(
    team: Browser, world: Any, client_id: str
) -> None:
    ClientFactory(agency=world.here, client_id="C-GONE", deleted_at=world.person.created_at)
    page = ask(team, world.here, client_id=client_id)
    assert page.status_code == 422
    assert "There is no client with this ID at this agency" in page.content.decode()
    event = last_event()
    assert (event.verb, event.client) == ("refused view with reason", "")
    assert event.detail == {"kind": KINDS[0], "reason": WORDS}
    assert client_id not in str(AuditEvent.objects.values_list())


def test_the_agencies_of_other_regions_are_not_found(team: Browser, world: Any) -> None:
    assert team.get(quality_address(world.far)).status_code == 404
    assert ask(team, world.far, client_id="C-FAR").status_code == 404
    assert team.get("/region/agency/nope/").status_code == 404
    assert [event.verb for event in AuditEvent.objects.all()] == ["refused page"] * 3


def test_the_service_keeps_the_bounds_by_itself(world: Any) -> None:
    about = {"kind": KINDS[0], "reason": WORDS}
    for user, agency in ((world.regional, world.far), (world.lead, world.here)):
        with pytest.raises(NotFound):
            services.view_with_reason(user=user, agency=agency, client_id="C-HERE", **about)
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("role", ["data_entry", "lead", "supplier"])
def test_others_do_not_find_these_pages(client: Browser, world: Any, role: str) -> None:
    sign_in(client, UserFactory(role=role, agency=world.here))
    assert client.get(quality_address(world.here)).status_code == 404
    assert ask(client, world.here).status_code == 404


# What the agency's lead reads of it


def test_the_lead_reads_who_looked_at_whom_and_why(team: Browser, world: Any) -> None:
    ask(team, world.here)
    lead = sign_in(Browser(), world.lead)
    for name in ("viewed-with-reason", "audit"):
        text = lead.get(reverse(name)).content.decode()
        for shown in (world.regional.email, KINDS[0], WORDS, "C-HERE"):
            assert shown in text, name
        assert reverse("client", args=[world.person.pk]) in text, name
    text = team.get(reverse("viewed-with-reason")).content.decode()
    assert WORDS in text
    assert reverse("client", args=[world.person.pk]) not in text


def test_a_lead_reads_only_of_the_own_agency(team: Browser, world: Any) -> None:
    other = sign_in(Browser(), UserFactory(role="lead", agency=world.far))
    ask(team, world.here)
    page = other.get(reverse("viewed-with-reason"))
    assert page.status_code == 200
    assert "Nobody has looked" in page.content.decode()
    worker = sign_in(Browser(), UserFactory(agency=world.here))
    assert worker.get(reverse("viewed-with-reason")).status_code == 404


def test_nothing_of_the_client_changes(team: Browser, world: Any) -> None:
    recheck_agency(world.here)
    before = Client.objects.values().get(pk=world.person.pk)
    ask(team, world.here)
    assert Client.objects.values().get(pk=world.person.pk) == before


@pytest.mark.django_db
def test_a_client_who_is_looked_at_names_no_other() -> None:
    """A team gave a reason for one client: who shares the attributor is the agency's to look into."""
    first = EpisodeFactory(local_authority="E08000035", client__client_id="ONE").client
    copied = {name: first.value(name) for name in ("first_initial", "last_initial", "sex")}
    twin = ClientFactory(
        agency=first.agency, client_id="OTHER", birth_date=first.birth_date, **copied
    )
    EpisodeFactory(client=twin, local_authority="E08000035")
    recheck_agency(first.agency)
    assert "OTHER" in Finding.objects.get(client=first, rule="NQ127").message
    shown = presenters.client_page(first)
    told = [text for text in shown["warnings"] if "Another client has the same" in text]
    assert len(told) == 1
    assert "OTHER" not in str(shown)
