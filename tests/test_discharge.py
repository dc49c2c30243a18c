"""A discharge offers to end the interventions that it leaves open."""

import datetime
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from det.answers import shown
from det.definition import core_dataset
from det.models import Episode, Finding, Intervention
from det.presenters.records import Difference
from det.presenters.words import title
from det.services import change_record, delete_record
from det.tickets import FIELD, Ticket
from tests.conftest import sign_in
from tests.factories import EpisodeFactory, InterventionFactory, UserFactory
from tests.forms import OpenForm
from tests.test_belonging import end_session

pytestmark = pytest.mark.django_db

DAY = datetime.date


@pytest.fixture
def colleague(user: Any) -> Any:
    return UserFactory(agency=user.agency, email="colleague@example.org")


def discharge_address(episode: Episode) -> str:
    return reverse("record-change", args=["episode", episode.pk, "discharge"])


def save_discharge(browser: Browser, episode: Episode, on: str) -> Any:
    address = discharge_address(episode)
    form = browser.get(address).context["form"]
    post = dict.fromkeys(form.fields, "")
    reason = {"discharge_date": on, "discharge_reason": "85"} if on else {}
    return browser.post(address, post | reason)


def in_treatment(user: Any, **about: Any) -> tuple[Episode, Intervention, Intervention]:
    episode = EpisodeFactory(client__agency=user.agency, **about)
    first, second = (
        InterventionFactory(episode=episode, intervention_type=kind, start_date=DAY(2026, 2, day))
        for kind, day in (("94", 2), ("95", 9))
    )
    InterventionFactory(episode=episode, intervention_type="96")
    return episode, first, second


def discharged(user: Any) -> tuple[Episode, Intervention, Intervention]:
    return in_treatment(user, discharge_date=DAY(2026, 5, 1), discharge_reason="85")


def fields(**answers: Any) -> dict[str, Any]:
    """What the page posts: name of the field and the intervention -> answer."""
    return {f"{name}_{one.pk.hex}": text for name, pairs in answers.items() for one, text in pairs}


def end_address(episode: Episode) -> str:
    return reverse("episode-end", args=[episode.pk])


def test_saving_a_discharge_leads_to_what_is_still_open(verified: Browser, user: Any) -> None:
    episode, first, second = in_treatment(user)
    response = save_discharge(verified, episode, "1/5/2026")
    assert response.url == end_address(episode)
    page = verified.get(end_address(episode)).content.decode()
    assert "Pharmacological intervention, started 2 February 2026" in page
    assert "Psychosocial intervention, started 9 February 2026" in page
    assert "Recovery support" not in page
    assert page.count('value="01/05/2026"') == 2
    assert first.end_date is second.end_date is None


def test_without_a_discharge_nothing_is_offered(verified: Browser, user: Any) -> None:
    episode, _, _ = in_treatment(user)
    assert "/end/" not in save_discharge(verified, episode, "").url
    assert verified.get(end_address(episode)).status_code == 302


def test_one_press_ends_them(verified: Browser, user: Any) -> None:
    episode, first, second = discharged(user)
    post = fields(
        end_date=[(first, "01/05/2026"), (second, "30 Apr 2026")],
        exit_status=[(first, "A"), (second, "B")],
    )
    page = verified.post(end_address(episode), post, follow=True).content.decode()
    assert "2 interventions ended." in page
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.end_date, first.exit_status) == (DAY(2026, 5, 1), "A")
    assert (second.end_date, second.exit_status) == (DAY(2026, 4, 30), "B")
    assert not Finding.objects.filter(rule="NQ096").exists()


def test_an_end_before_the_start_is_saved_and_told_where_the_eye_is(
    verified: Browser, user: Any
) -> None:
    episode, first, _ = discharged(user)
    post = fields(end_date=[(first, "1/5/2025")], exit_status=[(first, "A")])
    response = verified.post(end_address(episode), post)
    assert response.url == reverse("client", args=[episode.client.pk])
    page = verified.get(response.url).content.decode()
    assert "1 intervention ended. Saved, with 1 error to look at." in page


