"""Mental health, family, hepatitis, employment."""

import pytest

from tests.rules.base import DEFINITION, NO, YES, code, fails, outside, passes, plain

NEED, TREATMENT = "episode.mental_health_need", "episode.mental_health_treatment"
NEEDED, NOT_NEEDED = code("mental_health_need", "yes"), code("mental_health_need", "no")
TREATED = plain("mental_health_treatment")
PARENT, CHILDREN = "episode.parental_status", "episode.children_living_with_client"
NO_PARENT = code("parental_status", "not_a_parent")
LIVING_WITH = DEFINITION.meaning("parental_status", "lives_with_children")
HELP, SECOND_HELP, THIRD_HELP = (plain("early_help", number=n) for n in range(3))
HEPB, VACCINATED = "episode.hepb_status", "episode.hepb_vaccination_count"
COUNT = plain("hepb_vac_count")
HEPC, TESTED = "episode.hepc_status", "episode.hepc_test_date"
ANTIBODY, PCR = "episode.hepc_antibody_result", "episode.hepc_pcr_result"
REFERRED = "episode.hepc_treatment_referral"
POSITIVE, NOT_POSITIVE = code("hepc_result", "positive"), plain("hepc_result")
WORK, SINCE = "episode.employment_status", "episode.time_since_employment"
EMPLOYED, STILL = code("employment_status", "employed"), code("time_since_employment", "employed")
DAY = "01/02/2022"


def early_help(*codes):
    return {f"episode.early_help_{n}": given for n, given in enumerate(codes, 1)}


