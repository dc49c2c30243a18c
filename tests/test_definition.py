# ruff: noqa: E501 (the table of mistakes is read as a table)
"""The data set is data: a definition that contradicts itself is refused with file and line; a correction is one cell."""

import ast
import csv
import datetime
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
from django.test import Client as Browser
from django.urls import reverse

from det.checks import misfits
from det.definition import core_dataset
from det.importing import import_reading
from det.models import Finding
from det.transfer import prepare_transfer
from tests.factories import AgencyFactory, EpisodeFactory
from tests.rules.base import DEFINITION, FOLDER, TODAY, changed, clean, code, to_csv
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


def then(file: str, key: Mapping[str, str], *edits: Edit) -> Edit:
    """Makes the edits; the line is that of the row that no longer fits."""

    def both(folder: Folder) -> int:
        for edit in edits:
            edit(folder)
        return line_of(file, key)

    return both


def line_of(file: str, key: Mapping[str, str]) -> int:
    _, rows = table(FOLDER, file)
    return next(n for n, row in enumerate(rows, 2) if key.items() <= row.items())


def replace_text(file: str, old: str, new: str, line: int) -> Edit:
    """Changes the bytes of a table, be it no table afterwards."""

    def edit(folder: Folder) -> int:
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        return line

    return edit


def item(field: str, record: str = "episode", /, **cells: str) -> tuple[str, Edit]:
    return ITEMS, set_cells(ITEMS, {"record": record, "field": field}, **cells)


def answer(list_name: str, of: str, /, **cells: str) -> tuple[str, Edit]:
    return CODES, set_cells(CODES, {"list": list_name, "code": of}, **cells)


def rule(key: str, part: str = "", /, **cells: str) -> tuple[str, Edit]:
    return RULES, set_cells(RULES, {"id": key, "part": part}, **cells)


def row(file: str, key: str, of: str, /, **cells: str) -> tuple[str, Edit]:
    return file, set_cells(file, {key: of}, **cells)


def mistakes(folder: Folder) -> list[str]:
    """What is wrong with the definition in a folder, each with its place."""
    try:
        definition = load(folder)
    except DefinitionError as error:
        return [str(error)]
    return [f"{place}: {words}" for place, words in contradictions(definition)]


