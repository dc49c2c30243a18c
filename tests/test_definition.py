# ruff: noqa: E501 (the table of mistakes is read as a table)
"""The data set is data: a definition that contradicts itself is refused with file and line; a correction is one cell."""

import ast
import csv
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import models

from det.checks import misfits
from det.definition import core_dataset
from det.importing import import_reading
from det.models import Client, Intervention
from det.transfer import prepare_transfer
from tests.factories import AgencyFactory
from tests.rules.base import DEFINITION, FOLDER, changed, clean, code, to_csv
from validation.dataset import CoreDataset, DefinitionError, load
from validation.dataset.check import contradictions
from validation.dataset.objects import Place
from validation.files import check_reading
from validation.periods import period_ending
from validation.reading import read_bytes

ROOT = Path(__file__).resolve().parent.parent
ITEMS, CODES, RULES = "data_items.csv", "reference_data.csv", "rules.csv"
Folder = Path
Edit = Callable[[Folder], int]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A copy of the definition that a test may change."""
    shutil.copytree(FOLDER, tmp_path / "changed")
    return tmp_path / "changed"


def table(folder: Folder, file: str) -> tuple[list[str], list[dict[str, str]]]:
    with (folder / file).open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        return list(reader.fieldnames or ()), list(reader)


def write(folder: Folder, file: str, columns: list[str], rows: list[dict[str, str]]) -> None:
    with (folder / file).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def set_cells(file: str, key: Mapping[str, str], **cells: str) -> Edit:
    """Changes cells of the first row that has the values of the key; gives the row's line."""

    def edit(folder: Folder) -> int:
        columns, rows = table(folder, file)
        number = next(n for n, row in enumerate(rows) if key.items() <= row.items())
        assert cells.keys() <= set(columns)
        rows[number].update(cells)
        write(folder, file, columns, rows)
        return number + 2

    return edit


def add_row(file: str, key: Mapping[str, str], **cells: str) -> Edit:
    """Adds a copy of a row with other cells at the end; gives its line."""

    def edit(folder: Folder) -> int:
        columns, rows = table(folder, file)
        source = next(row for row in rows if key.items() <= row.items())
        rows.append({**source, **cells})
        write(folder, file, columns, rows)
        return len(rows) + 1

    return edit


def drop_rows(file: str, key: Mapping[str, str], line: int = 1) -> Edit:
    """Takes out the rows that have the values of the key."""

    def edit(folder: Folder) -> int:
        columns, rows = table(folder, file)
        write(folder, file, columns, [row for row in rows if not key.items() <= row.items()])
        return line

    return edit


def line_of(file: str, key: Mapping[str, str]) -> int:
    _, rows = table(FOLDER, file)
    return next(n for n, row in enumerate(rows, 2) if key.items() <= row.items())


def replace_text(file: str, old: str, new: str, line: int = 1) -> Edit:
    def edit(folder: Folder) -> int:
        text = (folder / file).read_bytes()
        assert old.encode() in text
        (folder / file).write_bytes(text.replace(old.encode(), new.encode("latin-1"), 1))
        return line

    return edit


def item(field: str, record: str = "episode", **cells: str) -> tuple[str, Edit]:
    return ITEMS, set_cells(ITEMS, {"record": record, "field": field}, **cells)


def answer(list_name: str, of: str, **cells: str) -> tuple[str, Edit]:
    return CODES, set_cells(CODES, {"list": list_name, "code": of}, **cells)


def rule(id_: str, part: str = "", **cells: str) -> tuple[str, Edit]:
    return RULES, set_cells(RULES, {"id": id_, "part": part}, **cells)


def row(file: str, key: str, value: str, **cells: str) -> tuple[str, Edit]:
    return file, set_cells(file, {key: value}, **cells)


SEX = {"record": "client", "field": "sex"}
PROFILE_ITEMS = {"record": "outcomes_profile", "group": "yp_wellbeing"}

