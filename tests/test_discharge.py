"""A discharge offers to end the interventions that it leaves open."""

import datetime
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from det import selectors
from det.models import Episode, Finding, Intervention
from det.services import change_record
from tests.factories import EpisodeFactory, InterventionFactory

pytestmark = pytest.mark.django_db

DAY = datetime.date


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


def test_one_that_somebody_else_has_ended_meanwhile_is_not_ended_anew(
    verified: Browser, user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    episode, first, second = discharged(user)
    seen = selectors.left_open(episode)
    ended = {"end_date": "03/05/2026", "exit_status": "B"}
    change_record(user=user, record=second, values=ended)
    monkeypatch.setattr(selectors, "left_open", lambda record: seen)
    post = fields(
        end_date=[(first, "1/5/2026"), (second, "1/5/2026")],
        exit_status=[(first, "A"), (second, "A")],
    )
    response = verified.post(end_address(episode), post)
    assert response.status_code == 422
    assert "Somebody else has ended one" in response.content.decode()
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.end_date is None
    assert second.end_date == DAY(2026, 5, 3)
