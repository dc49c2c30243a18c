"""What the tool knows it does not ask: it fills in the answer, says so, and lets it be changed."""

import datetime
import html
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from det import TOOL
from det.asked import asked
from det.definition import core_dataset
from det.known import known
from det.models import (
    Client,
    Episode,
    Finding,
    Intervention,
    OutcomesProfile,
    Record,
    stored_items,
)
from det.services import change_record, undo_change
from tests.factories import AgencyFactory, ClientFactory, EpisodeFactory, InterventionFactory
from tests.forms import OpenForm

LEEDS, CORBY, NORTHAMPTONSHIRE = "E08000035", "E07000150", "E10000021"
FILLED: list[tuple[dict[str, str], dict[str, str]]] = [
    ({"local_authority": CORBY}, {"upper_tier_local_authority": NORTHAMPTONSHIRE}),
    ({"local_authority": LEEDS}, {"upper_tier_local_authority": LEEDS}),
    ({"local_authority": "X01"}, {"upper_tier_local_authority": "X01"}),
    ({"local_authority": "no authority"}, {}),
    ({"local_authority": CORBY, "upper_tier_local_authority": LEEDS}, {}),
    ({"parental_status": "14"}, {"children_living_with_client": "0"}),
    ({"parental_status": "13"}, {"children_living_with_client": "0"}),
    ({"parental_status": "11"}, {}),
    ({"parental_status": "14", "children_living_with_client": "2"}, {}),
    ({"employment_status": "1"}, {"time_since_employment": "1"}),
    ({"employment_status": "12"}, {}),
    ({"employment_status": "1", "time_since_employment": "2"}, {}),
    ({}, {}),
]  # fmt: skip


def new_episode(dataset: str = "AD") -> Episode:
    return Episode(agency=AgencyFactory.build(dataset=dataset), version=0)


@pytest.mark.parametrize(("texts", "filled"), FILLED)
def test_what_follows_from_another_answer(texts: dict[str, str], filled: dict[str, str]) -> None:
    assert known(new_episode(), {"software": "Other", **texts}) == filled


def test_the_tool_says_its_own_name_where_nothing_else_is_said() -> None:
    assert known(new_episode(), {}) == {"software": TOOL}
    assert known(new_episode(), {"software": "Theirs 2.1"}) == {}
    assert len(TOOL) <= (core_dataset().by_name["episode.software"].max_length or 0)


def test_what_the_dataset_does_not_collect_is_not_filled_in() -> None:
    texts = {"software": "Other", "parental_status": "14", "employment_status": "1"}
    assert known(new_episode("SY"), texts) == {}


def test_what_was_filled_in_follows_the_answer_that_it_came_from() -> None:
    episode = Episode(
        agency=AgencyFactory.build(),
        software="Other",
        local_authority=LEEDS,
        upper_tier_local_authority=LEEDS,
    )
    moved = episode.values() | {"local_authority": CORBY}
    assert known(episode, moved) == {"upper_tier_local_authority": NORTHAMPTONSHIRE}
    told = moved | {"upper_tier_local_authority": "E10000012"}
    assert known(episode, told) == {}
    unknown = episode.values() | {"local_authority": ""}
    assert known(episode, unknown) == {"upper_tier_local_authority": ""}


@pytest.mark.parametrize(
    ("page", "source", "filled", "before", "after"),
    [
        ("home", "employment_status", "time_since_employment", "1", "5"),
        ("family", "parental_status", "children_living_with_client", "14", "11"),
        ("home", "local_authority", "upper_tier_local_authority", LEEDS, ""),
    ],
)
@pytest.mark.django_db
def test_what_was_filled_in_goes_with_the_answer_that_it_came_from(
    verified: Browser, user: Any, page: str, source: str, filled: str, before: str, after: str
) -> None:
    """It was nobody's answer; that it is blank again is told, and can be undone."""
    episode = EpisodeFactory(client__agency=user.agency, software="Other")
    address = reverse("record-change", args=["episode", episode.pk, page])
    for answer in (before, after):
        form = OpenForm(verified, address)
        form[source] = answer
        said = form.send(then="client")
    episode.refresh_from_db()
    assert episode.value(filled) == ""
    text = html.unescape(verified.get(said.headers["Location"]).content.decode())
    question = core_dataset().by_name[f"episode.{filled}"].question
    assert f"“{question}” followed from what has changed, and is blank now." in text
    assert "Undo this change" in text
    undo_change(user=user, section="episode", key=episode.pk, version=episode.version)
    episode.refresh_from_db()
    assert episode.value(filled) != ""


