"""The extract: which records go, in what rows, as which bytes (csv_format.md); and the page that offers it."""

import datetime
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse

from det.checking import recheck_agency
from det.definition import core_dataset
from det.extract import file_name, lay_out, select
from det.frames import records_of
from det.models import Agency, Finding
from det.services import explain
from det.transfer import Transfer, prepare_transfer
from ndtms.audit.models import AuditEvent
from tests.conftest import sign_in
from tests.factories import (
    AgencyFactory,
    ClientFactory,
    EpisodeFactory,
    InterventionFactory,
    OutcomesProfileFactory,
    SubInterventionReviewFactory,
)
from tests.forms import words_of
from validation.periods import Period, period_ending

pytestmark = pytest.mark.django_db

DAY = datetime.date


def october() -> Period:
    return period_ending(DAY(2026, 10, 31), core_dataset())


def october_of(agency: Agency) -> Transfer:
    with time_machine.travel("2026-11-02 09:00:00+00:00", tick=False):
        return prepare_transfer(agency, october())


def rows_of(agency: Agency) -> list[dict[str, str | None]]:
    return lay_out(select(records_of(agency), october()).records).to_dicts()


@pytest.mark.parametrize(
    ("triage", "discharge", "reason"),
    [
        (DAY(2026, 10, 31), None, None),
        (DAY(2026, 11, 1), None, "triaged_later"),
        (None, None, "no_triage"),
        (DAY(2020, 1, 1), DAY(2024, 12, 31), "discharged_before"),
        (DAY(2020, 1, 1), DAY(2025, 1, 1), None),
        (DAY(2020, 1, 1), DAY(2026, 12, 1), None),
    ],
)
def test_which_episodes_go(
    triage: datetime.date | None, discharge: datetime.date | None, reason: str | None
) -> None:
    agency = AgencyFactory()
    EpisodeFactory(
        client__agency=agency,
        triage_date=triage,
        discharge_date=discharge,
        discharge_reason="85" if discharge else "",
    )
    selection = select(records_of(agency), october())
    assert selection.behind["reason"].to_list() == ([reason] if reason else [])
    assert selection.records["episode"].height == (0 if reason else 1)


def test_a_client_without_an_episode_stays_behind() -> None:
    person = ClientFactory()
    selection = select(records_of(person.agency), october())
    assert selection.behind["reason"].to_list() == ["no_episode"]


def test_what_is_dated_after_the_end_does_not_go() -> None:
    agency = AgencyFactory()
    episode = EpisodeFactory(
        client__agency=agency, discharge_date=DAY(2026, 11, 2), discharge_reason="85"
    )
    InterventionFactory(
        episode=episode,
        intervention_id="I1",
        start_date=DAY(2026, 1, 20),
        end_date=DAY(2026, 11, 1),
        exit_status="A",
    )
    InterventionFactory(episode=episode, intervention_id="I2", referred_date=DAY(2026, 11, 1))
    OutcomesProfileFactory(episode=episode, profile_date=DAY(2026, 11, 2), stage="E")
    (row,) = rows_of(agency)
    assert row["MODID"] == "I1"
    assert row["MODST"] == "20/01/2026"
    for header in ("DISD", "DISRSN", "MODEND", "MODEXIT", "TOPID"):
        assert row[header] is None


def test_a_client_without_consent_is_one_row_with_three_values() -> None:
    agency = AgencyFactory()
    episode = EpisodeFactory(client__agency=agency, client__consent="N", client__client_id="C9")
    InterventionFactory(episode=episode)
    (row,) = rows_of(agency)
    assert {k: v for k, v in row.items() if v} == {
        "AGNCY": agency.code,
        "CLIENTID": "C9",
        "CONSENT": "N",
    }


def test_row_n_carries_the_nth_of_each_list_in_order() -> None:
    agency = AgencyFactory()
    episode = EpisodeFactory(client__agency=agency)
    InterventionFactory(episode=episode, intervention_id="I2", referred_date=DAY(2026, 3, 1))
    InterventionFactory(episode=episode, intervention_id="I3", referred_date=DAY(2026, 1, 12))
    InterventionFactory(episode=episode, intervention_id="I1", referred_date=DAY(2026, 3, 1))
    SubInterventionReviewFactory(episode=episode, review_id="S1")
    rows = rows_of(agency)
    assert [row["MODID"] for row in rows] == ["I3", "I1", "I2"]
    assert [row["SUBMID"] for row in rows] == ["S1", None, None]
    assert [row["EPISODID"] for row in rows] == [episode.episode_id] * 3


def test_clients_come_in_order_then_triage_then_episode() -> None:
    agency = AgencyFactory()
    second = ClientFactory(agency=agency, client_id="C2")
    first = ClientFactory(agency=agency, client_id="C10")
    refused = ClientFactory(agency=agency, client_id="C11", consent="N")
    EpisodeFactory(client=second, episode_id="E1")
    EpisodeFactory(client=first, episode_id="E3", triage_date=DAY(2026, 2, 1))
    EpisodeFactory(client=first, episode_id="E2", triage_date=DAY(2026, 2, 1))
    EpisodeFactory(client=first, episode_id="E9", triage_date=DAY(2025, 12, 31))
    rows = [(row["CLIENTID"], row["EPISODID"]) for row in rows_of(agency)]
    assert rows == [
        ("C10", "E9"),
        ("C10", "E2"),
        ("C10", "E3"),
        (refused.client_id, None),
        ("C2", "E1"),
    ]


