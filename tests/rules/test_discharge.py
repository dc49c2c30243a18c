# ruff: noqa: E501 (the tables of cases are read as tables)
"""Discharge: its dates, what is given together, and what the reason claims."""

import pytest

from tests.rules.base import (
    ALCOHOL,
    ALL,
    DATASETS,
    DEFINITION,
    DISCHARGED,
    DRUG,
    EXIT,
    NA,
    NO_SECOND,
    NO_THIRD,
    POST,
    RELEASED,
    code,
    discharged,
    fails,
    judge_many,
    outside,
    passes,
    plain,
    tags,
)

DATE, REASON = "episode.discharge_date", "episode.discharge_reason"
DESTINATION = "episode.exit_destination"
PROFILE = "outcomes_profile[1]"
STARTS = [f"intervention[{n}].start_date" for n in (0, 1)]
ENDS = [f"intervention[{n}].end_date" for n in (0, 1)]
UNSTARTED = dict.fromkeys(STARTS)
COMPLETED = DEFINITION.meaning("discharge_reason", "completed")
DRUG_FREE, ALCOHOL_FREE, OCCASIONAL, DECLINED = (
    code("discharge_reason", meaning)
    for meaning in ("drug_free", "alcohol_free", "occasional_user", "commencement_declined")
)


def left(reason, **changes):
    """Discharged for the reason; at exit, the profile has these answers."""
    answers = {f"{PROFILE}.{field}": value for field, value in changes.items()}
    exit_profile = {f"{PROFILE}.stage": EXIT, f"{PROFILE}.profile_date": "31/05/2022"}
    return {**DISCHARGED, REASON: reason, **exit_profile, **answers}


def alcohol_free(*substances):
    given = {f"episode.substance_{n}": code for n, code in enumerate(substances, 1)}
    return {**DISCHARGED, REASON: ALCOHOL_FREE, **given}


