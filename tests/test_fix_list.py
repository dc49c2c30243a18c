"""The fix list: one line for one thing to do, just its findings, and from one to the next."""

import datetime
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from django.core.paginator import Paginator
from django.http import QueryDict
from django.test import Client as Browser
from django.urls import reverse

from det import fixing
from det.checking import recheck_agency, today
from det.definition import core_dataset
from det.fixing import Errand, next_finding
from det.models import Agency, Client, Episode, Finding, Record
from det.presenters import findings as presenters
from det.selectors import causes, findings_of_cause, rules_alike
from det.transfer import prepare_transfer
from ndtms.oversight.selectors import quality_for
from ndtms.submissions.forms import PeriodForm
from ndtms.submissions.presenters import transfer_page
from tests.factories import ClientFactory, EpisodeFactory, InterventionFactory
from tests.test_entering import answers, at_most, change_address
from validation.periods import period_ending

pytestmark = pytest.mark.django_db

LIST = reverse("fix-list")
ERRAND = Errand("NQ085", "episode.employment_status")


def note(record: Any, key: str, item: str, severity: str = "warning", **about: Any) -> Finding:
    return Finding.objects.create(
        agency=record.agency,
        client=record.client,
        episode=None if record.section == "client" else record,
        rule=key[:5],
        part=key[5:],
        severity=severity,
        section=record.section,
        record=record.pk,
        item=item,
        message=about.pop("message", "It is missing. Enter it."),
        **about,
    )


@pytest.fixture(autouse=True)
def judged_today(user: Any) -> None:
    """So that no page judges the records anew: the findings are those that a test notes."""
    Agency.objects.filter(pk=user.agency.pk).update(
        checked_on=today(), checked_by=core_dataset().edition
    )


@pytest.fixture
def episodes(user: Any) -> list[Episode]:
    return [
        EpisodeFactory(
            client__agency=user.agency,
            client__client_id=f"N{n}",
            client__client_reference=f"R-{n}",
            client__birth_date=datetime.date(1990, 1, n),
        )
        for n in range(1, 5)
    ]


def test_a_link_shows_just_the_findings_of_its_rule_and_item(
    verified: Browser, user: Any, episodes: list[Episode]
) -> None:
    for episode in episodes[:2]:
        note(episode, "NQ085", ERRAND.item)
    note(episodes[2], "NQ085", "episode.accommodation_need")
    note(episodes[3], "NQ018", ERRAND.item, "error")
    note(episodes[3], "NQ085", ERRAND.item, explained=True)
    note(EpisodeFactory(), "NQ085", ERRAND.item)
    page = verified.get(ERRAND.list_address)
    assert [line.client for line in page.context["lines"]] == ["N1", "N2"]
    question = core_dataset().by_name[ERRAND.item].question
    assert page.context["chosen"] == f"{question} is missing. Enter it."
    assert "Rule NQ" not in page.content.decode()
    everything = verified.get(LIST)
    assert everything.context["chosen"] == ""
    assert everything.context["lines"] == []
    assert ERRAND.list_address.replace("&", "&amp;") in everything.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "rule=NQ085",
        "item=episode.employment_status",
        "rule=NQ085&item=episode.nothing",
        "rule=NQ999&item=episode.employment_status",
        "rule=NQ085&rule=&item=episode.employment_status",
        "page=x",
    ],
)
def test_an_address_that_makes_no_sense_shows_the_whole_list(
    verified: Browser, user: Any, episodes: list[Episode], query: str
) -> None:
    note(episodes[0], "NQ085", ERRAND.item)
    page = verified.get(f"{LIST}?{query}")
    assert page.status_code == 200
    assert page.context["lines"] == []
    assert len(page.context["severities"]) == 1


def test_rules_that_say_the_same_are_one_line(user: Any, episodes: list[Episode]) -> None:
    item = "episode.drinking_days"
    for key in ("NQ085", "NQ093"):
        assert key in rules_alike("NQ093")
        note(episodes[0], key, item)
    note(episodes[1], "NQ085", item)
    note(episodes[1], "NQ093", "episode.injecting_status")
    found = {c.item: (c.rule, c.findings, c.clients) for c in causes(user)}
    assert found == {item: ("NQ085", 2, 2), "episode.injecting_status": ("NQ093", 1, 1)}
    for key in ("NQ085", "NQ093"):
        lines = findings_of_cause(user, key, item)
        assert [f.record for f in lines] == [episodes[0].pk, episodes[1].pk]


def test_the_region_counts_what_there_is_to_do_once(user: Any, episodes: list[Episode]) -> None:
    for key in ("NQ085", "NQ093"):
        note(episodes[0], key, "episode.drinking_days")
    note(episodes[1], "NQ018", "episode.triage_date", "error")
    found = quality_for(user, user.agency)
    assert (found.errors, found.warnings) == (1, 1)