@pytest.mark.django_db
def test_what_was_filled_in_and_then_changed_by_a_person_stays(
    verified: Browser, user: Any
) -> None:
    episode = EpisodeFactory(client__agency=user.agency, software="Other")
    change_record(user=user, record=episode, values={"employment_status": "1"})
    change_record(user=user, record=episode, values={"time_since_employment": "2"})
    saved = change_record(user=user, record=episode, values={"employment_status": "5"})
    assert saved.record.value("time_since_employment") == "2"
    assert saved.arranged.emptied == ()


@pytest.mark.django_db
def test_saving_fills_in_what_is_known_and_says_what(verified: Browser, user: Any) -> None:
    episode = EpisodeFactory(client__agency=user.agency, software="Other")
    address = reverse("record-change", args=["episode", episode.pk, "home"])
    page = verified.get(address)
    fields = dict.fromkeys(page.context["form"].fields, "")
    post = fields | {"version": "1", "local_authority": "Leeds", "then": "client"}
    response = verified.post(address, post, follow=True)
    episode.refresh_from_db()
    assert episode.upper_tier_local_authority == LEEDS
    text = "Upper tier local authority of residence was filled in: Leeds. Change it if it differs."
    assert text in response.content.decode()


@pytest.mark.django_db
def test_what_is_filled_in_is_not_missed(user: Any) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    change_record(
        user=user,
        record=episode,
        values={"local_authority": LEEDS, "parental_status": "14"},
    )
    missed = set(Finding.objects.filter(record=episode.pk).values_list("item", flat=True))
    assert "episode.upper_tier_local_authority" not in missed
    assert "episode.children_living_with_client" not in missed
    assert "episode.postcode_district" in missed
    assert episode.triage_date == datetime.date(2026, 1, 12)


# What does not apply is not asked


def is_asked(record: Record, field: str, **texts: str) -> bool:
    return asked(stored_items(record.section), record, texts)[field]


@pytest.mark.parametrize(
    ("field", "texts", "expected"),
    [
        ("alcohol_units", {"drinking_days": "0"}, False),
        ("alcohol_units", {"drinking_days": "4"}, True),
        ("alcohol_units", {}, True),
        ("early_help_2", {"early_help_1": "5"}, False),
        ("early_help_2", {"early_help_1": "99"}, False),
        ("early_help_2", {"early_help_1": "1"}, True),
        ("release_naloxone", {"exit_destination": "X02"}, False),
        ("release_naloxone", {"exit_destination": "X01"}, True),
    ],
)
def test_what_does_not_apply_to_an_episode_is_not_asked(
    field: str, texts: dict[str, str], expected: bool
) -> None:
    episode = Episode(agency=AgencyFactory.build(), client=Client(), version=0)
    assert is_asked(episode, field, **texts) is expected


def test_sharing_is_asked_of_who_injected() -> None:
    episode = Episode(agency=AgencyFactory.build(), client=Client())
    profile = OutcomesProfile(agency=episode.agency, episode=episode, version=0)
    assert not is_asked(profile, "sharing_equipment", injecting_days="0")
    assert is_asked(profile, "sharing_equipment", injecting_days="3")
    assert is_asked(profile, "sharing_equipment", injecting_days="NA")


@pytest.mark.django_db
def test_before_the_first_triage_the_age_is_that_of_today() -> None:
    with time_machine.travel("2026-06-01 12:00:00+00:00", tick=False):
        young = ClientFactory(birth_date=datetime.date(2012, 6, 1))
        assert not is_asked(young, "sexual_orientation", birth_date="01/06/2012")
        assert is_asked(young, "sexual_orientation", birth_date="01/06/2010")
        assert is_asked(young, "sexual_orientation")


@pytest.mark.django_db
def test_a_review_of_all_answers_leaves_out_what_is_not_asked(verified: Browser, user: Any) -> None:
    opiate = core_dataset().meaning("substance", "opiate")[0]
    episode = EpisodeFactory(
        client__agency=user.agency, client__sex="M", drinking_days=0, substance_1=opiate
    )
    page = verified.get(reverse("record", args=["episode", episode.pk])).content.decode()
    assert "Drinking days" in page
    for question in ("Pregnant", "Units of alcohol", "(SADQ)"):
        assert question not in page
    Episode.objects.filter(pk=episode.pk).update(alcohol_units=5)
    page = verified.get(reverse("record", args=["episode", episode.pk])).content.decode()
    assert "Units of alcohol" in page


