"""Groups that go with a kind of record are folded while an episode has only others; nothing in them is out of reach."""

import re
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from det.definition import core_dataset
from det.folding import hardly_needed
from det.models import Episode, Intervention, Record, new_record
from det.pages import pages_of
from tests.factories import EpisodeFactory, InterventionFactory, SubInterventionReviewFactory

pytestmark = pytest.mark.django_db
MEDICINES = {group.id for group in core_dataset().groups.values() if group.goes_with}
KINDS = core_dataset().lists["intervention_type"]
PHARMACOLOGICAL, PSYCHOSOCIAL, RECOVERY = (
    KINDS.meaning(name)[0] for name in ("pharmacological", "psychosocial", "recovery_support")
)


@pytest.fixture
def episode(user: Any) -> Episode:
    made: Episode = EpisodeFactory(client__agency=user.agency)
    return made


def folded(record: Record, *told: str) -> set[str]:
    (page,) = pages_of(record.section, record.agency.dataset)
    return hardly_needed(page, record, told)


def review_of(episode: Episode) -> Record:
    return new_record(episode.agency, "sub_intervention_review", episode)


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ([], set()),
        ([""], set()),
        ([PSYCHOSOCIAL], MEDICINES),
        ([PSYCHOSOCIAL, RECOVERY], MEDICINES),
        ([PSYCHOSOCIAL, PHARMACOLOGICAL], set()),
        ([PHARMACOLOGICAL], set()),
    ],
)
def test_medicines_are_folded_of_an_episode_without_pharmacological_interventions(
    episode: Episode, kinds: list[str], expected: set[str]
) -> None:
    for kind in kinds:
        InterventionFactory(episode=episode, intervention_type=kind)
    elsewhere = EpisodeFactory(client=episode.client)
    InterventionFactory(episode=elsewhere, intervention_type=PHARMACOLOGICAL)
    assert folded(review_of(episode)) == expected
    assert len(MEDICINES) == 6


def test_an_intervention_that_is_deleted_does_not_count(episode: Episode) -> None:
    InterventionFactory(episode=episode, intervention_type=PSYCHOSOCIAL)
    gone = InterventionFactory(episode=episode, intervention_type=PHARMACOLOGICAL)
    assert folded(review_of(episode)) == set()
    Intervention.live.filter(pk=gone.pk).update(deleted_at=gone.changed_at)
    assert folded(review_of(episode)) == MEDICINES


def test_the_interventions_are_looked_up_once(
    episode: Episode, django_assert_num_queries: Any
) -> None:
    review = review_of(episode)
    with django_assert_num_queries(1):
        folded(review)


def test_a_group_with_an_answer_or_a_message_is_open(episode: Episode) -> None:
    InterventionFactory(episode=episode, intervention_type=PSYCHOSOCIAL)
    review = SubInterventionReviewFactory(
        episode=episode, methadone_maintenance="Y", acamprosate="N", methadone_dose=40
    )
    assert MEDICINES - folded(review) == {"opioid_medicines", "opioid_doses"}
    assert "alcohol_medicines" not in folded(review, "acamprosate")


def test_records_of_other_lists_are_never_folded(episode: Episode) -> None:
    InterventionFactory(episode=episode, intervention_type=PSYCHOSOCIAL)
    for section in core_dataset().children:
        if section != "sub_intervention_review":
            assert folded(new_record(episode.agency, section, episode)) == set()


def test_the_page_folds_them_under_their_headings_and_posts_them_all_the_same(
    verified: Browser, episode: Episode
) -> None:
    InterventionFactory(episode=episode, intervention_type=PSYCHOSOCIAL)
    address = reverse("record-add", args=["sub_intervention_review", episode.pk])
    page = verified.get(address).content.decode()
    headings = re.findall(r"<summary.*?summary-text\">(.*?)</span>", page, flags=re.DOTALL)
    titles = {core_dataset().groups[name].title for name in MEDICINES}
    assert titles <= set(headings)
    assert 'name="methadone_maintenance"' in page
    assert not re.search(r"<details[^>]* open", page)


def test_a_page_that_comes_back_is_open(verified: Browser, episode: Episode) -> None:
    InterventionFactory(episode=episode, intervention_type=PSYCHOSOCIAL)
    address = reverse("record-add", args=["sub_intervention_review", episode.pk])
    drawn = verified.get(address)
    answers = dict.fromkeys(drawn.context["form"].fields, "") | {"review_date": "yesterday or so"}
    sent = verified.post(address, answers)
    assert sent.status_code == 422
    title = core_dataset().groups["opioid_medicines"].title
    for page, is_folded in ((drawn, True), (sent, False)):
        found = re.findall(r'summary-text">(.*?)</span>', page.content.decode())
        assert (title in found) is is_folded