def test_parts_of_a_rule_that_say_something_else_are_lines_of_their_own(
    user: Any, episodes: list[Episode]
) -> None:
    rules = core_dataset().rules
    key, other = next(
        (a, b)
        for a, b in pairwise(sorted(rules))
        if a[:5] == b[:5] and rules[a].message != rules[b].message
    )
    for one in (key, other):
        note(episodes[0], one, "episode.drinking_days")
    assert sorted(c.rule for c in causes(user)) == [key, other]


def test_errors_come_first_then_what_concerns_most_clients(
    user: Any, episodes: list[Episode]
) -> None:
    note(episodes[0], "NQ085", "episode.drinking_days")
    for episode in episodes[:2]:
        note(episode, "NQ085", "episode.accommodation_need")
    note(episodes[0], "NQ018", "episode.triage_date", "error")
    assert [(c.severity, c.clients) for c in causes(user)] == [
        ("error", 1),
        ("warning", 2),
        ("warning", 1),
    ]


def test_a_severity_that_the_list_does_not_know_is_shown_all_the_same(
    verified: Browser, user: Any, episodes: list[Episode]
) -> None:
    note(episodes[0], "NQ129", "client.sex", "mismatch")
    page = verified.get(LIST)
    assert page.status_code == 200
    assert [part["title"] for part in page.context["severities"]] == ["Mismatch"]


def test_a_line_names_the_person_the_record_and_its_date(
    verified: Browser, user: Any, episodes: list[Episode]
) -> None:
    intervention = InterventionFactory(episode=episodes[0])
    item = "intervention.setting"
    Finding.objects.create(
        agency=user.agency,
        client=episodes[0].client,
        episode=episodes[0],
        rule="NQ085",
        severity="warning",
        section="intervention",
        record=intervention.pk,
        item=item,
        message="Setting is missing. Enter it.",
    )
    page = verified.get(Errand("NQ085", item).list_address)
    (line,) = page.context["lines"]
    assert line.person == "JS, born 1 January 1990, reference R-1"
    assert line.client == "N1"
    assert line.record == "Intervention of 12 January 2026"
    assert line.person in page.content.decode()
    assert line.record in page.content.decode()


def test_what_keeps_a_transfer_back_names_the_person(user: Any, episodes: list[Episode]) -> None:
    period = period_ending(datetime.date(2026, 4, 30), core_dataset())
    page = transfer_page(prepare_transfer(user.agency, period), PeriodForm({}))
    lines = page["warnings"]["lines"] + page["errors"]["lines"]
    assert {line["person"] for line in lines} == {
        f"JS, born {n} January 1990, reference R-{n}" for n in range(1, 5)
    }


def test_the_pages_of_a_thing_keep_to_it(verified: Browser, user: Any) -> None:
    for number in range(52):
        person = ClientFactory(agency=user.agency, client_id=f"P{number:02}")
        note(EpisodeFactory(client=person), "NQ085", ERRAND.item)
        note(person, "NQ085", "client.religion")
    page = verified.get(ERRAND.list_address)
    assert len(page.context["lines"]) == 50
    following = f"?page=2&{ERRAND.query}"
    assert following.replace("&", "&amp;") in page.content.decode()
    second = verified.get(f"{LIST}{following}")
    assert [line.client for line in second.context["lines"]] == ["P50", "P51"]


@pytest.mark.parametrize("clients", [2, 30])
def test_the_fix_list_takes_as_many_queries_however_long_it_is(
    verified: Browser, user: Any, clients: int
) -> None:
    for _ in range(clients):
        episode = EpisodeFactory(client__agency=user.agency)
        note(InterventionFactory(episode=episode).episode, "NQ085", ERRAND.item)
    verified.get(LIST)
    with at_most(10):
        verified.get(LIST)
    with at_most(13):
        verified.get(ERRAND.list_address)


# From one to the next


def test_after_one_record_comes_the_next_and_after_the_last_the_first(
    user: Any, episodes: list[Episode]
) -> None:
    for episode in episodes[:3]:
        note(episode, "NQ085", ERRAND.item)

    def after(record: Record) -> tuple[str, int, int] | None:
        found = next_finding(user, ERRAND, record)
        if found is None:
            return None
        return found.finding.client.client_id, found.number, found.total

    assert after(episodes[0]) == ("N2", 2, 3)
    assert after(episodes[1]) == ("N3", 3, 3)
    assert after(episodes[2]) == ("N1", 1, 3)
    Finding.objects.filter(record=episodes[1].pk).delete()
    assert after(episodes[1]) == ("N3", 2, 2)
    assert after(episodes[3]) == ("N1", 1, 2)
    Finding.objects.exclude(record=episodes[0].pk).delete()
    assert after(episodes[0]) is None


