# ruff: noqa: E501 (the tables of cases are read as tables)
"""Dates of a client and an episode, the age at triage, and episodes that overlap."""

import datetime
from itertools import product

import polars as pl
import pytest

from tests.rules.base import (
    ANOTHER_CLIENT,
    ANOTHER_EPISODE,
    DISCHARGED,
    LIMITS,
    RELEASED,
    born,
    fails,
    outside,
    passes,
)
from validation.prepare import whole_years

ADULT, HIGH = LIMITS["adult_age"], LIMITS["high_age"]
YOUNGEST, OLDEST = LIMITS["young_person_youngest"], LIMITS["young_person_oldest"]
CIR_DATE = "client_information_review.review_date"
DOB, REFERRED, TRIAGED = "client.birth_date", "episode.referral_date", "episode.triage_date"
CARE_PLAN, DISCHARGE = "episode.care_plan_start_date", "episode.discharge_date"
FIRST_OFFER = "intervention.first_appointment_date"
RELEASE = "episode.release_appointment_date"
HEPC = "episode.hepc_test_date"
OPEN = {DISCHARGE: None, "episode.discharge_reason": None}
IN_JUNE = {"period_end": datetime.date(2022, 5, 31)}


def later(triaged, **discharge):
    """A further episode of the client, open unless a discharge is given."""
    end = {DISCHARGE: discharge["until"]} if discharge else OPEN
    return {**ANOTHER_EPISODE, REFERRED: triaged, TRIAGED: triaged, **end}


