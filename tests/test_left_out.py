"""Each value of a file that is imported is in the database afterwards, or said to have been left out."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import time_machine

from det import extract
from det.definition import core_dataset
from det.frames import records_of
from det.left_out import NOT_COLLECTED, LeftOut, left_out
from det.models import Agency, Episode, Finding
from ndtms.audit.models import AuditEvent
from ndtms.audit.presenters import detail
from ndtms.audit.selectors import Names
from tests.rules.base import (
    ALL,
    ANOTHER_CLIENT,
    DATASETS,
    DEFINITION,
    STRANGER,
    Record,
    changed,
    clean,
    code,
    to_csv,
)
from tests.rules.base import Episode as Given
from tests.test_commands import take_in
from validation.dataset import DataItem
from validation.engine import WITHOUT_CONSENT
from validation.reading import read_bytes
from validation.records import Records, gather

pytestmark = pytest.mark.django_db
GIVEN, REFUSED = code("consent", "given"), code("consent", "refused")
UNWILLING = "C1-2"
"""The client without consent of the full caseload."""


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel("2022-07-10", tick=False):
        yield


def listed(out: list[str]) -> list[str]:
    return [line.removeprefix("Not stored: ") for line in out if line.startswith("Not stored: ")]


def test_a_value_that_the_dataset_does_not_collect_is_listed(tmp_path: Path) -> None:
    """Once, however many rows the episode has."""
    content = to_csv(changed("AD", {"episode.reception_date": "12/01/2022"}))
    code, out, mistakes = take_in(tmp_path, content, "--dataset", "AD")
    assert (code, mistakes) == (0, [])
    assert listed(out) == [
        "1 value of RECPDATE, first in row 2: the dataset does not collect it",
    ]
    assert not Finding.objects.exists()
    event = AuditEvent.objects.get(verb="imported")
    assert event.detail["not_collected"] == {"RECPDATE": 1}
    assert "not collected: 1 RECPDATE" in detail(event, Names({}, {}, {}))
    assert "12/01/2022" not in str(event.detail)


def test_what_is_left_out_of_a_client_without_consent_is_listed(tmp_path: Path) -> None:
    refusing = {
        "client.client_id": "C2",
        "client.consent": REFUSED,
        "client.religion": None,
        "episode.episode_id": "E2",
        "episode.reception_date": "12/01/2022",
        "-outcomes_profile": ALL,
    }
    content = to_csv(changed("AD", {"also": [refusing]}))
    code, out, mistakes = take_in(tmp_path, content, "--dataset", "AD")
    assert (code, mistakes, out[:2]) == (0, [], ["Clients: 2", "Episodes: 1"])
    why = "first in row 4: the client does not consent"
    answers = ("FINITIAL", "SINITIAL", "DOB", "SEX", "ETHNIC", "NATION", "SEXUALO", "DISABLE1")
    assert listed(out) == [
        *(f"1 value of {header}, {why}" for header in answers),
        f"1 episode, {why}",
        f"2 interventions, {why}",
        f"1 sub intervention review, {why}",
        f"1 client information review, {why}",
    ]
    noted = AuditEvent.objects.get(verb="imported").detail
    assert noted["without_consent"] == {
        **dict.fromkeys(answers, 1),
        "episode": 1,
        "intervention": 2,
        "sub_intervention_review": 1,
        "client_information_review": 1,
    }
    assert "not_collected" not in noted


def test_nothing_is_listed_where_all_is_stored(tmp_path: Path) -> None:
    only = {"client.consent": REFUSED, **dict.fromkeys(UNSAID)}
    content = to_csv(changed("AD", {"also": [{**ANOTHER_CLIENT, **only}]}))
    code, out, _ = take_in(tmp_path, content, "--dataset", "AD")
    assert (code, out[:2], listed(out)) == (0, ["Clients: 2", "Episodes: 1"], [])
    assert not {NOT_COLLECTED, WITHOUT_CONSENT} & set(
        AuditEvent.objects.get(verb="imported").detail
    )


UNSAID = [
    f"{item.record}.{item.field}"
    for item in DEFINITION.items
    if item.frame == "episode" and WITHOUT_CONSENT not in item.tags
]
"""What is not said of a client without consent."""


def test_what_many_rows_have_is_one_line(tmp_path: Path) -> None:
    also = [
        {**STRANGER, "client.client_id": f"C{n}", "episode.episode_id": f"E{n}"}
        for n in range(2, 52)
    ]
    caseload = changed("AD", {"also": also})
    for number, episode in enumerate(caseload):
        episode["episode"]["reception_date"] = "x" * number
    code, out, _ = take_in(tmp_path, to_csv(caseload), "--dataset", "AD")
    assert (code, listed(out)) == (
        0,
        ["50 values of RECPDATE, first in row 4: the dataset does not collect it"],
    )


# Every item of every section


def some_value(item: DataItem, dataset: str) -> str:
    """A value that no malformed rule objects to."""
    if item.type == "code":
        codes = DEFINITION.lists[item.reference_list]
        return next(iter(codes.for_dataset(dataset) or codes.codes))
    if item.type == "integer":
        return str(max(item.min or 0, 1))
    return {"date": "31/05/2022", "postcode_district": "LS6", "initial": "A"}.get(item.type, "X1")


def filled(section: str, given: Record, dataset: str) -> Record:
    """The record with a value for every item, collected or not."""
    return {
        item.field: given.get(item.field) or some_value(item, dataset)
        for item in DEFINITION.items_of(section)
    }


def full_caseload(dataset: str) -> list[Given]:
    """A client with two episodes and one without consent, all of whom have a value for every item.

    Beside their lists are records that have nothing but what the dataset does not collect.
    """
    caseload = []
    for client, episode, consent in (("1", "1", GIVEN), ("1", "2", GIVEN), ("2", "3", REFUSED)):
        full: Given = {}
        for section, part in clean(dataset).items():
            records = part if isinstance(part, list) else [part]
            records = [filled(section, record, dataset) for record in records]
            for record in records:
                suffix = client if section == "client" else episode
                record[id_field(section)] = f"{record[id_field(section)]}-{suffix}"
            if isinstance(part, list):
                foreign = [i for i in DEFINITION.items_of(section) if dataset not in i.datasets]
                records += [{item.field: some_value(item, dataset)} for item in foreign[:1]]
            full[section] = records if isinstance(part, list) else records[0]
        full["client"]["consent"] = consent
        caseload.append(full)
    return caseload


class Value(NamedTuple):
    client: str
    section: str
    header: str
    record: tuple[str | None, ...]
    text: str


def values_of(records: Records) -> set[Value]:
    """Whatever was entered, with the identifiers of the client, the episode and the record that has it."""
    found = set()
    for name, items in DEFINITION.frames.items():
        for row in records[name].iter_rows(named=True):
            for item in items:
                episode = None if item.record == "client" else row["episode_id"]
                record = episode, row[id_field(item.record)]
                if row[item.field]:
                    value = row["client_id"], item.record, item.header, record, row[item.field]
                    found.add(Value(*value))
    return found


def id_field(section: str) -> str:
    return DEFINITION.sections[section].id_field


def stored(agency: Agency) -> Records:
    """What the agency's records are in an extract that has all of them."""
    rows = read_bytes(extract.to_csv(extract.lay_out(records_of(agency))), DEFINITION).rows
    assert rows is not None
    return gather(rows, DEFINITION)


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_value_is_stored_or_listed(dataset: str, tmp_path: Path) -> None:
    content = to_csv(full_caseload(dataset))
    rows = read_bytes(content, DEFINITION).rows
    assert rows is not None
    assert all(column.null_count() < rows.height for column in rows)
    code, out, mistakes = take_in(tmp_path, content, "--dataset", dataset)
    assert (code, mistakes) == (0, [])
    records = gather(rows, DEFINITION)
    given, held = values_of(records), values_of(stored(Agency.objects.get()))
    assert held < given
    lost = given - held
    assert {value.section for value in lost} == set(core_dataset().sections)
    found = left_out(records, dataset)
    assert listed(out) == [part.words for part in found]
    told = {(part.reason, part.name): part.total for part in found}
    assert told == expected(lost, dataset)
    assert Episode.objects.count() == 2


def expected(lost: set[Value], dataset: str) -> Counter[tuple[str, str]]:
    """What is to be told of values that are not in the database."""
    told = Counter((NOT_COLLECTED, value.header) for value in lost if value.client != UNWILLING)
    assert {DEFINITION.by_header[header].name for _, header in told} == {
        item.name for item in DEFINITION.items if dataset not in item.datasets
    }
    without = {
        (value.header if value.section == "client" else value.section, value.record)
        for value in lost
        if value.client == UNWILLING
    }
    return told + Counter((WITHOUT_CONSENT, name) for name, _ in without)


def test_a_row_that_is_listed_is_the_first_that_has_the_value() -> None:
    caseload = changed("AD", {"also": [{**STRANGER, "episode.reception_date": "12/01/2022"}]})
    caseload[0]["outcomes_profile"][1]["yp_alcohol_days"] = "3"
    rows = read_bytes(to_csv(caseload), DEFINITION).rows
    assert rows is not None
    assert left_out(gather(rows, DEFINITION), "AD") == [
        LeftOut(NOT_COLLECTED, "RECPDATE", 1, 4),
        LeftOut(NOT_COLLECTED, "YPALCUSE", 1, 3),
    ]
