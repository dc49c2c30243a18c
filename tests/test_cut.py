"""The period's end: what is clean or explained on screen transfers, whatever came after the end."""

import datetime
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from det.checking import recheck_agency
from det.definition import core_dataset
from det.importing import import_reading
from det.models import Agency, Finding
from det.services import explain
from det.transfer import Transfer, prepare_transfer
from tests.factories import AgencyFactory, UserFactory
from tests.rules.base import ANOTHER_EPISODE, EXIT, YES, Changes, changed, plain, to_csv
from validation.periods import period_ending, recent_periods
from validation.reading import read_bytes

pytestmark = pytest.mark.django_db

MAY = datetime.date(2022, 5, 31)
DISCHARGE = {
    "episode.discharge_date": "03/06/2022",
    "episode.discharge_reason": plain("discharge_reason"),
}
PLANNED = plain("modality_exit")


def ended(number: int, on: str) -> dict[str, str]:
    name = f"intervention[{number}]"
    return {f"{name}.end_date": on, f"{name}.exit_status": PLANNED}


AFTER_THE_END: dict[str, Changes] = {
    "an exit profile weeks before the discharge": {
        **DISCHARGE,
        **ended(0, "30/05/2022"),
        **ended(1, "30/05/2022"),
        "outcomes_profile[1].stage": EXIT,
        "outcomes_profile[1].profile_date": "10/05/2022",
    },
    "an intervention that ended after another of its kind had begun": {
        **ended(1, "03/06/2022"),
        "+intervention": {
            "intervention_type": "95",
            "referred_date": "10/05/2022",
            "first_appointment_date": "10/05/2022",
            "start_date": "10/05/2022",
            "end_date": None,
            "exit_status": None,
        },
    },
    "a medicine whose intervention was entered late": {
        "intervention[0].referred_date": "02/06/2022",
        "intervention[0].first_appointment_date": "02/06/2022",
        "intervention[0].start_date": "02/06/2022",
        "intervention[1].start_date": "24/01/2022",
    },
    "a care plan after the end": {"episode.care_plan_start_date": "03/06/2022"},
    "a first appointment after the end": {
        "intervention[1].first_appointment_date": "03/06/2022",
        "intervention[1].start_date": "03/06/2022",
    },
    "two episodes, the first discharged after the end": {
        **DISCHARGE,
        **ended(0, "30/05/2022"),
        **ended(1, "30/05/2022"),
        "also": [
            {
                **ANOTHER_EPISODE,
                "episode.referral_date": "20/05/2022",
                "episode.triage_date": "20/05/2022",
                "episode.discharge_date": None,
                "episode.discharge_reason": None,
                "episode.care_plan_start_date": "20/05/2022",
            }
        ],
    },
}


def held(dataset: str, changes: Changes) -> Agency:
    """An agency that holds the changed caseload, all of whose warnings are explained."""
    agency = AgencyFactory(dataset=dataset)
    caseload = changed(dataset, changes)
    for episode in caseload:
        episode["client"]["agency_code"] = agency.code
    import_reading(reading=read_bytes(to_csv(caseload), core_dataset()), agency=agency)
    recheck_agency(agency)
    user = UserFactory(agency=agency)
    for finding in Finding.objects.filter(agency=agency, severity="warning"):
        explain(user=user, finding=finding, text="It was so")
    return agency


def transfer_of(agency: Agency, end: datetime.date = MAY) -> Transfer:
    return prepare_transfer(agency, period_ending(end, core_dataset()))


@pytest.fixture(autouse=True)
def _july() -> Any:
    with time_machine.travel("2022-07-10 09:00:00+00:00", tick=False):
        yield


@pytest.mark.parametrize("name", AFTER_THE_END)
def test_what_came_after_the_end_makes_no_finding_that_the_screen_does_not_have(name: str) -> None:
    agency = held("AD", AFTER_THE_END[name])
    assert not Finding.objects.filter(agency=agency, severity="error").exists()
    transfer = transfer_of(agency)
    assert transfer.open_findings("error")["message"].to_list() == []
    assert transfer.open_findings("warning")["message"].to_list() == []
    assert (transfer.load_percentage, transfer.data_quality_percentage) == (100, 100)
    assert transfer.may_be_transferred


