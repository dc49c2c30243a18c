"""An answer that is not asked any more is set aside: not judged, not sent, and back when it is asked again."""

import datetime
from functools import partial
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client as Browser
from django.urls import reverse

from det.definition import core_dataset
from det.frames import records_of
from det.models import Client, Episode, Finding, Record
from det.presenters.words import title
from det.services import change_record, delete_record, restore_record
from tests.factories import ClientFactory, EpisodeFactory, UserFactory
from tests.forms import OpenForm

pytestmark = pytest.mark.django_db


def code(reference_list: str, meaning: str) -> str:
    return core_dataset().meaning(reference_list, meaning)[0]


def page_of(record: Record, page: str = "all") -> str:
    return reverse("record-change", args=[record.section, record.pk, page])


def told(response: Any) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


@pytest.fixture
def episode(user: Any) -> Episode:
    return EpisodeFactory(
        client__agency=user.agency,
        mental_health_need=code("mental_health_need", "yes"),
        mental_health_treatment="1",
    )


def test_a_wrong_answer_costs_no_other_answer(verified: Browser, episode: Episode) -> None:
    address = page_of(episode, "mental_health")
    form = OpenForm(verified, address)
    form["mental_health_need"] = code("mental_health_need", "no")
    said = told(form.send())
    question = core_dataset().by_name["episode.mental_health_treatment"].question
    assert question in said
    assert "set aside" in said
    assert "Undo" in said
    saved = Episode.objects.get()
    assert saved.mental_health_treatment == ""
    assert saved.set_aside == {"mental_health_treatment": "1"}
    frame = records_of(saved.agency)["episode"]
    assert frame["mental_health_treatment"].to_list() == [None]
    again = OpenForm(verified, address)
    again["mental_health_need"] = code("mental_health_need", "yes")
    assert "back" in told(again.send())
    saved = Episode.objects.get()
    assert (saved.mental_health_treatment, saved.set_aside) == ("1", {})


def test_a_wrong_birth_date_costs_no_other_answer(verified: Browser, user: Any) -> None:
    person = ClientFactory(
        agency=user.agency, birth_date=datetime.date(1985, 6, 15), sexual_orientation="1"
    )
    EpisodeFactory(client=person)
    for day, kept in (("15/6/2015", ""), ("15/6/1985", "1")):
        form = OpenForm(verified, page_of(person))
        form["birth_date"] = day
        assert form.send().status_code == 302
        assert Client.objects.get().sexual_orientation == kept
    assert Client.objects.get().set_aside == {}


def test_a_chain_of_answers_comes_back_whole(user: Any) -> None:
    none = code("disability", "none")
    special = core_dataset().meaning("disability", "none", "declined")
    codes = [c for c in core_dataset().lists["disability"].codes if c not in special]
    person = ClientFactory(
        agency=user.agency, disability_1=codes[0], disability_2=codes[1], disability_3=codes[2]
    )
    change_record(user=user, record=person, values={"disability_1": none})
    assert Client.objects.get().value("disability_3") == ""
    change_record(user=user, record=person, values={"disability_1": codes[3]})
    saved = Client.objects.get()
    assert [saved.value(f"disability_{n}") for n in (1, 2, 3)] == [codes[3], codes[1], codes[2]]


def test_answers_of_the_records_below_are_set_aside_and_come_back_too(user: Any) -> None:
    male, female = code("sex", "male"), "F"
    item = core_dataset().by_name["episode.pregnant"]
    yes = next(iter(core_dataset().lists[item.reference_list].codes))
    episode = EpisodeFactory(client__agency=user.agency, client__sex=female, pregnant=yes)
    saved = change_record(user=user, record=episode.client, values={"sex": male})
    assert [i.field for i in saved.arranged.set_aside] == ["pregnant"]
    assert Episode.objects.get().pregnant == ""
    saved = change_record(user=user, record=episode.client, values={"sex": female})
    assert [i.field for i in saved.arranged.back] == ["pregnant"]
    assert Episode.objects.get().pregnant == yes


