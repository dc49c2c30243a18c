"""What the tool knows it does not ask: it fills in the answer, says so, and lets it be changed."""

import datetime
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from det import TOOL
from det.definition import core_dataset
from det.known import known
from det.models import Episode, Finding
from det.services import change_record
from tests.factories import AgencyFactory, EpisodeFactory

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
        version=1,
        software="Other",
        local_authority=LEEDS,
        upper_tier_local_authority=LEEDS,
    )
    moved = episode.values() | {"local_authority": CORBY}
    assert known(episode, moved) == {"upper_tier_local_authority": NORTHAMPTONSHIRE}
    told = moved | {"upper_tier_local_authority": "E10000012"}
    assert known(episode, told) == {}
    unknown = episode.values() | {"local_authority": ""}
    assert known(episode, unknown) == {}


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
        version=1,
    )
    missed = set(Finding.objects.filter(record=episode.pk).values_list("item", flat=True))
    assert "episode.upper_tier_local_authority" not in missed
    assert "episode.children_living_with_client" not in missed
    assert "episode.postcode_district" in missed
    assert episode.triage_date == datetime.date(2026, 1, 12)
