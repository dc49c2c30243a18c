"""Outcomes profiles: answers that disagree, the windows of the stages, profiles of the other kind."""

import datetime

import pytest

from tests.rules.base import (
    ALONE,
    DATASETS,
    DEFINITION,
    DISCHARGED,
    EXIT,
    LIMITS,
    NA,
    POST,
    REVIEW,
    START,
    code,
    day,
    discharged,
    fails,
    judge_many,
    outside,
    passes,
    tags,
)

PROFILE = "outcomes_profile"
FIRST, SECOND = f"{PROFILE}[0]", f"{PROFILE}[1]"
DATE, STAGE, ID = f"{PROFILE}.profile_date", f"{PROFILE}.stage", f"{PROFILE}.profile_id"
DATE_2, STAGE_2 = f"{SECOND}.profile_date", f"{SECOND}.stage"
TRIAGED, LEFT = "episode.triage_date", "31/05/2022"
FIRST_START, AS_OF, TODAY = "24/01/2022", "30/06/2022", "10/07/2022"
YES_NA, NO_NA = code("yes_no_na", "yes"), code("yes_no_na", "no")
WINDOW, LEAVING = LIMITS["start_profile_days"], LIMITS["exit_profile_days"]
EARLY, LATE = LIMITS["review_profile_first_day"], LIMITS["review_profile_last_day"]
WAIT, BEFORE = LIMITS["exit_without_discharge_days"], LIMITS["profile_before_triage_days"]
STARTS = [f"intervention[{n}].start_date" for n in (0, 1)]
UNSTARTED = dict.fromkeys(STARTS)
OTHER_PROFILE_IDS = {f"{FIRST}.profile_id": "P8", f"{SECOND}.profile_id": "P9"}


def unanswered(dataset, **answers):
    """Substances and ratings of the first profile are NA, but for the answers."""
    fields = tags(PROFILE, "substance_days", dataset) + tags(PROFILE, "rating", dataset)
    return {f"{PROFILE}.{field}": answers.get(field, NA) for field in fields}


def leaving(when, stage=EXIT):
    """The second profile is one at exit, on the day."""
    return {DATE_2: when, STAGE_2: stage}


def drinking(days, units):
    return {f"{PROFILE}.yp_alcohol_days": days, f"{PROFILE}.yp_alcohol_units": units}


def sharing(days, answer):
    return {f"{PROFILE}.injecting_days": days, f"{PROFILE}.sharing_equipment": answer}