def test_a_triage_date_that_makes_somebody_too_young_costs_no_answer(user: Any) -> None:
    person = ClientFactory(
        agency=user.agency, birth_date=datetime.date(2009, 1, 1), sexual_orientation="1"
    )
    episode = EpisodeFactory(client=person)
    change_record(user=user, record=episode, values={"triage_date": "12/01/2020"})
    assert Client.objects.get().sexual_orientation == ""
    change_record(user=user, record=episode, values={"triage_date": "12/01/2026"})
    assert Client.objects.get().sexual_orientation == "1"


def test_what_comes_back_is_asked_what_is_asked_by_then(verified: Browser, user: Any) -> None:
    """An answer of an episode is set aside when the episode comes back to a client who is male by now."""
    yes = code("yes_no_yn", "yes")
    episode = EpisodeFactory(client__agency=user.agency, client__sex="F", pregnant=yes)
    delete_record(user=user, record=episode)
    change_record(user=user, record=episode.client, values={"sex": "M"})
    said = told(verified.post(reverse("record-restore", args=["episode", episode.pk])))
    question = core_dataset().by_name["episode.pregnant"].question
    assert f"“{question}” is not asked any more and is set aside." in said
    saved = Episode.objects.get()
    assert (saved.pregnant, saved.set_aside) == ("", {"pregnant": yes})
    found = Finding.objects.filter(client=episode.client, item="episode.pregnant")
    assert list(found) == []


def test_a_client_and_all_below_come_back_as_they_were(user: Any) -> None:
    yes = code("yes_no_yn", "yes")
    episode = EpisodeFactory(client__agency=user.agency, client__sex="F", pregnant=yes)
    before = [(r.version, r.values()) for r in (Client.objects.get(), Episode.objects.get())]
    delete_record(user=user, record=episode.client)
    restore_record(user=user, section="client", key=episode.client.pk)
    after = [(r.version, r.values()) for r in (Client.objects.get(), Episode.objects.get())]
    assert after == before


def test_deleting_the_episode_that_made_somebody_old_enough_sets_an_answer_aside(
    verified: Browser, user: Any
) -> None:
    person = ClientFactory(
        agency=user.agency, birth_date=datetime.date(2010, 6, 1), sexual_orientation="1"
    )
    EpisodeFactory(client=person, triage_date=datetime.date(2026, 1, 12))
    later = EpisodeFactory(client=person, triage_date=datetime.date(2026, 7, 2))
    address = reverse("record-delete", args=["episode", later.pk])
    said = told(OpenForm(verified, address).send())
    assert "“Sexual orientation” is not asked any more and is set aside." in said
    assert Client.objects.get().sexual_orientation == ""
    assert not Finding.objects.filter(item="client.sexual_orientation").exists()
    said = told(verified.post(reverse("record-restore", args=["episode", later.pk])))
    assert "“Sexual orientation” is asked again and is back." in said
    assert Client.objects.get().sexual_orientation == "1"


def test_what_is_restored_and_saved_by_one_press_keeps_what_follows(
    verified: Browser, user: Any
) -> None:
    """The form was opened before the episode was deleted and the client became male."""
    yes = code("yes_no_yn", "yes")
    episode = EpisodeFactory(client__agency=user.agency, client__sex="F", pregnant=yes)
    form = OpenForm(verified, page_of(episode, "referral"))
    form["software"] = "Mine"
    delete_record(user=user, record=episode)
    change_record(user=user, record=episode.client, values={"sex": "M"})
    gone = OpenForm(verified, form.address, form.send().content.decode())
    assert gone.send(restore="yes").status_code == 302
    saved = Episode.live.get()
    assert (saved.software, saved.pregnant, saved.set_aside) == ("Mine", "", {"pregnant": yes})


def test_an_answer_set_aside_can_be_taken_away_for_good(
    verified: Browser, episode: Episode
) -> None:
    address = page_of(episode, "mental_health")
    form = OpenForm(verified, address)
    form["mental_health_need"] = code("mental_health_need", "no")
    form.send()
    form = OpenForm(verified, address)
    assert form["mental_health_treatment"] == "1"
    form["mental_health_treatment"] = ""
    form.send()
    assert Episode.objects.get().set_aside == {}


