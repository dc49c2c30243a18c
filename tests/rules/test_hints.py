# ruff: noqa: E501 (the table is read as a table)
"""Hints, conditions and rules agree: who does as a hint says is not told that it is wrong."""

import re

import pytest

from tests.rules.base import (
    ALCOHOL,
    ALONE,
    DATASETS,
    DEFINITION,
    DRUG,
    NO_SECOND,
    NO_THIRD,
    OPIATE,
    YES,
    born,
    code,
    discharged,
    judge,
    judge_many,
    of_dataset,
    plain,
)
from validation.conditions import accepted_codes, find

TELLS = re.compile(r"\b(blank|choose|enter|98)\b", re.IGNORECASE)
MADE_BY_THE_TOOL = re.compile(r"\bblank and the tool (makes|enters)\b")
"""Tested where the tool does so: test_known.py and test_entering.py."""

NOT_BORN = {"client.birth_date": born(15)}
MALE = {"client.sex": code("sex", "male")}
NO_HOME = {
    "episode.accommodation_need": code("accommodation_need", "no_fixed_home"),
    "episode.postcode_district": None,
    "episode.local_authority": None,
    "episode.upper_tier_local_authority": None,
}
ABROAD = code("local_authority", "outside_england")
OUTSIDE_ENGLAND = {
    "episode.postcode_district": "CF10",
    "episode.local_authority": ABROAD,
    "episode.upper_tier_local_authority": ABROAD,
}
NO_CHILDREN = {
    "episode.parental_status": code("parental_status", "not_a_parent"),
    "episode.children_living_with_client": "0",
}
NOT_TESTED = {"episode.hepc_status": "B", "episode.hepc_test_date": None}
TESTED = {
    "episode.hepc_status": code("hepc_status", "tested"),
    "episode.hepc_test_date": "01/02/2022",
}
NEED = {"episode.mental_health_need": code("mental_health_need", "yes")}
NO_MEDICINES = {
    f"sub_intervention_review.methadone_{kind}": None
    for kind in ("stabilisation", "withdrawal", "maintenance")
}
DRINKER = {"episode.substance_1": ALCOHOL, "episode.substance_2": OPIATE}
NOT_STARTED = {
    **{path: value for path, value in ALONE.items() if path != "-intervention"},
    "-intervention": 1,
    "intervention.start_date": None,
}


def blank(name, **around):
    return {**around, name: None}


