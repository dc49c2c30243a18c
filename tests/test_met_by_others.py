"""Bugs that others met in public, end to end: an old code in an imported episode, and half past midnight in summer."""

import datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client as Browser
from django.urls import reverse

from det.checking import today
from det.models import Episode, Finding, OutcomesProfile
from det.services import add_record, change_record
from tests.forms import OpenForm
from tests.rules.base import changed, to_csv

pytestmark = pytest.mark.django_db
CORBY, NORTHAMPTONSHIRE = "E07000150", "E10000021"
OF_2020 = {
    "episode.local_authority": CORBY,
    "episode.upper_tier_local_authority": NORTHAMPTONSHIRE,
    "episode.referral_date": "13/01/2020",
    "episode.triage_date": "14/01/2020",
}


@pytest.fixture
def old_episode(user: Any, tmp_path: Path) -> Any:
    """An episode of January 2020 that came by a file, when its authority was the right one."""
    file = tmp_path / "one.csv"
    file.write_bytes(to_csv(changed("AD", OF_2020)).replace(b"N0001", user.agency.code.encode()))
    call_command("import_file", str(file), "--agency", user.agency.code)
    return Episode.live.get(agency=user.agency)


def about_authorities(episode: Episode) -> list[str]:
    found = Finding.objects.filter(episode=episode, item__endswith="local_authority")
    return sorted(found.values_list("message", flat=True))


@pytest.mark.parametrize("answers", [{}, {"accommodation_need": "1"}])
def test_an_old_episode_is_saved_without_losing_the_authority_of_its_day(
    verified: Browser, old_episode: Episode, answers: dict[str, str]
) -> None:
    need = answers.get("accommodation_need", old_episode.accommodation_need)
    before = about_authorities(old_episode)
    address = reverse("record-change", args=["episode", old_episode.pk, "home"])
    page = OpenForm(verified, address).send(**answers)
    assert page.status_code == 302
    old_episode.refresh_from_db()
    assert (old_episode.local_authority, old_episode.upper_tier_local_authority) == (
        CORBY,
        NORTHAMPTONSHIRE,
    )
    assert about_authorities(old_episode) == before == []
    assert old_episode.accommodation_need == need


def test_the_authority_that_ended_is_no_answer_of_a_later_episode(
    verified: Browser, user: Any, old_episode: Episode
) -> None:
    later = add_record(
        user=user,
        section="episode",
        parent=old_episode.client,
        values={"referral_date": "12/01/2022", "triage_date": "13/01/2022"},
    ).record
    address = reverse("record-change", args=["episode", later.pk, "home"])
    page = OpenForm(verified, address).send(local_authority=f"Corby ({CORBY})")
    assert page.status_code == 422
    assert "North Northamptonshire" in page.content.decode()


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2022-06-30T22:30:00+00:00", datetime.date(2022, 6, 30)),
        ("2022-06-30T23:30:00+00:00", datetime.date(2022, 7, 1)),
        ("2022-10-30T00:30:00+00:00", datetime.date(2022, 10, 30)),
        ("2022-10-30T01:30:00+00:00", datetime.date(2022, 10, 30)),
    ],
)
def test_today_begins_at_midnight_in_england(
    verified: Browser, user: Any, old_episode: Episode, moment: str, day: datetime.date
) -> None:
    """What happened today has happened; what is of tomorrow has not."""
    with time_machine.travel(moment, tick=False):
        assert today() == day
        for offset, expected in ((0, []), (1, ["NQ023"])):
            date = f"{day + datetime.timedelta(days=offset):%d/%m/%Y}"
            profile = OutcomesProfile.live.filter(episode=old_episode).latest("profile_date")
            change_record(user=user, record=profile, values={"profile_date": date})
            found = Finding.objects.filter(record=profile.pk, rule="NQ023")
            assert list(found.values_list("rule", flat=True)) == expected