def test_what_is_wrong_on_screen_counts_in_the_transfer_too() -> None:
    agency = held("AD", {"episode.triage_date": "02/01/2022", "client.religion": None})
    transfer = transfer_of(agency)
    assert transfer.open_findings("error")["rule"].to_list() == ["NQ048"]
    assert transfer.load_percentage == 0
    assert transfer.data_quality_percentage == 100
    (explained,) = transfer.findings.filter(transfer.findings["severity"] == "warning").to_dicts()
    assert (explained["rule"], explained["explained"]) == ("NQ085", True)


def test_an_explanation_holds_when_the_cut_changes_what_it_rests_on() -> None:
    agency = held("AD", AFTER_THE_END["two episodes, the first discharged after the end"])
    assert Finding.objects.get(agency=agency, rule="NQ126").explained
    findings = transfer_of(agency).findings.to_dicts()
    (overlap,) = [f for f in findings if f["rule"] == "NQ126"]
    assert "9999-12-31" in overlap["basis"]
    assert overlap["explained"]


days = st.dates(datetime.date(2022, 1, 24), datetime.date(2022, 7, 10)).map(
    lambda day: f"{day:%d/%m/%Y}"
)
maybe = st.none() | days
histories = st.fixed_dictionaries(
    {
        "episode.care_plan_start_date": maybe,
        "intervention[0].first_appointment_date": maybe,
        "intervention[0].start_date": maybe,
        "intervention[0].end_date": maybe,
        "intervention[1].referred_date": days,
        "intervention[1].start_date": maybe,
        "intervention[1].end_date": maybe,
        "intervention[1].intervention_type": st.sampled_from(["94", "95"]),
        "outcomes_profile[1].profile_date": days,
        "outcomes_profile[1].stage": st.sampled_from(["R", "E", "P"]),
        "sub_intervention_review[0].review_date": days,
        "sub_intervention_review[0].methadone_maintenance": st.sampled_from([YES, None]),
        "client_information_review[0].review_date": days,
        "client.sexual_orientation": st.sampled_from(["1", None]),
        "episode.hepc_status": st.sampled_from(["A", "B"]),
        "episode.hepc_test_date": maybe,
        "again": maybe,
        "discharged": maybe,
    }
)


def consistent(history: dict[str, Any]) -> dict[str, Any]:
    """The history as changes: exit statuses and reasons go with their dates."""
    changes = {k: v for k, v in history.items() if k not in ("again", "discharged")}
    for number in (0, 1):
        is_over = changes[f"intervention[{number}].end_date"]
        changes[f"intervention[{number}].exit_status"] = PLANNED if is_over else None
    reason = plain("discharge_reason") if history["discharged"] else None
    changes |= {
        "episode.discharge_date": history["discharged"],
        "episode.discharge_reason": reason,
    }
    if history["again"]:
        begun = dict.fromkeys(("episode.referral_date", "episode.triage_date"), history["again"])
        open_again = {"episode.discharge_date": None, "episode.discharge_reason": None}
        changes["also"] = [{**ANOTHER_EPISODE, **begun, **open_again}]
    return changes


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories)
def test_no_period_has_an_open_finding_that_the_screen_does_not_have(
    history: dict[str, Any],
) -> None:
    agency = held("AD", consistent(history))
    on_screen = Finding.objects.filter(agency=agency, severity="error")
    errors = {(f.rule, f.part, f.item, str(f.record)) for f in on_screen}
    for period in recent_periods(datetime.date(2022, 7, 10), core_dataset(), 4):
        transfer = prepare_transfer(agency, period)
        assert transfer.open_findings("warning").is_empty()
        assert transfer.data_quality_percentage == 100
        found = transfer.open_findings("error").select("rule", "part", "item", "record").rows()
        assert {row for row in found if not row[2].startswith("client.")} <= errors
        if not errors:
            assert transfer.load_percentage == 100
