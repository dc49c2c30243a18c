"""What a warning rests on: when one of these answers changes, no explanation of it survives."""

import re
from collections.abc import Iterator

import pytest

from tests.rules.base import (
    ALCOHOL,
    ALL,
    DEFINITION,
    DISCHARGED,
    DRUG,
    FAILS,
    NO,
    OTHER_DRUG,
    TODAY,
    YES,
    Case,
    Changes,
    Record,
    changed,
    code,
    day,
    fails,
    judge_caseload,
    judge_many,
    of_dataset,
    of_rule,
)
from tests.rules.test_complete import CASES
from validation.basis import DAYS, SOURCES, Source
from validation.engine import Check, checks
from validation.prepare import SUBSTANCES, TEXT
from validation.records import KEYS
from validation.wording import item_of

SIR = "sub_intervention_review"
FOLLOWS = "outcomes_profile.profile_date"
"""What `follows` holds: the date of the profile before, for there is one in the cases."""
OF_FILES = {"versions", "row"}
"""Columns of rules that only a file can break."""


def derived(check: Check) -> list[str]:
    """The columns that the check looks at and that are no answers of its own frame."""
    own = {item.field for item in DEFINITION.frames[check.item.frame]}
    aside = own | {*KEYS, *DAYS} | OF_FILES
    return [name for name in check.columns if name.removesuffix(TEXT) not in aside]


def resting(dataset: str) -> Iterator[Check]:
    for made in checks(DEFINITION, dataset).values():
        yield from (check for check in made if derived(check))


RESTING = {
    f"{check.rule.key} {check.item.name}": check
    for dataset in ("AD", "SA")
    for check in resting(dataset)
}


def underlying(check: Check, dataset: str) -> list[tuple[str, Source | None]]:
    """The items whose answers are behind the derived columns, with how they count."""
    found: list[tuple[str, Source | None]] = []
    for name in derived(check):
        if source := SOURCES.get(name):
            fields = source.fields or DEFINITION.tagged(source.frame, source.tag, dataset)
            for field in fields:
                records = ("client", "episode") if source.frame == "episode" else (source.frame,)
                names = [f"{record}.{field}" for record in records]
                found += [(n, source) for n in names if n in DEFINITION.by_name]
        elif name == "follows":
            found.append((FOLLOWS, None))
        else:
            item = item_of(name.removesuffix(TEXT), check.item, DEFINITION)
            assert item is not None, name
            found.append((item.name, None))
    return found


def other(name: str, text: str | None, source: Source | None) -> str | None:
    """Another answer to the item."""
    item = DEFINITION.by_name[name]
    if item.type == "date":
        return day(text, 1) if text else "01/02/2022"
    if item.type == "integer":
        return str(int(text or 0) + 1)
    if source is not None and source.meaning == "yes":
        return None if text == YES else YES
    if item.reference_list == "substance":
        return OTHER_DRUG if text != OTHER_DRUG else DRUG
    codes = DEFINITION.lists[item.reference_list].codes
    return next(one for one in codes if one != text)


def variations(case: Case, check: Check) -> Iterator[tuple[str, Changes]]:
    """Each underlying answer, and the changes of the case with another one."""
    first = changed(case.dataset, case.changes)[0]
    for name, source in underlying(check, case.dataset):
        record, _, field = name.partition(".")
        part = first[record]
        if isinstance(part, dict):
            yield name, {**case.changes, name: other(name, part.get(field), source)}
            continue
        places = [
            n
            for n, one in enumerate(part)
            if source is None or source.only is None or _counts(one, source)
        ]
        if source is None:
            moved = {
                f"{record}[{n}].{field}": other(name, part[n].get(field), None) for n in places
            }
            yield name, {**case.changes, **moved}
        else:
            for n in places:
                path = f"{record}[{n}].{field}"
                yield path, {**case.changes, path: other(name, part[n].get(field), source)}


def _counts(record: Record, source: Source) -> bool:
    assert source.only
    field, meaning = source.only
    codes = DEFINITION.by_name[f"{source.frame}.{field}"].reference_list
    return record.get(field) in DEFINITION.meaning(codes, meaning)