def test_the_change_can_be_undone_from_the_message(verified: Browser, episode: Episode) -> None:
    form = OpenForm(verified, page_of(episode, "mental_health"))
    form["mental_health_need"] = code("mental_health_need", "no")
    form.send()
    undo = reverse("record-undo", args=["episode", episode.pk, 2])
    asked = verified.get(undo)
    assert asked.status_code == 200
    assert Episode.objects.get().mental_health_treatment == ""
    verified.post(undo)
    saved = Episode.objects.get()
    assert saved.mental_health_need == code("mental_health_need", "yes")
    assert (saved.mental_health_treatment, saved.set_aside) == ("1", {})


def test_what_was_saved_again_is_not_undone(verified: Browser, user: Any, episode: Episode) -> None:
    change_record(user=user, record=episode, values={"software": "One"})
    change_record(user=user, record=episode, values={"software": "Two"})
    for send in (verified.get, verified.post):
        response = send(reverse("record-undo", args=["episode", episode.pk, 2]))
        assert "Nothing was undone" in told(response)
    assert Episode.objects.get().software == "Two"


def test_what_was_never_changed_is_not_said_to_be_saved_again(
    verified: Browser, episode: Episode
) -> None:
    for send in (verified.get, verified.post):
        said = told(send(reverse("record-undo", args=["episode", episode.pk, 1])))
        assert "has not been changed. There is nothing to undo." in said
        assert "saved again" not in said


def test_what_was_added_offers_no_undo(verified: Browser, user: Any) -> None:
    """An answer of the client is set aside, and is back when the episode is deleted."""
    person = ClientFactory(
        agency=user.agency, birth_date=datetime.date(2009, 1, 1), sexual_orientation="1"
    )
    form = OpenForm(verified, reverse("record-add", args=["episode", person.pk]))
    form["triage_date"] = "12/1/2020"
    said = told(form.send())
    assert "“Sexual orientation” is not asked any more and is set aside." in said
    assert "Undo" not in said
    assert Client.objects.get().sexual_orientation == ""


def test_what_was_only_restored_offers_no_undo_and_is_not_said_to_be_undone(
    verified: Browser, user: Any
) -> None:
    yes = code("yes_no_yn", "yes")
    about = {"client__agency": user.agency, "client__sex": "F", "software": "Given"}
    episode = EpisodeFactory(pregnant=yes, **about)
    form = OpenForm(verified, page_of(episode, "referral"))
    delete_record(user=user, record=episode)
    change_record(user=user, record=episode.client, values={"sex": "M"})
    said = told(form.send(restore="yes"))
    question = core_dataset().by_name["episode.pregnant"].question
    aside = f"“{question}” is not asked any more and is set aside."
    assert "nothing has changed" in said
    assert aside in said
    assert "Undo" not in said
    version = Episode.live.get().version
    verified.get(reverse("client", args=[episode.client.pk]))
    said = told(verified.post(reverse("record-undo", args=["episode", episode.pk, version])))
    assert "Nothing has changed: whether this is asked follows from other answers." in said
    assert "undone" not in said
    saved = Episode.objects.get()
    assert (saved.version, saved.pregnant) == (version, "")
    assert saved.set_aside == {"pregnant": yes}


def test_what_restoring_has_set_aside_is_not_said_to_come_back_with_an_undo(
    verified: Browser, user: Any
) -> None:
    """What was typed can be undone, but the answer stays aside."""
    yes = code("yes_no_yn", "yes")
    episode = EpisodeFactory(client__agency=user.agency, client__sex="F", pregnant=yes)
    form = OpenForm(verified, page_of(episode, "referral"))
    form["software"] = "Mine"
    delete_record(user=user, record=episode)
    change_record(user=user, record=episode.client, values={"sex": "M"})
    said = told(form.send(restore="yes"))
    assert "is not asked any more and is set aside." in said
    assert "Undo" not in said
    assert Episode.live.get().software == "Mine"


