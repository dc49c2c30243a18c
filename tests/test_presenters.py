"""What templates are given of a client: presenters ask no database."""

import datetime
from typing import Any

import pytest
from django.core.paginator import Paginator
from django.urls import reverse

from det.checking import recheck_agency
from det.forms.search import SearchForm
from det.models import Client, Episode, Finding, Record
from det.pages import page_of, pages_of
from det.presenters import clients as presenters
from det.presenters.deleting import restore_offer
from det.selectors import Listed, file_of
from tests.factories import (
    AgencyFactory,
    ClientFactory,
    EpisodeFactory,
    InterventionFactory,
    OutcomesProfileFactory,
)
from tests.forms import words_of

pytestmark = pytest.mark.django_db


def finding(
    record: Record, item: str, severity: str = "warning", explained: bool = False
) -> Finding:
    return Finding(
        agency=record.agency,
        client=record.client,
        rule="NQ085",
        severity=severity,
        section=record.section,
        record=record.pk,
        item=item,
        message="It is missing.",
        explained=explained,
    )


HOME = ("episode.accommodation_need", "episode.postcode_district")


@pytest.mark.parametrize(
    ("answered", "found", "expected"),
    [
        (False, [], ("Not started", "blue")),
        (False, [("warning", False)], ("Not started", "blue")),
        (False, [("error", False)], ("1 error", "red")),
        (True, [], ("Done", "")),
        (True, [("warning", True)], ("Done", "")),
        (True, [("warning", False)], ("1 warning", "yellow")),
        (True, [("warning", False), ("warning", False)], ("2 warnings", "yellow")),
        (True, [("error", False), ("warning", False), ("error", False)], ("2 errors", "red")),
    ],
)
def test_the_status_of_a_page(
    answered: bool, found: list[tuple[str, bool]], expected: tuple[str, str]
) -> None:
    page = page_of("episode", "AD", "home")
    assert page is not None
    assert HOME[0] in {item.name for item in page.items}
    episode = EpisodeFactory.build(accommodation_need="1" if answered else "", software="Other")
    findings = [finding(episode, HOME[0], *about) for about in found]
    elsewhere = finding(episode, "episode.triage_date", "error")
    status = presenters.status(page, episode, [*findings, elsewhere])
    assert (status["status"], status["colour"]) == expected


@pytest.mark.parametrize(
    ("consent", "is_open", "triaged", "state"),
    [
        ("Y", True, True, "Open"),
        ("Y", False, True, "Closed"),
        ("Y", False, False, "No episode"),
        ("N", True, True, "No consent"),
        ("", False, False, "No episode"),
    ],
)
def test_the_state_of_a_client(consent: str, is_open: bool, triaged: bool, state: str) -> None:
    client: Any = ClientFactory.build(consent=consent)
    client.last_triage = datetime.date(2026, 1, 1) if triaged else None
    assert presenters.state(Listed(client, 0, 0, is_open)) == state


def a_list(sort: str = "", **search: str) -> dict[str, Any]:
    client: Any = ClientFactory.build(
        birth_date=datetime.date(1990, 2, 1),
        deleted_at=datetime.datetime(2026, 11, 3, 12, tzinfo=datetime.UTC),
        changed_by="olive@example.org",
    )
    client.last_triage = None
    form = SearchForm({"text": "", "show": "", **search})
    return presenters.client_list(
        form=form,
        search=form.search,
        sort=sort,
        page=Paginator([client], 25).page(1),
        listed=[Listed(client, 2, 1, is_open=False)],
    )


def test_a_line_of_the_list_of_clients() -> None:
    made = a_list()
    (row,) = made["rows"]
    assert (row["person"], row["errors"], row["warnings"]) == ("JS, born 1 February 1990", 2, 1)
    assert row["address"].startswith("/clients/")
    assert (made["is_deleted"], made["showing"], made["more"]) == (False, "", "")
    assert made["nobody"] == presenters.NOBODY_YET


def test_a_line_of_the_list_of_deleted_clients_leads_to_restoring_only() -> None:
    made = a_list(show="deleted")
    (row,) = made["rows"]
    assert made["is_deleted"]
    assert row["address"].endswith("/restore/")
    assert row["deleted"] == "was deleted on 3 November 2026 by olive@example.org"
    assert row["until"] == "3 December 2026"