MISTAKES: list[tuple[tuple[str, Edit], str]] = [
    # Tables that cannot be read
    ((ITEMS, replace_text(ITEMS, "position,header", "position,heading")), "there is no column header"),
    ((ITEMS, replace_text(ITEMS, "position,header,section", "position,header,header")), "a column is there twice"),
    (item("route", position="3rd"), "position is 3rd, not a whole number"),
    (item("route", shown_when="sex is male"), "the condition 'sex is male' cannot be read"),
    (answer("sex", "F", valid_to="2022-03-31"), "valid_to is 2022-03-31, not a date dd/mm/yyyy"),
    ((CODES, add_row(CODES, {"list": "sex", "code": "F"})), "the code F is twice in sex"),
    ((RULES, add_row(RULES, {"id": "NQ048"})), "the rule NQ048 is there twice"),
    (rule("NQ048", malformed="Y"), "malformed is Y, not yes or no"),
    (rule("NQ048", identity="1"), "identity is 1, not yes or no"),
    (row("datasets.csv", "code", "AD", adult="true"), "adult is true, not yes or no"),
    (row("dataset.csv", "key", "in_force_from", value=""), "value is missing"),
    (row("local_authorities.csv", "code", "E06000001", tier="unitry"), "the tier 'unitry' is unknown"),
    (("limits.csv", add_row("limits.csv", {"name": "adult_age"})), "the limit adult_age is there twice"),
    # What rows refer to
    (item("route", section="epsiode"), "the section 'epsiode' is unknown"),
    (item("route", record="epsiode"), "the record 'epsiode' is unknown"),
    (item("route", group="substance"), "the group 'substance' is unknown"),
    (item("route", group="identity"), "the group identity is of client, not of episode"),
    (item("route", datasets="AD;AY"), "the dataset 'AY' is unknown"),
    (item("route", datasets=""), "no dataset collects episode.route"),
    (answer("sex", "F", datasets="AD;AY"), "the dataset 'AY' is unknown"),
    (row("groups.csv", "group", "home", section="house"), "the section 'house' is unknown"),
    (row("groups.csv", "group", "home", style="boxes"), "style is 'boxes', not one of fields, ticks"),
    (row("datasets.csv", "code", "AD", outcomes="tap"), "no item of outcomes_profile that AD collects has the tag 'tap'"),
    (row("sections.csv", "id", "episode", pages="one"), "pages is 'one', not one of group, section"),
    (row("sections.csv", "id", "episode", id_field="number"), "id_field: episode has no field 'number'"),
    (row("sections.csv", "id", "episode", id_field="triage_date"), "id_field: episode.triage_date is of the type date, not identifier"),
    (row("sections.csv", "id", "episode", date_field="route"), "date_field: episode.route is of the type code, not date"),
    (row("sections.csv", "id", "episode", date_field=""), "date_field: episode has no field ''"),
    (("sections.csv", add_row("sections.csv", {"id": "intervention"}, id="visit")), "no data item belongs to visit"),
    # Names
    (item("route", header="ROUTE_1"), "the header 'ROUTE_1' is not in capital letters and digits only"),
    (item("route", header="Route"), "the header 'Route' is not in capital letters and digits only"),
    (item("injecting_status", header="ROUTE"), "the header ROUTE is there twice"),
    (item("injecting_status", header="route"), "the header ROUTE is there twice"),
    (item("injecting_status", field="route"), "the field route is twice in episode"),
    (item("injecting_status", field="sex"), "the field sex is twice in episode"),
    (item("route", field="way of use"), "the field 'way of use' cannot be used as a name"),
    (item("route", field="row"), "the field 'row' cannot be used as a name"),
    (item("route", question=""), "episode.route has no question"),
    (item("route", position="38"), "the position 38 is given twice, or is not above 0"),
    (item("route", position=""), "the position 0 is given twice, or is not above 0"),
    ((ITEMS, drop_rows(ITEMS, {"position": "241"}, line_of(ITEMS, {"position": "240"}) + 1)), ""),
    # Types
    (item("route", type="choice"), "the type 'choice' is unknown"),
    (item("route", reference_list=""), "the reference list '' is unknown"),
    (item("route", reference_list="routes"), "the reference list 'routes' is unknown"),
    (item("triage_date", reference_list="route"), "episode.triage_date is no code, but has a reference list"),
    (item("drinking_days", min=""), "episode.drinking_days is an integer, so it needs a min and a max not below it"),
    (item("drinking_days", max=""), "episode.drinking_days is an integer, so it needs a min and a max not below it"),
    (item("drinking_days", min="29"), "episode.drinking_days is an integer, so it needs a min and a max not below it"),
    (item("episode_id", max_length=""), "episode.episode_id is of the type identifier, so it needs a max_length"),
    (item("software", max_length=""), "episode.software is of the type text, so it needs a max_length"),
    (item("route", special_codes="NA"), "episode.route is no integer, but has special codes"),
    (item("sadq_score", max="98"), "the special code 98 of episode.sadq_score is a number in its range"),
    (item("route", header_status="sure"), "header_status is 'sure', not one of confirmed, placeholder, reconstructed"),
    # Required, asked, dated
    (item("route", required="often"), "required is 'often', which means nothing"),
    (item("route", required="with"), "required is 'with', which means nothing"),
    (item("discharge_date", required="with discharge_cause"), "required: episode has no field 'discharge_cause'"),
    (item("pregnant", shown_when="gender!=male"), "shown_when: there is no field 'gender'"),
    (item("pregnant", shown_when="sex!=man"), "shown_when: no code of sex means 'man'"),
    (item("pregnant", shown_when="sex!=male|man"), "shown_when: no code of sex means 'man'"),
    (item("pregnant", shown_when="sex!=*"), "shown_when: '!=*' cannot be asked"),
    (item("pregnant", shown_when="triage_date=male"), "shown_when: episode.triage_date has no reference list"),
    (item("pregnant", shown_when="age_at_latest_triage>=old_age"), "shown_when: there is no limit 'old_age'"),
    (item("pregnant", shown_when="age_at_latest_triage>=high_age|adult_age"), "shown_when: there is no limit 'high_age|adult_age'"),
    (item("pregnant", shown_when="drinking_days>=high_age"), "shown_when: 'drinking_days' cannot be compared with a limit, only age_at_latest_triage"),
    (item("discharge_reason", dated_by="exit_date"), "dated_by: episode has no date 'exit_date'"),
    (item("discharge_reason", dated_by="route"), "dated_by: episode has no date 'route'"),
    # Tags
    (item("cannabis_days", "outcomes_profile", tags="top;substance_day;drug_days"), "the tag 'substance_day' is unknown in outcomes_profile"),
    (item("route", tags="rating"), "the tag 'rating' is unknown in episode"),
    (item("vaping", "outcomes_profile", datasets="AD;SA;YP"), "outcomes_profile.vaping is of an outcomes profile that YP does not have"),
    # Codes
    (answer("sex", "F", code=""), "sex needs a code in ASCII and a text, not ''"),
    (answer("sex", "F", code="é"), "sex needs a code in ASCII and a text, not 'é'"),
    (answer("sex", "F", text=""), "sex needs a code in ASCII and a text, not 'F'"),
    (answer("sex", "F", list="sexes"), "no data item uses the list 'sexes'"),
    (answer("sex", "F", datasets=""), "no dataset uses the code F of sex"),
    (answer("sex", "F", valid_from="01/04/2022", valid_to="31/03/2022"), "the code F of sex ends before it begins"),
    (answer("sex", "F", code_status=""), "code_status is '', not one of confirmed, placeholder, reconstructed"),
    (item("looked_after_child", reference_list="custody_status"), "YP collects episode.looked_after_child, but custody_status has no code for it"),
    (item("peer_support", "sub_intervention_review", reference_list="route"), "sub_intervention_review.peer_support is ticked, but route has no code for yes or for no"),
    (row("local_authorities.csv", "code", "E07000008", upper_tier_code="E10000999"), "the upper tier 'E10000999' of E07000008 is unknown"),
    (row("limits.csv", "name", "adult_age", value=""), "the limit adult_age is missing, or not above 0"),
    # Rules
    (rule("NQ048", severity="fatal"), "severity is 'fatal', not one of error, file, mismatch, warning"),
    (rule("NQ048", kind="expresion"), "the kind 'expresion' is unknown"),
    (rule("NQ048", kind="future"), "the expression of NQ048 is written, but no row of its kind is here"),
    (rule("NQ048", id="NQ948"), "no expression is written for NQ948"),
    (rule("NQ048", items=""), "NQ048 names no data item"),
    (rule("NQ048", items="episode.triage;episode.referral_date"), "the data item 'episode.triage' is unknown"),
    (rule("NQ037", items="episode.route"), "range cannot judge episode.route, which is of the type code"),
    (rule("NQ108", items="episode.triage_date"), "code_dataset cannot judge episode.triage_date, which is of the type date"),
    (rule("NQ037", items="episode.drinking_days"), "another rule of the kind range names episode.drinking_days too"),
    (rule("NQ010", items="client.first_initial"), "another rule of the kind required names client.first_initial too"),
    (rule("NQ021", items="episode.route"), "episode.route is required here, but not 'always' in data_items.csv"),
    (item("route", required="always"), "episode.route is always required, but no rule of the kind required names it"),
    (rule("NQ048", message=""), "NQ048 has no message"),
    (rule("NQ048", message="{item} is wrong."), "the placeholder '{item}' is unknown"),
    (rule("NQ048", message="{field is wrong."), "the placeholder '{' is unknown"),
    (rule("NQ048", message="Row {row} is wrong."), "NQ048 is about records, so {row} cannot be filled"),
    (rule("NQ004", message="{field} is wrong."), "NQ004 is about the file, so {field} cannot be filled"),
    (rule("NQ048", message="At least {min}."), "{min} cannot be filled: episode.triage_date has no min"),
    (rule("NQ031", message="At most {max}."), "{max} cannot be filled: client.sex has no max or max_length"),
    (row("calendar.csv", "period_end", "30/09/2020", period_end="29/09/2020"), "No reporting period ends on 29/09/2020"),
    # What rules ask of the tables when they are made
    (rule("NQ049", items="episode.care_plan_start_date"), ""),
    (answer("alcohol", "7000") if False else answer("substance", "7000", meaning=""), ""),
]  # fmt: skip
