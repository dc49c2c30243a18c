"""Two people on one record: in dispute is what both changed, and nothing is lost."""

import datetime
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client as Browser
from django.urls import reverse

from det.checking import recheck_agency
from det.definition import core_dataset
from det.models import Client, Episode, Finding, Intervention, Record, SubInterventionReview
from det.presenters.words import title
from det.selectors import NotFound
from det.services import change_record, delete_record, restore_record
from det.services.entering import merge
from ndtms.audit.models import AuditEvent
from tests.conftest import sign_in
from tests.factories import (
    ClientFactory,
    EpisodeFactory,
    InterventionFactory,
    SubInterventionReviewFactory,
    UserFactory,
)
from tests.forms import OpenForm, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def colleague(user: Any) -> Any:
    return UserFactory(agency=user.agency, email="colleague@example.org")


def page_of(record: Record, page: str = "all") -> str:
    return reverse("record-change", args=[record.section, record.pk, page])


def told(response: Any) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def events(record: Record) -> list[tuple[str, Any]]:
    found = AuditEvent.objects.filter(record=str(record.pk)).exclude(verb="viewed")
    return [(event.verb, event.detail.get("items")) for event in found.order_by("pk")]


def test_the_same_answer_changed_by_two_is_shown_both_ways_and_nothing_is_lost(
    verified: Browser, user: Any, colleague: Any
) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    form = OpenForm(verified, page_of(episode, "referral"))
    form["software"] = "Second"
    change_record(user=colleague, record=episode, values={"software": "First"})
    late = form.send()
    page = late.content.decode()
    assert late.status_code == 422
    assert "<title>Error: " in page
    assert f"{colleague.email} saved this record" in page
    assert "First" in page
    assert Episode.objects.get().software == "First"
    again = OpenForm(verified, form.address, page)
    assert again["software"] == "Second"
    assert again.send().status_code == 302
    assert Episode.objects.get().software == "Second"


def test_ones_own_save_in_another_window_is_called_so(verified: Browser, user: Any) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    first, second = (OpenForm(verified, page_of(episode, "referral")) for _ in range(2))
    first["software"], second["software"] = "One", "Two"
    first.send()
    assert "You saved this record in another window" in second.send().content.decode()


def test_nobody_is_named_who_did_not_give_the_answer_in_dispute(
    verified: Browser, user: Any, colleague: Any
) -> None:
    """A colleague changed it, and then a third person something else: whose it was is not known any more."""
    episode = EpisodeFactory(client__agency=user.agency)
    form = OpenForm(verified, page_of(episode, "referral"))
    form["software"] = "Mine"
    change_record(user=colleague, record=episode, values={"software": "Theirs"})
    third = UserFactory(agency=user.agency, email="third@example.org")
    change_record(user=third, record=episode, values={"referral_source": "3"})
    page = form.send().content.decode()
    assert "Somebody else saved this record after this page was opened" in page
    assert third.email not in page


def test_an_answer_that_has_ended_and_was_left_alone_does_not_stop_the_save(
    verified: Browser, user: Any, colleague: Any
) -> None:
    """Corby ended in 2021. Whoever opened it and did not touch it has not given it, whatever it is by now."""
    before = {"local_authority": "E07000150", "upper_tier_local_authority": "E10000021"}
    episode = EpisodeFactory(
        client__agency=user.agency, triage_date=datetime.date(2022, 5, 6), **before
    )
    form = OpenForm(verified, page_of(episode, "home"))
    form["accommodation_need"] = "3"
    now = {"local_authority": "E06000061", "upper_tier_local_authority": "E06000061"}
    change_record(user=colleague, record=episode, values=now)
    assert form.send().status_code == 302
    saved = Episode.objects.get()
    assert {field: saved.value(field) for field in now} == now
    assert saved.accommodation_need == "3"


def test_what_is_undone_takes_no_identifier_that_somebody_has_by_now(
    verified: Browser, user: Any
) -> None:
    person = ClientFactory(agency=user.agency, client_id="C-OLD")
    saved = change_record(user=user, record=person, values={"client_id": "C-NEW"}).record
    ClientFactory(agency=user.agency, client_id="C-OLD")
    address = reverse("record-undo", args=["client", person.pk, saved.version])
    page = OpenForm(verified, address).send()
    assert page.status_code == 302
    text = verified.get(page.headers["Location"]).content.decode()
    assert "Nothing was undone. Client C-OLD is already there." in text
    assert Client.objects.get(pk=person.pk).client_id == "C-NEW"


def test_two_pages_of_one_record_never_conflict(
    verified: Browser, user: Any, colleague: Any
) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    form = OpenForm(verified, page_of(episode, "home"))
    form["postcode_district"] = "LS6"
    change_record(user=colleague, record=episode, values={"software": "Other page"})
    assert form.send().status_code == 302
    saved = Episode.objects.get()
    assert (saved.postcode_district, saved.software) == ("LS6", "Other page")


