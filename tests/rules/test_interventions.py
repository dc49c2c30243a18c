# ruff: noqa: E501 (the tables of cases are read as tables)
"""Interventions: their dates, what is given together, duplicates."""

import pytest

from tests.rules.base import (
    ALONE,
    DISCHARGED,
    fails,
    of_dataset,
    outside,
    passes,
    plain,
)

ID, TYPE = "intervention.intervention_id", "intervention.intervention_type"
REFERRED, OFFERED = "intervention.referred_date", "intervention.first_appointment_date"
START, END, EXIT = "intervention.start_date", "intervention.end_date", "intervention.exit_status"
SETTING = "intervention.setting"
TRIAGED, EPISODE_REFERRED = "episode.triage_date", "episode.referral_date"
ANOTHER_SETTING = plain("intervention_setting", number=1)
PLANNED = plain("modality_exit")


def alike(dataset, **changes):
    """The second intervention has the type of the first (and in the clean caseload its setting)."""
    kind = of_dataset("intervention_type", "pharmacological", dataset)
    second = {f"intervention[1].{field}": value for field, value in changes.items()}
    return {"intervention[1].intervention_type": kind, **second}


def second_episode(dataset):
    return {
        "episode.episode_id": "E2",
        "intervention.intervention_id": "I8",
        "intervention[1].intervention_id": "I9",
    }