MISTAKES: list[tuple[tuple[str, Edit], str]] = [
    # Tables that cannot be read
    ((ITEMS, replace_text(ITEMS, "position,header", "position,heading", 2)), "there is no column header"),
    ((ITEMS, replace_text(ITEMS, "position,header,section", "position,header,header", 1)), "a column is there twice"),
    (item("route", position="3rd"), "position is 3rd, not a whole number"),
    (item("route", derived_from="route"), "derived_from 'route' cannot be read"),
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
    (row("groups.csv", "group", "review", goes_with="episode.route=smoke"), "goes_with: no list of the episode has the item 'episode.route'"),
    (row("groups.csv", "group", "review", goes_with="intervention.kind=drugs"), "goes_with: no list of the episode has the item 'intervention.kind'"),
    (row("groups.csv", "group", "review", goes_with="intervention.start_date=drugs"), "goes_with: no answer to intervention.start_date means 'drugs'"),
    (row("groups.csv", "group", "review", goes_with="intervention.setting=drugs"), "goes_with: no answer to intervention.setting means 'drugs'"),
    (row("groups.csv", "group", "home", goes_with="intervention.intervention_type=pharmacological"), "goes_with: only a group of a list of the episode can be folded"),
    (row("groups.csv", "group", "review", goes_with="drugs"), "goes_with 'drugs' cannot be read"),
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
    ((ITEMS, drop_rows(ITEMS, {"position": "240"}, 241)), "the position 240 is missing"),
    # What the tool knows
    (item("software", derived_from="upper_tier_of place"), "derived_from: episode has no field 'place'"),
    (item("time_since_employment", derived_from="in_work when employment_status=employed"), "derived_from: no code of time_since_employment means 'in_work'"),
    (item("children_living_with_client", derived_from="31 when parental_status=not_a_parent"), "derived_from: episode.children_living_with_client cannot be '31'"),
    (item("children_living_with_client", derived_from="0 when status=not_a_parent"), "derived_from: there is no field 'status'"),
    (item("sharing_equipment", "outcomes_profile", derived_from="yes after_treatment"), "derived_from: only an item of the episode is known after_treatment"),
    (item("route", expected_when="substance=*"), "expected_when: there is no field 'substance'"),
    (item("alcohol_units", shown_when="drinking_days!=29"), "shown_when: episode.drinking_days cannot be '29'"),
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
    (row("local_authorities.csv", "code", "E07000150", successors="E06000061;E06"), "the successor 'E06' of E07000150 is unknown"),
    (row("local_authorities.csv", "code", "E07000150", valid_to="01/04/2021"), "E06000061 does not begin on the day after E07000150 ended"),
    (answer("sex", "F", synonyms="woman;boy"), "the synonym 'boy' of F means another code of sex too"),
    (answer("sex", "F", synonyms="MALE"), "the synonym 'MALE' of F means another code of sex too"),
    (answer("sex", "F", synonyms="m"), "the synonym 'm' of F means another code of sex too"),
    (row("local_authorities.csv", "code", "E06000009", synonyms="Saint Helens"), "the synonym 'Saint Helens' of E06000009 means another code of local_authority too"),
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
    (rule("NQ115", items="sub_intervention_review#opioids"), "the data item 'sub_intervention_review#opioids' is unknown"),
    (rule("NQ115", items="sub_intervention_review.review_date"), "NQ115 is about what is ticked, but sub_intervention_review.review_date is no box"),
    (rule("NQ037", items="episode.route"), "range cannot judge episode.route, which is of the type code"),
    (rule("NQ108", items="episode.triage_date"), "code_dataset cannot judge episode.triage_date, which is of the type date"),
    (rule("NQ037", items="episode.drinking_days"), "another rule of the kind range names episode.drinking_days too"),
    (rule("NQ010", items="client.first_initial"), "another rule of the kind required names client.first_initial too"),
    (rule("NQ021", items="episode.route"), "episode.route is required here, but not 'always' in data_items.csv"),
    (item("route", required="always"), "episode.route is always required, but no rule of the kind required names it"),
    (rule("NQ048", message=""), "NQ048 has no message"),
    (rule("NQ048", message="{item} is wrong."), "the placeholder '{item}' does not stand in brackets"),
    (rule("NQ048", message="Triage ({triaged}) is wrong."), "the placeholder '{triaged}' is unknown in episode"),
    (rule("NQ048", message="Triage ({sharing}) is wrong."), "the placeholder '{sharing}' is unknown in episode"),
    (rule("NQ004", message="{item} is wrong."), "the placeholder '{item}' is unknown"),
    (rule("NQ048", message="Such as {example}."), "NQ048 is not about dates, so {example} cannot be filled"),
    (rule("NQ048", message="{field is wrong."), "the placeholder '{' is unknown"),
    (rule("NQ048", message="Row {row} is wrong."), "NQ048 is about records, so {row} cannot be filled"),
    (rule("NQ004", message="{field} is wrong."), "NQ004 is about the file, so {field} cannot be filled"),
    (rule("NQ048", message="At least {min}."), "{min} cannot be filled: episode.triage_date has no min"),
    (rule("NQ031", message="At most {max}."), "{max} cannot be filled: client.sex has no max or max_length"),
    (row("calendar.csv", "period_end", "30/09/2020", period_end="29/09/2020"), "No reporting period ends on 29/09/2020"),
    (("datasets.csv", drop_rows("datasets.csv", {})), "there is no row below the header"),
    # Rows that are missing: the place is where they should be, or what needs them
    (("limits.csv", drop_rows("limits.csv", {"name": "long_list"})), "there is no limit long_list"),
    (("sections.csv", drop_rows("sections.csv", {"id": "intervention"})), "there is no section intervention"),
    ((RULES, drop_rows(RULES, {"id": "NQ048"})), "the expression of NQ048 is written, but no row of its kind is here"),
    ((ITEMS, drop_rows(ITEMS, {"record": "sub_intervention_review"})), "no item of sub_intervention_review has the tag methadone"),
    # What the rules, once they are made, do not find
    ((RULES, then(RULES, {"id": "NQ068"}, drop_rows("limits.csv", {"name": "adult_age"}))), "NQ068 cannot be made for AD: there is no adult_age"),
    ((RULES, then(RULES, {"id": "NQ078"}, answer("route", "1", meaning="")[1])), "NQ078 cannot be made for AD: no code of the list route means inject"),
    ((RULES, then(RULES, {"id": "NQ088"}, item("hepc_antibody_result", field="hepc_antibodies")[1], rule("NQ088", items="episode.hepc_antibodies")[1])), "NQ088 cannot be made for AD: unable to find column"),
    (("datasets.csv", then("datasets.csv", {"code": "SY"}, answer("consent", "N", meaning="")[1])), "records of SY cannot be judged: no code of the list consent means refused"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("mistake", "words"), MISTAKES, ids=[f"{file}: {words}" for (file, _), words in MISTAKES]
)
def test_a_mistake_is_told_with_file_and_line(
    mistake: tuple[str, Edit], words: str, folder: Folder
) -> None:
    file, edit = mistake
    line = edit(folder)
    told = mistakes(folder)
    assert any(one.startswith(f"{file}, line {line}: {words}") for one in told), told


def test_the_definition_agrees_with_itself_and_the_models() -> None:
    assert contradictions(DEFINITION) == []
    assert misfits(core_dataset()) == []
    assert run_checks(tags=["dataset", "models"]) == []


def test_every_kind_of_check_has_a_mistake() -> None:
    """Each sentence that the checks can say is said in the table above."""
    source = (ROOT / "validation" / "dataset" / "check.py").read_text()
    said = " | ".join(words for _, words in MISTAKES)
    sentences = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple)
    ]
    assert len(sentences) > 50
    for sentence in sentences:
        pattern = _pattern(sentence.value.elts[1])  # type: ignore[union-attr]
        assert re.search(pattern, said), pattern