def test_what_one_left_as_it_was_stays_as_the_other_made_it(
    verified: Browser, user: Any, colleague: Any
) -> None:
    intervention = InterventionFactory(episode__client__agency=user.agency)
    form = OpenForm(verified, page_of(intervention))
    form["start_date"] = "14/1/2026"
    change_record(user=colleague, record=intervention, values={"referred_date": "13/01/2026"})
    assert form.send().status_code == 302
    saved = Intervention.objects.get()
    assert saved.value("start_date") == "14/01/2026"
    assert saved.value("referred_date") == "13/01/2026"


def test_an_unchanged_save_changes_nothing_and_is_no_event(
    verified: Browser, user: Any, colleague: Any
) -> None:
    episode = EpisodeFactory(client__agency=user.agency, software="Given")
    mine = OpenForm(verified, page_of(episode, "referral"))
    theirs = OpenForm(sign_in(Browser(), colleague), page_of(episode, "referral"))
    assert mine.send().status_code == 302
    assert events(episode) == []
    assert Episode.objects.get().version == 1
    theirs["software"] = "Changed"
    assert theirs.send().status_code == 302
    assert events(episode) == [("changed", ["software"])]


def test_the_same_change_by_two_is_no_conflict(
    verified: Browser, user: Any, colleague: Any
) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    form = OpenForm(verified, page_of(episode, "referral"))
    form["software"] = "Same"
    change_record(user=colleague, record=episode, values={"software": "Same"})
    assert form.send().status_code == 302
    assert events(episode) == [("changed", ["software"])]


def test_a_form_that_came_back_still_knows_what_it_was_opened_with(
    verified: Browser, user: Any, colleague: Any
) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    form = OpenForm(verified, page_of(episode, "referral"))
    form["software"], form["triage_date"] = "Mine", "31/2/2026"
    change_record(user=colleague, record=episode, values={"software": "Theirs"})
    refused = form.send()
    assert refused.status_code == 422
    again = OpenForm(verified, form.address, refused.content.decode())
    again["triage_date"] = "12/1/2026"
    assert again.send().status_code == 422
    assert Episode.objects.get().software == "Theirs"


def test_after_a_conflict_what_one_never_touched_stays_as_the_other_made_it(
    verified: Browser, user: Any, colleague: Any
) -> None:
    intervention = InterventionFactory(episode__client__agency=user.agency)
    form = OpenForm(verified, page_of(intervention))
    form["start_date"] = "14/1/2026"
    change_record(
        user=colleague,
        record=intervention,
        values={"start_date": "15/01/2026", "referred_date": "13/01/2026"},
    )
    conflict = form.send()
    assert conflict.status_code == 422
    assert OpenForm(verified, form.address, conflict.content.decode()).send().status_code == 302
    saved = Intervention.objects.get()
    assert saved.value("start_date") == "14/01/2026"
    assert saved.value("referred_date") == "13/01/2026"


def test_a_box_that_one_left_alone_does_not_undo_the_others_tick(
    verified: Browser, user: Any, colleague: Any
) -> None:
    review = SubInterventionReviewFactory(episode__client__agency=user.agency)
    groups = core_dataset().groups
    boxes = [
        item
        for item in core_dataset().items_of("sub_intervention_review", user.agency.dataset)
        if groups[item.group].style == "ticks"
    ]
    yes = core_dataset().meaning(boxes[0].reference_list, "yes")[0]
    no = core_dataset().meaning(boxes[0].reference_list, "no")[0]
    form = OpenForm(verified, page_of(review))
    change_record(user=colleague, record=review, values={boxes[0].field: yes})
    assert form.send().status_code == 302
    saved = SubInterventionReview.objects.get()
    assert saved.value(boxes[0].field) == yes
    assert saved.value(boxes[1].field) == no


def discharged(user: Any) -> Episode:
    return EpisodeFactory(
        client__agency=user.agency,
        discharge_date=datetime.date(2026, 5, 1),
        discharge_reason="80",
    )


def discharge(episode: Episode) -> tuple[str, str]:
    saved = Episode.objects.get(pk=episode.pk)
    return saved.value("discharge_date"), saved.value("discharge_reason")


