"""Entering records: pages, posts that are not as they should be, scope, conflicts, queries."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from det.definition import core_dataset
from det.models import Agency, Client, Episode, Finding, Intervention
from det.pages import page_of, pages_of
from ndtms.audit.models import AuditEvent
from tests.conftest import sign_in
from tests.factories import (
    AgencyFactory,
    ClientFactory,
    EpisodeFactory,
    InterventionFactory,
    OutcomesProfileFactory,
    UserFactory,
)
from tests.forms import OpenForm

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"


def answers(section: str, agency: Agency, page: str, **given: str) -> dict[str, str]:
    """A whole post of a page: every field that it asks, blank unless given."""
    found = page_of(section, agency.dataset, page)
    assert found is not None
    return {**{item.field: "" for item in found.items}, **given}


def change_address(record: Any, page: str = "all") -> str:
    return reverse("record-change", args=[record.section, record.pk, page])


def add_client(browser: Browser, agency: Agency, **given: str) -> Any:
    return browser.post(reverse("client-add"), answers("client", agency, "all", **given))


def test_a_client_is_added_with_an_identifier_made_by_the_tool(
    verified: Browser, user: Any
) -> None:
    response = add_client(
        verified,
        user.agency,
        first_initial="j",
        last_initial="S",
        birth_date="1/2/85",
        sex="F",
        consent="Y",
    )
    added = Client.objects.get()
    assert response.status_code == 302
    assert added.client_id == "C000001"
    assert added.first_initial == "J"
    assert added.birth_date == datetime.date(1985, 2, 1)
    assert added.agency == user.agency
    assert added.changed_by == user.email
    event = AuditEvent.objects.get(verb="added")
    assert event.client == str(added.pk)
    assert "1985" not in str(event.detail)


def test_incomplete_records_are_saved_and_their_findings_are_stored(
    verified: Browser, user: Any
) -> None:
    add_client(verified, user.agency, consent="Y", birth_date="1 Feb 1985")
    added = Client.objects.get()
    verified.post(
        reverse("record-add", args=["episode", added.pk]),
        answers("episode", user.agency, "referral", referral_date="03022026", triage_date="1/2/26"),
    )
    rules = set(Finding.objects.values_list("rule", flat=True))
    assert {"NQ048", "NQ009", "NQ018"} <= rules
    page = verified.get(reverse("client", args=[added.pk])).content.decode()
    assert "is before the referral date (" in page


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        ("referral_date", "31/02/2026", "is not a date"),
        ("referral_date", "1/1/0202", "is not a date"),
        ("referral_source", "no such answer", "not one of the answers"),
        ("episode_id", "=1+1", "cannot be used"),
        ("episode_id", "x" * 21, "20"),
        ("episode_id", "x" * 600, "500"),
    ],
)
def test_a_malformed_field_is_refused_and_everything_typed_is_kept(
    verified: Browser, user: Any, field: str, typed: str, message: str
) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    post = answers(
        "episode",
        user.agency,
        "referral",
        episode_id="E1",
        triage_date="12 Jan 2026",
        software="Mine",
    ) | {field: typed}
    response = verified.post(change_address(episode, "referral"), post)
    page = response.content.decode()
    assert response.status_code == 422
    assert "<title>Error: " in page
    assert message in page
    assert 'value="12 Jan 2026"' in page
    assert 'value="Mine"' in page
    episode.refresh_from_db()
    assert episode.software == ""


def test_a_post_that_lacks_a_field_changes_nothing_and_shows_what_is_saved(
    verified: Browser, user: Any
) -> None:
    episode = EpisodeFactory(client__agency=user.agency, software="Kept")
    post = answers("episode", user.agency, "referral", episode_id="E1", triage_date="1/3/2026")
    del post["software"]
    response = verified.post(change_address(episode, "referral"), post)
    assert response.status_code == 422
    assert "did not arrive" in response.content.decode()
    assert 'value="Kept"' in response.content.decode()
    assert Episode.objects.get().triage_date == datetime.date(2026, 1, 12)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"triage_date": ["1/3/2026", "2/3/2026"]}, "more than once"),
        ({"unknown": "1"}, "what it does not ask (unknown)"),
        ({"agency": "7"}, "what it does not ask (agency)"),
        ({"previously_treated": ["Y", "N"]}, "more than once"),
    ],
)
def test_double_and_unknown_fields_get_a_message(
    verified: Browser, user: Any, change: dict[str, Any], words: str
) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    post = answers("episode", user.agency, "referral", episode_id="E1") | change
    response = verified.post(change_address(episode, "referral"), post)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert Episode.objects.get().version == 1


def test_a_control_character_is_a_message(verified: Browser, user: Any) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    post = answers("episode", user.agency, "referral", software="a\x01b")
    assert verified.post(change_address(episode, "referral"), post).status_code == 422


def test_nul_is_refused_before_any_form_and_nothing_is_saved(verified: Browser, user: Any) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    post = answers("episode", user.agency, "referral", software="a\x00b")
    refused = verified.post(change_address(episode, "referral"), post)
    assert refused.status_code == 400
    assert "There is a character that we cannot keep" in refused.content.decode()
    assert Episode.objects.get().version == 1


def test_discharge_date_and_reason_go_together(verified: Browser, user: Any) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    alone = answers("episode", user.agency, "discharge", discharge_date="1/5/2026")
    response = verified.post(change_address(episode, "discharge"), alone)
    assert response.status_code == 422
    both = alone | {
        "discharge_reason": core_dataset().meaning("discharge_reason", "alcohol_free")[0]
    }
    assert verified.post(change_address(episode, "discharge"), both).status_code == 302
    episode.refresh_from_db()
    assert episode.discharge_date == datetime.date(2026, 5, 1)


def test_a_full_postcode_is_never_stored(verified: Browser, user: Any) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    for typed, kept in [("m1 4ab", "M1"), ("SW1A1AA", "SW1A"), ("ls6 2", "LS6 2"), ("LS6", "LS6")]:
        post = answers("episode", user.agency, "home", postcode_district=typed)
        assert verified.post(change_address(episode, "home"), post).status_code == 302
        assert Episode.objects.get().postcode_district == kept
    post |= {"postcode_district": "M1 4AB 5"}
    assert verified.post(change_address(episode, "home"), post).status_code == 422


def test_what_belongs_to_another_agency_is_not_found(
    verified: Browser, user: Any, client: Browser
) -> None:
    other = AgencyFactory()
    mine = InterventionFactory(episode__client__agency=user.agency)
    theirs = InterventionFactory(episode__client__agency=other)
    for record, status in ((mine, 200), (theirs, 404)):
        episode, person = record.episode, record.client
        for address in (
            reverse("client", args=[person.pk]),
            change_address(record),
            change_address(episode, "referral"),
            reverse("record", args=["episode", episode.pk]),
            reverse("record-add", args=["episode", person.pk]),
            reverse("record-add", args=["intervention", episode.pk]),
            reverse("record-delete", args=["client", person.pk]),
        ):
            assert verified.get(address).status_code == status, address
    before = Client.objects.count()
    assert (
        verified.post(reverse("record-delete", args=["client", theirs.client.pk])).status_code
        == 404
    )
    assert verified.post(change_address(theirs), {}).status_code == 404
    assert (
        verified.post(reverse("record-restore", args=["client", theirs.client.pk])).status_code
        == 404
    )
    assert Client.live.count() == before
    assert str(theirs.client.client_id) not in verified.get(reverse("client-list")).content.decode()


def test_somebody_without_an_agency_finds_nothing(client: Browser) -> None:
    nobody = sign_in(client, UserFactory(role="national"))
    for name in ("client-list", "client-add", "fix-list", "transfer"):
        assert nobody.get(reverse(name)).status_code == 404
    assert nobody.get(reverse("data-set")).status_code == 200


def test_deleting_and_restoring(verified: Browser, user: Any) -> None:
    intervention = InterventionFactory(episode__client__agency=user.agency)
    delete = reverse("record-delete", args=["intervention", intervention.pk])
    restore = reverse("record-restore", args=["intervention", intervention.pk])
    assert verified.get(delete).status_code == 200
    assert Intervention.live.count() == 1
    verified.post(delete)
    assert Intervention.live.count() == 0
    assert verified.get(change_address(intervention)).status_code == 404
    verified.post(restore)
    assert Intervention.live.count() == 1
    Intervention.objects.update(deleted_at=intervention.created_at - datetime.timedelta(days=31))
    assert verified.post(restore).status_code == 404


def test_a_deleted_client_leaves_the_caseload_with_everything(verified: Browser, user: Any) -> None:
    intervention = InterventionFactory(episode__client__agency=user.agency)
    person = intervention.client
    verified.post(reverse("record-delete", args=["client", person.pk]))
    assert verified.get(change_address(intervention)).status_code == 404
    assert not Finding.objects.exists()
    assert b"There are no clients yet" in verified.get(reverse("client-list")).content
    verified.post(reverse("record-restore", args=["client", person.pk]))
    assert verified.get(change_address(intervention)).status_code == 200
    assert Finding.objects.exists()


@pytest.mark.parametrize("typed", ["REF-77", "c77", "js", "JS", "1/2/1985", "1 feb 85"])
def test_searching(verified: Browser, user: Any, typed: str) -> None:
    ClientFactory(
        agency=user.agency,
        client_id="C77",
        client_reference="ref-77",
        birth_date=datetime.date(1985, 2, 1),
    )
    ClientFactory(agency=user.agency, client_id="X1", first_initial="A", last_initial="B")
    verified.post(reverse("client-list"), {"text": typed, "show": ""})
    found = verified.get(reverse("client-list")).context["rows"]
    assert [row["client"].client_id for row in found] == ["C77"]


def test_what_is_searched_for_is_not_in_the_address(verified: Browser, user: Any) -> None:
    response = verified.post(reverse("client-list"), {"text": "1/2/1985", "show": "errors"})
    assert response.headers["Location"] == reverse("client-list")


def test_every_page_of_every_section_opens(verified: Browser, user: Any) -> None:
    for dataset in core_dataset().datasets:
        Agency.objects.filter(pk=user.agency.pk).update(dataset=dataset)
        user.agency.refresh_from_db()
        person = ClientFactory(agency=user.agency)
        episode = EpisodeFactory(client=person)
        for page in pages_of("episode", dataset):
            assert verified.get(change_address(episode, page.id)).status_code == 200
        for section in core_dataset().children:
            assert (
                verified.get(reverse("record-add", args=[section, episode.pk])).status_code == 200
            )
    assert verified.get(change_address(episode, "no-such-page")).status_code == 404
    assert verified.get(reverse("record-add", args=["client", episode.pk])).status_code == 404
    assert verified.get(reverse("record-add", args=["nothing", episode.pk])).status_code == 404


@contextmanager
def at_most(queries: int) -> Iterator[None]:
    """So many queries; where a transaction begins and ends is not one."""
    with CaptureQueriesContext(connection) as captured:
        yield
    asked = [q["sql"] for q in captured.captured_queries if "SAVEPOINT" not in q["sql"]]
    assert len(asked) <= queries, "\n".join(asked)


def test_a_save_takes_few_queries(verified: Browser, user: Any) -> None:
    intervention = InterventionFactory(episode__client__agency=user.agency)
    verified.get(reverse("client-list"))
    post = answers(
        "intervention",
        user.agency,
        "all",
        intervention_type="95",
        setting="1",
        referred_date="12/1/2026",
        start_date="14/1/2026",
        intervention_id=intervention.intervention_id,
    )
    form = OpenForm(verified, change_address(intervention))
    with at_most(25):
        assert form.send(**post).status_code == 302


@pytest.mark.parametrize("clients", [2, 12])
def test_the_client_list_takes_as_many_queries_however_long_it_is(
    verified: Browser, user: Any, django_assert_max_num_queries: Any, clients: int
) -> None:
    for _ in range(clients):
        EpisodeFactory(client__agency=user.agency)
    verified.get(reverse("client-list"))
    with django_assert_max_num_queries(14):
        verified.get(reverse("client-list"))


def test_nothing_changes_by_get(verified: Browser, user: Any) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    restore = reverse("record-restore", args=["episode", episode.pk])
    assert verified.get(restore).status_code == 405
    assert verified.get(reverse("transfer-file")).status_code == 405


def test_an_identifier_that_is_taken_is_refused(verified: Browser, user: Any) -> None:
    ClientFactory(agency=user.agency, client_id="C77")
    response = add_client(verified, user.agency, client_id="C77", consent="Y")
    assert response.status_code == 422
    assert "is already there" in response.content.decode()
    add_client(verified, user.agency, client_id="C78", consent="Y")
    assert Client.objects.filter(agency=user.agency).count() == 2
    other = AgencyFactory()
    assert ClientFactory(agency=other, client_id="C77").pk


def test_saving_a_profile_takes_few_queries(verified: Browser, user: Any) -> None:
    profile = OutcomesProfileFactory(episode__client__agency=user.agency)
    verified.get(reverse("client-list"))
    post = answers(
        "outcomes_profile", user.agency, "all", profile_date="20/1/2026", stage="S", profile_id="P1"
    )
    form = OpenForm(verified, change_address(profile))
    with at_most(25):
        assert form.send(**post).status_code == 302