def _pattern(node: ast.expr) -> str:
    """A pattern of the sentences that an f-string makes."""
    if isinstance(node, ast.Constant):
        return re.escape(str(node.value))
    if isinstance(node, ast.JoinedStr):
        parts = (
            re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".*"
            for part in node.values
        )
        return "".join(parts)
    return ""


def test_all_mistakes_are_told_at_once_and_in_order(folder: Folder) -> None:
    lines = [item("route", required="often")[1](folder), item("software", max_length="")[1](folder)]
    assert [one.split(":")[0] for one in mistakes(folder)] == [
        f"{ITEMS}, line {line}" for line in sorted(lines)
    ]


@pytest.mark.parametrize("file", sorted(path.name for path in FOLDER.glob("*.csv")))
def test_a_table_that_cannot_be_read_is_named(file: str, folder: Folder) -> None:
    (folder / file).write_bytes((folder / file).read_bytes() + b'"')
    assert mistakes(folder)[0].startswith(f"{file}: cannot be read as CSV")
    (folder / file).write_bytes("Straße".encode("cp1252"))
    load.cache_clear()
    assert mistakes(folder)[0].startswith(f"{file}: cannot be read as CSV")
    (folder / file).unlink()
    assert mistakes(folder) == [f"{file}: the file is missing"]
    (folder / file).mkdir()
    assert mistakes(folder) == [f"{file}: cannot be opened: Is a directory"]


@pytest.mark.parametrize(
    "file", [ITEMS, RULES, "datasets.csv", "sections.csv", "groups.csv", CODES]
)
def test_a_table_without_rows_is_refused(file: str, folder: Folder) -> None:
    columns, _ = table(folder, file)
    write(folder, file, columns, [])
    assert mistakes(folder)