def case_of(check: Check) -> Case:
    """A case in which the check finds something on an ordinary day."""
    if check.rule.kind == "expected":
        return fails(check.rule.key, "AD", "blank", {check.item.name: None})
    return next(
        case
        for case in CASES
        if (case.key, case.outcome) == (check.rule.key, FAILS)
        and not {"today", "period_end"} & case.changes.keys()
        and check.rule.key in {one.rule.key for one in resting(case.dataset)}
    )


def bases(judgement, key: str) -> set[tuple[str, str]]:
    """Item and basis of what the rule finds, without the numbers that keep caseloads apart."""
    return {(f["item"], re.sub(r"_\d+", "", f["basis"])) for f in judgement.of(key)}


def test_the_walk_meets_the_rules_that_look_at_other_records():
    assert {"NQ115", "NQ114a", "NQ098", "NQ046", "NQ060a", "NQ085", "NQ100"} <= {
        check.rule.key for check in RESTING.values()
    }


@pytest.mark.parametrize("name", sorted(RESTING))
def test_no_explanation_survives_a_change_of_an_answer_behind_a_derived_column(name):
    check = RESTING[name]
    key, case = check.rule.key, case_of(check)
    named = list(variations(case, check))
    assert named
    before, *after = judge_many(
        case.dataset, [case.changes, *(changes for _, changes in named)], with_basis=True
    )
    assert bases(before, key)
    for (place, _), judgement in zip(named, after, strict=True):
        assert not bases(before, key) & bases(judgement, key), place


def basis_of(key: str, *many: Changes) -> list[set[tuple[str, str]]]:
    return [bases(judgement, key) for judgement in judge_many("AD", many, with_basis=True)]


DECLINED = {
    **DISCHARGED,
    "episode.discharge_reason": code("discharge_reason", "commencement_declined"),
}
NO_OPIATE = {f"episode.{field}": None for field in SUBSTANCES} | {"episode.substance_1": ALCOHOL}


@pytest.mark.parametrize(
    ("key", "changes", "also"),
    [
        ("NQ115", NO_OPIATE, {"episode.referral_source": None}),
        ("NQ115", NO_OPIATE, {f"{SIR}.lofexidine": NO}),
        ("NQ115", NO_OPIATE, {f"{SIR}.peer_support": None}),
        ("NQ114a", {"-intervention": 0}, {"intervention.setting": None}),
        ("NQ098", DECLINED, {"+intervention": {"start_date": None}}),
        ("NQ098", DECLINED, {"intervention.end_date": "21/05/2022"}),
    ],
)
def test_an_explanation_survives_a_change_of_another_answer(key, changes, also):
    before, after = basis_of(key, changes, {**changes, **also})
    assert before == after != set()


def test_a_review_profile_without_one_before_it_rests_on_the_first_start():
    alone = {"-outcomes_profile": 0, "outcomes_profile[0].profile_date": "01/02/2022"}
    before, after = basis_of("NQ060a", alone, {**alone, "intervention.start_date": "23/01/2022"})
    assert before != set()
    assert not before & after


def test_the_order_of_records_changes_nothing():
    one, two = (
        of_dataset("intervention_type", meaning, "AD")
        for meaning in ("psychosocial", "recovery_support")
    )
    types = ({"intervention[0].intervention_type": a, "intervention[1].intervention_type": b}
             for a, b in ((one, two), (two, one)))  # fmt: skip
    before, after = basis_of("NQ114a", *types)
    assert before == after != set()


@pytest.mark.parametrize(
    ("key", "changes"),
    [
        ("NQ062", {"outcomes_profile[1].stage": code("treatment_stage", "exit"),
                   "outcomes_profile[1].profile_date": "01/06/2022"}),
        ("NQ023c", {"intervention.first_appointment_date": "10/10/2023"}),
        ("NQ073", {"-intervention": ALL, "client.birth_date": "15/06/2008", "episode.triage_date": None}),
    ],
)  # fmt: skip
def test_an_explanation_survives_the_night(key, changes):
    """The day on which records are judged is no answer."""
    before, after = (
        {
            (f["item"], f["basis"])
            for f in of_rule(
                judge_caseload(
                    "AD", changed("AD", changes), TODAY.replace(day=n), None, with_basis=True
                ).to_dicts(),
                key,
            )
        }
        for n in (10, 11)
    )
    assert before == after != set()
