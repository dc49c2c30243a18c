"""The database as the last guard: what it refuses whoever writes."""

import datetime
from typing import Any

import pytest
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError

from det.definition import core_dataset
from det.fields import is_number
from det.models import RECORDS, stored_items
from tests import factories

pytestmark = pytest.mark.django_db

MADE: dict[str, Any] = {
    "client": factories.ClientFactory,
    "episode": factories.EpisodeFactory,
    "intervention": factories.InterventionFactory,
    "sub_intervention_review": factories.SubInterventionReviewFactory,
    "outcomes_profile": factories.OutcomesProfileFactory,
    "client_information_review": factories.ClientInformationReviewFactory,
}


def refused(record: models.Model, **values: Any) -> bool:
    """True when the database refuses the values."""
    try:
        with transaction.atomic():
            type(record).objects.filter(pk=record.pk).update(**values)
    except IntegrityError:
        return True
    return False


def test_every_item_of_every_dataset_has_a_column() -> None:
    stored = {item.name for section in RECORDS for item in stored_items(section)}
    assert {i.name for i in core_dataset().items} - stored == {"client.agency_code"}
    for section, model in RECORDS.items():
        for item in stored_items(section):
            assert model._meta.get_field(item.field)


@pytest.mark.parametrize("field", ["first_initial", "last_initial"])
def test_initials_are_one_capital_letter_or_blank(field: str) -> None:
    person = MADE["client"]()
    for wrong in ("j", "1", "É", " "):
        assert refused(person, **{field: wrong}), wrong
    for right in ("J", ""):
        assert not refused(person, **{field: right})


def test_whole_numbers_stay_within_their_limits() -> None:
    for section, factory in MADE.items():
        record = factory()
        for item in stored_items(section):
            if item.type != "integer":
                continue
            as_stored: Any = int if is_number(item) else str
            assert item.min is not None
            assert item.max is not None
            assert refused(record, **{item.field: as_stored(item.max + 1)}), item.header
            assert refused(record, **{item.field: as_stored(item.min - 1)}), item.header
            for right in (item.min, item.max, *item.special_codes):
                assert not refused(record, **{item.field: as_stored(right)}), item.header


def test_discharge_date_and_reason_stand_together() -> None:
    episode = MADE["episode"]()
    day = datetime.date(2026, 5, 1)
    assert refused(episode, discharge_date=day)
    assert refused(episode, discharge_reason="80")
    assert not refused(episode, discharge_date=day, discharge_reason="80")
    assert refused(episode, discharge_reason="")
    assert not refused(episode, discharge_date=None, discharge_reason="")


@pytest.mark.parametrize("section", list(MADE))
def test_identifiers_are_unique_within_an_agency(section: str) -> None:
    factory, id_field = MADE[section], core_dataset().sections[section].id_field
    first = factory()
    path = {"client": "agency", "episode": "client__agency"}.get(section, "episode__client__agency")
    second = factory(**{path: first.agency})
    assert refused(second, **{id_field: first.identifier})
    elsewhere = factory()
    assert not refused(elsewhere, **{id_field: first.identifier})


@pytest.mark.parametrize("section", ["client", "episode"])
def test_clients_and_episodes_have_an_identifier(section: str) -> None:
    record = MADE[section]()
    assert refused(record, **{core_dataset().sections[section].id_field: ""})


def test_what_others_stand_on_cannot_be_removed() -> None:
    intervention = MADE["intervention"]()
    for record in (intervention.episode, intervention.client, intervention.agency):
        with pytest.raises(ProtectedError):
            record.delete()