def test_a_table_saved_by_a_spreadsheet_is_read(folder: Folder) -> None:
    """With a byte order mark and CR LF."""
    for path in folder.glob("*.csv"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert mistakes(folder) == []
    assert load(folder).headers == DEFINITION.headers


# What Django says


def test_the_system_check_names_file_and_line(folder: Folder, settings: Any) -> None:
    settings.DATASET_FOLDER = folder
    line = item("drinking_days", min="")[1](folder)
    (error,) = run_checks(tags=["dataset"])
    assert error.id == "validation.E002"
    words = "episode.drinking_days is an integer, so it needs a min and a max not below it"
    assert error.msg == f"{ITEMS}, line {line}: {words}."
    assert error.hint == f"Correct {folder / ITEMS}, line {line}."


def test_the_system_check_works_when_loading_fails(folder: Folder, settings: Any) -> None:
    settings.DATASET_FOLDER = folder
    line = rule("NQ048", malformed="Y")[1](folder)
    (error,) = run_checks(tags=["dataset"])
    assert error.id == "validation.E001"
    assert error.msg == f"{RULES}, line {line}: malformed is Y, not yes or no."


def manage(folder: Folder, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of manage.py with the definition of a folder."""
    module = "from ndtms.settings.test import *\n"
    module += f"DATASET_FOLDER = __import__('pathlib').Path({str(folder)!r})\n"
    (folder.parent / "changed_settings.py").write_text(module)
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "changed_settings",
        "PYTHONPATH": str(folder.parent),
        "DATABASE_URL": "sqlite://:memory:",
    }
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        env=environment,
        capture_output=True,
        text=True,
    )


def test_manage_py_says_in_one_sentence_that_a_definition_cannot_be_read(folder: Folder) -> None:
    line = rule("NQ048", malformed="Y")[1](folder)
    done = manage(folder, "check")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "The definition of the data set cannot be read. "
        f"{RULES}, line {line}: malformed is Y, not yes or no.\n"
    )


def test_nothing_starts_with_a_contradiction(folder: Folder) -> None:
    line = item("route", reference_list="routes")[1](folder)
    done = manage(folder, "migrate", "--plan")
    assert done.returncode == 1
    assert f"{ITEMS}, line {line}: the reference list 'routes' is unknown." in done.stderr
    assert "Traceback" not in done.stderr


# The models


def changed_items(field: str, /, **changes: Any) -> CoreDataset:
    """The definition in which one item is another."""
    items = (replace(i, **changes) if i.field == field else i for i in DEFINITION.items)
    return replace(DEFINITION, items=tuple(items))


MISFITS = [
    (changed_items("route", type="date"), "episode.route needs a DateField, but the model has a CharField"),
    (changed_items("route", field="way"), "episode.way has no field in Episode"),
    (changed_items("triage_date", type="integer"), "episode.triage_date needs a SmallIntegerField, but the model has a DateField"),
    (changed_items("drinking_days", max=40_000), "episode.drinking_days has the limit 40000, which the model cannot hold"),
    (changed_items("episode_id", max_length=21), "episode.episode_id needs 21 characters, but the model has 20"),
    (changed_items("route", special_codes=("x" * 21,)), "episode.route needs 21 characters, but the model has 20"),
    (changed_items("alcohol_days", special_codes=()), "outcomes_profile.alcohol_days needs a SmallIntegerField, but the model has a CharField"),
    (changed_items("route", record="client"), "client.route has no field in Client"),
]  # fmt: skip


@pytest.mark.parametrize(("definition", "words"), MISFITS, ids=[words for _, words in MISFITS])
def test_records_that_do_not_fit_the_definition_are_refused(
    definition: CoreDataset, words: str
) -> None:
    assert words in [told for _, told in misfits(definition)]


def test_a_field_without_an_item_is_refused() -> None:
    definition = replace(DEFINITION, items=tuple(i for i in DEFINITION.items if i.field != "route"))
    assert misfits(definition) == [
        (Place(ITEMS, 1), "Episode has a field route, but episode has no such item")
    ]


def test_a_section_without_a_model_is_refused() -> None:
    visit = replace(DEFINITION.sections["episode"], id="visit")
    definition = replace(DEFINITION, sections={**DEFINITION.sections, "visit": visit})
    assert misfits(definition) == [(visit.place, "there is no model for the section visit")]


def test_an_item_may_not_have_the_name_of_something_else() -> None:
    definition = changed_items("sex", field="changed_by")
    assert "client.changed_by has a name that the model uses for something else" in [
        words for _, words in misfits(definition)
    ]


def test_what_is_kept_beside_the_records_fits_its_column() -> None:
    long = replace(DEFINITION.rules["NQ048"], id="NQ0048", message="x" * 501)
    definition = replace(DEFINITION, rules={**DEFINITION.rules, "NQ048": long})
    assert [words for _, words in misfits(definition)] == [
        f"'{'x' * 30}' has more than 500 characters",
        "'NQ0048' has more than 5 characters",
    ]


# A correction is one cell


AGENCY = "N0001"


def corrected(folder: Folder, *edits: Edit) -> CoreDataset:
    for edit in edits:
        edit(folder)
    assert mistakes(folder) == []
    return load(folder)


@pytest.mark.django_db
def test_a_corrected_header_changes_the_extract_and_what_is_read(
    folder: Folder, settings: Any
) -> None:
    agency = AgencyFactory(code=AGENCY)
    import_reading(reading=read_bytes(to_csv([clean("AD")]), core_dataset()), agency=agency)
    period = period_ending(datetime.date(2022, 5, 31), DEFINITION)
    before = prepare_transfer(agency, period).rows
    old = DEFINITION.by_name["client.ethnicity"].header
    settings.DATASET_FOLDER = folder
    definition = corrected(folder, item("ethnicity", "client", header="ETHNICITY22")[1])
    transfer = prepare_transfer(agency, period)
    assert transfer.rows.columns == ["ETHNICITY22" if h == old else h for h in before.columns]
    assert transfer.rows["ETHNICITY22"].to_list() == before[old].to_list()
    assert read_bytes(transfer.content, definition).problems == ()
    assert [p.rule for p in read_bytes(transfer.content, DEFINITION).problems] == ["NQ001", "NQ002"]


@pytest.mark.django_db
def test_findings_follow_the_definition_on_the_day_on_which_it_changes(
    folder: Folder, settings: Any, verified: Browser, user: Any
) -> None:
    """A finding of a rule that is gone would be a page that cannot be shown."""
    client = EpisodeFactory(client__agency=user.agency, local_authority="E06000001").client
    pages = [reverse("client", args=[client.pk]), reverse("fix-list")]
    before = [verified.get(page).content.decode() for page in pages]
    gone = Finding.objects.filter(client=client).order_by("rule")[0].rule
    assert all(gone in page for page in before)
    lines = (folder / RULES).read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(f"{gone},")]
    (folder / RULES).write_text("".join(kept), encoding="utf-8")
    assert len(kept) < len(lines)
    settings.DATASET_FOLDER = folder
    after = [verified.get(page) for page in pages]
    assert [page.status_code for page in after] == [200, 200]
    assert not any(gone in page.content.decode() for page in after)
    assert not Finding.objects.filter(rule=gone).exists()
    judged = Finding.objects.filter(client=client).count()
    verified.get(pages[0])
    assert Finding.objects.filter(client=client).count() == judged > 0


def findings(definition: CoreDataset, caseload: list[dict[str, Any]]) -> list[tuple[str, str]]:
    reading = read_bytes(to_csv(caseload), definition)
    found = check_reading(reading, definition, "AD", today=TODAY).findings
    return list(found.select("rule", "message").iter_rows())


def test_a_corrected_code_changes_what_is_accepted(folder: Folder) -> None:
    female = code("sex", "female")
    definition = corrected(folder, answer("sex", female, code="W")[1])
    old, new = clean("AD"), changed("AD", {"client.sex": "W"})
    assert findings(DEFINITION, [old]) == findings(definition, new) == []
    assert [rule for rule, _ in findings(definition, [old])] == ["NQ031"]
    assert [rule for rule, _ in findings(DEFINITION, new)] == ["NQ031"]


def test_a_corrected_label_and_message_change_what_is_said(folder: Folder) -> None:
    female = code("sex", "female")
    definition = corrected(
        folder,
        answer("sex", female, text="Woman")[1],
        item("sex", "client", question="Sex at birth")[1],
        rule("NQ008", message="{value} is the word for {field}.")[1],
    )
    caseload = changed("AD", {"client.sex": "woman"})
    assert findings(definition, caseload) == [("NQ008", "woman is the word for Sex at birth.")]
    assert [rule for rule, _ in findings(DEFINITION, caseload)] == ["NQ031"]


def test_a_correction_needs_no_migration(folder: Folder) -> None:
    corrected(
        folder,
        item("ethnicity", "client", header="ETHNICITY22", label="Group", question="Group")[1],
        item("route", position="40", order="1")[1],
        item("substance_2", position="39")[1],
        answer("sex", "F", code="W", text="Woman", code_status="placeholder")[1],
        rule("NQ048", message="Correct the dates.", severity="warning")[1],
        row("limits.csv", "name", "adult_age", value="19")[1],
    )
    done = manage(folder, "makemigrations", "--check", "--dry-run")
    assert (done.stdout, done.stderr, done.returncode) == ("No changes detected\n", "", 0)


CODE_OF = ("det", "ndtms", "validation")
SHORTEST_HEADER, SHORTEST_CODE = 4, 3


def literals() -> Iterator[tuple[str, str]]:
    """Place and text of every string in the code that is no docstring."""
    paths = [path for part in CODE_OF for path in (ROOT / part).rglob("*.py")]
    for path in paths:
        if "migrations" in path.parts:
            continue
        tree = ast.parse(path.read_text())
        told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and id(node) not in told:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", text
    for path in (ROOT / "templates").rglob("*.html"):
        yield str(path.relative_to(ROOT)), path.read_text()


def test_nothing_but_the_definition_names_a_header_or_a_code() -> None:
    headers = {header for header in DEFINITION.headers if len(header) >= SHORTEST_HEADER}
    codes = {
        code
        for answers in DEFINITION.lists.values()
        for code in answers.codes
        if len(code) >= SHORTEST_CODE
    }
    named = [
        (place, word)
        for place, text in literals()
        for word in {*re.findall(r"\b[A-Z][A-Z0-9]+\b", text)} & headers | {text} & codes
    ]
    assert named == []