DOES_AS_TOLD = {
    "client.ethnicity": [{"client.ethnicity": "Z"}],
    "client.sexual_orientation": [{**NOT_BORN, "client.sexual_orientation": None}],
    "client.disability_1": [{"client.disability_1": code("disability", meaning)} for meaning in ("none", "declined")],
    "client.disability_2": [{"client.disability_1": plain("disability"), "client.disability_2": None}],
    "client.disability_3": [{"client.disability_1": "1", "client.disability_2": "2", "client.disability_3": None}],
    "episode.postcode_district": [NO_HOME],
    "episode.local_authority": [NO_HOME, OUTSIDE_ENGLAND],
    "episode.time_since_employment": [
        {"episode.employment_status": status, "episode.time_since_employment": code("time_since_employment", "employed")}
        for status in DEFINITION.meaning("employment_status", "employed")
    ],
    "episode.parental_status": [NO_CHILDREN],
    "episode.children_living_with_client": [{"episode.children_living_with_client": "98"}],
    "episode.early_help_1": [
        {**NO_CHILDREN, "episode.early_help_1": code("early_help", "none")},
        {"episode.parental_status": "11", "episode.children_living_with_client": "2", "episode.early_help_1": code("early_help", "none")},
    ],
    "episode.early_help_2": [{"episode.parental_status": "11", "episode.children_living_with_client": "1", "episode.early_help_1": "1"}],
    "episode.early_help_3": [
        {"episode.parental_status": "11", "episode.children_living_with_client": "1", "episode.early_help_1": "1", "episode.early_help_2": "2"}
    ],
    "episode.pregnant": [{**MALE, "episode.pregnant": None}],
    "episode.care_plan_start_date": [{**ALONE, "episode.care_plan_start_date": None}, {**NOT_STARTED, "episode.care_plan_start_date": None}],
    "episode.substance_2": [{"episode.substance_2": NO_SECOND, "episode.substance_3": None}],
    "episode.substance_3": [{"episode.substance_2": DRUG, "episode.substance_3": NO_THIRD}],
    "episode.drinking_days": [{"episode.drinking_days": "0", "episode.alcohol_units": None}],
    "episode.sadq_score": [{**DRINKER, "episode.sadq_score": text} for text in ("98", "99")],
    "episode.mental_health_treatment": [{**NEED, "episode.mental_health_treatment": "6"}],
    "episode.hepc_antibody_result": [NOT_TESTED],
    "episode.hepc_pcr_result": [{**TESTED, "episode.hepc_pcr_result": None}],
    "episode.liver_result": [{"episode.liver_screen": text} for text in ("2", "3", "4")],
    "episode.naloxone_administered": [{"episode.naloxone_administered": "3"}],
    "episode.domestic_abuse_victim": [{"episode.domestic_abuse_victim": "98"}],
    "episode.domestic_abuse_perpetrator": [{"episode.domestic_abuse_perpetrator": "98"}],
    "episode.transferred_from": [{"episode.reception_date": "03/01/2022", "episode.transferred_from": None}],
    "episode.release_appointment_date": ["discharged"],
    "episode.health_assessment_date": [{"episode.health_assessment_date": None}],
    "intervention.first_appointment_date": [{**NOT_STARTED, "intervention.first_appointment_date": None}],
    "intervention.start_date": [NOT_STARTED],
    "sub_intervention_review.methadone_dose": [
        {**NO_MEDICINES, "sub_intervention_review.buprenorphine_maintenance": YES, "sub_intervention_review.methadone_dose": None}
    ],
    "sub_intervention_review.buprenorphine_dose": [{"sub_intervention_review.buprenorphine_dose": None}],
    "outcomes_profile.yp_other_2_days": [{"outcomes_profile.yp_other_2_days": None}],
    "outcomes_profile.yp_other_3_days": [{"outcomes_profile.yp_other_3_days": None}],
    "outcomes_profile.yp_other_1_substance": [{"outcomes_profile.yp_other_1_substance": None}],
    "outcomes_profile.yp_injecting_days": [{"outcomes_profile.yp_injecting_days": "0"}],
    "client_information_review.pregnant": [{**MALE, "client_information_review.pregnant": None}],
    "client_information_review.parental_status": [{"client_information_review.parental_status": "14"}],
    "client_information_review.early_help_1": [
        {"client_information_review.parental_status": "14", "client_information_review.early_help_1": code("early_help", "none")}
    ],
    "client_information_review.mental_health_treatment": [
        {"client_information_review.mental_health_need": "1", "client_information_review.mental_health_treatment": "6"}
    ],
    "client_information_review.hepc_antibody_result": [{"client_information_review.hepc_status": "B"}],
    "client_information_review.hepc_pcr_result": [
        {"client_information_review.hepc_status": "A", "client_information_review.hepc_test_date": "01/04/2022"}
    ],
    "client_information_review.sadq_score": [{**DRINKER, "episode.sadq_score": "20", "client_information_review.sadq_score": None}],
    "client_information_review.domestic_abuse_victim": [{"client_information_review.domestic_abuse_victim": "98"}],
}  # fmt: skip
"""Item -> what somebody enters who does as its hint says, once for each thing that it tells."""

OF_THE_YOUNG = ("client.sexual_orientation",)
"""What is told of people who are too young for the datasets of adults."""

GROUPS_DO_AS_TOLD = {
    "equality": [
        {"client.religion": "M"},
        {"client.sexual_orientation": "Z"},
        {"client.disability_1": "ZZ"},
    ],
    "discharge": [{}],
    "intervention_end": [{}],
    "top_injecting": [
        {"outcomes_profile.injecting_days": "0", "outcomes_profile.sharing_equipment": None}
    ],
}
NOT_ANSWERED = re.compile(r"Enter NA only if")


def collected(changes, dataset):
    """The changes of what the dataset collects."""
    if changes == "discharged":
        return dict(discharged(dataset))
    return {
        path: value
        for path, value in changes.items()
        if path[0] == "-" or dataset in DEFINITION.by_name[path].datasets
    }


def tells(text):
    return TELLS.search(text) and not MADE_BY_THE_TOOL.search(text)


def test_every_hint_that_tells_something_is_followed_here():
    told = {item.name for item in DEFINITION.items if tells(item.hint)}
    # Of the number of children the tool enters one answer, and one is told.
    told.add("episode.children_living_with_client")
    assert told == set(DOES_AS_TOLD)
    groups = {g.id for g in DEFINITION.groups.values() if tells(g.intro)}
    assert groups - {g for g in groups if of_not_answered(g)} == set(GROUPS_DO_AS_TOLD)