def test_one_without_an_exit_status_stays_open(verified: Browser, user: Any) -> None:
    episode, first, second = discharged(user)
    post = fields(
        end_date=[(first, "01/05/2026"), (second, "01/05/2026")],
        exit_status=[(first, "A"), (second, "")],
    )
    verified.post(end_address(episode), post)
    second.refresh_from_db()
    assert (second.end_date, second.exit_status) == (None, "")
    assert "started 9 February 2026" in verified.get(end_address(episode)).content.decode()


@pytest.mark.parametrize(
    ("date", "status", "words"),
    [
        ("31/4/2026", "B", "31/4/2026 is not a date"),
        ("Thursday 1/5/2026", "B", "1 May 2026 is a Friday, not a Thursday"),
        ("", "B", "Enter the end date, or take the status back."),
        ("1/5/2026", "W", "W is not one of the answers"),
    ],
)
def test_what_cannot_be_saved_saves_nothing_and_keeps_what_was_typed(
    verified: Browser, user: Any, date: str, status: str, words: str
) -> None:
    episode, first, second = discharged(user)
    post = fields(
        end_date=[(first, "2/5/2026"), (second, date)],
        exit_status=[(first, "A"), (second, status)],
    )
    response = verified.post(end_address(episode), post)
    assert response.status_code == 422
    page = response.content.decode()
    assert words in page
    assert ("Enter the end date" in page) is (date == "")
    assert 'value="2/5/2026"' in page
    first.refresh_from_db()
    assert first.end_date is None


def opened(browser: Browser, episode: Episode, **answers: Any) -> OpenForm:
    """The page as a person opened it, with what they typed."""
    form = OpenForm(browser, end_address(episode))
    for name, text in fields(**answers).items():
        form[name] = text
    return form


def ending(one: Intervention) -> tuple[Any, str]:
    saved = Intervention.objects.get(pk=one.pk)
    return saved.end_date, saved.exit_status


OPEN = (None, "")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("30/4/2026", "Choose the exit status as well."),
        ("31/4/2026", "Intervention end date: 31/4/2026 is not a date"),
    ],
)
def test_a_date_without_an_exit_status_comes_back_and_names_the_intervention(
    verified: Browser, user: Any, typed: str, words: str
) -> None:
    episode, first, second = discharged(user)
    form = opened(verified, episode, exit_status=[(first, "A")], end_date=[(second, typed)])
    response = form.send()
    assert response.status_code == 422
    page = response.content.decode()
    assert f"Psychosocial intervention, started 9 February 2026: {words}" in page
    assert f'value="{typed}"' in page
    assert ending(first) == OPEN


@pytest.mark.parametrize("date", ["", "1/5/2026"])
def test_a_date_that_is_the_one_filled_in_or_none_needs_no_exit_status(
    verified: Browser, user: Any, date: str
) -> None:
    episode, first, second = discharged(user)
    form = opened(verified, episode, exit_status=[(first, "A")], end_date=[(second, date)])
    assert "1 intervention ended." in follow(form)
    assert ending(second) == OPEN


def follow(form: OpenForm, **more: str) -> str:
    """The page to which a save leads."""
    response = form.send(**more)
    assert response.status_code == 302
    return str(form.browser.get(response.url).content.decode())


def test_nothing_chosen_ends_nothing_and_is_no_success(verified: Browser, user: Any) -> None:
    episode, first, _ = discharged(user)
    page = follow(opened(verified, episode))
    assert "No intervention was ended." in page
    assert "govuk-notification-banner--success" not in page
    assert ending(first) == OPEN


@pytest.mark.parametrize("goes", ["episode", "client"])
def test_nothing_chosen_of_what_was_deleted_meanwhile_leads_to_where_it_is_restored(
    verified: Browser, user: Any, colleague: Any, goes: str
) -> None:
    episode, _, _ = discharged(user)
    form = opened(verified, episode)
    gone = {"episode": episode, "client": episode.client}[goes]
    delete_record(user=colleague, record=gone)
    page = follow(form)
    assert "No intervention was ended." in page
    assert f"by {colleague.email}: restore it" in page
    assert f"{title(gone)} was deleted" in page


