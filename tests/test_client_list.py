"""The list of clients: whom a search finds, in which order, what is shown of them, and how many queries it takes."""

import datetime
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from det.checking import recheck_agency
from det.models import Client, Finding
from det.presenters.findings import known_as
from det.selectors import percentage, quality_of, search_clients, with_counts
from tests.factories import ClientFactory, EpisodeFactory, InterventionFactory
from tests.test_entering import at_most

pytestmark = pytest.mark.django_db

LIST = reverse("client-list")


def found(user: Any, text: str = "", show: str = "", sort: str = "") -> list[str]:
    return [c.client_id for c in search_clients(user, text=text, show=show, sort=sort)]


@pytest.fixture
def people(user: Any) -> Any:
    """Two whom no search may mix up, beside somebody of another agency who is just like the first."""
    about = {
        "first_initial": "J",
        "last_initial": "S",
        "birth_date": datetime.date(2008, 3, 15),
        "client_reference": "AB-0042",
    }
    ClientFactory(agency=user.agency, client_id="X1", **about)
    ClientFactory(
        agency=user.agency,
        client_id="X2",
        first_initial="M",
        last_initial="T",
        birth_date=datetime.date(1988, 7, 4),
        client_reference="QQ-7-77",
    )
    ClientFactory(client_id="X1", **about)
    return user


@pytest.mark.parametrize(
    "typed",
    [
        "JS",
        "js",
        "J S",
        "J.S.",
        "J. S.",
        "j.s",
        "S J",
        "AB0042",
        "AB-0042",
        "AB–0042",
        "AB‑0042",
        "ab—0042",
        "AB 0042",
        "0042",
        "JS 15 3 2008",
        "J S 15/03/2008",
        "15 March 2008 JS",
        "15/3/2008",
        "2008",
        "JS 2008",
        "X1",
        "J 2008",
        "JS, 15/03/2008",
        "JS,15/03/2008",
        "J, S",
        "JS.",
        "JS:",
        "“JS”",
        "JS (15/03/2008)",
        "(JS) 15.3.2008.",
        "JS - 15/03/2008",
        "JS / AB-0042",
        "JS, born 15 March 2008",
        "JS, born 15 March 2008, reference AB-0042",
        "JS, born 15 March 2008, reference AB-0042, X1",
        "BORN 15 March 2008",
        "reference: AB-0042",
        "JS, no date of birth, reference AB-0042",
        "AB/0042",
        "AB_0042",
        "(AB-0042)",
        "AB-0042, X1",
        "-0042",
        "March 2008",
        "JS, Mar 2008",
        "JS 03/2008",
        "3-2008",
    ],
)
def test_a_search_finds_the_one(people: Any, typed: str) -> None:
    assert found(people, typed) == ["X1"]


@pytest.mark.parametrize(
    "typed",
    [
        "SJ",
        "J T",
        "JS 15 3 2009",
        "JS 1988",
        "AB-0043",
        "–",
        "1850",
        "J S X2",
        "%",
        "_",
        "2008 1988",
        ",",
        "(-) / _ .",
        "born",
        "reference",
        "born, reference",
        "JS, born 16 March 2008",
        "JS, born 15 March 2008, reference AB-0043",
        "SJ, born 15 March 2008",
        "April 2008",
        "March 2007",
        "2X1",
        "0042X",
        "AB%0042",
        "AB.0042",
    ],
)
def test_a_search_that_fits_nobody_finds_nobody(people: Any, typed: str) -> None:
    assert found(people, typed) == []


@pytest.mark.parametrize("reference", ["J2376/5", "J2376_5", "J 2376-5", "J23765"])
@pytest.mark.parametrize(
    "typed", ["J2376/5", "J2376-5", "J23765", "J2376_5", "j2376 5", "J 2376/5", "reference J2376/5"]
)
def test_a_reference_is_found_however_its_parts_are_joined(
    user: Any, reference: str, typed: str
) -> None:
    ClientFactory(agency=user.agency, client_id="Y1", client_reference=reference)
    ClientFactory(agency=user.agency, client_id="Y2", client_reference="J2377/5")
    assert found(user, typed) == ["Y1"]


def test_an_identifier_is_found_however_its_parts_are_joined(user: Any) -> None:
    ClientFactory(agency=user.agency, client_id="N/00_1-2")
    ClientFactory(agency=user.agency, client_id="N/00_1-3")
    for typed in ("N/00_1-2", "n0012", "N-001/2"):
        assert found(user, typed) == ["N/00_1-2"]