def test_an_undo_that_sets_an_answer_aside_says_so_and_has_a_way_back(
    verified: Browser, user: Any
) -> None:
    yes = code("yes_no_yn", "yes")
    episode = EpisodeFactory(client__agency=user.agency, client__sex="M")
    colleague = UserFactory(agency=user.agency)
    person = change_record(user=user, record=episode.client, values={"sex": "F"}).record
    change_record(user=colleague, record=episode, values={"pregnant": yes})
    form = OpenForm(verified, reverse("record-undo", args=["client", person.pk, person.version]))
    said = told(form.send())
    question = core_dataset().by_name["episode.pregnant"].question
    assert f"The change is undone. “{question}” is not asked any more and is set aside." in said
    assert Episode.objects.get().set_aside == {"pregnant": yes}
    again = reverse("record-undo", args=["client", person.pk, person.version + 1])
    assert f'href="{again}"' in said
    said = told(OpenForm(verified, again).send())
    assert said == f"The change is undone. “{question}” is asked again and is back."
    assert Episode.objects.get().pregnant == yes


@pytest.mark.parametrize("goes", ["episode", "client"])
def test_an_undo_of_what_was_deleted_meanwhile_leads_to_where_it_is_restored(
    verified: Browser, user: Any, episode: Episode, goes: str
) -> None:
    colleague = UserFactory(agency=user.agency, email="colleague@example.org")
    change_record(user=user, record=episode, values={"software": "One"})
    form = OpenForm(verified, reverse("record-undo", args=["episode", episode.pk, 2]))
    gone = {"episode": episode, "client": episode.client}[goes]
    delete_record(user=colleague, record=gone)
    where = {
        "episode": reverse("client", args=[episode.client.pk]),
        "client": reverse("client-list"),
    }
    for send in (form.send, partial(verified.get, form.address)):
        response: Any = send()
        assert response.status_code == 302
        assert response.url == where[goes]
        page = verified.get(response.url).content.decode()
        assert f"Nothing was undone. {title(gone)} was deleted on" in page
        assert f"by {colleague.email}: restore it" in page
        assert reverse("record-restore", args=[goes, gone.pk]) in page
    assert Episode.objects.get().software == "One"


def test_only_a_record_of_the_own_agency_is_undone(verified: Browser) -> None:
    theirs = EpisodeFactory()
    change_record(user=UserFactory(agency=theirs.agency), record=theirs, values={"software": "A"})
    address = reverse("record-undo", args=["episode", theirs.pk, 2])
    assert verified.get(address).status_code == verified.post(address).status_code == 404
    assert Episode.objects.get().software == "A"


def test_a_page_that_nobody_has_saved_is_quiet_about_blanks(verified: Browser, user: Any) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    change_record(user=user, record=episode, values={"software": "Judged"})
    address = page_of(episode, "home")
    blank = Finding.objects.get(item="episode.accommodation_need").message
    page = verified.get(address).content.decode()
    assert blank not in page
    assert "<title>Error" not in page
    assert blank in verified.get(f"{address}?from=fix").content.decode()
    assert OpenForm(verified, address).send().status_code == 302
    assert blank in verified.get(address).content.decode()


def test_a_returned_page_says_nothing_of_a_field_that_is_filled_now(
    verified: Browser, user: Any
) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    change_record(user=user, record=episode, values={"software": "Judged"})
    address = page_of(episode, "home")
    OpenForm(verified, address).send()
    blank = Finding.objects.get(item="episode.accommodation_need").message
    form = OpenForm(verified, address)
    assert blank in verified.get(address).content.decode()
    form["accommodation_need"], form["postcode_district"] = "1", "not a postcode"
    refused = form.send()
    assert refused.status_code == 422
    assert blank not in refused.content.decode()


def test_after_a_save_there_is_one_banner(verified: Browser, episode: Episode) -> None:
    form = OpenForm(verified, page_of(episode, "mental_health"))
    form["mental_health_need"] = code("mental_health_need", "no")
    response = form.send()
    page = verified.get(response.headers["Location"]).content.decode()
    assert (
        page.count('class="govuk-notification-banner ')
        + page.count('class="govuk-notification-banner"')
        == 1
    )


def test_a_save_that_brings_up_an_error_says_so_once_and_not_in_green(
    verified: Browser, user: Any
) -> None:
    episode = EpisodeFactory(client__agency=user.agency, software="Given")
    form = OpenForm(verified, page_of(episode, "referral"))
    form["referral_date"] = "13/1/2026"
    response = form.send()
    page = verified.get(response.headers["Location"]).content.decode()
    assert "Saved, with 1 error" in page
    assert "govuk-notification-banner" not in page