@pytest.mark.parametrize(
    ("field", "typed", "both"),
    [
        ("discharge_reason", "81", ("01/05/2026", "81")),
        ("discharge_date", "2/5/2026", ("02/05/2026", "80")),
    ],
)
def test_a_decision_of_two_answers_that_was_taken_back_is_shown_and_not_refused(
    verified: Browser, user: Any, colleague: Any, field: str, typed: str, both: tuple[str, str]
) -> None:
    """A rule joins the two: neither can be saved without the other, and what I see is both."""
    episode = discharged(user)
    form = OpenForm(verified, page_of(episode, "discharge"))
    form[field] = typed
    change_record(
        user=colleague, record=episode, values={"discharge_date": "", "discharge_reason": ""}
    )
    late = form.send()
    words = words_of(late)
    assert late.status_code == 422
    assert f"{colleague.email} saved this record" in words
    assert "Discharge date Not answered" in words
    assert "Discharge reason Not answered" in words
    assert "is given without" not in words
    assert discharge(episode) == ("", "")
    assert OpenForm(verified, form.address, late.content.decode()).send().status_code == 302
    assert discharge(episode) == both


def test_a_decision_of_two_answers_is_in_dispute_where_each_changed_one(
    verified: Browser, user: Any, colleague: Any
) -> None:
    episode = discharged(user)
    form = OpenForm(verified, page_of(episode, "discharge"))
    form["discharge_reason"] = "81"
    change_record(user=colleague, record=episode, values={"discharge_date": "08/04/2026"})
    late = form.send()
    assert late.status_code == 422
    assert "Discharge date 8 April 2026 1 May 2026" in words_of(late)
    assert discharge(episode) == ("08/04/2026", "80")
    again = OpenForm(verified, form.address, late.content.decode())
    again["discharge_date"] = "8/4/2026"
    assert again.send().status_code == 302
    assert discharge(episode) == ("08/04/2026", "81")


def test_half_a_decision_is_refused_as_i_see_it_whatever_the_other_half_is_by_now(
    verified: Browser, user: Any, colleague: Any
) -> None:
    episode = discharged(user)
    form = OpenForm(verified, page_of(episode, "discharge"))
    form["discharge_reason"] = ""
    change_record(user=colleague, record=episode, values={"discharge_date": "08/04/2026"})
    late = form.send()
    assert late.status_code == 422
    assert "Discharge date is given (1 May 2026) without a discharge reason" in words_of(late)
    assert discharge(episode) == ("08/04/2026", "80")


def test_a_record_that_was_deleted_meanwhile_is_restored_and_saved_by_one_press(
    verified: Browser, user: Any, colleague: Any
) -> None:
    intervention = InterventionFactory(episode__client__agency=user.agency)
    form = OpenForm(verified, page_of(intervention))
    form["start_date"] = "14/1/2026"
    delete_record(user=colleague, record=intervention.episode)
    gone = form.send()
    page = gone.content.decode()
    assert gone.status_code == 422
    assert f"was deleted by {colleague.email}" in page
    again = OpenForm(verified, form.address, page)
    assert again["start_date"] == "14/1/2026"
    assert again.send(restore="yes").status_code == 302
    assert Intervention.live.get().value("start_date") == "14/01/2026"
    assert Episode.live.get() == intervention.episode
    assert ("restored", None) in events(intervention.episode)


@pytest.mark.parametrize("goes", ["client", "episode"])
def test_what_is_restored_by_an_unchanged_save_is_judged(
    verified: Browser, user: Any, colleague: Any, goes: str
) -> None:
    intervention = InterventionFactory(episode__client__agency=user.agency)
    recheck_agency(user.agency)
    before = findings()
    assert before
    form = OpenForm(verified, page_of(intervention))
    episode = intervention.episode
    delete_record(user=colleague, record=episode if goes == "episode" else episode.client)
    gone = OpenForm(verified, form.address, form.send().content.decode())
    assert gone.send(restore="yes").status_code == 302
    assert findings() == before


def findings() -> list[tuple[str, str, str]]:
    return sorted(Finding.objects.values_list("rule", "part", "item"))


def test_two_who_delete_one_record_delete_it_once(user: Any, colleague: Any) -> None:
    intervention = InterventionFactory(episode__client__agency=user.agency)
    delete_record(user=colleague, record=intervention)
    with pytest.raises(NotFound):
        delete_record(user=user, record=Intervention(pk=intervention.pk))
    assert [verb for verb, _ in events(intervention)] == ["deleted"]
    assert Intervention.objects.get().changed_by == colleague.email


@pytest.mark.parametrize("goes", ["client", "episode", "intervention"])
def test_whoever_deletes_what_a_colleague_has_deleted_is_told_and_led_to_it(
    verified: Browser, user: Any, colleague: Any, goes: str
) -> None:
    """Be it the record itself or what it belongs to."""
    intervention = InterventionFactory(episode__client__agency=user.agency)
    form = OpenForm(verified, reverse("record-delete", args=["intervention", intervention.pk]))
    episode = intervention.episode
    gone = {"client": episode.client, "episode": episode, "intervention": intervention}[goes]
    delete_record(user=colleague, record=gone)
    response = form.send()
    assert f"{title(gone)} was deleted on" in told(response)
    assert f"by {colleague.email} already" in told(response)
    page = verified.get(response.headers["Location"]).content.decode()
    assert reverse("record-restore", args=[goes, gone.pk]) in page
    assert [verb for verb, _ in events(gone)] == ["deleted"]