@pytest.mark.parametrize("reference", ["", "J2376/5"])
@pytest.mark.parametrize("born", [datetime.date(1997, 8, 16), None])
@pytest.mark.parametrize("initials", ["ZP", "Z", ""])
def test_the_words_in_which_we_name_a_client_find_the_client(
    user: Any, initials: str, born: datetime.date | None, reference: str
) -> None:
    person = ClientFactory(
        agency=user.agency,
        client_id="C000004",
        first_initial=initials[:1],
        last_initial=initials[1:],
        birth_date=born,
        client_reference=reference,
    )
    for typed in (known_as(person), f"{known_as(person)}, C000004"):
        if typed != "No initials, no date of birth":
            assert found(user, typed) == ["C000004"]


def test_a_month_of_birth_has_all_its_days(user: Any) -> None:
    for number, born in enumerate(
        ["1997-07-31", "1997-08-01", "1997-08-31", "1997-09-01", "1997-12-31", "1998-01-01"]
    ):
        ClientFactory(agency=user.agency, client_id=f"M{number}", birth_date=born)
    assert sorted(found(user, "August 1997")) == ["M1", "M2"]
    assert found(user, "Dec 1997") == ["M4"]
    assert found(user, "01/1998") == ["M5"]


def test_the_database_alone_looks_through_the_clients(people: Any) -> None:
    """Python is asked about no row: SQLite would, for a month or a regular expression."""
    with CaptureQueriesContext(connection) as asked:
        for typed in ("JS, born 15 March 2008, reference AB-0042", "March 2008", "2008"):
            assert found(people, typed) == ["X1"]
    assert len(asked) == 3
    assert not [q["sql"] for q in asked if re.search("django_|REGEXP", q["sql"])]


def test_digits_alone_may_be_part_of_a_reference(people: Any) -> None:
    assert found(people, "777") == ["X2"]


def caseload(user: Any) -> dict[str, Client]:
    """One client for each thing that the list can show."""
    agency = user.agency
    made = {
        "open": EpisodeFactory(client__agency=agency).client,
        "closed": EpisodeFactory(
            client__agency=agency,
            triage_date=datetime.date(2026, 2, 1),
            discharge_date=datetime.date(2026, 3, 1),
            discharge_reason="80",
        ).client,
        "new": ClientFactory(agency=agency),
        "deleted": ClientFactory(agency=agency, deleted_at=datetime.datetime.now(datetime.UTC)),
        "long gone": ClientFactory(
            agency=agency,
            deleted_at=datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=31),
        ),
    }

    def note(client: Client, severity: str, explained: bool = False) -> None:
        Finding.objects.create(
            agency=agency,
            client=client,
            rule="NQ009",
            severity=severity,
            section="client",
            record=client.pk,
            item="client.sex",
            message=f"{severity} {explained}",
            explained=explained,
        )

    note(made["open"], "error")
    note(made["closed"], "warning")
    note(made["new"], "warning", explained=True)
    return made


@pytest.mark.parametrize(
    ("show", "names"),
    [
        ("", ["closed", "new", "open"]),
        ("open", ["open"]),
        ("errors", ["open"]),
        ("warnings", ["closed"]),
        ("deleted", ["deleted"]),
    ],
)
def test_each_choice_shows_just_its_clients(user: Any, show: str, names: list[str]) -> None:
    made = caseload(user)
    assert sorted(found(user, show=show)) == sorted(made[name].client_id for name in names)


def test_what_is_counted_of_a_client_is_open_and_said_once(user: Any) -> None:
    made = caseload(user)
    twin = Finding.objects.get(client=made["closed"])
    twin.pk, twin.rule = None, "NQ010"
    twin.save()
    counts = {one.client.pk: one for one in with_counts(user, made.values())}
    of = {name: counts[client.pk] for name, client in made.items()}
    assert (of["open"].errors, of["open"].warnings, of["open"].is_open) == (1, 0, True)
    assert (of["closed"].errors, of["closed"].warnings, of["closed"].is_open) == (0, 1, False)
    assert (of["new"].errors, of["new"].warnings, of["new"].is_open) == (0, 0, False)


def test_the_list_can_be_sorted_and_those_without_consent_come_last(user: Any) -> None:
    def add(number: int, initials: str, reference: str, day: int, consent: str = "Y") -> None:
        person = ClientFactory(
            agency=user.agency,
            client_id=f"N{number}",
            first_initial=initials[:1],
            last_initial=initials[1:],
            client_reference=reference,
            consent=consent,
        )
        if day:
            EpisodeFactory(client=person, triage_date=datetime.date(2026, 1, day))

    add(1, "", "", 0, consent="N")
    add(2, "BA", "r3", 1)
    add(3, "AB", "r2", 3)
    add(4, "CC", "r1", 2)
    add(5, "DD", "r4", 0)
    assert found(user) == ["N5", "N3", "N4", "N2", "N1"]
    assert found(user, sort="no such") == found(user)
    assert found(user, sort="person") == ["N3", "N2", "N4", "N5", "N1"]
    assert found(user, sort="client_id") == ["N2", "N3", "N4", "N5", "N1"]
    assert found(user, sort="reference") == ["N4", "N3", "N2", "N5", "N1"]
    assert found(user, sort="triage") == ["N2", "N4", "N3", "N5", "N1"]


