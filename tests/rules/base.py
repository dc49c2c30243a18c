"""Clean caseloads, changes to them, and the judgement of the engine on the file that they make.

A caseload is a list of episodes; an episode is a dict of plain records by name: `client` and
`episode` are dicts of field: text, every other name is a list of such dicts. A case is a set of
changes to a clean caseload:

    {"episode.triage_date": "31/01/2022"}     another value (None: blank)
    {"intervention[1].end_date": None}        the second record of a list; without a number the first
    {"-outcomes_profile": ALL}                records taken away: one index, or all
    {"+intervention": {"start_date": None}}   a copy of the first record, with an ID of its own
    {"also": [changes, ...]}                  further episodes: copies of the first, changed
    {"today": ..., "period_end": ...}         the days of the judgement

Changes are made in their order.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from validation.dataset import CoreDataset, DataItem, load
from validation.engine import check
from validation.reading import read_bytes
from validation.records import Records, gather

FOLDER = Path(__file__).parents[2] / "fixtures" / "cds_q"
DEFINITION = load(FOLDER)
LIMITS = DEFINITION.limits
DATASETS = tuple(DEFINITION.datasets)
TODAY = datetime.date(2022, 7, 10)
PERIOD_END = datetime.date(2022, 6, 30)
ALL = "all"

Record = dict[str, str | None]
Episode = dict[str, Any]
Changes = Mapping[str, Any]
Finding = dict[str, Any]


def code(list_name: str, *meanings: str) -> str:
    """A code by its meaning."""
    return DEFINITION.meaning(list_name, *meanings)[0]


def plain(list_name: str, dataset: str = "AD", number: int = 0) -> str:
    """A code of the dataset that has no meaning for the rules."""
    answers = DEFINITION.lists[list_name].for_dataset(dataset).values()
    return [answer.code for answer in answers if not answer.meanings][number]


def of_dataset(list_name: str, meaning: str, dataset: str) -> str:
    """A code by its meaning, among those of the dataset."""
    answers = DEFINITION.lists[list_name].for_dataset(dataset).values()
    return next(answer.code for answer in answers if meaning in answer.meanings)


YES, NO = code("yes_no_yn", "yes"), code("yes_no_yn", "no")
NA = code("yes_no_na", "not_answered")
START, REVIEW, EXIT, POST = (
    code("treatment_stage", stage) for stage in ("start", "review", "exit", "post_treatment")
)
OPIATE, ALCOHOL, DRUG = (
    code("substance", "opiate"),
    code("substance", "alcohol"),
    plain("substance"),
)
OTHER_DRUG = plain("substance", number=1)
NO_SECOND, NO_THIRD = code("substance", "no_second"), code("substance", "no_third")


def day(text: str, plus: int = 0) -> str:
    """A date dd/mm/yyyy some days later."""
    moved = datetime.datetime.strptime(text, "%d/%m/%Y").date() + datetime.timedelta(days=plus)
    return moved.strftime("%d/%m/%Y")


def tags(frame: str, tag: str, dataset: str) -> list[str]:
    return DEFINITION.tagged(frame, tag, dataset)


def clean(dataset: str) -> Episode:
    """One client in treatment, with an answer to every expected item; nothing is to be found."""
    adult = DEFINITION.datasets[dataset].adult
    outcomes = DEFINITION.datasets[dataset].outcomes
    answers = {
        item.field: NO if item.type == "code" else "1" if item.max and item.max < 28 else "0"
        for item in DEFINITION.frames["outcomes_profile"]
        if outcomes in item.tags and item.reference_list != "substance"
    }
    result: Episode = {
        "client": {
            "client_id": "C1",
            "agency_code": "N0001",
            "consent": code("consent", "given"),
            "first_initial": "A",
            "last_initial": "B",
            "birth_date": "15/06/1985" if adult else "15/06/2005",
            "sex": code("sex", "female"),
            "ethnicity": plain("ethnicity"),
            "country_of_birth": plain("country"),
            "religion": plain("religion"),
            "sexual_orientation": plain("sexual_orientation"),
            "disability_1": code("disability", "none"),
        },
        "episode": {
            "episode_id": "E1",
            "referral_date": "03/01/2022",
            "triage_date": "10/01/2022",
            "care_plan_start_date": "17/01/2022",
            "previously_treated": NO,
            "referral_source": plain("referral_source"),
            "postcode_district": "LS6",
            "local_authority": "E08000035",
            "upper_tier_local_authority": "E08000035",
            "accommodation_need": plain("accommodation_need"),
            "employment_status": plain("employment_status"),
            "parental_status": code("parental_status", "not_a_parent"),
            "children_living_with_client": "0",
            "substance_1": OPIATE,
            "substance_1_first_age": "12",
            "route": plain("route"),
            "substance_2": DRUG,
            "substance_3": NO_THIRD,
            "injecting_status": code("injecting_status", "not_injecting"),
            "drinking_days": "4",
            "alcohol_units": "6",
            "mental_health_need": code("mental_health_need", "no"),
            "hepb_status": plain("hepb_status"),
            "hepc_status": plain("hepc_status"),
            "top_care_coordination": YES,
            "education_status": plain("yp_education", "YP"),
        },
        "intervention": [
            {
                "intervention_id": "I1",
                "intervention_type": of_dataset("intervention_type", "pharmacological", dataset),
                "setting": plain("intervention_setting"),
                "referred_date": "10/01/2022",
                "first_appointment_date": "17/01/2022",
                "start_date": "24/01/2022",
            },
            {
                "intervention_id": "I2",
                "intervention_type": of_dataset("intervention_type", "psychosocial", dataset),
                "setting": plain("intervention_setting"),
                "referred_date": "12/01/2022",
                "first_appointment_date": "19/01/2022",
                "start_date": "31/01/2022",
            },
        ],
        "sub_intervention_review": [
            {
                "review_id": "S1",
                "review_date": "25/04/2022",
                "methadone_maintenance": YES,
                "methadone_dose": "60",
                "motivational_interventions": YES,
                "peer_support": YES,
            },
        ],
        "outcomes_profile": [
            {"profile_id": "P1", "profile_date": "24/01/2022", "stage": START, **answers},
            {"profile_id": "P2", "profile_date": "18/04/2022", "stage": REVIEW, **answers},
        ],
        "client_information_review": [
            {"review_id": "R1", "review_date": "25/04/2022", "mental_health_need": "2"},
        ],
    }
    return {name: _collected(name, part, dataset) for name, part in result.items()}


def _collected(record: str, part: Any, dataset: str) -> Any:
    """The part without what the dataset does not collect."""
    if isinstance(part, list):
        return [_collected(record, one, dataset) for one in part]
    return {
        field: text
        for field, text in part.items()
        if dataset in DEFINITION.by_name[f"{record}.{field}"].datasets
    }


ENDED = {
    f"intervention[{number}].{field}": text
    for number in (0, 1)
    for field, text in (("end_date", "20/05/2022"), ("exit_status", plain("modality_exit")))
}
"""Both interventions have ended."""

DISCHARGED = {
    **ENDED,
    "episode.discharge_date": "31/05/2022",
    "episode.discharge_reason": plain("discharge_reason"),
}
"""The client is discharged, with all that belongs to it in the community."""

RELEASED = {**DISCHARGED, "episode.exit_destination": plain("exit_destination", "SA")}
"""The same in a secure setting."""


def discharged(dataset: str) -> Changes:
    return RELEASED if dataset in ("SA", "SY") else DISCHARGED


ALONE = {
    "-intervention": ALL,
    "-sub_intervention_review": ALL,
    "-outcomes_profile": ALL,
    "-client_information_review": ALL,
}
"""An episode without any list."""

ANOTHER_EPISODE = {**ALONE, "episode.episode_id": "E2"}
ANOTHER_CLIENT = {**ANOTHER_EPISODE, "client.client_id": "C2"}
STRANGER = {**ANOTHER_CLIENT, "client.first_initial": "X"}

PATH = re.compile(r"^(?P<sign>[+-]?)(?P<record>\w+?)(\[(?P<number>\d+)\])?(\.(?P<field>\w+))?$")


def _change(episode: Episode, path: str, value: Any) -> None:
    match = PATH.match(path)
    if not match:
        raise ValueError(path)
    record = episode[match["record"]]
    if match["sign"] == "+":
        id_field = DEFINITION.sections[match["record"]].id_field
        record.append({**record[0], id_field: f"{record[0][id_field]}-{len(record)}", **value})
    elif match["sign"] == "-":
        record[:] = [] if value == ALL else [one for n, one in enumerate(record) if n != value]
    else:
        if f"{match['record']}.{match['field']}" not in DEFINITION.by_name:
            raise ValueError(f"there is no item {path}")
        place = record[int(match["number"] or 0)] if isinstance(record, list) else record
        place[match["field"]] = value


def changed(dataset: str, changes: Changes) -> list[Episode]:
    """The clean caseload of the dataset with the changes."""
    first = clean(dataset)
    for path, value in changes.items():
        if path not in ("also", "today", "period_end"):
            _change(first, path, value)
    caseload = [first]
    for further in changes.get("also", ()):
        episode = deepcopy(first)
        for path, value in further.items():
            _change(episode, path, value)
        caseload.append(episode)
    return caseload


def rows_of(episode: Episode) -> list[dict[str, str | None]]:
    """The rows of an episode by header: row n carries the nth record of each list."""
    height = max(1, *(len(episode[name]) for name in DEFINITION.children))
    rows: list[dict[str, str | None]] = [{} for _ in range(height)]
    for record, part in episode.items():
        for number, row in enumerate(rows):
            here = part if isinstance(part, dict) else part[number] if number < len(part) else {}
            for field, text in here.items():
                row[DEFINITION.by_name[f"{record}.{field}"].header] = text
    return rows


def to_csv(caseload: list[Episode], headers: list[str] | None = None) -> bytes:
    """The caseload as an extract."""
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, headers or DEFINITION.headers, restval="", lineterminator="\r\n")
    writer.writeheader()
    for episode in caseload:
        writer.writerows(rows_of(episode))
    return file.getvalue().encode()


def records_of(caseload: list[Episode], definition: CoreDataset) -> Records:
    reading = read_bytes(to_csv(caseload), definition)
    if reading.rows is None:
        raise ValueError(f"the file was rejected: {reading.problems}")
    return gather(reading.rows, definition)


def judge_caseload(
    dataset: str,
    caseload: list[Episode],
    today: datetime.date = TODAY,
    period_end: datetime.date | None = PERIOD_END,
    **options: Any,
) -> pl.DataFrame:
    """The findings on the file of a caseload, by the definition as it is loaded now."""
    definition = load(FOLDER)
    records = records_of(caseload, definition)
    return check(records, definition, dataset, today=today, period_end=period_end, **options)


def judge(dataset: str, changes: Changes = {}, **options: Any) -> list[Finding]:  # noqa: B006
    """The findings on the clean caseload with the changes."""
    found = judge_caseload(
        dataset,
        changed(dataset, changes),
        changes.get("today", TODAY),
        changes.get("period_end", PERIOD_END),
        **options,
    )
    return found.to_dicts()


def of_rule(findings: list[Finding], key: str) -> list[Finding]:
    return [finding for finding in findings if finding["rule"] + finding["part"] == key]


FAILS, PASSES, OUTSIDE = "fails", "passes", "does not apply"


@dataclass(frozen=True, eq=False)
class Case:
    """A rule, the changes to a clean caseload of a dataset, and what comes of it."""

    key: str
    dataset: str
    what: str
    changes: Changes
    outcome: str
    at: tuple[str, ...] = ()
    """Where the findings are: `intervention[1]`, or `2/intervention` in the second episode."""
    item: str = ""

    def __str__(self) -> str:
        return f"{self.key} {self.dataset} {self.outcome}: {self.what}"


def fails(key: str, dataset: str, what: str, changes: Changes, *at: str, item: str = "") -> Case:
    return Case(key, dataset, what, changes, FAILS, at, item)


def passes(key: str, dataset: str, what: str, changes: Changes) -> Case:
    return Case(key, dataset, what, changes, PASSES)


def outside(key: str, dataset: str, what: str, changes: Changes) -> Case:
    return Case(key, dataset, what, changes, OUTSIDE)


@dataclass(frozen=True)
class Judgement:
    """What came of one set of changes in a file that holds many."""

    caseload: list[Episode]
    row: int
    findings: list[Finding]

    def of(self, key: str, item: str = "") -> list[Finding]:
        return [f for f in of_rule(self.findings, key) if item in ("", f["item"])]


ID_FIELDS = tuple(
    (section.id, section.id_field) for section in DEFINITION.sections.values() if section.id_field
)


def judge_many(
    dataset: str, many: Sequence[Changes], *, rename: bool = True, **options: Any
) -> list[Judgement]:
    """Judges many changed caseloads in one file; each has IDs of its own, unless they are tested."""
    caseloads = [changed(dataset, changes) for changes in many]
    if rename:
        for number, caseload in enumerate(caseloads):
            _rename(caseload, f"_{number}")
    found = judge_caseload(dataset, [one for caseload in caseloads for one in caseload], **options)
    judgements = []
    row = 2
    by_row: dict[int, list[Finding]] = {}
    for finding in found.to_dicts():
        by_row.setdefault(finding["row"], []).append(finding)
    for caseload in caseloads:
        end = row + sum(len(rows_of(episode)) for episode in caseload)
        findings = [f for number in range(row, end) for f in by_row.get(number, ())]
        judgements.append(Judgement(caseload, row, findings))
        row = end
    return judgements


def _records(caseload: list[Episode]) -> Iterator[tuple[Record, str]]:
    """Every record of a caseload with the name of its ID."""
    for episode in caseload:
        for name, id_field in ID_FIELDS:
            part = episode[name]
            for record in part if isinstance(part, list) else [part]:
                yield record, id_field


def _rename(caseload: list[Episode], suffix: str) -> None:
    for record, id_field in _records(caseload):
        if record.get(id_field):
            record[id_field] = f"{record[id_field]}{suffix}"


def _needs_own_file(case: Case) -> bool:
    """What lacks an ID, or is compared with all other clients, would meet the other cases."""
    if case.key == "NQ127":
        return True
    return any(not r.get(field) for r, field in _records(changed(case.dataset, case.changes)))


def judge_cases(cases: Iterable[Case]) -> dict[Case, Judgement]:
    """The judgement of each case; cases of one dataset and day go into one file."""
    files: dict[tuple[Any, ...], list[Case]] = {}
    for number, case in enumerate(cases):
        days = case.changes.get("today", TODAY), case.changes.get("period_end", PERIOD_END)
        own = number if _needs_own_file(case) else None
        files.setdefault((case.dataset, *days, own), []).append(case)
    judged: dict[Case, Judgement] = {}
    for (dataset, today, period_end, _), together in files.items():
        judgements = judge_many(
            dataset, [case.changes for case in together], today=today, period_end=period_end
        )
        judged.update(zip(together, judgements, strict=True))
    return judged


def verify(case: Case, judgement: Judgement) -> None:
    """The rule finds what the case says, there and nowhere else, and says so properly."""
    found = judgement.of(case.key)
    if case.outcome != FAILS:
        assert found == []
        return
    rule = DEFINITION.rules[case.key]
    item = DEFINITION.by_name[case.item or rule.items[0]]
    expected = [_expected(place, item, judgement) for place in case.at or ("1",)]
    columns = ("row", "client_id", "episode_id", "value")
    assert [tuple(finding[name] for name in columns) for finding in found] == expected
    for finding in found:
        assert finding["item"] == item.name
        assert finding["section"] == item.record
        assert finding["severity"] == rule.severity
        assert (finding["client_record"], finding["episode_record"], finding["record"]) == (
            None,
        ) * 3
        well_said(finding)


def well_said(finding: Finding) -> None:
    """The message is in words, and none of its placeholders is left or filled with nothing."""
    words = finding["message"].replace(finding["value"] or "blank", "")
    assert words
    assert "{" not in words
    assert "}" not in words
    assert "None" not in words


def _expected(place: str, item: DataItem, judgement: Judgement) -> tuple[Any, ...]:
    """Row, client, episode and value of the finding on an item at a place."""
    which, _, where = place.rpartition("/")
    if place.isdigit():
        which, where = place, ""
    number = int(match[1]) if (match := re.search(r"\[(\d+)\]", where)) else 0
    before = int(which or 1) - 1
    caseload = judgement.caseload
    episode = caseload[before]
    row = judgement.row + sum(len(rows_of(one)) for one in caseload[:before]) + number
    part = episode[item.record]
    value = (part[number] if isinstance(part, list) else part).get(item.field)
    ids = episode["client"].get("client_id"), episode["episode"].get("episode_id")
    return row, *ids, value or None


def born(age: int, plus: int = 0, on: str = "10/01/2022") -> str:
    """The birth date of someone who is so old on a day; `plus` days later."""
    return day(f"{on[:6]}{int(on[6:]) - age:04}", plus)