CASES = [
    # NQ055
    fails("NQ055a", "AD", "the day before the last start", {**DISCHARGED, DATE: "30/01/2022"}),
    passes("NQ055a", "AD", "on the day of the last start", {**DISCHARGED, DATE: "31/01/2022"}),
    outside("NQ055a", "AD", "nothing started", {**DISCHARGED, **UNSTARTED, DATE: "30/01/2022"}),
    outside("NQ055a", "AD", "no interventions", {"-intervention": ALL, DATE: "30/01/2022"}),
    outside("NQ055a", "AD", "not discharged", {}),
    fails("NQ055b", "AD", "the day before both ends", {**DISCHARGED, DATE: "19/05/2022"}),
    fails("NQ055b", "SY", "the day before the last end", {**RELEASED, ENDS[1]: "01/06/2022"}),
    passes("NQ055b", "AD", "on the day of both ends", {**DISCHARGED, DATE: "20/05/2022"}),
    outside("NQ055b", "AD", "nothing ended", {**DISCHARGED, **dict.fromkeys(ENDS), DATE: "19/05/2022"}),
    # NQ094, NQ095
    fails("NQ094", "AD", "no reason", {**DISCHARGED, REASON: None}),
    fails("NQ094", "SA", "no reason, date malformed", {DATE: "x"}),
    passes("NQ094", "AD", "both", DISCHARGED),
    outside("NQ094", "AD", "neither", {}),
    fails("NQ095", "AD", "no date", {**DISCHARGED, DATE: None}),
    passes("NQ095", "AD", "both", DISCHARGED),
    passes("NQ095", "AD", "malformed is not blank", {**DISCHARGED, DATE: "x"}),
    outside("NQ095", "AD", "neither", {}),
    # NQ096
    fails("NQ096", "AD", "one is open", {**DISCHARGED, ENDS[1]: None}),
    fails("NQ096", "YP", "the other is open", {**DISCHARGED, ENDS[0]: None}),
    fails("NQ096", "AD", "one is open, discharge malformed", {**DISCHARGED, ENDS[1]: None, DATE: "x"}),
    fails("NQ096", "AD", "start malformed is a start", {**DISCHARGED, ENDS[1]: None, STARTS[1]: "x"}),
    passes("NQ096", "AD", "all ended", DISCHARGED),
    passes("NQ096", "AD", "end malformed is an end", {**DISCHARGED, ENDS[1]: "x"}),
    passes("NQ096", "AD", "the open one never started", {**DISCHARGED, ENDS[1]: None, STARTS[1]: None}),
    outside("NQ096", "AD", "not discharged", {}),
    outside("NQ096", "AD", "no interventions", {**DISCHARGED, "-intervention": ALL}),
    # NQ097, NQ098
    *(
        fails("NQ097", "AD", f"{reason}, none started", {**DISCHARGED, REASON: reason, **UNSTARTED})
        for reason in COMPLETED
    ),
    fails("NQ097", "YP", "no interventions", {DATE: "31/05/2022", REASON: COMPLETED[0], "-intervention": ALL}),
    passes("NQ097", "AD", "one started", {**DISCHARGED, REASON: COMPLETED[0], STARTS[0]: None}),
    passes("NQ097", "AD", "a malformed start is one", {**DISCHARGED, REASON: COMPLETED[0], STARTS[0]: None, STARTS[1]: "x"}),
    passes("NQ097", "AD", "another reason", {**DISCHARGED, **UNSTARTED}),
    outside("NQ097", "AD", "no reason", UNSTARTED),
    fails("NQ098", "AD", "one started", {**DISCHARGED, REASON: DECLINED, STARTS[0]: None}),
    passes("NQ098", "AD", "none started", {**DISCHARGED, REASON: DECLINED, **UNSTARTED}),
    passes("NQ098", "AD", "another reason", DISCHARGED),
    outside("NQ098", "AD", "no interventions", {DATE: "31/05/2022", REASON: DECLINED, "-intervention": ALL}),
    outside("NQ098", "AD", "no reason", {}),
    # NQ099: alcohol free is for alcohol alone
    fails("NQ099", "AD", "first is a drug", alcohol_free(DRUG, NO_SECOND, NO_THIRD)),
    fails("NQ099", "AD", "first is a drug, second alcohol", alcohol_free(DRUG, ALCOHOL, NO_THIRD)),
    fails("NQ099", "AD", "second is a drug", alcohol_free(ALCOHOL, DRUG, NO_THIRD)),
    fails("NQ099", "SY", "third is a drug", alcohol_free(ALCOHOL, NO_SECOND, DRUG)),
    fails("NQ099", "AD", "third is a drug, first blank", alcohol_free(None, None, DRUG)),
    fails("NQ099", "AD", "first is no substance", alcohol_free(NO_SECOND, None, None)),
    passes("NQ099", "AD", "alcohol", alcohol_free(ALCOHOL, None, None)),
    passes("NQ099", "AD", "alcohol and fillers", alcohol_free(ALCOHOL, NO_SECOND, NO_THIRD)),
    outside("NQ099", "AD", "no substance", alcohol_free(None, None, None)),
    outside("NQ099", "AD", "another reason", DISCHARGED),
    # NQ100: occasional user, but not of opiates or crack
    fails("NQ100", "AD", "opiates", left(OCCASIONAL, opiate_days="1")),
    fails("NQ100", "SA", "crack, opiates not answered", left(OCCASIONAL, crack_days="28", opiate_days=NA)),
    fails("NQ100", "YP", "opiates", left(OCCASIONAL, yp_opiate_days="1")),
    fails("NQ100", "SY", "crack", left(OCCASIONAL, yp_crack_days="1")),
    passes("NQ100", "AD", "another drug and alcohol", left(OCCASIONAL, cannabis_days="28", alcohol_days="28")),
    passes("NQ100", "AD", "nothing", left(OCCASIONAL)),
    outside("NQ100", "AD", "another reason", left(plain("discharge_reason"), opiate_days="1")),
    outside("NQ100", "AD", "another stage", left(OCCASIONAL, opiate_days="1", stage=POST)),
    outside("NQ100", "AD", "not answered", left(OCCASIONAL, opiate_days=NA, crack_days=None)),
    outside("NQ100", "AD", "no profile", {**DISCHARGED, REASON: OCCASIONAL, "-outcomes_profile": ALL}),
    # NQ101: free of drugs or alcohol
    fails("NQ101", "AD", "drug free with a drug", left(DRUG_FREE, cannabis_days="1")),
    fails("NQ101", "AD", "alcohol free with a drug", left(ALCOHOL_FREE, cannabis_days="1")),
    fails("NQ101", "AD", "alcohol free with alcohol", left(ALCOHOL_FREE, alcohol_days="1")),
    fails("NQ101", "AD", "alcohol free with alcohol, drugs blank",
          left(ALCOHOL_FREE, alcohol_days="1", **dict.fromkeys(tags("outcomes_profile", "drug_days", "AD")))),
    fails("NQ101", "YP", "drug free with a drug", left(DRUG_FREE, yp_other_3_days="1")),
    passes("NQ101", "AD", "drug free with alcohol", left(DRUG_FREE, alcohol_days="28")),
    passes("NQ101", "AD", "drug free with tobacco", left(DRUG_FREE, tobacco_days="28")),
    passes("NQ101", "AD", "alcohol free with tobacco", left(ALCOHOL_FREE, tobacco_days="28")),
    passes("NQ101", "AD", "drug free, nothing", left(DRUG_FREE)),
    passes("NQ101", "AD", "use at an earlier stage", {**left(DRUG_FREE), "outcomes_profile.cannabis_days": "28"}),
    outside("NQ101", "AD", "another reason", left(OCCASIONAL, cannabis_days="1")),
    outside("NQ101", "AD", "no profile", {**DISCHARGED, REASON: DRUG_FREE, "-outcomes_profile": ALL}),
    # NQ102: secure settings
    fails("NQ102a", "SA", "no destination", DISCHARGED),
    fails("NQ102a", "SY", "no destination, date malformed", {DATE: "x"}),
    passes("NQ102a", "SA", "both", RELEASED),
    outside("NQ102a", "SA", "neither", {}),
    outside("NQ102a", "AD", "not collected", DISCHARGED),
    fails("NQ102b", "SA", "no date", {**RELEASED, DATE: None}),
    passes("NQ102b", "SY", "both", RELEASED),
    passes("NQ102b", "SA", "malformed is not blank", {**RELEASED, DATE: "x"}),
    outside("NQ102b", "SA", "neither", {}),
    outside("NQ102b", "YP", "not collected", {DESTINATION: plain("exit_destination", "SA")}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case, judged):
    judged(case)


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_discharge_with_all_that_belongs_to_it_is_clean(dataset):
    leaving = {f"{PROFILE}.stage": EXIT, f"{PROFILE}.profile_date": "31/05/2022"}
    first, second = judge_many(dataset, [discharged(dataset), {**discharged(dataset), **leaving}])
    # Two clients of one file that share an attributor: nothing else is to be found.
    assert {f["rule"] for f in first.findings + second.findings} == {"NQ127"}


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_day_of_use_counts_at_exit(dataset):
    """Each substance of the profile by itself contradicts the reasons that exclude it."""
    rules = {
        (DRUG_FREE, "NQ101"): {"drug_days"},
        (ALCOHOL_FREE, "NQ101"): {"drug_days", "alcohol_days"},
        (OCCASIONAL, "NQ100"): {"opiate_or_crack_days"},
    }
    fields = tags("outcomes_profile", "substance_days", dataset)
    for (reason, key), excluded in rules.items():
        expected = {field for tag in excluded for field in tags("outcomes_profile", tag, dataset)}
        changes = [left(reason, **{field: "1"}) for field in fields]
        judged = zip(fields, judge_many(dataset, changes), strict=True)
        assert {field for field, judgement in judged if judgement.of(key)} == expected