def test_a_search_in_force_is_shown_and_cleared_with_one_press(
    verified: Browser, people: Any
) -> None:
    verified.post(LIST, {"text": "JS", "show": "errors"})
    page = verified.get(LIST)
    assert page.context["showing"] == "“JS”, with errors"
    assert "Clear search" in page.content.decode()
    verified.post(LIST)
    page = verified.get(LIST)
    assert page.context["showing"] == ""
    assert "Clear search" not in page.content.decode()
    assert len(page.context["rows"]) == 2


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"text": "x" * 101, "show": ""}, "Search for 100 letters or fewer"),
        ({"text": "", "show": "everybody"}, "Choose what to show from the list"),
    ],
)
def test_a_search_that_makes_no_sense_finds_nobody(
    verified: Browser, people: Any, sent: dict[str, str], told: str
) -> None:
    page = verified.post(LIST, sent)
    assert page.status_code == 422
    assert told in page.content.decode()
    assert page.context["rows"] == []
    assert len(verified.get(LIST).context["rows"]) == 2


def test_pages_keep_the_order(verified: Browser, user: Any) -> None:
    for number in range(27):
        ClientFactory(agency=user.agency, client_id=f"N{number:02}")
    first = verified.get(LIST, {"sort": "client_id"})
    assert "?page=2&amp;sort=client_id" in first.content.decode()
    second = verified.get(LIST, {"sort": "client_id", "page": "2"})
    assert [row["client"].client_id for row in second.context["rows"]] == ["N25", "N26"]


@pytest.mark.parametrize(
    ("total", "flawed", "share"), [(200, 1, 99), (3, 2, 33), (1, 0, 100), (1, 1, 0), (0, 0, None)]
)
def test_percentages_are_rounded_down(total: int, flawed: int, share: int | None) -> None:
    assert percentage(total, flawed) == share


def test_an_agency_without_episodes_shows_a_dash(verified: Browser, user: Any) -> None:
    for name in ("client-list", "fix-list"):
        page = verified.get(reverse(name)).content.decode()
        assert "100" not in page[page.index("det-figures") : page.index("How this is counted")]
        assert page.count("No episode yet") == 2


def test_the_quality_is_that_of_each_episode_counted_one_by_one(user: Any) -> None:
    for number in range(6):
        episode = EpisodeFactory(client__agency=user.agency)
        InterventionFactory(episode=episode)
        if number % 2:
            EpisodeFactory(client=episode.client, triage_date=datetime.date(2026, 2, number))
    recheck_agency(user.agency)
    Finding.objects.filter(client=episode.client).delete()
    Finding.objects.filter(severity="warning", record=episode.pk).update(explained=True)
    quality = quality_of(user.agency)

    def flawed(severity: str) -> int:
        open_ones = Finding.objects.filter(severity=severity, explained=False)
        return sum(
            open_ones.filter(episode=e).exists()
            or open_ones.filter(client=person, episode=None).exists()
            for person in Client.live.filter(agency=user.agency)
            for e in person.episodes.all()
        )

    assert (quality.episodes, quality.with_errors, quality.with_warnings) == (
        9,
        flawed("error"),
        flawed("warning"),
    )


@pytest.mark.parametrize("clients", [2, 30])
def test_the_list_takes_as_many_queries_however_long_it_is(
    verified: Browser, user: Any, clients: int
) -> None:
    for _ in range(clients):
        EpisodeFactory(client__agency=user.agency)
    verified.get(LIST)
    with at_most(12):
        verified.get(LIST)


@pytest.mark.parametrize("episodes", [1, 6])
def test_the_page_of_a_client_takes_as_many_queries_however_long_it_is(
    verified: Browser, user: Any, episodes: int
) -> None:
    person = ClientFactory(agency=user.agency)
    for number in range(episodes):
        day = datetime.date(2026, 1, 1 + number)
        episode = EpisodeFactory(client=person, triage_date=day)
        InterventionFactory.create_batch(3, episode=episode)
        InterventionFactory(episode=episode, deleted_at=episode.created_at)
    address = reverse("client", args=[person.pk])
    verified.get(address)
    with at_most(16):
        verified.get(address)