CASES = [
    # NQ043
    *(fails("NQ043", dataset, "nothing", unanswered(dataset)) for dataset in DATASETS),
    passes("NQ043", "AD", "one substance", unanswered("AD", tobacco_days="0")),
    passes("NQ043", "AD", "one rating", unanswered("AD", quality_of_life="0")),
    passes("NQ043", "YP", "one rating", unanswered("YP", yp_happy_yesterday="0")),
    passes("NQ043", "AD", "one is blank", unanswered("AD", alcohol_days=None)),
    outside("NQ043", "AD", "no profile", ALONE),
    # NQ044: drinking of young people
    fails("NQ044c", "YP", "1 unit on 0 days", drinking("0", "1")),
    passes("NQ044c", "YP", "0 units on 0 days", drinking("0", "0")),
    passes("NQ044c", "YP", "1 unit on 1 day", drinking("1", "1")),
    outside("NQ044c", "YP", "days not answered", drinking(NA, "1")),
    outside("NQ044c", "AD", "not collected", drinking("0", "1")),
    fails("NQ044d", "SY", "0 units on 1 day", drinking("1", "0")),
    passes("NQ044d", "YP", "0 units on 0 days", drinking("0", "0")),
    passes("NQ044d", "YP", "1 unit on 1 day", drinking("1", "1")),
    outside("NQ044d", "YP", "units not answered", drinking("1", NA)),
    outside("NQ044d", "SA", "not collected", drinking("1", "0")),
    # NQ045
    fails("NQ045", "AD", "sharing without injecting", sharing("0", YES_NA)),
    passes("NQ045", "AD", "sharing and injecting", sharing("1", YES_NA)),
    passes("NQ045", "AD", "neither", sharing("0", NO_NA)),
    passes("NQ045", "SA", "not answered", sharing("0", NA)),
    outside("NQ045", "AD", "days blank", sharing(None, YES_NA)),
    outside("NQ045", "AD", "days not answered", sharing(NA, YES_NA)),
    # NQ059: the start profile lies within two weeks of the first start
    fails("NQ059", "AD", "a day too late", {DATE: day(FIRST_START, WINDOW + 1)}),
    fails("NQ059", "SY", "a day too early", {DATE: day(FIRST_START, -WINDOW - 1)}),
    fails("NQ059", "AD", "near to the second start only", {DATE: day("31/01/2022", WINDOW)}),
    passes("NQ059", "AD", "last day after", {DATE: day(FIRST_START, WINDOW)}),
    passes("NQ059", "AD", "first day before", {DATE: day(FIRST_START, -WINDOW)}),
    outside("NQ059", "AD", "another stage", {DATE: day(FIRST_START, WINDOW + 1), STAGE: REVIEW}),
    outside("NQ059", "AD", "nothing started", {DATE: "01/06/2022", **UNSTARTED}),
    outside("NQ059", "AD", "no date", {DATE: None}),
    # NQ060: a review lies between 5 and 26 weeks after the profile before it
    fails("NQ060a", "AD", "a day too early", {DATE_2: day(FIRST_START, EARLY - 1)}, SECOND),
    fails("NQ060a", "YP", "no start profile, a day too early",
          {f"-{PROFILE}": 0, DATE: day(FIRST_START, EARLY - 1)}),
    fails("NQ060a", "AD", "after another review",
          {f"+{PROFILE}": {"profile_date": day("18/04/2022", EARLY - 1), "stage": REVIEW}}, f"{PROFILE}[2]"),
    fails("NQ060a", "AD", "the earlier one stands after it",
          {DATE: "18/04/2022", STAGE: REVIEW, DATE_2: day("18/04/2022", 1 - EARLY), STAGE_2: START}),
    passes("NQ060a", "AD", "first day", {DATE_2: day(FIRST_START, EARLY)}),
    passes("NQ060a", "AD", "no start profile, first day", {f"-{PROFILE}": 0, DATE: day(FIRST_START, EARLY)}),
    passes("NQ060a", "AD", "first day after another review",
           {f"+{PROFILE}": {"profile_date": day("18/04/2022", EARLY), "stage": REVIEW}}),
    outside("NQ060a", "AD", "another stage", {**leaving(day(FIRST_START, EARLY - 1))}),
    outside("NQ060a", "AD", "nothing before it", {f"-{PROFILE}": 0, **UNSTARTED}),
    fails("NQ060b", "AD", "a day too late", {DATE: day("18/04/2022", -LATE - 1)}, SECOND),
    fails("NQ060b", "SA", "no start profile, a day too late",
          {f"-{PROFILE}": 0, DATE: day(FIRST_START, LATE + 1)}),
    passes("NQ060b", "AD", "last day", {DATE: day("18/04/2022", -LATE)}),
    passes("NQ060b", "AD", "last day after the last review, not the start",
           {f"+{PROFILE}": {"profile_date": day("18/04/2022", LATE), "stage": REVIEW}}),
    passes("NQ060a", "AD", "a profile of another episode is not before it",
           {"also": [{"episode.episode_id": "E2", **OTHER_PROFILE_IDS, DATE_2: "19/04/2022"}]}),
    outside("NQ060b", "AD", "another stage", {DATE: day("18/04/2022", -LATE - 1), STAGE_2: POST}),
    outside("NQ060b", "AD", "no date", {DATE_2: None}),
    # NQ061: the exit profile lies within two weeks of discharge
    fails("NQ061", "AD", "a day too late", {**DISCHARGED, **leaving(day(LEFT, LEAVING + 1))}, SECOND),
    fails("NQ061", "SY", "a day too early", {**discharged("SY"), **leaving(day(LEFT, -LEAVING - 1))}, SECOND),
    passes("NQ061", "AD", "last day after", {**DISCHARGED, **leaving(day(LEFT, LEAVING))}),
    passes("NQ061", "AD", "first day before", {**DISCHARGED, **leaving(day(LEFT, -LEAVING))}),
    outside("NQ061", "AD", "not discharged", leaving("01/03/2022")),
    outside("NQ061", "AD", "another stage", {**DISCHARGED, **leaving("01/03/2022", REVIEW)}),
    # NQ062: an exit profile for over two weeks, and no discharge
    fails("NQ062", "AD", "one day over, at the period's end", leaving(day(AS_OF, -WAIT - 1)), SECOND),
    fails("NQ062", "YP", "one day over, no period", {**leaving(day(TODAY, -WAIT - 1)), "period_end": None}, SECOND),
    fails("NQ062", "AD", "one day over, today in the period",
          {**leaving(day("20/06/2022", -WAIT - 1)), "today": datetime.date(2022, 6, 20)}, SECOND),
    passes("NQ062", "AD", "last day", leaving(day(AS_OF, -WAIT))),
    passes("NQ062", "AD", "last day, no period", {**leaving(day(TODAY, -WAIT)), "period_end": None}),
    passes("NQ062", "AD", "last day, today in the period",
           {**leaving(day("20/06/2022", -WAIT)), "today": datetime.date(2022, 6, 20)}),
    passes("NQ062", "AD", "discharged", {**DISCHARGED, **leaving("17/05/2022")}),
    passes("NQ062", "AD", "discharge date malformed is not blank",
           {**leaving("17/05/2022"), "episode.discharge_date": "x"}),
    outside("NQ062", "AD", "another stage", leaving("17/05/2022", REVIEW)),
    outside("NQ062", "AD", "no date", leaving(None)),
    # NQ063
    fails("NQ063", "AD", "on the day of discharge", {**DISCHARGED, **leaving(LEFT, POST)}, SECOND),
    fails("NQ063", "SA", "the day before", {**discharged("SA"), **leaving(day(LEFT, -1), POST)}, SECOND),
    passes("NQ063", "AD", "the day after", {**DISCHARGED, **leaving(day(LEFT, 1), POST)}),
    outside("NQ063", "AD", "exit", {**DISCHARGED, **leaving(LEFT)}),
    outside("NQ063", "AD", "not discharged", leaving(LEFT, POST)),
    # NQ064
    fails("NQ064", "AD", "a day too early", {DATE: day("10/01/2022", -BEFORE - 1)}),
    passes("NQ064", "AD", "first day", {DATE: day("10/01/2022", -BEFORE)}),
    outside("NQ064", "AD", "no triage date", {DATE: day("10/01/2022", -BEFORE - 1), TRIAGED: None}),
    outside("NQ064", "AD", "no date", {DATE: None}),
    # NQ071, NQ072: the profile of the other kind
    fails("NQ071", "YP", "one item", {f"{PROFILE}.opiate_days": "0"}),
    fails("NQ071", "SY", "one item, in the second", {f"{SECOND}.sharing_equipment": NA}, SECOND),
    passes("NQ071", "YP", "none", {}),
    outside("NQ071", "AD", "an adult dataset", {}),
    outside("NQ071", "SA", "an adult dataset", {}),
    fails("NQ072", "AD", "one item", {f"{PROFILE}.yp_opiate_days": "0"}),
    fails("NQ072", "SA", "one item, in the second", {f"{SECOND}.yp_life_satisfaction": NA}, SECOND),
    passes("NQ072", "AD", "none", {}),
    outside("NQ072", "YP", "a young people's dataset", {}),
    outside("NQ072", "SY", "a young people's dataset", {}),
    # NQ118
    fails("NQ118a", "AD", "no ID", {ID: None}),
    passes("NQ118a", "AD", "an ID", {DATE: None, STAGE: None}),
    outside("NQ118a", "AD", "no profile", ALONE),
    fails("NQ118b", "YP", "no date", {DATE: None}),
    passes("NQ118b", "AD", "a date", {ID: None, STAGE: None}),
    passes("NQ118b", "AD", "malformed is not blank", {DATE: "x"}),
    outside("NQ118b", "AD", "no profile", ALONE),
    fails("NQ118c", "SA", "no stage", {STAGE: None}),
    passes("NQ118c", "AD", "a stage", {ID: None, DATE: None}),
    outside("NQ118c", "AD", "no profile", ALONE),
    # NQ125: one client, one date, one stage
    fails("NQ125", "AD", "in one episode", {DATE_2: FIRST_START, STAGE_2: START}, FIRST, SECOND),
    fails("NQ125", "YP", "in two episodes",
          {"also": [{"episode.episode_id": "E2", **OTHER_PROFILE_IDS, DATE_2: "19/04/2022"}]}, FIRST, f"2/{FIRST}"),
    passes("NQ125", "AD", "another stage", {DATE_2: FIRST_START}),
    passes("NQ125", "AD", "another date", {STAGE_2: START}),
    passes("NQ125", "AD", "another client",
           {"also": [{"client.client_id": "C2", "episode.episode_id": "E2", **OTHER_PROFILE_IDS}]}),
    outside("NQ125", "AD", "no dates", {DATE: None, DATE_2: None, STAGE_2: START}),
    outside("NQ125", "AD", "no stages", {STAGE: None, STAGE_2: None, DATE_2: FIRST_START}),
    outside("NQ125", "AD", "no client ID", {"client.client_id": None, DATE_2: FIRST_START, STAGE_2: START}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case, judged):
    judged(case)


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_item_of_the_other_profile_is_refused(dataset):
    own = DEFINITION.datasets[dataset].outcomes
    key, other = {"top": ("NQ072", "ypor"), "ypor": ("NQ071", "top")}[own]
    fields = DEFINITION.tagged(PROFILE, other)
    changes = [{f"{PROFILE}.{field}": NA} for field in fields]
    for field, judgement in zip(fields, judge_many(dataset, changes), strict=True):
        assert [f["row"] for f in judgement.of(key)] == [judgement.row], field


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_substance_and_rating_is_an_answer(dataset):
    for field in tags(PROFILE, "substance_days", dataset) + tags(PROFILE, "rating", dataset):
        assert f"{PROFILE}.{field}" in unanswered(dataset)
    changes = [{**unanswered(dataset), path: "0"} for path in unanswered(dataset)]
    for path, judgement in zip(unanswered(dataset), judge_many(dataset, changes), strict=True):
        assert not judgement.of("NQ043"), path