def test_other_answers_of_somebody_else_meanwhile_are_told_beside_mine(
    verified: Browser, user: Any, colleague: Any
) -> None:
    episode, first, second = discharged(user)
    form = opened(
        verified,
        episode,
        end_date=[(second, "30/4/2026")],
        exit_status=[(first, "A"), (second, "A")],
    )
    theirs = {"end_date": "03/05/2026", "exit_status": "B"}
    change_record(user=colleague, record=second, values=theirs)
    response = form.send()
    page = response.content.decode()
    assert response.status_code == 422
    assert "<title>Error: " in page
    started = "Psychosocial intervention, started 9 February 2026"
    assert f"{colleague.email} saved “{started}”" in page
    assert response.context["conflicts"][0]["differences"] == [
        Difference("Intervention end date", "3 May 2026", "30 April 2026"),
        Difference("Intervention exit status", *(answer_in_words(code) for code in "BA")),
    ]
    assert len(response.context["conflicts"]) == 1
    assert (ending(first), ending(second)) == (OPEN, (DAY(2026, 5, 3), "B"))
    again = OpenForm(verified, form.address, page)
    assert again[f"end_date_{second.pk.hex}"] == "30/4/2026"
    assert "2 interventions ended." in follow(again)
    assert (ending(first), ending(second)) == ((DAY(2026, 5, 1), "A"), (DAY(2026, 4, 30), "A"))


def answer_in_words(code: str) -> str:
    return shown(core_dataset().by_name["intervention.exit_status"], code)


def test_each_that_somebody_else_has_ended_otherwise_is_told_at_once(
    verified: Browser, user: Any, colleague: Any
) -> None:
    episode, first, second = discharged(user)
    form = opened(verified, episode, exit_status=[(first, "A"), (second, "A")])
    for one in (first, second):
        values = {"end_date": "01/05/2026", "exit_status": "B"}
        change_record(user=colleague, record=one, values=values)
    response = form.send()
    told = response.context["conflicts"]
    assert [[d.question for d in one["differences"]] for one in told] == [
        ["Intervention exit status"]
    ] * 2


def test_the_same_answers_of_somebody_else_meanwhile_are_no_conflict(
    verified: Browser, user: Any, colleague: Any
) -> None:
    episode, first, second = discharged(user)
    form = opened(verified, episode, exit_status=[(first, "A"), (second, "A")])
    same = {"end_date": "01/05/2026", "exit_status": "A"}
    change_record(user=colleague, record=second, values=same)
    assert "2 interventions ended." in follow(form)
    assert ending(first) == ending(second) == (DAY(2026, 5, 1), "A")


def test_one_that_i_left_alone_stays_as_somebody_else_has_ended_it(
    verified: Browser, user: Any, colleague: Any
) -> None:
    episode, first, second = discharged(user)
    form = opened(verified, episode, exit_status=[(first, "A")])
    theirs = {"end_date": "03/05/2026", "exit_status": "B"}
    change_record(user=colleague, record=second, values=theirs)
    assert "1 intervention ended." in follow(form)
    assert ending(second) == (DAY(2026, 5, 3), "B")


def test_a_page_that_came_back_still_asks_of_one_that_somebody_else_has_ended(
    verified: Browser, user: Any, colleague: Any
) -> None:
    episode, first, second = discharged(user)
    form = opened(
        verified,
        episode,
        end_date=[(first, "31/4/2026")],
        exit_status=[(first, "A"), (second, "A")],
    )
    theirs = {"end_date": "03/05/2026", "exit_status": "B"}
    change_record(user=colleague, record=second, values=theirs)
    again = OpenForm(verified, form.address, form.send().content.decode())
    again[f"end_date_{first.pk.hex}"] = "30/4/2026"
    response = again.send()
    assert response.status_code == 422
    assert [one["of"] for one in response.context["conflicts"]] == [
        "“Psychosocial intervention, started 9 February 2026”"
    ]
    assert ending(first) == OPEN


