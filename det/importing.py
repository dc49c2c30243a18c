"""Takes a CDS-Q file from another system into the tool's records: all of it or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

import polars as pl
from django.db import transaction

from det.checking import hold, recheck_agency, today
from det.definition import core_dataset
from det.deleted import in_the_way, is_restorable, unseen_in_words
from det.fields import is_number, is_stored
from det.left_out import LeftOut, left_out
from det.models import RECORDS, Agency, Record
from det.selectors import RELATED
from det.values import stored_value
from validation.dataset import CoreDataset, DataItem
from validation.engine import WITHOUT_CONSENT, tally
from validation.files import Report, as_objects, check_reading, place, printable, problem_findings
from validation.prepare import parse_date
from validation.reading import Reading
from validation.records import KEYS, Records, gather

BATCH = 500


class ImportRefused(Exception):
    """The file cannot be taken in; `messages` say row, client, item and value of each reason.

    Where a rule objects to many values, the first are told; `total` is how many reasons there are.
    """

    def __init__(self, messages: list[str], total: int | None = None) -> None:
        super().__init__(messages[0] if messages else "refused")
        self.messages = messages
        self.total = len(messages) if total is None else total


@dataclass(frozen=True)
class Imported:
    """How many records of each section were taken in, what of the file was not, and what the rules find in the file."""

    counts: dict[str, int]
    left_out: list[LeftOut]
    report: Report


MISFIT = ("not_collected", "uncollected", "code", "code_dataset")
"""Kinds of rules that a file of another dataset breaks."""


def likely_dataset(reading: Reading) -> str | None:
    """The dataset whose items and codes the file fits best, or None when several fit equally well."""
    definition = core_dataset()
    if reading.rows is None:
        return None
    records = gather(reading.rows, definition)
    misfits = sorted((_misfits(records, code), code) for code in definition.datasets)
    return misfits[0][1] if misfits[0][0] < misfits[1][0] else None


def _misfits(records: Records, dataset: str) -> int:
    """How many values and codes of the records the dataset does not have."""
    definition = core_dataset()
    misfit = [rule.id for rule in definition.rules.values() if rule.kind in MISFIT]
    found = tally(records, definition, dataset, today=today(), each=0).counts
    return int(found.filter(pl.col("rule").is_in(misfit))["total"].sum())


@transaction.atomic
def import_reading(*, reading: Reading, agency: Agency) -> Imported:
    """Takes in a file that was read. Raises ImportRefused, and then nothing has changed.

    Refused are: an unreadable file, rows of another agency, malformed values, records whose identity is
    missing or contradicts itself, and records that the tool already holds.
    """
    definition = core_dataset()
    report = check_reading(reading, definition, agency.dataset, agency=agency.code, today=today())
    _refuse_findings(report, definition)
    if reading.rows is None:
        raise ImportRefused([])
    records = gather(reading.rows, definition)
    counts = store_records(agency=agency, records=records)
    return Imported(counts, left_out(records, agency.dataset), report)


def refuse_unreadable(reading: Reading) -> None:
    """Raises ImportRefused for a file that could not be read."""
    if reading.rows is None:
        definition = core_dataset()
        raise ImportRefused(_told(problem_findings(reading.problems, definition), definition))


def _told(findings: pl.DataFrame, definition: CoreDataset) -> list[str]:
    return [
        printable(f"{place(found)}: {found['message']} ({found['rule']})".removeprefix(": "))
        for found in as_objects(findings, definition)
    ]


def _refuse_findings(report: Report, definition: CoreDataset) -> None:
    refusing = {
        key
        for key, rule in definition.rules.items()
        if rule.malformed or rule.identity or rule.severity == "file"
    }
    is_refusing = pl.concat_str("rule", "part").is_in(sorted(refusing)) & (
        pl.col("severity") != "warning"
    )
    found = report.findings.filter(is_refusing)
    if not found.is_empty() or report.rejected:
        total = report.tallies.filter(is_refusing)["total"].sum()
        raise ImportRefused(_told(found, definition), int(total))


@transaction.atomic
def store_records(*, agency: Agency, records: Records) -> dict[str, int]:
    """Stores gathered records that the malformed and identity rules found nothing in. Raises ImportRefused.

    Returns section -> number stored. Values that the dataset does not collect are left out.
    """
    hold(agency)
    definition = core_dataset()
    refused = pl.col("consent").is_in(definition.meaning("consent", "refused"))
    people = _without_surplus(records["episode"], refused, definition)
    clients = _one_each(people, "client", ["client_id"], agency)
    _refuse_known(agency, "client", clients)
    client_keys = dict(zip(clients["client_id"], _add(agency, "client", clients, {}), strict=True))
    counts = {"client": clients.height}
    rows = people.filter(pl.col("episode_id").is_not_null() & refused.not_())
    episodes = _one_each(rows, "episode", list(KEYS), agency)
    _refuse_known(agency, "episode", episodes)
    parents = [client_keys[key] for key in episodes["client_id"]]
    added = _add(agency, "episode", episodes, {"client_id": parents})
    keys = zip(episodes["client_id"], episodes["episode_id"], strict=True)
    episode_keys = dict(zip(keys, added, strict=True))
    counts["episode"] = episodes.height
    for section in definition.children:
        children = _collected(records[section], section, agency).join(
            episodes.select(KEYS), on=KEYS, how="semi"
        )
        _refuse_known(agency, section, children)
        owners = zip(children["client_id"], children["episode_id"], strict=True)
        _add(agency, section, children, {"episode_id": [episode_keys[key] for key in owners]})
        counts[section] = children.height
    agency.last_number = max(agency.last_number, _last_number(records))
    agency.save(update_fields=["last_number"])
    recheck_agency(agency)
    return counts


def _without_surplus(rows: pl.DataFrame, refused: pl.Expr, definition: CoreDataset) -> pl.DataFrame:
    """The rows in which a client without consent has no more than what goes without it; no rule looks at the rest."""
    surplus = [
        item.field
        for item in definition.items_of("client")
        if WITHOUT_CONSENT not in item.tags and item.field in rows.columns
    ]
    consenting = refused.fill_null(value=False).not_()
    return rows.with_columns(
        pl.when(consenting).then(pl.col(field)).alias(field) for field in surplus
    )


def _collected(frame: pl.DataFrame, section: str, agency: Agency) -> pl.DataFrame:
    """The records of a list that have something that the dataset collects, those that differ in nothing else once."""
    fields = [item.field for item in _items(section, agency) if item.field in frame.columns]
    return frame.filter(pl.any_horizontal(pl.col(fields).is_not_null())).unique(
        list({*KEYS, *fields}), keep="first", maintain_order=True
    )


def _last_number(records: Records) -> int:
    """The highest number in an identifier of the form that the tool makes, so that it goes on counting after it."""
    numbers = [
        records["episode" if name == "client" else name]
        .select(
            pl.col(section.id_field)
            .str.extract(rf"^{section.id_prefix}(\d{{6,9}})$")
            .cast(pl.Int64)
            .max()
        )
        .item()
        for name, section in core_dataset().sections.items()
    ]
    return max(number or 0 for number in numbers)


def _one_each(rows: pl.DataFrame, section: str, key: list[str], agency: Agency) -> pl.DataFrame:
    """One row for each key. Raises ImportRefused when rows of one key differ in an item of the section."""
    items = _items(section, agency)
    fields = [item.field for item in items if item.field in rows.columns]
    distinct = rows.select("row", *{*key, *fields}).unique(
        [*{*key, *fields}], keep="first", maintain_order=True
    )
    several = distinct.filter(pl.len().over(key) > 1)
    if not several.is_empty():
        raise ImportRefused(_differences(several, items, key[-1]))
    return distinct


def _differences(several: pl.DataFrame, items: list[DataItem], key: str) -> list[str]:
    """What differs between rows of one record, in words."""
    messages = []
    for group in several.partition_by(key, maintain_order=True):
        rows = " and ".join(str(row) for row in group["row"].head(2))
        for item in items:
            if item.field in group.columns and group[item.field].n_unique() > 1:
                values = ", ".join(repr(v or "blank") for v in group[item.field].unique().sort())
                messages.append(
                    f"Rows {rows}, {key.replace('_', ' ')} {group[key][0]}, {item.header}: the values "
                    f"differ ({values}), and the tool keeps one. Correct the file."
                )
    return messages


def _items(section: str, agency: Agency) -> list[DataItem]:
    return [i for i in core_dataset().items_of(section, agency.dataset) if is_stored(i)]


def _refuse_known(agency: Agency, section: str, frame: pl.DataFrame) -> None:
    """Raises ImportRefused for records whose identifier the agency already has, deleted ones included.

    Capital and small letters are the same.
    """
    id_field = core_dataset().sections[section].id_field
    stored = RECORDS[section].objects.filter(agency=agency)
    known = {identifier.lower(): key for identifier, key in stored.values_list(id_field, "pk")}
    held = [
        (row, identifier, known[identifier.lower()])
        for row, identifier in frame.select("row", id_field).iter_rows()
        if identifier is not None and identifier.lower() in known
    ]
    if not held:
        return
    records = stored.select_related(*RELATED[section]).in_bulk([key for _, _, key in held])
    name = core_dataset().sections[section].title.lower()
    raise ImportRefused(
        [
            f"Row {row}, {name} {identifier}: {_held(records[key], identifier)}"
            for row, identifier, key in held
        ]
    )


def _held(record: Record, identifier: str) -> str:
    """What is said of an identifier that a record of the tool bears."""
    gone = in_the_way(record)
    if gone is None:
        name = "it" if record.identifier == identifier else f"it as {record.identifier}"
        return f"the tool already holds {name}. Delete it there, or take it out of the file."
    said = unseen_in_words(record, gone, record.identifier)
    if not is_restorable(gone):
        return f"{said}, and is not removed for good yet. Run remove_deleted, or take it out of the file."
    if gone.pk == record.pk:
        return f"{said}: restore it there, or take it out of the file."
    return f"{said}: restore that there, or take {record.identifier} out of the file."


def _add(
    agency: Agency, section: str, frame: pl.DataFrame, parents: dict[str, list[UUID]]
) -> list[UUID]:
    """Creates a record for each row and returns their keys in the order of the rows."""
    model = RECORDS[section]
    items = [item for item in _items(section, agency) if item.field in frame.columns]
    texts = normalised(frame, items)
    columns = {
        item.field: [stored_value(item, text or "") for text in texts[item.field]] for item in items
    }
    # An episode has a foreign key and an item called client_id; the foreign key is given last, by its attribute.
    keys = [uuid4() for _ in range(frame.height)]
    records: list[Record] = []
    for n, key in enumerate(keys):
        values = {field: column[n] for field, column in columns.items()}
        owners = {name: owner[n] for name, owner in parents.items()}
        records.append(model(id=key, agency=agency, **values, **owners))
    model.objects.bulk_create(records, batch_size=BATCH)
    return keys


def normalised(frame: pl.DataFrame, items: list[DataItem]) -> pl.DataFrame:
    """The items as the extract writes them: dates dd/mm/yyyy, whole numbers without leading zeros."""
    columns = []
    for item in items:
        column = pl.col(item.field)
        if item.type == "date":
            column = parse_date(column).dt.strftime("%d/%m/%Y")
        elif is_number(item):
            column = column.cast(pl.Int64, strict=False).cast(pl.String)
        columns.append(column.alias(item.field))
    return frame.select(columns)