# After an earlier treatment


@pytest.fixture
def returned(user: Any) -> Episode:
    """The first episode of a client, with an intervention that began on 20 January 2026."""
    first: Episode = EpisodeFactory(client__agency=user.agency, software="Other")
    InterventionFactory(episode=first, start_date=datetime.date(2026, 1, 20))
    return first


def second(first: Episode, **answers: str) -> dict[str, str]:
    """What is filled in of a further episode of the client."""
    episode = Episode(agency=first.agency, client=first.client, version=0)
    return known(episode, {"software": "Other", "triage_date": "02/03/2026", **answers})


TREATED = {"previously_treated": "Y"}


@pytest.mark.django_db
def test_a_client_who_comes_again_was_treated_before(returned: Episode) -> None:
    assert second(returned) == TREATED
    assert second(returned, triage_date="") == {}
    assert second(returned, triage_date="21/01/2026") == TREATED
    assert second(returned, previously_treated="N") == {}


@pytest.mark.django_db
def test_only_a_treatment_that_began_before_says_so(returned: Episode) -> None:
    assert second(returned, triage_date="20/01/2026") == {}
    assert known(returned, returned.values()) == {}, "its own intervention"
    stranger = EpisodeFactory(client__agency=returned.agency, software="Other")
    assert second(stranger) == {}
    Intervention.live.update(start_date=None)
    assert second(returned) == {}


@pytest.mark.django_db
@pytest.mark.parametrize("deleted", ["intervention", "episode"])
def test_a_treatment_that_is_deleted_says_nothing(returned: Episode, deleted: str) -> None:
    model = {"intervention": Intervention, "episode": Episode}[deleted]
    model.live.update(deleted_at=timezone.now())
    assert second(returned) == {}


@pytest.mark.django_db
def test_the_page_of_a_further_episode_fills_it_in_and_says_so(
    verified: Browser, returned: Episode
) -> None:
    address = reverse("record-add", args=["episode", returned.client.pk])
    fields = dict.fromkeys(verified.get(address).context["form"].fields, "")
    dates = {"referral_date": "1/3/2026", "triage_date": "2/3/2026"}
    post = fields | dates | {"episode_id": "E9", "then": "client"}
    with time_machine.travel("2026-03-03 09:00", tick=False):
        page = verified.post(address, post, follow=True)
    assert Episode.live.get(episode_id="E9").previously_treated == "Y"
    assert "Previously treated for substance use was filled in: Yes." in page.content.decode()


# Sexual orientation, which rests on an age


@pytest.mark.django_db
def test_what_rests_on_an_age_is_asked_of_a_client_whose_age_is_not_known(user: Any) -> None:
    new = Client(agency=user.agency, version=0)
    assert is_asked(new, "sexual_orientation")
    assert is_asked(new, "sexual_orientation", birth_date="01/02/1985")
    with time_machine.travel("2026-03-03 09:00", tick=False):
        assert is_asked(new, "sexual_orientation", birth_date="03/03/2010")
        assert not is_asked(new, "sexual_orientation", birth_date="04/03/2010")


@pytest.mark.django_db
def test_saving_a_client_whose_episode_is_filled_in_is_no_error(
    verified: Browser, returned: Episode
) -> None:
    """Nor is anything filled in below, in a record that nobody opened."""
    EpisodeFactory(client=returned.client, software="", triage_date=datetime.date(2026, 3, 2))
    before = [(e.version, e.values()) for e in Episode.live.order_by("pk")]
    address = reverse("record-change", args=["client", returned.client.pk, "all"])
    form = OpenForm(verified, address)
    form["sex"] = "F" if returned.client.sex == "M" else "M"
    assert form.send(then="client").status_code == 302
    assert [(e.version, e.values()) for e in Episode.live.order_by("pk")] == before


@pytest.mark.django_db
def test_what_was_filled_in_can_be_undone(user: Any, returned: Episode) -> None:
    later = EpisodeFactory(
        client=returned.client, software="Other", triage_date=datetime.date(2026, 3, 2)
    )
    saved = change_record(user=user, record=later, values={"referral_source": "3"}).record
    assert saved.value("previously_treated") == "Y"
    undone = undo_change(user=user, section="episode", key=later.pk, version=saved.version).record
    assert (undone.value("previously_treated"), undone.value("referral_source")) == ("", "")