@pytest.mark.parametrize("goes", ["intervention", "episode", "client"])
def test_what_was_deleted_meanwhile_is_told_and_restored_and_ended_by_one_press(
    verified: Browser, user: Any, colleague: Any, goes: str
) -> None:
    episode, first, second = discharged(user)
    form = opened(
        verified,
        episode,
        end_date=[(second, "30/4/2026")],
        exit_status=[(first, "A"), (second, "B")],
    )
    gone = {"intervention": second, "episode": episode, "client": episode.client}[goes]
    delete_record(user=colleague, record=gone)
    response = form.send()
    page = response.content.decode()
    assert response.status_code == 422
    assert f"{title(gone)} was deleted by {colleague.email}" in page
    assert ending(first) == OPEN
    again = OpenForm(verified, form.address, page)
    assert again[f"end_date_{second.pk.hex}"] == "30/4/2026"
    assert again.send().status_code == 422, "the button restores, nothing else"
    assert "2 interventions ended." in follow(again, restore="yes")
    assert (ending(first), ending(second)) == ((DAY(2026, 5, 1), "A"), (DAY(2026, 4, 30), "B"))
    assert Intervention.live.filter(episode__deleted_at=None).count() == 3


def test_several_that_were_deleted_meanwhile_are_each_told(
    verified: Browser, user: Any, colleague: Any
) -> None:
    episode, first, second = discharged(user)
    form = opened(verified, episode, exit_status=[(first, "A"), (second, "B")])
    for one in (first, second):
        delete_record(user=colleague, record=one)
    page = form.send().content.decode()
    for one in (first, second):
        assert f"{title(one)} was deleted by {colleague.email}" in page


def test_one_that_was_deleted_meanwhile_and_that_i_left_alone_stays_deleted(
    verified: Browser, user: Any, colleague: Any
) -> None:
    episode, first, second = discharged(user)
    form = opened(verified, episode, exit_status=[(first, "A")])
    delete_record(user=colleague, record=second)
    assert "1 intervention ended." in follow(form)
    assert Intervention.objects.get(pk=second.pk).deleted_at


def test_a_discharge_that_was_moved_meanwhile_is_told_of_the_day_that_was_filled_in(
    verified: Browser, user: Any, colleague: Any
) -> None:
    episode, first, second = discharged(user)
    form = opened(verified, episode, exit_status=[(first, "A")])
    change_record(user=colleague, record=episode, values={"discharge_date": "08/04/2026"})
    page = follow(form)
    assert "1 intervention ended." in page
    assert (
        "“Discharge date” was 1 May 2026 when you opened the page, and is 8 April 2026 now: "
        "check the end date." in page
    )
    assert (ending(first), ending(second)) == ((DAY(2026, 5, 1), "A"), OPEN)


@pytest.mark.parametrize("typed", ["7/4/2026", "8/4/2026"])
def test_a_discharge_that_was_moved_meanwhile_is_not_told_of_a_day_that_i_typed(
    verified: Browser, user: Any, colleague: Any, typed: str
) -> None:
    episode, first, _ = discharged(user)
    form = opened(verified, episode, exit_status=[(first, "A")], end_date=[(first, typed)])
    change_record(user=colleague, record=episode, values={"discharge_date": "08/04/2026"})
    page = follow(form)
    assert "1 intervention ended." in page
    assert "check the end date" not in page


def test_a_discharge_that_was_taken_back_meanwhile_loses_nothing(
    verified: Browser, user: Any, colleague: Any
) -> None:
    episode, first, second = discharged(user)
    form = opened(verified, episode, exit_status=[(first, "A")])
    change_record(
        user=colleague, record=episode, values={"discharge_date": "", "discharge_reason": ""}
    )
    page = follow(form)
    assert "1 intervention ended." in page
    assert "and is blank now: check the end date." in page
    assert (ending(first), ending(second)) == ((DAY(2026, 5, 1), "A"), OPEN)


def test_what_was_typed_when_the_session_ended_is_asked_of_as_it_was_opened(
    client: Browser, user: Any, colleague: Any
) -> None:
    episode, first, second = discharged(user)
    sign_in(client, user)
    form = opened(client, episode, exit_status=[(first, "A"), (second, "A")])
    end_session(client)
    form.send()
    theirs = {"end_date": "03/05/2026", "exit_status": "B"}
    for one in (first, second):
        change_record(user=colleague, record=one, values=theirs)
    sign_in(client, user)
    again = OpenForm(client, form.address)
    assert again[f"exit_status_{second.pk.hex}"] == "A"
    assert again.send().status_code == 422
    assert ending(first) == ending(second) == (DAY(2026, 5, 3), "B")


