"""Problem substances, route, injecting and drinking."""

import pytest

from tests.rules.base import (
    ALCOHOL,
    DEFINITION,
    DRUG,
    NO_SECOND,
    NO_THIRD,
    OPIATE,
    OTHER_DRUG,
    code,
    fails,
    outside,
    passes,
    plain,
)

DAYS, UNITS, SADQ = "episode.drinking_days", "episode.alcohol_units", "episode.sadq_score"
ROUTE, INJECTING = "episode.route", "episode.injecting_status"
FIRST_USE = "episode.substance_1_first_age"
INJECT = code("route", "inject")
NOT_INJECTING = DEFINITION.meaning("injecting_status", "not_injecting")


def drinking(days, units):
    return {DAYS: days, UNITS: units}


def substances(*codes):
    given = (*codes, None, None)[:3]
    return {f"episode.substance_{n}": code for n, code in enumerate(given, 1)}


CASES = [
    # NQ044: days and units of drinking agree
    fails("NQ044a", "AD", "1 unit on 0 days", drinking("0", "1")),
    passes("NQ044a", "AD", "0 units on 0 days", drinking("0", "0")),
    passes("NQ044a", "AD", "1 unit on 1 day", drinking("1", "1")),
    outside("NQ044a", "AD", "no units", drinking("0", None)),
    outside("NQ044a", "AD", "no days", drinking(None, "1")),
    fails("NQ044b", "AD", "0 units on 1 day", drinking("1", "0")),
    passes("NQ044b", "AD", "0 units on 0 days", drinking("0", "0")),
    passes("NQ044b", "AD", "1 unit on 1 day", drinking("1", "1")),
    outside("NQ044b", "AD", "no units", drinking("1", None)),
    outside("NQ044b", "AD", "no days", drinking(None, "0")),
    # NQ075: they differ
    fails("NQ075a", "AD", "second is the first", substances(OPIATE, OPIATE)),
    passes("NQ075a", "AD", "three substances", substances(OPIATE, DRUG, OTHER_DRUG)),
    passes("NQ075a", "AD", "the third is NQ075b's", substances(OPIATE, DRUG, DRUG)),
    passes("NQ075a", "AD", "one filler twice", substances(NO_SECOND, NO_SECOND)),
    outside("NQ075a", "AD", "only one", substances(OPIATE)),
    outside("NQ075a", "AD", "none", substances(None)),
    fails("NQ075b", "AD", "third is the first", substances(OPIATE, DRUG, OPIATE)),
    fails("NQ075b", "AD", "third is the first, no second", substances(OPIATE, None, OPIATE)),
    fails("NQ075b", "SY", "third is the second", substances(OPIATE, DRUG, DRUG)),
    passes("NQ075b", "AD", "three substances", substances(OPIATE, DRUG, OTHER_DRUG)),
    passes("NQ075b", "AD", "the second is NQ075a's", substances(OPIATE, OPIATE, DRUG)),
    passes("NQ075b", "AD", "one filler twice", substances(OPIATE, NO_SECOND, NO_SECOND)),
    passes("NQ075b", "AD", "fillers", substances(OPIATE, NO_THIRD, NO_THIRD)),
    outside("NQ075b", "AD", "no third", substances(OPIATE, OPIATE)),
    # NQ076: a third needs a second
    fails("NQ076", "AD", "second blank", substances(OPIATE, None, DRUG)),
    fails("NQ076", "AD", "no second", substances(OPIATE, NO_SECOND, DRUG)),
    fails("NQ076", "AD", "no second, stated twice", substances(OPIATE, NO_SECOND, NO_SECOND)),
    passes("NQ076", "AD", "a second", substances(OPIATE, OTHER_DRUG, DRUG)),
    passes("NQ076", "AD", "no second, no third", substances(OPIATE, NO_SECOND, NO_THIRD)),
    passes("NQ076", "AD", "blank, no third", substances(OPIATE, None, NO_THIRD)),
    outside("NQ076", "AD", "third blank", substances(OPIATE, NO_SECOND)),
    # NQ077
    fails("NQ077", "AD", "no second", substances(NO_SECOND)),
    fails("NQ077", "YP", "no third", substances(NO_THIRD)),
    passes("NQ077", "AD", "a substance", substances(DRUG)),
    outside("NQ077", "AD", "blank", substances(None)),
    # NQ078
    *(
        fails("NQ078", "AD", f"inject, {status}", {ROUTE: INJECT, INJECTING: status})
        for status in NOT_INJECTING
    ),
    passes("NQ078", "AD", "inject, injecting", {ROUTE: INJECT, INJECTING: code("injecting_status", "injecting")}),
    passes("NQ078", "AD", "inject, declined", {ROUTE: INJECT, INJECTING: plain("injecting_status")}),
    passes("NQ078", "AD", "another route, never", {ROUTE: plain("route")}),
    outside("NQ078", "AD", "no status", {ROUTE: INJECT, INJECTING: None}),
    outside("NQ078", "AD", "no route", {ROUTE: None}),
    # NQ079
    fails("NQ079a", "AD", "no substance", substances(None)),
    passes("NQ079a", "AD", "a substance", {}),
    outside("NQ079a", "AD", "no route", {**substances(None), ROUTE: None}),
    fails("NQ079b", "AD", "no route", {ROUTE: None}),
    passes("NQ079b", "AD", "a route", {}),
    outside("NQ079b", "AD", "no substance", {**substances(None), ROUTE: None}),
    # NQ080
    fails("NQ080", "SA", "blank", {INJECTING: None}),
    passes("NQ080", "SA", "given", {INJECTING: plain("injecting_status")}),
    outside("NQ080", "SA", "no consent", {INJECTING: None, "client.consent": code("consent", "refused")}),
    fails("NQ080", "AD", "blank", {FIRST_USE: None}, item=FIRST_USE),
    passes("NQ080", "AD", "age 0", {FIRST_USE: "0"}),
    passes("NQ080", "AD", "malformed is not blank", {FIRST_USE: "x"}),
    outside("NQ080", "AD", "no consent, age", {FIRST_USE: None, "client.consent": code("consent", "refused")}),
    # NQ092: SADQ is for alcohol
    fails("NQ092a", "AD", "no alcohol", {**substances(OPIATE, DRUG, NO_THIRD), SADQ: "0"}),
    fails("NQ092a", "SA", "no substances", {**substances(None), SADQ: "20"}),
    fails("NQ092a", "AD", "a special code", {SADQ: "98"}),
    passes("NQ092a", "AD", "alcohol first", {**substances(ALCOHOL, DRUG, OPIATE), SADQ: "20"}),
    passes("NQ092a", "AD", "alcohol second", {**substances(OPIATE, ALCOHOL, DRUG), SADQ: "20"}),
    passes("NQ092a", "AD", "alcohol third", {**substances(OPIATE, DRUG, ALCOHOL), SADQ: "20"}),
    outside("NQ092a", "AD", "no score", {}),
    outside("NQ092a", "YP", "not collected", {SADQ: "20"}),
    fails("NQ092b", "AD", "alcohol first, no score", substances(ALCOHOL)),
    fails("NQ092b", "SA", "alcohol first, no score", substances(ALCOHOL)),
    passes("NQ092b", "AD", "a score", {**substances(ALCOHOL), SADQ: "0"}),
    passes("NQ092b", "AD", "a special code", {**substances(ALCOHOL), SADQ: "99"}),
    passes("NQ092b", "AD", "alcohol second", substances(OPIATE, ALCOHOL)),
    outside("NQ092b", "YP", "not collected", substances(ALCOHOL)),
    outside("NQ092b", "AD", "no substance", substances(None)),
    # NQ093
    fails("NQ093", "AD", "blank", {DAYS: None}),
    passes("NQ093", "AD", "0 days", {DAYS: "0"}),
    outside("NQ093", "AD", "no consent", {DAYS: None, "client.consent": code("consent", "refused")}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case, judged):
    judged(case)