CASES = [
    # Dates: NQ050 to NQ054
    fails("NQ050", "AD", "the day before", {REFERRED: "02/01/2022"}),
    fails("NQ050", "SY", "the second one", {"intervention[1].referred_date": "02/01/2022"}, "intervention[1]"),
    passes("NQ050", "AD", "on one day", {REFERRED: "03/01/2022"}),
    outside("NQ050", "AD", "no referral of the episode", {REFERRED: "02/01/2022", EPISODE_REFERRED: None}),
    outside("NQ050", "AD", "blank", {REFERRED: None}),
    fails("NQ051", "AD", "the day before", {OFFERED: "09/01/2022"}),
    passes("NQ051", "AD", "on one day", {OFFERED: "10/01/2022"}),
    outside("NQ051", "AD", "not referred", {OFFERED: "09/01/2022", REFERRED: None}),
    outside("NQ051", "AD", "not offered", {OFFERED: None}),
    fails("NQ052", "AD", "the day before", {START: "09/01/2022"}),
    passes("NQ052", "AD", "on one day", {START: "10/01/2022"}),
    outside("NQ052", "AD", "no triage", {START: "09/01/2022", TRIAGED: None}),
    outside("NQ052", "AD", "not started", {START: None}),
    fails("NQ053a", "AD", "the day before", {START: "09/01/2022"}),
    passes("NQ053a", "AD", "on one day", {START: "10/01/2022"}),
    outside("NQ053a", "AD", "not referred", {START: "09/01/2022", REFERRED: None}),
    fails("NQ053b", "AD", "the day before", {START: "16/01/2022"}),
    passes("NQ053b", "AD", "on one day", {START: "17/01/2022"}),
    outside("NQ053b", "AD", "not offered", {START: "16/01/2022", OFFERED: None}),
    fails("NQ054", "AD", "the day before", {END: "23/01/2022"}),
    passes("NQ054", "AD", "on one day", {END: "24/01/2022"}),
    outside("NQ054", "AD", "not started", {END: "23/01/2022", START: None}),
    outside("NQ054", "AD", "open", {}),
    # NQ104 to NQ107: what is given together
    fails("NQ104", "AD", "no ID", {ID: None}),
    fails("NQ104", "YP", "only a start", {ID: None, TYPE: None, SETTING: None, REFERRED: None, OFFERED: None}),
    passes("NQ104", "AD", "an ID", {}),
    outside("NQ104", "AD", "no intervention", ALONE),
    outside("NQ104", "SA", "only what is not collected",
            {ID: None, TYPE: None, REFERRED: None, OFFERED: None, START: None, SETTING: ANOTHER_SETTING}),
    fails("NQ105", "AD", "no type", {TYPE: None}),
    passes("NQ105", "AD", "a type", {}),
    outside("NQ105", "AD", "no ID", {ID: None, TYPE: None}),
    fails("NQ106", "AD", "not referred", {REFERRED: None}),
    passes("NQ106", "AD", "referred", {}),
    passes("NQ106", "AD", "malformed is not blank", {REFERRED: "x"}),
    outside("NQ106", "AD", "no type", {TYPE: None, REFERRED: None}),
    fails("NQ107a", "AD", "no start", {END: "20/05/2022", START: None}),
    fails("NQ107a", "AD", "no start, end malformed", {END: "x", START: None}),
    passes("NQ107a", "AD", "start and end", {END: "20/05/2022"}),
    passes("NQ107a", "AD", "start malformed is not blank", {END: "20/05/2022", START: "x"}),
    outside("NQ107a", "AD", "neither", {START: None}),
    fails("NQ107b", "AD", "no end", {EXIT: PLANNED}),
    passes("NQ107b", "AD", "both", {EXIT: PLANNED, END: "20/05/2022"}),
    passes("NQ107b", "AD", "end malformed is not blank", {EXIT: PLANNED, END: "x"}),
    outside("NQ107b", "AD", "neither", {}),
    fails("NQ107c", "AD", "no exit status", {END: "20/05/2022"}),
    fails("NQ107c", "AD", "no exit status, end malformed", {END: "x"}),
    passes("NQ107c", "AD", "both", {EXIT: PLANNED, END: "20/05/2022"}),
    outside("NQ107c", "AD", "neither", {}),
    # NQ108: types of another dataset
    fails("NQ108", "AD", "of young people", {TYPE: of_dataset("intervention_type", "pharmacological", "YP")}),
    fails("NQ108", "YP", "of adults", {TYPE: of_dataset("intervention_type", "pharmacological", "AD")}),
    fails("NQ108", "SA", "of young people", {"intervention[1].intervention_type": plain("intervention_type", "SY")}, "intervention[1]"),
    passes("NQ108", "SA", "of adults", {TYPE: of_dataset("intervention_type", "recovery_support", "SA")}),
    passes("NQ108", "SY", "of young people", {TYPE: plain("intervention_type", "SY")}),
    outside("NQ108", "AD", "blank", {TYPE: None}),
    outside("NQ108", "AD", "unknown is NQ031's", {TYPE: "ZZZ"}),
    # NQ109, NQ111: the setting is missed at once, the first appointment once it has started
    fails("NQ109", "AD", "no setting", {SETTING: None}),
    fails("NQ109", "YP", "no setting, start malformed", {SETTING: None, START: "x"}),
    passes("NQ109", "AD", "a setting", {}),
    fails("NQ109", "AD", "not started", {SETTING: None, START: None}),
    outside("NQ109", "SA", "not collected", {SETTING: None}),
    fails("NQ111", "AD", "not offered", {OFFERED: None}),
    outside("NQ111", "SA", "not offered, start malformed", {OFFERED: None, START: "x"}),
    passes("NQ111", "AD", "offered", {}),
    passes("NQ111", "AD", "malformed is not blank", {OFFERED: "x"}),
    outside("NQ111", "AD", "not started", {OFFERED: None, START: None}),
    # NQ110: two open ones alike
    fails("NQ110", "AD", "type and setting", alike("AD"), "intervention", "intervention[1]"),
    fails("NQ110", "YP", "both without setting", {**alike("YP", setting=None), SETTING: None}, "intervention", "intervention[1]"),
    fails("NQ110", "SA", "setting is not collected", alike("SA"), "intervention", "intervention[1]"),
    passes("NQ110", "AD", "another setting", alike("AD", setting=ANOTHER_SETTING)),
    passes("NQ110", "AD", "another type", {}),
    passes("NQ110", "AD", "one has ended", alike("AD", end_date="20/05/2022")),
    passes("NQ110", "AD", "the other has ended", {**alike("AD"), END: "20/05/2022"}),
    passes("NQ110", "AD", "one has ended, date malformed", alike("AD", end_date="x")),
    passes("NQ110", "AD", "in another episode", {"also": [second_episode("AD")]}),
    passes("NQ110", "AD", "of another client, same episode ID", {"-intervention": 1, "also": [{"client.client_id": "C2", ID: "I8"}]}),
    fails("NQ110", "AD", "two of three are open", {**alike("AD"), "+intervention": {"end_date": "20/05/2022"}}, "intervention", "intervention[1]"),
    passes("NQ110", "AD", "of another client", {"also": [{**second_episode("AD"), "client.client_id": "C2"}]}),
    outside("NQ110", "AD", "no types", {**alike("AD", intervention_type=None), TYPE: None}),
    outside("NQ110", "AD", "all have ended", {**DISCHARGED, **alike("AD")}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case, judged):
    judged(case)