def test_several_records_of_one_client_follow_one_another(user: Any) -> None:
    person = ClientFactory(agency=user.agency)
    mine = sorted((EpisodeFactory(client=person) for _ in range(3)), key=lambda e: e.pk.hex)
    for episode in mine:
        note(episode, "NQ085", ERRAND.item)
    found = [next_finding(user, ERRAND, episode) for episode in mine]
    assert [f and f.finding.record for f in found] == [mine[1].pk, mine[2].pk, mine[0].pk]


def test_the_errand_is_read_from_an_address_that_says_so() -> None:
    assert fixing.errand(QueryDict(ERRAND.query)) == ERRAND
    assert fixing.errand(QueryDict(ERRAND.query.replace("from=fix", "from=x"))) is None
    assert fixing.errand(QueryDict("from=fix&rule=NQ085&item=nothing")) is None


def test_from_the_list_through_the_forms_and_back_to_it(verified: Browser, user: Any) -> None:
    """Two clients lack the same answer; each is mended, one after the other."""
    for number in (1, 2):
        EpisodeFactory(client__agency=user.agency, client__client_id=f"N{number}")
    recheck_agency(user.agency)
    missing = Finding.objects.filter(item=ERRAND.item).order_by("client__client_id")
    assert len(missing) == 2
    page = verified.get(Errand(missing[0].key, ERRAND.item).list_address)
    first, second = page.context["lines"]
    address = first.address.partition("#")[0]
    form = verified.get(address)
    assert "Save and go to the next (2 of 2)" in form.content.decode()
    assert "Back to the fix list" in form.content.decode()
    code = next(iter(core_dataset().lists["employment_status"].codes))
    form_page = form.context["page"].id
    post = answers("episode", user.agency, form_page, employment_status=code, then="fix")
    response = verified.post(address, post)
    assert response.headers["Location"] == second.address
    address = second.address.partition("#")[0]
    assert "Save and go back to the fix list" in verified.get(address).content.decode()
    response = verified.post(address, post)
    assert response.headers["Location"].partition("?")[0] == LIST
    assert not missing.all().exists()
    assert [e.employment_status for e in Episode.objects.all()] == [code, code]


def test_who_does_not_come_from_the_list_is_offered_no_next(
    verified: Browser, episodes: list[Episode]
) -> None:
    page = verified.get(change_address(episodes[0], "home")).content.decode()
    assert "go to the next" not in page
    assert "Back to the client" in page


def test_an_explanation_leads_back_to_the_place_in_the_list(
    verified: Browser, user: Any, episodes: list[Episode]
) -> None:
    note(episodes[0], "NQ085", ERRAND.item)
    (line,) = verified.get(ERRAND.list_address).context["lines"]
    assert ERRAND.query in line.explain_address
    assert "Back to the fix list" in verified.get(line.explain_address).content.decode()
    response = verified.post(line.explain_address, {"text": "The client does not say."})
    assert response.headers["Location"] == ERRAND.list_address


# Presenters


def test_a_line_of_the_list_says_the_value_only_where_there_is_one() -> None:
    cause = presenters.Cause("NQ038", "outcomes_profile.opiate_days", "error", "30 is wrong", 1, 1)
    assert presenters.cause_row(cause, is_chosen=False)["message"] == "30 is wrong"
    several = replace(cause, findings=2, clients=2)
    row = presenters.cause_row(several, is_chosen=True)
    assert "The answer is not a whole number from 0 to 28" in row["message"]
    assert row["clients"] == "2 clients"


def test_findings_are_in_the_order_of_the_questions_and_said_once(
    user: Any, episodes: list[Episode]
) -> None:
    late = note(episodes[0], "NQ085", "episode.drinking_days")
    note(episodes[0], "NQ093", "episode.drinking_days")
    early = note(episodes[0], "NQ085", "episode.referral_source")
    error = note(episodes[0], "NQ018", "episode.drinking_days", "error", message="Wrong")
    assert presenters.in_order(Finding.objects.all()) == [error, early, late]


def test_the_list_is_made_without_a_question_to_the_database(
    user: Any, episodes: list[Episode], django_assert_num_queries: Any
) -> None:
    finding = note(episodes[0], "NQ085", ERRAND.item)
    page = Paginator([finding], 50).page(1)
    found = causes(user)
    with django_assert_num_queries(0):
        made = presenters.fix_list(found, ERRAND, page, {episodes[0].pk: episodes[0]})
    assert made["severities"][0]["causes"][0]["is_chosen"]
    assert made["chosen"] == "It is missing. Enter it."
    assert made["lines"][0].record == "Episode of 12 January 2026"


def test_people_are_known_by_initials_birth_and_reference() -> None:
    person = Client(first_initial="J", last_initial="S", client_reference="")
    assert presenters.known_as(person) == "JS, no date of birth"
    person.client_reference = "AB-1"
    assert presenters.known_as(person) == "JS, no date of birth, reference AB-1"