def test_the_bytes_of_the_file() -> None:
    agency = AgencyFactory(code="N0001")
    EpisodeFactory(client__agency=agency, software='A "B", C')
    transfer = october_of(agency)
    lines = transfer.content.decode("ascii").split("\r\n")
    assert lines[0] == ",".join(core_dataset().headers)
    assert lines[-1] == ""
    assert '"A ""B"", C"' in lines[1]
    assert "\n" not in transfer.content.decode().replace("\r\n", "")
    assert transfer.content == october_of(agency).content
    assert transfer.file_name == "N0001_CDSQ_20250101_20261031.csv"
    assert file_name("N0001", october()) == transfer.file_name


def test_what_is_empty_is_neither_good_nor_bad_and_is_not_transferred() -> None:
    transfer = october_of(AgencyFactory())
    assert transfer.content.count(b"\r\n") == 1
    assert (transfer.clients, transfer.episodes) == (0, 0)
    assert (transfer.load_percentage, transfer.data_quality_percentage) == (None, None)
    assert not transfer.may_be_transferred


def test_a_client_without_consent_is_something_to_transfer() -> None:
    agency = AgencyFactory()
    ClientFactory(agency=agency, consent="N")
    transfer = october_of(agency)
    assert (transfer.episodes, transfer.without_consent, transfer.load_percentage) == (0, 1, 100)
    assert transfer.may_be_transferred


def test_deleted_records_do_not_go() -> None:
    agency = AgencyFactory()
    now = datetime.datetime.now(datetime.UTC)
    EpisodeFactory(client__agency=agency, client__deleted_at=now)
    episode = EpisodeFactory(client__agency=agency, episode_id="E7")
    InterventionFactory(episode=episode, deleted_at=now)
    (row,) = rows_of(agency)
    assert row["EPISODID"] == "E7"
    assert row["MODID"] is None


def test_the_page_shows_errors_with_links_and_refuses_the_file(client: Browser, user: Any) -> None:
    episode = EpisodeFactory(client__agency=user.agency, referral_date=DAY(2026, 2, 1))
    with time_machine.travel("2026-11-02 09:00:00+00:00", tick=False):
        browser = sign_in(client, user)
        page = browser.get(reverse("transfer")).content.decode()
        assert "Oct 26" in page
        assert "is before the referral date (" in page
        assert str(episode.pk) in page
        refused = browser.post(reverse("transfer-file"), {"period": "2026-10-31"})
    assert refused.status_code == 409
    assert not AuditEvent.objects.filter(verb="transferred").exists()


def test_the_file_is_downloaded_and_noted(verified: Browser, user: Any) -> None:
    ClientFactory(agency=user.agency, consent="N")
    EpisodeFactory(client__agency=user.agency, client__client_reference="R1")
    period = {"period": ""}
    response = verified.post(reverse("transfer-file"), period)
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/csv")
    assert response["Content-Disposition"].startswith(f'attachment; filename="{user.agency.code}_')
    noted = AuditEvent.objects.get(verb="transferred")
    assert noted.detail["clients"] == 2
    assert len(noted.detail["sha256"]) == 64


NOVEMBER = "2026-11-02 09:00:00+00:00"
"""When the current period is Oct 26, and the oldest that is offered Oct 25."""


@pytest.mark.parametrize("period", ["1999-01-31", "2025-09-30", "2026-11-30", "rubbish"])
def test_no_file_is_made_of_a_period_that_is_not_offered(
    client: Browser, user: Any, period: str
) -> None:
    """Such as on a page that was left open until its period dropped off the list."""
    ClientFactory(agency=user.agency, consent="N")
    with time_machine.travel(NOVEMBER, tick=False):
        browser = sign_in(client, user)
        response = browser.post(reverse("transfer-file"), {"period": period})
        assert response.status_code == 409
        assert response["Content-Type"].startswith("text/html")
        told = words_of(response)
        assert told.startswith("Nothing was transferred")
        assert "is not offered any more. Choose one from Oct 25 to Oct 26" in told
        assert not AuditEvent.objects.filter(verb="transferred").exists()
        for offered in ("2025-10-31", "2026-10-31"):
            given = browser.post(reverse("transfer-file"), {"period": offered})
            assert (given.status_code, given["Content-Type"][:8]) == (200, "text/csv")
            assert offered.replace("-", "") in given["Content-Disposition"]


