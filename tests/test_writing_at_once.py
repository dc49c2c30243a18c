"""Several people at one caseload at once: no deadlock, no double finding, nothing left of what was deleted.

On SQLite writers wait for one another anyway; on PostgreSQL these tests have failed before the agency was held.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from functools import partial
from inspect import isfunction, signature
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client as Browser

from det import services
from det.checking import bring_up_to_date, recheck_agency, strays
from det.models import Agency, Client, Finding
from det.services import Gone, add_record, change_record, delete_record
from tests.conftest import sign_in
from tests.factories import (
    AgencyFactory,
    ClientFactory,
    EpisodeFactory,
    InterventionFactory,
    UserFactory,
)
from tests.forms import OpenForm

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 5


def at_once(*works: Callable[[], object]) -> list[BaseException]:
    """Does all of it at the same moment, each in a thread and a connection of its own; what was raised."""
    barrier = Barrier(len(works))
    raised: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        try:
            barrier.wait()
            work()
        except BaseException as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def keys(agency: Agency) -> list[str]:
    return sorted(str(f.identity) for f in Finding.objects.filter(agency=agency))


def assert_right(agency: Agency) -> None:
    """The stored findings are, one for one, what the rules find."""
    agency.refresh_from_db()
    stored = keys(agency)
    found = strays(agency)
    assert not found, found
    recheck_agency(agency)
    assert keys(agency) == stored


def user_of(agency: Agency) -> Any:
    """Somebody who works for the agency; each thread has one of its own, as each request does."""
    user = UserFactory(agency=agency)
    user.choose(Agency.objects.get(pk=agency.pk))
    return user


def change(user: Any, record: Any, **values: str) -> Callable[[], object]:
    return lambda: change_record(user=user, record=record, values=values)


@pytest.mark.parametrize("writers", [2, 5, 20])
def test_writers_on_one_client(writers: int) -> None:
    agency = AgencyFactory()
    episode = EpisodeFactory(client__agency=agency)
    records = [episode, episode.client, *(InterventionFactory(episode=episode) for _ in range(3))]
    recheck_agency(agency)
    users = [user_of(agency) for _ in range(writers)]
    for turn in range(1 if writers == 20 else ROUNDS):
        works = []
        for n, user in enumerate(users):
            record = records[n % len(records)]
            field = {"client": "birth_date", "episode": "referral_date"}.get(
                record.section, "referred_date"
            )
            works.append(change(user, record, **{field: f"{1 + n:02}/0{1 + turn}/2027"}))
        assert at_once(*works) == []
        assert_right(agency)


def test_people_of_one_attributor_are_added_at_once() -> None:
    agency = AgencyFactory()
    recheck_agency(agency)
    values = {
        "first_initial": "A",
        "last_initial": "B",
        "sex": "F",
        "birth_date": "01/02/1990",
        "consent": "Y",
    }

    def add(user: Any) -> Callable[[], object]:
        return lambda: add_record(user=user, section="client", parent=None, values=values)

    assert at_once(*(add(user_of(agency)) for _ in range(6))) == []
    numbers = sorted(Client.objects.values_list("client_id", flat=True))
    assert numbers == [f"C{n:06}" for n in range(1, 7)]
    assert_right(agency)


def test_the_first_visitors_of_a_day_judge_once() -> None:
    agency = AgencyFactory()
    for _ in range(5):
        EpisodeFactory(client__agency=agency, local_authority="E06000001")
    recheck_agency(agency)
    stored = keys(agency)
    for _ in range(ROUNDS):
        Agency.objects.update(checked_on=datetime.date(2026, 1, 1))
        Finding.objects.all().delete()
        visitors = [Agency.objects.get(pk=agency.pk) for _ in range(4)]
        works = [lambda visitor=visitor: bring_up_to_date(visitor) for visitor in visitors]
        assert at_once(*works) == []
        assert keys(agency) == stored


def test_nothing_is_left_of_a_client_who_is_deleted_while_a_colleague_adds() -> None:
    agency = AgencyFactory()
    born = datetime.date(1990, 2, 1)
    others = [ClientFactory(agency=agency, birth_date=born) for _ in range(2)]
    for turn in range(ROUNDS):
        person = ClientFactory(agency=agency, birth_date=born, client_id=f"GONE{turn}")
        EpisodeFactory(client=person)
        recheck_agency(agency)
        one, two = user_of(agency), user_of(agency)
        values = {"triage_date": "05/01/2026"}
        raised = at_once(
            partial(delete_record, user=one, record=person),
            partial(add_record, user=two, section="episode", parent=person, values=values),
        )
        assert all(isinstance(error, Gone) for error in raised), raised
        assert not Finding.objects.filter(client=person).exists()
        assert_right(agency)
    assert len(others) == 2


def test_the_same_client_id_typed_by_several_is_told_and_not_an_error() -> None:
    agency = AgencyFactory()
    recheck_agency(agency)
    forms = []
    for _ in range(4):
        browser = sign_in(Browser(raise_request_exception=False), UserFactory(agency=agency))
        form = OpenForm(browser, "/clients/add/")
        form["client_id"] = "SAME1"
        forms.append(form)
    statuses: list[int] = []
    assert (
        at_once(*(lambda form=form: statuses.append(form.send().status_code) for form in forms))
        == []
    )
    assert sorted(statuses) == [302, 422, 422, 422]
    assert Client.objects.count() == 1


def test_one_form_sent_twice_at_once_adds_one_record() -> None:
    agency = AgencyFactory()
    recheck_agency(agency)
    browser = sign_in(Browser(raise_request_exception=False), UserFactory(agency=agency))
    form = OpenForm(browser, "/clients/add/")
    second = Browser(raise_request_exception=False)
    second.cookies = browser.cookies
    twin = OpenForm(second, "/clients/add/")
    twin.fields = dict(form.fields)
    places: list[str] = []
    works = [
        lambda form=form: places.append(form.send().headers["Location"]) for form in (form, twin)
    ]
    assert at_once(*works) == []
    assert len(places) == 2
    assert len(set(places)) == 1
    assert Client.objects.count() == 1


def test_check_findings_tells_and_mends(capsys: Any) -> None:
    agency = AgencyFactory()
    episode = EpisodeFactory(client__agency=agency)
    AgencyFactory()
    recheck_agency(agency)
    stored = keys(agency)
    call_command("check_findings")
    assert "2 looked at, 0 differed" in capsys.readouterr().out
    gone = Finding.objects.filter(agency=agency).first()
    assert gone is not None
    gone.delete()
    Finding.objects.filter(agency=agency, item="episode.local_authority").update(message="Other")
    with pytest.raises(CommandError) as raised:
        call_command("check_findings", agency=agency.code)
    assert raised.value.returncode == 1
    said = capsys.readouterr().out
    assert "missing" in said
    assert f"{gone.rule}" in said
    assert str(episode.client.client_id) not in said
    call_command("check_findings", mend=True)
    assert keys(agency) == stored
    call_command("check_findings")


def test_every_service_that_changes_records_holds_the_agency() -> None:
    services_of_people = {
        name
        for name in services.__all__
        if isfunction(getattr(services, name))
        and "user" in signature(getattr(services, name)).parameters
    }
    free = {n for n in services_of_people if not hasattr(getattr(services, n), "is_holding")}
    assert {"add_record", "change_record", "delete_record", "explain"} <= services_of_people
    assert free == {"tell_viewed", "undoable"}, "they change nothing"