@pytest.mark.parametrize(("is_ended", "status"), [(False, 302), (True, 422)])
def test_a_form_that_does_not_know_what_it_was_opened_with_overwrites_nothing(
    verified: Browser, user: Any, colleague: Any, is_ended: bool, status: int
) -> None:
    episode, first, second = discharged(user)
    form = opened(verified, episode, exit_status=[(second, "A")])
    if is_ended:
        theirs = {"end_date": "03/05/2026", "exit_status": "B"}
        change_record(user=colleague, record=second, values=theirs)
    form[FIELD] = Ticket(user.pk, user.agency_id, opened={}).signed()
    assert form.send().status_code == status
    assert ending(second) == ((DAY(2026, 5, 3), "B") if is_ended else (DAY(2026, 5, 1), "A"))
    assert ending(first) == OPEN


def with_a_status(user: Any) -> tuple[Episode, Intervention, Intervention]:
    """An intervention that says how it ended and not when."""
    episode, first, second = discharged(user)
    Intervention.objects.filter(pk=second.pk).update(exit_status="A")
    return episode, first, second


@pytest.mark.parametrize("chosen", ["A", "B"])
def test_an_exit_status_that_is_saved_is_shown_and_can_be_changed(
    verified: Browser, user: Any, chosen: str
) -> None:
    episode, _, second = with_a_status(user)
    form = opened(verified, episode)
    assert form[f"exit_status_{second.pk.hex}"] == "A"
    form[f"exit_status_{second.pk.hex}"] = chosen
    assert "1 intervention ended." in follow(form)
    assert ending(second) == (DAY(2026, 5, 1), chosen)


def test_an_exit_status_that_is_taken_back_is_gone_and_told(verified: Browser, user: Any) -> None:
    episode, _, second = with_a_status(user)
    page = follow(opened(verified, episode, exit_status=[(second, "")]))
    assert "No intervention was ended." in page
    assert (
        "“Psychosocial intervention, started 9 February 2026” goes on: "
        "it has no end date and no exit status any more."
    ) in page
    assert ending(second) == OPEN


def test_taking_back_an_exit_status_does_not_halve_what_somebody_else_has_ended(
    verified: Browser, user: Any, colleague: Any
) -> None:
    episode, _, second = with_a_status(user)
    form = opened(verified, episode, exit_status=[(second, "")])
    change_record(user=colleague, record=second, values={"end_date": "03/05/2026"})
    assert form.send().status_code == 422
    assert ending(second) == (DAY(2026, 5, 3), "A")


def test_what_was_made_of_a_date_is_told_after_the_save(verified: Browser, user: Any) -> None:
    episode, first, second = discharged(user)
    form = opened(
        verified,
        episode,
        end_date=[(first, "1/4/26"), (second, "1/5/26")],
        exit_status=[(first, "A")],
    )
    page = follow(form)
    assert (
        "Pharmacological intervention, started 2 February 2026: "
        "Intervention end date: you typed 1/4/26, saved as 1 April 2026."
    ) in page
    assert "you typed 1/5/26" not in page, "that one is not ended"
    assert ending(first) == (DAY(2026, 4, 1), "A")


def test_what_did_not_arrive_ends_nothing(verified: Browser, user: Any) -> None:
    episode, first, second = discharged(user)
    form = opened(verified, episode, exit_status=[(first, "A"), (second, "A")])
    del form.fields[f"exit_status_{second.pk.hex}"]
    response = form.send()
    assert response.status_code == 422
    assert "Intervention exit status did not arrive." in response.content.decode()
    assert ending(first) == OPEN


def test_an_intervention_of_another_episode_is_not_ended_here(verified: Browser, user: Any) -> None:
    episode, _, _ = discharged(user)
    other = InterventionFactory(episode__client__agency=user.agency)
    post = fields(end_date=[(other, "1/5/2026")], exit_status=[(other, "A")])
    assert verified.post(end_address(episode), post).status_code == 422
    assert ending(other) == OPEN