def test_nothing_goes_of_which_the_page_did_not_say_so(
    verified: Browser, user: Any, colleague: Any
) -> None:
    intervention = InterventionFactory(episode__client__agency=user.agency)
    episode = intervention.episode
    address = reverse("record-delete", args=["episode", episode.pk])
    form = OpenForm(verified, address)
    added = InterventionFactory(episode=episode)
    assert form.send().headers["Location"] == address
    page = verified.get(address)
    assert "Nothing was deleted. This is what would go now." in words_of(page)
    assert "With it go: 2 interventions" in words_of(page)
    assert Episode.live.get() == episode
    delete_record(user=colleague, record=added)
    again = OpenForm(verified, address, page.content.decode())
    assert "Nothing was deleted" in words_of(verified.get(again.send().headers["Location"]))
    assert OpenForm(verified, address).send().status_code == 302
    assert not Episode.live.exists()


def test_whoever_restores_what_a_colleague_has_restored_is_told_and_led_to_it(
    verified: Browser, user: Any, colleague: Any
) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    delete_record(user=user, record=episode)
    form = OpenForm(verified, reverse("client", args=[episode.client.pk]))
    form.address = reverse("record-restore", args=["episode", episode.pk])
    restore_record(user=colleague, section="episode", key=episode.pk)
    response = form.send()
    assert f"{title(episode)} is there again already" in told(response)
    assert response.headers["Location"] == reverse("client", args=[episode.client.pk])
    assert [verb for verb, _ in events(episode)] == ["deleted", "restored"]
    delete_record(user=colleague, record=episode.client)
    response = verified.post(form.address)
    assert f"it belongs to {title(episode.client)}, which was deleted on" in told(response)


def test_a_restore_that_is_refused_is_offered_again(
    verified: Browser, user: Any, colleague: Any
) -> None:
    """Nothing is restored without what was typed; the page that comes back still has the button."""
    episode = EpisodeFactory(client__agency=user.agency)
    form = OpenForm(verified, page_of(episode, "referral"))
    form["software"] = "Mine"
    change_record(user=colleague, record=episode, values={"software": "Theirs"})
    delete_record(user=colleague, record=episode)
    gone = OpenForm(verified, form.address, form.send().content.decode())
    disputed = gone.send(restore="yes")
    page = disputed.content.decode()
    assert disputed.status_code == 422
    assert "Theirs" in page
    assert not Episode.live.exists()
    assert 'name="restore" value="yes"' in page
    assert OpenForm(verified, form.address, page).send(restore="yes").status_code == 302
    assert Episode.live.get().software == "Mine"


def test_adding_to_what_was_deleted_meanwhile_restores_it_or_adds_nothing(
    verified: Browser, user: Any, colleague: Any
) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    form = OpenForm(verified, reverse("record-add", args=["intervention", episode.pk]))
    delete_record(user=colleague, record=episode.client)
    gone = form.send()
    assert gone.status_code == 422
    assert not Intervention.objects.exists()
    again = OpenForm(verified, form.address, gone.content.decode())
    assert again.send(restore="yes").status_code == 302
    assert Intervention.live.count() == Client.live.count() == 1


def test_what_was_deleted_before_it_was_opened_is_not_found(verified: Browser, user: Any) -> None:
    intervention = InterventionFactory(episode__client__agency=user.agency)
    delete_record(user=user, record=intervention)
    assert verified.get(page_of(intervention)).status_code == 404


@pytest.mark.parametrize(
    ("opened", "typed", "now", "changed", "disputed"),
    [
        ("a", "a", "a", None, False),
        ("a", "b", "a", "b", False),
        ("a", "a", "b", None, False),
        ("a", "b", "b", None, False),
        ("a", "b", "c", None, True),
        ("a", "", "a", "", False),
        ("a", "", "b", None, True),
        ("", "b", "c", None, True),
        (None, "b", "c", None, True),
        (None, "", "c", None, True),
        (None, "b", "b", None, False),
    ],
)
def test_three_ways(
    user: Any, opened: str | None, typed: str, now: str, changed: str | None, disputed: bool
) -> None:
    episode = EpisodeFactory(client__agency=user.agency, software=now)
    base = {} if opened is None else {"software": opened}
    assert merge(episode, {"software": typed}, base) == (
        {} if changed is None else {"software": changed},
        ["software"] if disputed else [],
    )
