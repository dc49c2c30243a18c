"""The stored findings are what the rules find: after every save, for every client, whatever was done before."""

import datetime
from functools import partial
from typing import Any

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from det.checking import bring_up_to_date, find, recheck_agency
from det.definition import core_dataset
from det.models import RECORDS, Agency, Client, Episode, Finding, Record, stored_items
from det.selectors import quality_of, record_for
from det.services import (
    Gone,
    ParentDeleted,
    add_record,
    change_record,
    delete_record,
    restore_record,
)
from tests.factories import (
    ClientFactory,
    EpisodeFactory,
    InterventionFactory,
    OutcomesProfileFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

Stored = set[tuple[str, ...]]


def stored(agency: Agency) -> Stored:
    findings = Finding.objects.filter(agency=agency)
    return {
        (f.rule, f.part, str(f.client_id), str(f.record), f.item, f.value, f.message, f.basis)
        for f in findings
    }


def found_anew(agency: Agency) -> Stored:
    return {
        (
            row["rule"],
            row["part"],
            row["client_record"],
            row["client_record"] if row["section"] == "client" else row["record"],
            row["item"],
            (row["value"] or "")[:200],
            row["message"],
            row["basis"] or "",
        )
        for row in find(agency).iter_rows(named=True)
    }


def plausible_value(draw: Any, record: Record) -> tuple[str, str]:
    """An item of the record and an answer that the form would let through."""
    items = [
        i
        for i in stored_items(record.section)
        if record.agency.dataset in i.datasets and i.type in ("date", "code", "integer", "initial")
    ]
    item = draw(st.sampled_from(items))
    if item.type == "date":
        day = draw(st.dates(datetime.date(1985, 1, 1), datetime.date(2026, 12, 31)))
        return item.field, draw(st.sampled_from(["", f"{day:%d/%m/%Y}"]))
    if item.type == "code":
        codes = core_dataset().lists[item.reference_list].for_dataset(record.agency.dataset)
        return item.field, draw(st.sampled_from(["", *list(codes)[:6]]))
    if item.type == "integer":
        return item.field, str(draw(st.integers(item.min, item.max)))
    return item.field, draw(st.sampled_from(["", "A", "B"]))


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_stored_findings_are_those_of_a_full_check(db: None, data: st.DataObject) -> None:
    with transaction.atomic():
        user = UserFactory(agency__dataset=data.draw(st.sampled_from(["AD", "YP", "SA", "SY"])))
        _live_through(user, data.draw)
        transaction.set_rollback(True)


def _live_through(user: Any, draw: Any) -> None:
    """A few people, who are easily taken for one another, and what is done with their records."""
    records: list[Record] = []
    for _ in range(draw(st.integers(2, 3))):
        values = {
            "first_initial": "A",
            "last_initial": "B",
            "sex": "F",
            "birth_date": "01/02/1990",
            "consent": "Y",
        }
        person = add_record(user=user, section="client", parent=None, values=values).record
        records.append(person)
        values = {"triage_date": "05/01/2026", "local_authority": "E06000001"}
        episode = add_record(user=user, section="episode", parent=person, values=values).record
        records.append(episode)
        for section in draw(st.lists(st.sampled_from(core_dataset().children), max_size=2)):
            records.append(add_record(user=user, section=section, parent=episode, values={}).record)
    for _ in range(draw(st.integers(1, 6))):
        drawn = draw(st.sampled_from(records))
        record = record_for(user, drawn.section, drawn.pk, deleted=True)
        if any(above.deleted_at for above in record.owners):
            act: Any = partial(restore_record, section=record.section, key=record.pk)
            if record.deleted_at is None:
                act = partial(change_record, record=record, values={})
            with pytest.raises((Gone, ParentDeleted)):
                act(user=user)
        elif record.deleted_at is not None:
            restore_record(user=user, section=record.section, key=record.pk)
        elif draw(st.integers(0, 4)) == 0:
            delete_record(user=user, record=record)
        else:
            field, text = plausible_value(draw, record)
            if field in ("discharge_date", "discharge_reason"):
                continue
            change_record(user=user, record=record, values={field: text})
        assert stored(user.agency) == found_anew(user.agency)


def test_two_clients_with_one_attributor_are_found_and_let_go_together(user: Any) -> None:
    born = datetime.date(1990, 2, 1)
    first, second = (ClientFactory(agency=user.agency, birth_date=born) for _ in range(2))
    for person in (first, second):
        EpisodeFactory(client=person, local_authority="E06000001")
    recheck_agency(user.agency)
    assert Finding.objects.filter(rule="NQ127").count() == 2
    change_record(user=user, record=first, values={"last_initial": "T"})
    assert not Finding.objects.filter(rule="NQ127").exists()


def test_the_findings_follow_the_day(user: Any) -> None:
    with time_machine.travel("2026-06-01 12:00:00+00:00", tick=False):
        profile = OutcomesProfileFactory(
            episode__client__agency=user.agency, stage="E", profile_date=datetime.date(2026, 5, 25)
        )
        bring_up_to_date(user.agency)
        assert not Finding.objects.filter(rule="NQ062").exists()
    with time_machine.travel("2026-06-09 12:00:00+00:00", tick=False):
        bring_up_to_date(user.agency)
        assert Finding.objects.get(rule="NQ062").record == profile.pk


def test_what_is_held_without_consent_is_not_judged(user: Any) -> None:
    episode = EpisodeFactory(client__agency=user.agency, client__consent="N", triage_date=None)
    InterventionFactory(episode=episode, intervention_type="")
    recheck_agency(user.agency)
    assert not Finding.objects.exists()


def test_a_client_without_an_episode_is_judged_only_on_the_clients_items(user: Any) -> None:
    ClientFactory(agency=user.agency, sex="")
    recheck_agency(user.agency)
    assert set(Finding.objects.values_list("section", flat=True)) == {"client"}
    assert Finding.objects.filter(rule="NQ012").count() == 1


def test_percentages_are_rounded_down_and_count_a_clients_finding_for_each_episode(
    user: Any,
) -> None:
    good = EpisodeFactory(client__agency=user.agency)
    bad = ClientFactory(agency=user.agency, sex="")
    EpisodeFactory(client=bad)
    EpisodeFactory(
        client=bad, triage_date=datetime.date(2026, 3, 1), referral_date=datetime.date(2026, 3, 1)
    )
    recheck_agency(user.agency)
    Finding.objects.filter(client=good.client).delete()
    quality = quality_of(user.agency)
    assert (quality.episodes, quality.with_errors, quality.load) == (3, 2, 33)


def test_an_empty_caseload_has_no_percentages(user: Any) -> None:
    quality = quality_of(user.agency)
    assert (quality.load, quality.data_quality) == (None, None)


def test_every_section_has_a_model() -> None:
    assert set(RECORDS) == set(core_dataset().sections)
    assert RECORDS["client"] is Client
    assert RECORDS["episode"] is Episode