CASES = [
    # NQ022: a real date, not before the earliest year
    fails("NQ022", "AD", "30 February", {CARE_PLAN: "30/02/2022"}, item=CARE_PLAN),
    fails("NQ022", "AD", "last day of 1899", {HEPC: "31/12/1899"}, item=HEPC),
    passes("NQ022", "AD", "first day of 1900", {HEPC: "01/01/1900"}),
    passes("NQ022", "AD", "29 February of a leap year", {CARE_PLAN: "29/02/2020"}),
    outside("NQ022", "AD", "blank", {CARE_PLAN: None}),
    # NQ023a: not after today
    fails("NQ023a", "AD", "tomorrow", {CIR_DATE: "11/07/2022"}, item=CIR_DATE),
    fails("NQ023a", "YP", "tomorrow, without a period", {CARE_PLAN: "11/07/2022", "period_end": None}, item=CARE_PLAN),
    passes("NQ023a", "AD", "today", {CIR_DATE: "10/07/2022"}),
    outside("NQ023a", "AD", "blank", {CARE_PLAN: None}),
    # NQ023c: a plan
    fails("NQ023c", "AD", "over a year ahead", {FIRST_OFFER: "12/07/2023"}, item=FIRST_OFFER),
    fails("NQ023c", "SA", "over a year ahead", {**RELEASED, RELEASE: "12/07/2023"}, item=RELEASE),
    passes("NQ023c", "AD", "a year ahead", {FIRST_OFFER: "11/07/2023"}),
    passes("NQ023a", "AD", "a plan ten days ahead", {FIRST_OFFER: "20/07/2022"}),
    passes("NQ023b", "SA", "a plan after the period", {**RELEASED, RELEASE: "05/07/2022"}),
    outside("NQ023c", "AD", "no plan", {CARE_PLAN: "12/07/2023"}),
    outside("NQ023c", "AD", "blank", {FIRST_OFFER: None}),
    # NQ023b: not after the period, if it is not in the future
    fails("NQ023b", "AD", "day after the period", {CIR_DATE: "01/07/2022"}, item=CIR_DATE),
    fails("NQ023b", "AD", "today", {CIR_DATE: "10/07/2022"}, item=CIR_DATE),
    fails("NQ023b", "SY", "in an episode", {CARE_PLAN: "01/06/2022", **IN_JUNE}, item=CARE_PLAN),
    passes("NQ023b", "AD", "last day of the period", {CIR_DATE: "30/06/2022"}),
    outside("NQ023b", "AD", "tomorrow is NQ023a's", {CIR_DATE: "11/07/2022"}),
    outside("NQ023b", "AD", "no period", {CIR_DATE: "01/07/2022", "period_end": None}),
    # NQ024
    fails("NQ024", "AD", "last day of 1902", {DOB: "31/12/1902"}),
    passes("NQ024", "AD", "first day of 1903", {DOB: "01/01/1903"}),
    outside("NQ024", "AD", "blank", {DOB: None}),
    outside("NQ024", "AD", "not a date", {DOB: "1902"}),
    # NQ046
    fails("NQ046", "AD", "first use at 37, triage at 36", {"episode.substance_1_first_age": "37"}),
    fails("NQ046", "YP", "first use at 17, triage at 16", {"episode.substance_1_first_age": "17"}),
    passes("NQ046", "AD", "first use at 36, triage at 36", {"episode.substance_1_first_age": "36"}),
    outside("NQ046", "AD", "no date of birth", {"episode.substance_1_first_age": "37", DOB: None}),
    outside("NQ046", "AD", "no age", {"episode.substance_1_first_age": None}),
    # NQ047
    fails("NQ047a", "AD", "born on the referral date", {DOB: "03/01/2022"}),
    fails("NQ047a", "SY", "born after the referral date", {DOB: "04/01/2022"}),
    passes("NQ047a", "AD", "born the day before", {DOB: "02/01/2022"}),
    outside("NQ047a", "AD", "no referral date", {DOB: "03/01/2022", REFERRED: None}),
    outside("NQ047a", "AD", "referral date malformed", {DOB: "03/01/2022", REFERRED: "x"}),
    fails("NQ047b", "AD", "born on the triage date", {DOB: "10/01/2022"}),
    fails("NQ047b", "AD", "born after the triage date", {DOB: "11/01/2022"}),
    passes("NQ047b", "AD", "born the day before", {DOB: "09/01/2022"}),
    outside("NQ047b", "AD", "no triage date", {DOB: "10/01/2022", TRIAGED: None}),
    # NQ048, NQ049
    fails("NQ048", "AD", "triage the day before", {TRIAGED: "02/01/2022"}),
    passes("NQ048", "AD", "on one day", {TRIAGED: "03/01/2022"}),
    outside("NQ048", "AD", "no referral date", {TRIAGED: "02/01/2022", REFERRED: None}),
    outside("NQ048", "AD", "no triage date", {TRIAGED: None}),
    fails("NQ049", "AD", "care plan the day before triage", {CARE_PLAN: "09/01/2022"}),
    passes("NQ049", "AD", "on one day", {CARE_PLAN: "10/01/2022"}),
    outside("NQ049", "AD", "no care plan", {CARE_PLAN: None}),
    outside("NQ049", "AD", "no triage date", {TRIAGED: None}),
    # NQ056
    fails("NQ056a", "AD", "discharge the day before triage", {**DISCHARGED, DISCHARGE: "09/01/2022"}),
    passes("NQ056a", "AD", "on one day", {**DISCHARGED, DISCHARGE: "10/01/2022"}),
    outside("NQ056a", "AD", "not discharged", {}),
    fails("NQ056b", "AD", "discharge the day before referral", {**DISCHARGED, DISCHARGE: "02/01/2022"}),
    passes("NQ056b", "AD", "on one day", {**DISCHARGED, DISCHARGE: "03/01/2022"}),
    outside("NQ056b", "AD", "no referral date", {**DISCHARGED, DISCHARGE: "02/01/2022", REFERRED: None}),
    # NQ067
    fails("NQ067a", "AD", "test the day after discharge", {**DISCHARGED, HEPC: "01/06/2022"}),
    passes("NQ067a", "AD", "on one day", {**DISCHARGED, HEPC: "31/05/2022"}),
    outside("NQ067a", "AD", "not discharged", {HEPC: "01/06/2022"}),
    outside("NQ067a", "AD", "not tested", DISCHARGED),
    fails("NQ067b", "AD", "test the day before birth", {HEPC: "14/06/1985"}),
    passes("NQ067b", "AD", "on one day", {HEPC: "15/06/1985"}),
    outside("NQ067b", "AD", "no date of birth", {HEPC: "14/06/1985", DOB: None}),
    # NQ068: 18 at triage in an adult dataset
    fails("NQ068", "AD", "18 the day after triage", {DOB: born(ADULT, 1)}),
    fails("NQ068", "SA", "18 the day after triage", {DOB: born(ADULT, 1)}),
    fails("NQ068", "AD", "born 29 February, triage on the 28th", {DOB: "29/02/2004", TRIAGED: "28/02/2022"}),
    passes("NQ068", "AD", "born 29 February, triage on 1 March", {DOB: "29/02/2004", TRIAGED: "01/03/2022"}),
    passes("NQ068", "AD", "18 on the day of triage", {DOB: born(ADULT)}),
    passes("NQ068", "SA", "18 on the day of triage", {DOB: born(ADULT)}),
    outside("NQ068", "YP", "a young people's dataset", {DOB: born(ADULT, 1)}),
    outside("NQ068", "SY", "a young people's dataset", {DOB: born(ADULT, 1)}),
    outside("NQ068", "AD", "no triage date", {DOB: born(ADULT, 1), TRIAGED: None}),
    outside("NQ068", "AD", "no date of birth", {DOB: None}),
    # NQ069: 5 to 24 at triage in a young people's dataset
    fails("NQ069", "YP", "5 the day after triage", {DOB: born(YOUNGEST, 1)}),
    fails("NQ069", "SY", "25 on the day of triage", {DOB: born(OLDEST)}),
    fails("NQ069", "YP", "25 on the day of triage", {DOB: born(OLDEST)}),
    passes("NQ069", "YP", "5 on the day of triage", {DOB: born(YOUNGEST)}),
    passes("NQ069", "YP", "25 the day after triage", {DOB: born(OLDEST, 1)}),
    outside("NQ069", "AD", "an adult dataset, 25", {DOB: born(OLDEST)}),
    outside("NQ069", "SA", "an adult dataset, 4", {DOB: born(YOUNGEST, 1)}),
    outside("NQ069", "YP", "no date of birth", {DOB: None}),
    # NQ070: over 90
    fails("NQ070", "AD", "91 on the day of triage", {DOB: born(HIGH + 1)}),
    fails("NQ070", "YP", "91 on the day of triage", {DOB: born(HIGH + 1)}),
    passes("NQ070", "AD", "91 the day after triage", {DOB: born(HIGH + 1, 1)}),
    passes("NQ070", "AD", "90 on the day of triage", {DOB: born(HIGH)}),
    outside("NQ070", "AD", "no triage date", {DOB: born(HIGH + 1), TRIAGED: None}),
    # NQ126: episodes of one client overlap
    fails("NQ126", "AD", "both open", {"also": [later("20/02/2022")]}, "2"),
    fails("NQ126", "AD", "both begin on one day", {"also": [later("10/01/2022")]}, "2"),
    fails("NQ126", "AD", "the later stands first", {"also": [later("04/01/2022")]}, "1"),
    fails("NQ126", "AD", "begins the day before the discharge", {**DISCHARGED, "also": [later("30/05/2022")]}, "2"),
    fails("NQ126", "AD", "the first lasts beyond the second",
          {**DISCHARGED, "also": [later("01/02/2022", until="20/02/2022"), {**later("01/03/2022"), "episode.episode_id": "E3"}]}, "2", "3"),
    passes("NQ126", "AD", "begins on the day of discharge", {**DISCHARGED, "also": [later("31/05/2022")]}),
    passes("NQ126", "AD", "begins after the discharge", {**DISCHARGED, "also": [later("01/06/2022")]}),
    passes("NQ126", "AD", "the earlier ends before, and stands second", {"also": [later("01/01/2022", until="09/01/2022")]}),
    outside("NQ126", "AD", "one episode", {}),
    outside("NQ126", "AD", "another client", {"also": [ANOTHER_CLIENT]}),
    outside("NQ126", "AD", "two clients without an ID", {"client.client_id": None, "also": [ANOTHER_EPISODE]}),
    outside("NQ126", "AD", "a referral that never came to triage", {"also": [{**later("04/01/2022"), TRIAGED: None}]}),
    outside("NQ126", "AD", "one episode in two versions", {"also": [{"episode.postcode_district": "LS7"}]}),
    outside("NQ126", "AD", "discharge date malformed", {**DISCHARGED, DISCHARGE: "x", "also": [later("20/02/2022")]}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case, judged):
    judged(case)


def test_age_in_whole_years_on_every_day_of_the_year():
    births = [datetime.date(2000, 1, 1) + datetime.timedelta(days=n) for n in range(0, 366, 5)]
    days = [datetime.date(2020, 1, 1) + datetime.timedelta(days=n) for n in range(366)]
    pairs = [*product(births, days), (datetime.date(2000, 2, 29), datetime.date(2021, 2, 28))]
    frame = pl.DataFrame(pairs, schema=["born", "day"], orient="row")
    ages = frame.select(whole_years(pl.col("born"), pl.col("day"))).to_series().to_list()
    assert ages == [
        day.year - born.year - ((day.month, day.day) < (born.month, born.day))
        for born, day in pairs
    ]