def of_not_answered(group):
    return NOT_ANSWERED.search(DEFINITION.groups[group].intro)


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("name", DOES_AS_TOLD)
def test_no_rule_is_broken_by_who_does_as_a_hint_says(name, dataset):
    if dataset not in DEFINITION.by_name[name].datasets:
        return
    if name in OF_THE_YOUNG and DEFINITION.datasets[dataset].adult:
        return
    for changes in DOES_AS_TOLD[name]:
        found = judge(dataset, collected(changes, dataset))
        assert [(f["rule"], f["item"]) for f in found] == []


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("group", GROUPS_DO_AS_TOLD)
def test_no_rule_is_broken_by_who_does_as_a_page_says(group, dataset):
    if not any(i.group == group and dataset in i.datasets for i in DEFINITION.items):
        return
    for changes in GROUPS_DO_AS_TOLD[group]:
        found = judge(dataset, collected(changes, dataset))
        assert [(f["rule"], f["item"]) for f in found] == []


@pytest.mark.parametrize("dataset", DATASETS)
def test_what_was_not_answered_is_na(dataset):
    items = [
        item
        for item in DEFINITION.items
        if dataset in item.datasets
        and of_not_answered(item.group)
        and ("NA" in item.special_codes or item.reference_list == "yes_no_na")
    ]
    assert items
    for item, judgement in zip(
        items, judge_many(dataset, [{i.name: "NA"} for i in items]), strict=True
    ):
        rules = {f["rule"] for f in judgement.findings} - {"NQ127"}
        assert rules == set(), item.name


def not_asked(item, dataset):
    """Changes after which one clause of the item's condition does not hold, one for each clause, the item blank."""
    for fields, operator, operand in item.shown_when.clauses:
        changes: dict[str, str | None] = {item.name: None}
        for field in fields:
            if operator == ">=":
                changes |= NOT_BORN
                continue
            other = find(field, item, DEFINITION)
            if operand == ("*",):
                changes[other.name] = None
            elif operator == "!=":
                changes[other.name] = accepted_codes(field, operand, item, DEFINITION)[0]
            else:
                codes = DEFINITION.lists[other.reference_list].for_dataset(dataset)
                accepted = accepted_codes(field, operand, item, DEFINITION)
                changes[other.name] = next(c for c in codes if c not in accepted)
        yield changes


@pytest.mark.parametrize("dataset", DATASETS)
def test_what_is_not_asked_is_not_missed(dataset):
    """A rule that misses an answer rests on the condition that the form rests on."""
    items = [i for i in DEFINITION.items if i.shown_when and dataset in i.datasets]
    assert len(items) > 10
    for item in items:
        for changes in not_asked(item, dataset):
            found = judge(dataset, changes)
            assert [f["rule"] for f in found if f["item"] == item.name] == [], (item.name, changes)


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_answer_that_is_offered_to_a_question_that_is_asked_can_stand(dataset):
    """Of a question that is always asked, no answer by itself is an error."""
    items = [
        i
        for i in DEFINITION.items
        if dataset in i.datasets and i.type == "code" and not i.shown_when and i.required != "always"
        and not i.required.startswith("with ") and i.group != "discharge"
    ]  # fmt: skip
    pairs = [
        (item, answer)
        for item in items
        for answer in list(DEFINITION.lists[item.reference_list].for_dataset(dataset))[:20]
    ]
    many = judge_many(dataset, [{item.name: answer} for item, answer in pairs])
    for (item, answer), judgement in zip(pairs, many, strict=True):
        errors = [f for f in judgement.findings if f["severity"] == "error"]
        alone = [f for f in errors if f["rule"] != "NQ030"]
        assert alone == [], (item.name, answer)


def test_an_adult_setting_list_has_nothing_for_young_people_alone():
    settings = DEFINITION.lists["intervention_setting"]
    assert set(settings.for_dataset("YP")) - set(settings.for_dataset("AD")) == {"9"}
    ends = DEFINITION.lists["exit_destination"]
    assert set(ends.for_dataset("SY")) - set(ends.for_dataset("SA")) == {"X06"}
    assert of_dataset("exit_destination", "transferred", "SA") == "X02"