@pytest.mark.parametrize(
    ("search", "words"),
    [
        ({}, ""),
        ({"text": "JS"}, "“JS”"),
        ({"show": "open"}, "with an open episode"),
        ({"text": "JS", "show": "deleted"}, "“JS”, deleted in the last 30 days"),
    ],
)
def test_a_search_in_words(search: dict[str, str], words: str) -> None:
    made = a_list(**search)
    assert made["showing"] == words
    assert made["nobody"] == (presenters.NOBODY_FITS if words else presenters.NOBODY_YET)


def test_headings_say_how_the_list_is_sorted_and_lead_back() -> None:
    at_first = {c["title"]: (c["order"], c["address"]) for c in a_list()["columns"]}
    assert at_first["Last triage"] == ("descending", "/clients/?sort=triage")
    assert at_first["Client ID"] == ("", "/clients/?sort=client_id")
    by_id = a_list(sort="client_id")
    columns = {c["title"]: (c["order"], c["address"]) for c in by_id["columns"]}
    assert columns["Client ID"] == ("ascending", "/clients/")
    assert columns["Last triage"] == ("", "/clients/?sort=triage")
    assert by_id["more"] == "&sort=client_id"
    assert a_list(sort="no such")["more"] == ""


def test_the_page_of_a_client_is_made_without_a_question_to_the_database(
    django_assert_num_queries: Any,
) -> None:
    client = ClientFactory(agency=AgencyFactory(), sex="")
    late = EpisodeFactory(client=client, triage_date=datetime.date(2026, 5, 1))
    early = EpisodeFactory(
        client=client, discharge_date=datetime.date(2026, 4, 1), discharge_reason="80"
    )
    second = InterventionFactory(episode=early, referred_date=datetime.date(2026, 3, 1))
    first = InterventionFactory(episode=early, referred_date=datetime.date(2026, 2, 1))
    OutcomesProfileFactory(episode=late)
    now = datetime.datetime.now(datetime.UTC)
    InterventionFactory(episode=early, deleted_at=now)
    EpisodeFactory(client=client, deleted_at=now - datetime.timedelta(days=1))
    finding(client, "client.sex", "error").save()
    finding(early, HOME[0]).save()
    finding(early, HOME[1], explained=True).save()
    file = file_of(Client.objects.select_related("agency").get(pk=client.pk))
    with django_assert_num_queries(0):
        made = presenters.client_page(file)
    assert [part["episode"].pk for part in made["episodes"]] == [late.pk, early.pk]
    assert [part["discharge"] for part in made["episodes"]] == ["", "1 April 2026"]
    lists = {part["section"]: part["records"] for part in made["episodes"][1]["lists"]}
    assert [entry["record"].pk for entry in lists["intervention"]] == [first.pk, second.pk]
    assert lists["outcomes_profile"] == []
    assert [len(made[name]) for name in ("errors", "warnings", "explained")] == [1, 1, 1]
    assert [line["belongs_to"] for line in made["deleted"]] == ["", ""]
    assert [line["described"].split()[0] for line in made["deleted"]] == ["Intervention", "Episode"]
    assert {task["title"] for task in made["episodes"][0]["tasks"]} == {
        page.title for page in pages_of("episode", "AD")
    }


def test_the_page_of_a_client_says_on_which_record_a_finding_is(verified: Any, user: Any) -> None:
    episode = EpisodeFactory(client__agency=user.agency, client__sex="")
    for day in (12, 20):
        InterventionFactory(episode=episode, referred_date=datetime.date(2026, 1, day))
    recheck_agency(user.agency)
    page = verified.get(reverse("client", args=[episode.client.pk]))
    told = words_of(page)
    missing = "Intervention setting is missing. Enter it."
    assert f"Intervention of 12 January 2026: {missing}" in told
    assert f"Intervention of 20 January 2026: {missing}" in told
    assert "Episode of 12 January 2026: " in told
    lines = page.context["errors"] + page.context["warnings"]
    sex = [line for line in lines if "/client/" in line.address]
    assert sex
    assert {line.record for line in sex} == {""}, "a client item is of no other record"
    assert f"Client: {sex[0].message}" not in told


def test_only_an_identifier_that_a_deleted_record_holds_offers_to_restore() -> None:
    form = SearchForm({"text": "x" * 101})
    assert restore_offer(form) is None
    assert restore_offer(SearchForm()) is None


def test_a_record_of_an_episode_that_nobody_saved_yet_has_no_status_of_another() -> None:
    page = pages_of("episode", "AD")[0]
    assert presenters.status(page, Episode(), [])["status"] == "Not started"
