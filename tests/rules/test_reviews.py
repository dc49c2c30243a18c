# ruff: noqa: E501 (the tables of cases are read as tables)
"""Sub intervention reviews and client information reviews."""

import pytest

from tests.rules.base import (
    ALCOHOL,
    ALL,
    ALONE,
    DATASETS,
    DISCHARGED,
    DRUG,
    NO,
    NO_THIRD,
    OPIATE,
    OTHER_DRUG,
    YES,
    fails,
    judge_many,
    outside,
    passes,
    tags,
)

SIR, CIR = "sub_intervention_review", "client_information_review"
DATE, ID = f"{SIR}.review_date", f"{SIR}.review_id"
METHADONE, TALKING = f"{SIR}.methadone_maintenance", f"{SIR}.motivational_interventions"
DEPOT, LOFEXIDINE = f"{SIR}.buprenorphine_depot_maintenance", f"{SIR}.lofexidine"
STIMULANT = f"{SIR}.stimulant_withdrawal"
RECOVERY = f"{SIR}.peer_support"
DOSE, BUPRENORPHINE = f"{SIR}.methadone_dose", f"{SIR}.buprenorphine_dose"
CIR_DATE, CIR_ID, CIR_NEED = f"{CIR}.review_date", f"{CIR}.review_id", f"{CIR}.mental_health_need"
TRIAGED = "episode.triage_date"
NOTHING = {METHADONE: None, TALKING: None, RECOVERY: None}
STARTED = {f"intervention[{n}].start_date": None for n in (0, 1)}


def only(*ticked):
    """The review ticks these and nothing else; no dose."""
    return {**NOTHING, DOSE: None, **dict.fromkeys(ticked, YES)}


def substances(*codes):
    return {f"episode.substance_{n}": code for n, code in enumerate(codes, 1)}