@pytest.mark.parametrize("period", ["2024-01-31", "rubbish"])
def test_the_page_says_that_it_shows_another_period_than_asked_for(
    client: Browser, user: Any, period: str
) -> None:
    with time_machine.travel(NOVEMBER, tick=False):
        browser = sign_in(client, user)
        page = browser.get(reverse("transfer"), {"period": period})
        told = words_of(page)
        assert "is not offered any more. Choose one from Oct 25 to Oct 26: this is Oct 26" in told
        assert "<title>Error: Transfer data" in page.content.decode()
        assert "Oct 26: 1 January 2025 to 31 October 2026" in told
        for asked in ({}, {"period": ""}, {"period": "2026-09-30"}):
            page = browser.get(reverse("transfer"), asked)
            assert "not offered" not in words_of(page)
        assert "Sept 26: 1 January 2025 to 30 September 2026" in words_of(page)


@pytest.mark.parametrize(
    ("triage", "told"),
    [
        (None, "the agency has no clients yet. Add the first one."),
        (DAY(2026, 11, 1), "all clients stay behind in this period. Choose another period"),
    ],
)
def test_an_empty_file_is_refused_and_has_no_percentages(
    client: Browser, user: Any, triage: datetime.date | None, told: str
) -> None:
    if triage:
        EpisodeFactory(client__agency=user.agency, triage_date=triage)
    with time_machine.travel(NOVEMBER, tick=False):
        browser = sign_in(client, user)
        page = browser.get(reverse("transfer"))
        assert "Load –Nothing goes Data quality –Nothing goes Clients" in words_of(page)
        assert told in words_of(page)
        assert reverse("transfer-file") not in page.content.decode()
        assert "The file holds" not in words_of(page)
        refused = browser.post(reverse("transfer-file"), {"period": "2026-10-31"})
        assert refused.status_code == 409
        assert told in words_of(refused)
        assert not AuditEvent.objects.filter(verb="transferred").exists()


def test_the_page_says_which_record_of_whom_a_finding_is_on(
    client: Browser, user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ndtms.submissions.presenters.SHOWN", 100)
    episode = EpisodeFactory(
        client__agency=user.agency,
        client__client_id="C1",
        client__birth_date=DAY(1997, 8, 16),
        client__client_reference="J2376/5",
        client__sex="",
    )
    for day in (12, 20):
        InterventionFactory(episode=episode, referred_date=DAY(2026, 1, day))
    who = "JS, born 16 August 1997, reference J2376/5, C1"
    with time_machine.travel(NOVEMBER, tick=False):
        page = sign_in(client, user).get(reverse("transfer"))
    told = words_of(page)
    for line in page.context["errors"]["lines"] + page.context["warnings"]["lines"]:
        place = f". {line['record']}" if line["record"] else ""
        assert f"{who}{place}: {line['message']}" in told
    assert f"{who}. Intervention of 12 January 2026: " in told
    assert f"{who}. Intervention of 20 January 2026: " in told
    assert f"{who}. Episode of 12 January 2026: " in told
    assert f"{who}: " in told, "a client item is of no other record"


def test_who_stays_behind_is_said_as_people_are_known(client: Browser, user: Any) -> None:
    person = ClientFactory(
        agency=user.agency,
        client_id="C1",
        birth_date=DAY(1997, 8, 16),
        client_reference="J2376/5",
    )
    for day in (1, 2):
        EpisodeFactory(client=person, triage_date=DAY(2026, 11, day))
    EpisodeFactory(client=person, triage_date=None)
    ClientFactory(agency=user.agency, client_id="C2", birth_date=None, client_reference="")
    with time_machine.travel(NOVEMBER, tick=False):
        told = f"{words_of(sign_in(client, user).get(reverse('transfer')))} "
    who = "JS, born 16 August 1997, reference J2376/5, C1"
    assert "1 client: has no episode yet JS, no date of birth, C2 1 episode" in told
    assert f"there is no triage date {who}. Episode of no date 2 episodes" in told
    both = [f"{who}. Episode of {day} November 2026" for day in (1, 2)]
    assert any(f"end {' '.join(lines)} " in told for lines in (both, both[::-1]))


def test_the_many_who_stay_behind_are_counted(client: Browser, user: Any) -> None:
    ClientFactory.create_batch(27, agency=user.agency)
    EpisodeFactory.create_batch(26, client__agency=user.agency, triage_date=DAY(2026, 11, 1))
    with time_machine.travel(NOVEMBER, tick=False):
        page = sign_in(client, user).get(reverse("transfer"))
    parts = page.context["behind"]
    assert [(len(part["lines"]), part["hidden"]) for part in parts] == [(25, 2), (25, 1)]
    assert "27 clients: has no episode yet" in words_of(page)
    assert "And 2 more." in words_of(page)


def test_explained_warnings_do_not_count(user: Any) -> None:
    EpisodeFactory(client__agency=user.agency)
    recheck_agency(user.agency)
    before = october_of(user.agency)
    assert before.data_quality_percentage == 0
    for finding in Finding.objects.filter(severity="warning"):
        explain(user=user, finding=finding, text="It is as it is")
    after = october_of(user.agency)
    assert after.data_quality_percentage == 100
    assert after.open_findings("warning").is_empty()


def test_provisional_headers_and_codes_are_counted() -> None:
    agency = AgencyFactory()
    EpisodeFactory(client__agency=agency, substance_1="X01", software="Mine")
    transfer = october_of(agency)
    assert transfer.provisional_codes == 1
    assert transfer.provisional_headers == ["CMSID"]