CASES = [
    # NQ081
    fails("NQ081a", "AD", "no need", {TREATMENT: TREATED, NEED: NOT_NEEDED}),
    fails("NQ081a", "SY", "declined", {TREATMENT: TREATED, NEED: plain("mental_health_need")}),
    fails("NQ081a", "AD", "need blank", {TREATMENT: TREATED, NEED: None}),
    passes("NQ081a", "AD", "a need", {TREATMENT: TREATED, NEED: NEEDED}),
    outside("NQ081a", "AD", "no treatment", {NEED: NOT_NEEDED}),
    fails("NQ081b", "AD", "a need without an answer", {NEED: NEEDED}),
    passes("NQ081b", "AD", "a need and an answer", {TREATMENT: TREATED, NEED: NEEDED}),
    passes("NQ081b", "AD", "no need", {NEED: NOT_NEEDED}),
    outside("NQ081b", "AD", "need blank", {NEED: None}),
    # NQ082, NQ084
    fails("NQ082", "AD", "no parent, no children", early_help(HELP)),
    *(
        passes("NQ082", dataset, f"no parent, and the answer is {none}", early_help(none))
        for dataset in ("AD", "YP")
        for none in DEFINITION.meaning("early_help", "none", "declined")
    ),
    passes("NQ082", "AD", "no parent, 1 child", {**early_help(HELP), CHILDREN: "1"}),
    passes("NQ082", "AD", "a parent, no children", {**early_help(HELP), PARENT: plain("parental_status")}),
    outside("NQ082", "AD", "children not known", {**early_help(HELP), CHILDREN: "98"}),
    outside("NQ082", "AD", "parental status blank", {**early_help(HELP), PARENT: None}),
    outside("NQ082", "AD", "no early help", {}),
    outside("NQ082", "SA", "not collected", early_help(HELP)),
    *(
        fails("NQ084", "YP", f"0 children, status {status}", {PARENT: status})
        for status in LIVING_WITH
    ),
    passes("NQ084", "AD", "1 child", {PARENT: LIVING_WITH[0], CHILDREN: "1"}),
    passes("NQ084", "AD", "0 children live elsewhere", {PARENT: plain("parental_status")}),
    passes("NQ084", "AD", "0 children, no parent", {}),
    outside("NQ084", "AD", "not known", {PARENT: LIVING_WITH[0], CHILDREN: "98"}),
    outside("NQ084", "AD", "status blank", {PARENT: None}),
    outside("NQ084", "SY", "not collected", {PARENT: LIVING_WITH[0], CHILDREN: "0"}),
    # NQ083
    fails("NQ083a", "AD", "second without first", early_help(None, HELP)),
    passes("NQ083a", "AD", "first and second", early_help(HELP, SECOND_HELP)),
    outside("NQ083a", "AD", "only a third", early_help(None, None, HELP)),
    fails("NQ083b", "AD", "third without second", early_help(HELP, None, SECOND_HELP)),
    passes("NQ083b", "AD", "all three", early_help(HELP, SECOND_HELP, THIRD_HELP)),
    outside("NQ083b", "AD", "neither", early_help(HELP)),
    outside("NQ083b", "AD", "only a second", early_help(None, HELP)),
    fails("NQ083c", "AD", "first and second", early_help(HELP, HELP)),
    passes("NQ083c", "AD", "the third is NQ083d's", early_help(HELP, SECOND_HELP, HELP)),
    passes("NQ083c", "AD", "all differ", early_help(HELP, SECOND_HELP, THIRD_HELP)),
    outside("NQ083c", "AD", "only one", early_help(HELP)),
    fails("NQ083d", "AD", "first and third", early_help(HELP, SECOND_HELP, HELP)),
    fails("NQ083d", "YP", "second and third", early_help(HELP, SECOND_HELP, SECOND_HELP)),
    passes("NQ083d", "AD", "all differ", early_help(HELP, SECOND_HELP, THIRD_HELP)),
    passes("NQ083d", "AD", "the second is NQ083c's", early_help(HELP, HELP, THIRD_HELP)),
    outside("NQ083d", "AD", "no third", early_help(HELP, HELP)),
    # NQ086 to NQ089
    fails("NQ086", "AD", "another status", {VACCINATED: COUNT}),
    fails("NQ086", "AD", "status blank", {VACCINATED: COUNT, HEPB: None}),
    *(
        passes("NQ086", "AD", f"status {status}", {VACCINATED: COUNT, HEPB: status})
        for status in DEFINITION.meaning("hepb_status", "counted")
    ),
    outside("NQ086", "AD", "no count", {}),
    fails("NQ087", "AD", "another status", {TESTED: DAY}),
    fails("NQ087", "YP", "status blank", {TESTED: DAY, HEPC: None}),
    fails("NQ087", "AD", "date malformed", {TESTED: "x"}),
    passes("NQ087", "AD", "accepted", {TESTED: DAY, HEPC: code("hepc_status", "tested")}),
    outside("NQ087", "AD", "no date", {}),
    fails("NQ088", "AD", "antibody result", {ANTIBODY: NOT_POSITIVE}),
    fails("NQ088", "SA", "PCR result", {PCR: NOT_POSITIVE}),
    passes("NQ088", "AD", "both with a date", {ANTIBODY: POSITIVE, PCR: POSITIVE, TESTED: DAY}),
    passes("NQ088", "AD", "date malformed is not blank", {PCR: POSITIVE, TESTED: "x"}),
    outside("NQ088", "AD", "no results", {}),
    outside("NQ088", "YP", "not collected", {PCR: POSITIVE}),
    fails("NQ089", "AD", "not positive", {REFERRED: YES, PCR: NOT_POSITIVE}),
    fails("NQ089", "AD", "no result", {REFERRED: YES}),
    passes("NQ089", "AD", "positive", {REFERRED: YES, PCR: POSITIVE}),
    passes("NQ089", "AD", "not referred", {REFERRED: NO, PCR: NOT_POSITIVE}),
    outside("NQ089", "AD", "blank", {PCR: NOT_POSITIVE}),
    # NQ090
    fails("NQ090", "AD", "employed, and some time since", {WORK: EMPLOYED, SINCE: plain("time_since_employment")}),
    passes("NQ090", "SA", "employed, and still", {WORK: EMPLOYED, SINCE: STILL}),
    passes("NQ090", "AD", "not employed, some time since", {SINCE: plain("time_since_employment")}),
    outside("NQ090", "AD", "employed, blank", {WORK: EMPLOYED}),
    outside("NQ090", "AD", "employment blank", {WORK: None, SINCE: plain("time_since_employment")}),
    outside("NQ090", "YP", "not collected", {WORK: EMPLOYED, SINCE: plain("time_since_employment")}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case, judged):
    judged(case)