CASES = [
    # NQ057: not before triage or the first start
    fails("NQ057", "AD", "the day before the first start", {DATE: "23/01/2022"}),
    fails("NQ057", "SY", "after the start, before triage", {TRIAGED: "26/04/2022"}),
    fails("NQ057", "AD", "before triage, nothing started", {**STARTED, DATE: "09/01/2022"}),
    fails("NQ057", "AD", "before triage, no interventions", {"-intervention": ALL, DATE: "09/01/2022"}),
    fails("NQ057", "AD", "before the first start, no triage date", {TRIAGED: None, DATE: "23/01/2022"}),
    passes("NQ057", "AD", "on the day of the first start", {DATE: "24/01/2022"}),
    passes("NQ057", "AD", "on the day of triage, nothing started", {**STARTED, DATE: "10/01/2022"}),
    outside("NQ057", "AD", "neither is known", {**STARTED, TRIAGED: None}),
    outside("NQ057", "AD", "no date", {DATE: None}),
    # NQ058: after discharge only recovery support
    fails("NQ058", "AD", "medicine the day after", {**DISCHARGED, **only(METHADONE), DATE: "01/06/2022"}),
    fails("NQ058", "YP", "talking the day after", {**DISCHARGED, **only(TALKING, RECOVERY), DATE: "01/06/2022"}),
    passes("NQ058", "AD", "medicine on the day", {**DISCHARGED, DATE: "31/05/2022"}),
    passes("NQ058", "AD", "recovery support the day after", {**DISCHARGED, **only(RECOVERY), DATE: "01/06/2022"}),
    passes("NQ058", "AD", "medicine is no", {**DISCHARGED, **only(RECOVERY), METHADONE: NO, TALKING: NO, DATE: "01/06/2022"}),
    outside("NQ058", "AD", "not discharged", {DATE: "01/06/2022"}),
    # NQ065
    fails("NQ065a", "AD", "the day before triage", {CIR_DATE: "09/01/2022"}),
    passes("NQ065a", "AD", "on the day", {CIR_DATE: "10/01/2022"}),
    outside("NQ065a", "AD", "no triage date", {CIR_DATE: "09/01/2022", TRIAGED: None}),
    fails("NQ065b", "YP", "the day after discharge", {**DISCHARGED, CIR_DATE: "01/06/2022"}),
    passes("NQ065b", "AD", "on the day", {**DISCHARGED, CIR_DATE: "31/05/2022"}),
    outside("NQ065b", "AD", "not discharged", {CIR_DATE: "01/06/2022"}),
    # NQ112, NQ113
    fails("NQ112a", "AD", "no ID", {ID: None}),
    fails("NQ112a", "YP", "neither", {ID: None, DATE: None}),
    passes("NQ112a", "AD", "an ID", {DATE: None}),
    outside("NQ112a", "AD", "no review", ALONE),
    outside("NQ112a", "YP", "only what is not collected", {**only(), ID: None, DATE: None, DOSE: "60"}),
    fails("NQ112b", "AD", "no date", {DATE: None}),
    passes("NQ112b", "AD", "a date", {ID: None}),
    passes("NQ112b", "AD", "malformed is not blank", {DATE: "x"}),
    outside("NQ112b", "AD", "no review", ALONE),
    fails("NQ113", "AD", "nothing", only()),
    fails("NQ113", "YP", "all are no", dict.fromkeys(NOTHING, NO)),
    fails("NQ113", "AD", "nothing, date malformed", {**only(), DATE: "x"}),
    passes("NQ113", "AD", "one of recovery support", only(RECOVERY)),
    outside("NQ113", "AD", "no date", {**only(), DATE: None}),
    # NQ114: what is ticked belongs to an intervention
    fails("NQ114a", "AD", "no such intervention", {"-intervention": 0}, item=METHADONE),
    fails("NQ114a", "YP", "no interventions", {"-intervention": ALL}, item=METHADONE),
    fails("NQ114a", "AD", "its type is blank", {"intervention.intervention_type": None}, item=METHADONE),
    fails("NQ114a", "AD", "told of the first that is ticked", {"-intervention": 0, **only(DEPOT, LOFEXIDINE)}, item=LOFEXIDINE),
    fails("NQ114a", "SA", "the first is no", {"-intervention": 0, METHADONE: NO, DEPOT: YES}, item=DEPOT),
    passes("NQ114a", "AD", "one", {"-intervention": 1}),
    passes("NQ114a", "SY", "one", {}),
    outside("NQ114a", "AD", "no medicine", {"-intervention": 0, **only(TALKING, RECOVERY)}),
    outside("NQ114a", "AD", "medicine is no", {"-intervention": 0, METHADONE: NO}),
    fails("NQ114b", "AD", "no such intervention", {"-intervention": 1}, item=TALKING),
    fails("NQ114b", "SA", "no interventions", {"-intervention": ALL}, item=TALKING),
    passes("NQ114b", "AD", "one", {"-intervention": 0}),
    passes("NQ114b", "YP", "one", {}),
    outside("NQ114b", "AD", "recovery support alone", {"-intervention": ALL, **only(RECOVERY)}),
    # NQ115: an opioid medicine needs an opiate
    fails("NQ115", "AD", "no opiate", substances(DRUG, OTHER_DRUG, NO_THIRD), item=METHADONE),
    fails("NQ115", "YP", "no substances", substances(None, None, None), item=METHADONE),
    fails("NQ115", "AD", "another medicine before it", {**substances(DRUG, None, None), **only(DEPOT, STIMULANT)}, item=DEPOT),
    passes("NQ115", "AD", "first", substances(OPIATE, DRUG, ALCOHOL)),
    passes("NQ115", "AD", "second", substances(DRUG, OPIATE, ALCOHOL)),
    passes("NQ115", "AD", "third", substances(DRUG, ALCOHOL, OPIATE)),
    outside("NQ115", "AD", "another medicine", {**substances(DRUG, None, None), **only(STIMULANT)}),
    outside("NQ115", "AD", "no medicine", {**substances(DRUG, None, None), **only(TALKING)}),
    # NQ116: a dose needs its medicine
    fails("NQ116a", "AD", "not ticked", {METHADONE: None}),
    fails("NQ116a", "SA", "no", {METHADONE: NO, DOSE: "0"}),
    fails("NQ116a", "AD", "another medicine", {METHADONE: None, f"{SIR}.buprenorphine_maintenance": YES}),
    fails("NQ116a", "AD", "dose malformed", {METHADONE: None, DOSE: "x"}),
    passes("NQ116a", "AD", "by mouth", {}),
    passes("NQ116a", "AD", "by injection", {METHADONE: None, f"{SIR}.methadone_injectable_withdrawal": YES}),
    outside("NQ116a", "AD", "no dose", {METHADONE: None, DOSE: None}),
    outside("NQ116a", "YP", "not collected", {METHADONE: None, DOSE: "60"}),
    fails("NQ116b", "AD", "not ticked", {BUPRENORPHINE: "8"}),
    fails("NQ116b", "AD", "depot only", {BUPRENORPHINE: "8", DEPOT: YES}),
    fails("NQ116b", "AD", "dose malformed", {BUPRENORPHINE: "x"}),
    passes("NQ116b", "AD", "ticked", {BUPRENORPHINE: "8", f"{SIR}.buprenorphine_withdrawal": YES}),
    passes("NQ116b", "SA", "with naloxone", {BUPRENORPHINE: "8", f"{SIR}.buprenorphine_naloxone_maintenance": YES}),
    outside("NQ116b", "AD", "no dose", {}),
    # NQ119
    fails("NQ119a", "AD", "no ID", {CIR_ID: None}),
    passes("NQ119a", "AD", "an ID", {CIR_DATE: None}),
    outside("NQ119a", "AD", "no review", ALONE),
    outside("NQ119a", "YP", "only what is not collected",
            {CIR_ID: None, CIR_DATE: None, CIR_NEED: None, f"{CIR}.liver_screen": "1"}),
    fails("NQ119b", "SY", "no date", {CIR_DATE: None}),
    passes("NQ119b", "AD", "a date", {CIR_ID: None}),
    passes("NQ119b", "AD", "malformed is not blank", {CIR_DATE: "x"}),
    outside("NQ119b", "AD", "no review", ALONE),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case, judged):
    judged(case)


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_sub_intervention_is_one(dataset):
    """Each tick by itself is something ticked, and is a medicine, a talking therapy or recovery support."""
    fields = tags(SIR, "sub_intervention", dataset)
    changes = [
        {"-intervention": ALL, **only(f"{SIR}.{field}"), **substances(DRUG, None, None)}
        for field in fields
    ]
    for field, judgement in zip(fields, judge_many(dataset, changes), strict=True):
        assert not judgement.of("NQ113"), field
        for key, tag in (
            ("NQ114a", "pharmacological"),
            ("NQ114b", "psychosocial"),
            ("NQ115", "opioid_medicine"),
        ):
            items = [finding["item"] for finding in judgement.of(key)]
            assert items == ([f"{SIR}.{field}"] if field in tags(SIR, tag, dataset) else [])
        kinds = [len(judgement.of(key)) for key in ("NQ114a", "NQ114b")]
        assert sum(kinds) == (field not in tags(SIR, "recovery_support", dataset)), field
