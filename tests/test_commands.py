"""transfer_data and import_file: what they refuse, and that a refusal changes nothing. On SQLite and PostgreSQL."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from det import frames
from det.importing import ImportRefused, import_reading, store_records
from det.models import (
    RECORDS,
    Agency,
    Client,
    Episode,
    Finding,
    Intervention,
    OutcomesProfile,
)
from tests.factories import AgencyFactory, EpisodeFactory
from tests.rules.base import (
    ALONE,
    ANOTHER_CLIENT,
    DATASETS,
    DEFINITION,
    NO,
    YES,
    changed,
    clean,
    code,
    discharged,
    records_of,
    to_csv,
)
from validation.reading import read_bytes

AGENCY = "N0001"
PERIOD = "2022-05-31"
REFUSED_CONSENT = code("consent", "refused")
STRANGER = {**ANOTHER_CLIENT, "client.first_initial": "X"}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel("2022-07-10", tick=False):
        yield


def run(command: str, *arguments: str) -> tuple[int, list[str], list[str]]:
    """Exit code, what was said, and what was said of mistakes."""
    out, mistakes = io.StringIO(), io.StringIO()
    code = 0
    try:
        call_command(command, *arguments, stdout=out, stderr=mistakes)
    except CommandError as error:
        code = error.returncode
        mistakes.write(f"{error}\n")
    return code, out.getvalue().splitlines(), mistakes.getvalue().splitlines()


def written(folder: Path, content: bytes) -> str:
    path = folder / "extract.csv"
    path.write_bytes(content)
    return str(path)


def take_in(folder: Path, content: bytes, *arguments: str) -> tuple[int, list[str], list[str]]:
    return run("import_file", written(folder, content), "--agency", AGENCY, *arguments)


def kept() -> dict[str, int]:
    stored: list[type[models.Model]] = [*RECORDS.values(), Agency, Finding]
    return {model.__name__: model._default_manager.count() for model in stored}


NOTHING = dict.fromkeys([model.__name__ for model in (*RECORDS.values(), Agency, Finding)], 0)


# import_file


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_file_is_imported_and_its_dataset_worked_out(dataset: str, tmp_path: Path) -> None:
    code, out, mistakes = take_in(tmp_path, to_csv([clean(dataset)]), "--dataset", dataset)
    assert (code, mistakes) == (0, [])
    assert out == [
        "Clients: 1",
        "Episodes: 1",
        "Interventions: 2",
        "Sub intervention reviews: 1",
        "Outcomes profiles: 2",
        "Client information reviews: 1",
        "Errors: 0, warnings: 0, load 100 %, data quality 100 %",
    ]
    assert Agency.objects.get().dataset == dataset
    assert kept() == {
        **NOTHING,
        "Agency": 1,
        "Client": 1,
        "Episode": 1,
        "Intervention": 2,
        "SubInterventionReview": 1,
        "OutcomesProfile": 2,
        "ClientInformationReview": 1,
    }


def test_the_dataset_of_a_new_agency_is_worked_out(tmp_path: Path) -> None:
    assert take_in(tmp_path, to_csv([clean("YP")]))[0] == 0
    assert Agency.objects.get().dataset == "YP"


def test_a_file_that_fits_several_datasets_asks_for_one(tmp_path: Path) -> None:
    content = to_csv(changed("AD", {"client.consent": REFUSED_CONSENT, **ALONE, **BARE}))
    code, out, mistakes = take_in(tmp_path, content)
    assert (code, out) == (2, [])
    assert mistakes == [
        "There is no agency N0001, and the file fits several datasets: say which with --dataset."
    ]
    assert kept() == NOTHING
    assert take_in(tmp_path, content, "--dataset", "SA")[0] == 0


BARE = {
    f"{item.record}.{item.field}": None
    for item in DEFINITION.items
    if item.record in ("client", "episode") and "without_consent" not in item.tags
}
"""Nothing but what goes without consent."""


def test_an_agency_reports_one_dataset(tmp_path: Path) -> None:
    AgencyFactory(code=AGENCY, name="The agency", dataset="AD")
    before = kept()
    code, out, mistakes = take_in(tmp_path, to_csv([clean("AD")]), "--dataset", "YP")
    assert (code, out, mistakes) == (2, [], ["The agency (N0001) reports AD, not YP."])
    assert kept() == before


def test_an_unknown_dataset_is_refused(tmp_path: Path) -> None:
    code, _, mistakes = take_in(tmp_path, to_csv([clean("AD")]), "--dataset", "XX")
    assert mistakes == ["Error: argument --dataset: 'XX' is not one of AD, YP, SA, SY"]
    assert code != 0
    assert kept() == NOTHING


@pytest.mark.parametrize("name", ["0001N", "N001", "LONGER", "é0001"])
def test_what_is_no_agency_code_is_refused(name: str, tmp_path: Path) -> None:
    path = written(tmp_path, to_csv([clean("AD")]).replace(b"N0001", name.encode()))
    code, _, mistakes = run("import_file", path, "--agency", name, "--dataset", "AD")
    assert (code, kept()) == (2, NOTHING)
    assert mistakes


def test_a_file_of_another_agency_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, to_csv([clean("AD")]))
    code, out, mistakes = run("import_file", path, "--agency", "N0002", "--dataset", "AD")
    assert (code, out) == (2, [])
    assert mistakes[0].startswith("row 2, AGNCY, 'N0001': N0001 in row 2 is not an open agency")
    assert mistakes[1:] == ["Nothing was imported."]
    assert kept() == NOTHING


@pytest.mark.parametrize(
    ("again", "told"),
    [
        ({}, ["Row 2, client C1"]),
        ({"client.client_id": "C2"}, ["Row 2, episode E1"]),
        (
            {"client.client_id": "C2", "episode.episode_id": "E2"},
            ["Row 2, intervention I1", "Row 3, intervention I2"],
        ),
    ],
    ids=["client", "episode", "intervention"],
)
def test_what_the_tool_holds_is_refused(
    again: dict[str, str], told: list[str], tmp_path: Path
) -> None:
    assert take_in(tmp_path, to_csv([clean("AD")]), "--dataset", "AD")[0] == 0
    before = kept()
    code, out, mistakes = take_in(tmp_path, to_csv(changed("AD", again)))
    advice = "the tool already holds it. Delete it there, or take it out of the file."
    assert (code, out) == (2, [])
    assert mistakes == [*(f"{place}: {advice}" for place in told), "Nothing was imported."]
    assert kept() == before


def test_what_was_deleted_is_still_held_and_is_said_to_be_deleted(tmp_path: Path) -> None:
    """It can be restored for 30 days."""
    assert take_in(tmp_path, to_csv([clean("AD")]), "--dataset", "AD")[0] == 0
    with time_machine.travel("2022-07-10 12:00:00+00:00", tick=False):
        Client.objects.update(deleted_at="2022-07-10T11:00:00Z", changed_by="olive@example.org")
        code, _, mistakes = take_in(tmp_path, to_csv([clean("AD")]))
    assert code == 2
    assert mistakes[0] == (
        "Row 2, client C1: C1 was deleted on 10 July 2022 by olive@example.org: restore it there, "
        "or take it out of the file."
    )
    with time_machine.travel("2022-08-20 12:00:00+00:00", tick=False):
        mistakes = take_in(tmp_path, to_csv([clean("AD")]))[2]
        assert "is not removed for good yet. Run remove_deleted" in mistakes[0]
        call_command("remove_deleted")
        assert take_in(tmp_path, to_csv([clean("AD")]))[0] == 0


@pytest.mark.parametrize(
    ("again", "told"),
    [
        ({"client.client_id": "C2"}, ["Row 2, episode E1: E1 belongs"]),
        (
            {"client.client_id": "C2", "episode.episode_id": "E2"},
            ["Row 2, intervention I1: I1 belongs", "Row 3, intervention I2: I2 belongs"],
        ),
    ],
    ids=["episode", "intervention"],
)
def test_what_belongs_to_a_deleted_client_is_said_to(
    again: dict[str, str], told: list[str], tmp_path: Path
) -> None:
    assert take_in(tmp_path, to_csv([clean("AD")]), "--dataset", "AD")[0] == 0
    with time_machine.travel("2022-07-10 12:00:00+00:00", tick=False):
        Client.objects.update(deleted_at="2022-07-10T11:00:00Z", changed_by="olive@example.org")
        code, _, mistakes = take_in(tmp_path, to_csv(changed("AD", again)))
    why = "to Client C1, which was deleted on 10 July 2022 by olive@example.org"
    taken = [line.split()[-2] for line in told]
    assert code == 2
    assert mistakes[:-1] == [
        f"{place} {why}: restore that there, or take {name} out of the file."
        for place, name in zip(told, taken, strict=True)
    ]
    with time_machine.travel("2022-08-20 12:00:00+00:00", tick=False):
        mistakes = take_in(tmp_path, to_csv(changed("AD", again)))[2]
        assert mistakes[0].startswith(f"{told[0]} {why}, and is not removed for good yet. Run")


def test_what_the_tool_holds_is_told_in_as_many_queries_however_much_it_is() -> None:
    def refused(number: int) -> tuple[int, int]:
        """How many reasons, in how many queries, for episodes of deleted clients."""
        agency = AgencyFactory()
        episodes: Any = [EpisodeFactory(client__agency=agency) for _ in range(number)]
        records = frames.records_of(agency)
        for episode in episodes:
            Client.objects.filter(pk=episode.client.pk).update(
                client_id=f"Old {episode.client.client_id}", deleted_at=timezone.now()
            )
        with CaptureQueriesContext(connection) as done, pytest.raises(ImportRefused) as raised:
            store_records(agency=agency, records=records)
        return raised.value.total, len(done)

    (one, few), (three, as_few) = refused(1), refused(3)
    assert (one, three) == (1, 3)
    assert few == as_few


def test_an_identifier_in_other_letters_is_the_same(tmp_path: Path) -> None:
    assert take_in(tmp_path, to_csv([clean("AD")]), "--dataset", "AD")[0] == 0
    code, _, mistakes = take_in(tmp_path, to_csv(changed("AD", {"client.client_id": "c1"})))
    assert code == 2
    assert mistakes[0].startswith("Row 2, client c1: the tool already holds it as C1. Delete it")


def test_all_or_nothing_when_the_last_record_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong, be it after everything else was stored."""
    also = [
        {**STRANGER, "client.client_id": f"C{n}", "episode.episode_id": f"E{n}"}
        for n in range(2, 9)
    ]
    content = to_csv(changed("AD", {"also": also}))
    last = RECORDS["client_information_review"].objects

    def fail(*args: Any, **options: Any) -> None:
        assert Client.objects.count() == 8
        raise RuntimeError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(last, "bulk_create", fail)
        with pytest.raises(RuntimeError):
            take_in(tmp_path, content, "--dataset", "AD")
    assert kept() == NOTHING
    code, out, _ = take_in(tmp_path, content, "--dataset", "AD")
    assert (code, out[0]) == (0, "Clients: 8")


LAST = {**STRANGER, "client.client_id": "C9", "episode.episode_id": "E9"}
IDENTITY = [
    # what of the last record, rule, client and item that are named
    ({"client.client_id": None}, "NQ014", "row 4, CLIENTID, blank: "),
    ({"episode.episode_id": None}, "NQ015", "row 4, client C9, EPISODID, blank: "),
    ({"episode.episode_id": "E1"}, "NQ122", "row 4, client C9, EPISODID, 'E1': "),
    ({"client.consent": None}, "NQ016", "row 4, client C9, CONSENT, blank: "),
    ({"client.client_id": "C1"}, "NQ120", "row 2, client C1, CLIENTID, 'C1': "),
    ({"client.client_id": "c1"}, "NQ140", "row 4, client c1, CLIENTID, 'c1': "),
    ({"client.agency_code": None}, "NQ013", "row 4, client C9, AGNCY, blank: "),
    (
        {"+intervention": {"intervention_id": "I1", "start_date": None}},
        "NQ123",
        "row 4, client C9, MODID, 'I1': ",
    ),
    ({"episode.discharge_date": "31/05/2022"}, "NQ094", "row 4, client C9, DISRSN, blank: "),
]


@pytest.mark.parametrize(
    ("changes", "rule", "place"),
    IDENTITY,
    ids=[f"{rule} {changes}" for changes, rule, _ in IDENTITY],
)
def test_errors_of_identity_in_the_last_record_change_nothing(
    changes: dict[str, Any], rule: str, place: str, tmp_path: Path
) -> None:
    caseload = changed("AD", {"also": [LAST]})
    for path, value in changes.items():
        record, _, field = path.removeprefix("+").partition(".")
        if field:
            caseload[-1][record][field] = value
        else:
            caseload[-1][record].append({**clean("AD")[record][0], **value})
    AgencyFactory(code=AGENCY)
    before = kept()
    code, out, mistakes = take_in(tmp_path, to_csv(caseload))
    assert (code, out, kept()) == (2, [], before)
    told = [text for text in mistakes if f"({rule})" in text]
    assert any(text.startswith(place) for text in told), mistakes


def test_of_very_many_reasons_the_first_are_told_and_the_rest_counted(tmp_path: Path) -> None:
    also = [
        {**STRANGER, "client.client_id": f"C{n}", "episode.episode_id": f"E{n}"}
        for n in range(2, 150)
    ]
    caseload = changed("AD", {"also": also})
    for episode in caseload:
        episode["client"]["birth_date"] = "last summer"
    code, _, mistakes = take_in(tmp_path, to_csv(caseload), "--dataset", "AD")
    assert (code, len(mistakes)) == (2, 102)
    assert mistakes[-2:] == ["... and 49 more", "Nothing was imported."]
    assert kept() == NOTHING


def test_errors_that_can_be_mended_are_imported(tmp_path: Path) -> None:
    content = to_csv(
        changed("AD", {"episode.triage_date": "01/01/2022", "client.birth_date": None})
    )
    code, out, _ = take_in(tmp_path, content, "--dataset", "AD")
    assert (code, kept()["Client"]) == (0, 1)
    assert out[-1].startswith("Errors: ")
    assert Finding.objects.filter(rule="NQ048").exists()


# What no rule looks at must not reach the database either


GARBAGE = {
    "client.first_initial": "Joanna",
    "client.sex": "not asked for, and far too long",
    "client.birth_date": "last summer",
    "client.client_reference": "x" * 50,
    "episode.drinking_days": "many",
    "outcomes_profile.opiate_days": "x" * 50,
}


def test_a_client_without_consent_is_imported_with_nothing_else(tmp_path: Path) -> None:
    refusing = {**ANOTHER_CLIENT, **GARBAGE, "client.consent": REFUSED_CONSENT}
    refusing.pop("outcomes_profile.opiate_days")
    content = to_csv(changed("AD", {"also": [refusing]}))
    code, _, mistakes = take_in(tmp_path, content, "--dataset", "AD")
    assert (code, mistakes) == (0, [])
    client = Client.objects.get(client_id="C2")
    assert {field: text for field, text in client.values().items() if text} == {
        "client_id": "C2",
        "consent": REFUSED_CONSENT,
    }
    assert not client.episodes.exists()


def test_what_the_dataset_does_not_collect_is_left_out(tmp_path: Path) -> None:
    """Records that differ in nothing else are one; those that have nothing else are none."""
    foreign = next(
        item.field
        for item in DEFINITION.items_of("sub_intervention_review", "YP")
        if "AD" not in item.datasets and "sub_intervention" in item.tags
    )
    profile = next(i.field for i in DEFINITION.items if "ypor" in i.tags and i.type == "integer")
    caseload = changed("AD", {})
    reviews = caseload[0]["sub_intervention_review"]
    reviews += [{**reviews[0], foreign: NO}, {**reviews[0], foreign: YES}, {foreign: "x" * 50}]
    caseload[0]["outcomes_profile"] += [{profile: "x" * 50}, {profile: "3"}]
    code, out, mistakes = take_in(tmp_path, to_csv(caseload), "--dataset", "AD")
    assert (code, mistakes) == (0, [])
    assert out[3:5] == ["Sub intervention reviews: 1", "Outcomes profiles: 2"]
    assert [p.value(profile) for p in OutcomesProfile.objects.all()] == ["", ""]


def test_values_are_kept_as_the_extract_writes_them(tmp_path: Path) -> None:
    content = to_csv(
        changed(
            "AD",
            {
                "client.birth_date": "1985-06-15",
                "client.first_initial": "a",
                "episode.triage_date": "20220110",
                "episode.drinking_days": "004",
                "episode.sadq_score": "-0",
                "episode.substance_1": code("substance", "alcohol"),
                "episode.postcode_district": "ls6 2",
                "outcomes_profile.opiate_days": "007",
            },
        )
    )
    assert take_in(tmp_path, content, "--dataset", "AD")[0] == 0
    client, episode = Client.objects.get().values(), Episode.objects.get().values()
    assert (client["birth_date"], client["first_initial"]) == ("15/06/1985", "A")
    assert (episode["triage_date"], episode["drinking_days"]) == ("10/01/2022", "4")
    assert (episode["sadq_score"], episode["postcode_district"]) == ("0", "LS6 2")
    assert sorted(p.value("opiate_days") for p in OutcomesProfile.objects.all()) == ["0", "7"]


def test_a_file_as_a_spreadsheet_leaves_it_is_imported_as_it_is_meant(tmp_path: Path) -> None:
    """The values that are judged are those that are kept."""
    content = to_csv(
        changed(
            "AD",
            {
                "client.agency_code": "n0001",
                "client.consent": "y",
                "client.birth_date": "15/6/1985",
                "client.first_initial": "\u00e9",
                "client.last_initial": "O\u2019",
                "client.sex": "f",
                "episode.triage_date": "10/1/2022 00:00",
                "outcomes_profile[0].opiate_days": "na",
            },
        )
    )
    content = content.replace(b",", b";").replace(b"\r\n", b";;;\r\n")
    blank = b";" * (len(DEFINITION.headers) + 2) + b"\r\n"
    content = content.replace(b";;;\r\n", b"\r\n", 1)
    code, out, mistakes = take_in(tmp_path, b"sep=;\r\n" + content + blank * 3, "--dataset", "AD")
    assert (code, mistakes) == (0, [])
    client, episode = Client.objects.get().values(), Episode.objects.get().values()
    assert (client["birth_date"], client["first_initial"]) == ("15/06/1985", "E")
    assert (client["last_initial"], client["sex"], client["consent"]) == ("O", "F", "Y")
    assert episode["triage_date"] == "10/01/2022"
    assert sorted(p.value("opiate_days") for p in OutcomesProfile.objects.all()) == ["0", "NA"]
    assert "load 100 %" in out[-1]


def test_records_that_contradict_one_another_are_told_in_words() -> None:
    """Also where no rule was asked before, as when another program calls."""
    caseload = changed("AD", {"also": [{"episode.route": None, **ALONE}]})
    with pytest.raises(ImportRefused) as refusal:
        store_records(agency=AgencyFactory(), records=records_of(caseload, DEFINITION))
    (message,) = refusal.value.messages
    assert message.startswith("Rows 2 and 4, episode id E1, ROUTE: the values differ (")
    assert Client.objects.count() == 0


# transfer_data


@pytest.fixture
def agency() -> Agency:
    agency = AgencyFactory(code=AGENCY, name="The agency")
    import_reading(reading=read_bytes(to_csv([clean("AD")]), DEFINITION), agency=agency)
    return agency


def transfer(output: Path, *arguments: str, **changes: str) -> tuple[int, list[str], list[str]]:
    options = {"agency": AGENCY, "period-end": PERIOD, "output": str(output), **changes}
    given = [part for name, text in options.items() for part in (f"--{name}", text)]
    return run("transfer_data", *given, *arguments)


def test_a_transfer_writes_the_extract(agency: Agency, tmp_path: Path) -> None:
    output = tmp_path / "extract.csv"
    code, out, mistakes = transfer(output)
    assert (code, mistakes) == (0, [])
    assert out == [
        "N0001_CDSQ_20200101_20220531.csv: 1 clients, 1 episodes, 2 rows; load 100 %, data quality 100 %",
        f"Written to {output}",
    ]
    reading = read_bytes(output.read_bytes(), DEFINITION)
    assert reading.problems == ()
    assert kept()["Client"] == 1


@pytest.mark.parametrize("name", ["N9999", "", "N0001 ", "n'; --"])
def test_a_transfer_of_an_unknown_agency_is_refused(
    name: str, agency: Agency, tmp_path: Path
) -> None:
    code, out, mistakes = transfer(tmp_path / "extract.csv", agency=name)
    assert (code, out, mistakes) == (2, [], [f"There is no agency {name}."])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "end", ["2022-06-30", "2022-05-30", "2022-07-31", "9999-12-31", "0001-01-31"]
)
def test_a_transfer_of_no_period_is_refused(end: str, agency: Agency, tmp_path: Path) -> None:
    code, out, mistakes = transfer(tmp_path / "extract.csv", **{"period-end": end})
    assert (code, out, len(mistakes)) == (2, [], 1)
    assert mistakes[0].startswith("No reporting period ends ")
    assert list(tmp_path.iterdir()) == []


def test_a_transfer_is_refused_while_errors_stand(agency: Agency, tmp_path: Path) -> None:
    Intervention.objects.filter(intervention_id="I1").update(start_date="2021-12-01")
    output = tmp_path / "extract.csv"
    code, out, mistakes = transfer(output)
    assert (code, len(out)) == (1, 1)
    assert "load 0 %" in out[0]
    assert mistakes[0].startswith("NQ052 client C1: ")
    assert mistakes[-1].endswith(
        "errors stand, so nothing was written. Mend them, or add --rehearse."
    )
    assert not output.exists()


def test_a_rehearsal_writes_while_errors_stand(agency: Agency, tmp_path: Path) -> None:
    Intervention.objects.filter(intervention_id="I1").update(start_date="2021-12-01")
    output = tmp_path / "extract.csv"
    code, out, mistakes = transfer(output, "--rehearse")
    assert (code, mistakes, out[1:]) == (0, [], [f"Written to {output}"])
    assert b"01/12/2021" in output.read_bytes()


@pytest.mark.parametrize(("all_behind", "why"), [(False, "no clients yet"), (True, "stay behind")])
def test_nothing_is_transferred_where_nothing_goes(
    agency: Agency, tmp_path: Path, all_behind: bool, why: str
) -> None:
    if all_behind:
        Episode.objects.update(triage_date=None)
    else:
        Client.objects.update(deleted_at="2022-05-31T12:00:00+00:00")
    output = tmp_path / "extract.csv"
    code, out, mistakes = transfer(output)
    assert (code, len(out)) == (1, 1)
    assert out[0].endswith("0 clients, 0 episodes, 0 rows; load –, data quality –")
    assert why in mistakes[0]
    assert mistakes[0].endswith("Nothing was written.")
    assert not output.exists()
    code, _, mistakes = transfer(output, "--rehearse")
    assert (code, mistakes) == (0, [])
    assert output.read_bytes().count(b"\r\n") == 1


def test_what_was_written_before_stays_when_a_transfer_is_refused(
    agency: Agency, tmp_path: Path
) -> None:
    output = tmp_path / "extract.csv"
    output.write_text("last month's")
    Intervention.objects.filter(intervention_id="I1").update(start_date="2021-12-01")
    assert transfer(output)[0] == 1
    assert output.read_text() == "last month's"


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("", "Is a directory"),
        ("none/extract.csv", "No such file or directory"),
        ("x" * 300, "File name too long"),
    ],
)
def test_a_transfer_to_where_nothing_can_be_written_is_refused(
    output: str, reason: str, agency: Agency, tmp_path: Path
) -> None:
    path = tmp_path / output
    code, _, mistakes = transfer(path)
    assert (code, mistakes) == (2, [f"{path} could not be written: {reason}."])


def test_an_extract_is_imported_and_transferred_to_the_same_bytes(
    agency: Agency, tmp_path: Path
) -> None:
    """Discharged, without consent and with a year's worth of lists: out, in and out again."""
    ended = {**STRANGER, **discharged("AD")}
    ended = {path: value for path, value in ended.items() if not path.startswith("intervention[")}
    caseload = changed("AD", {"also": [ended]})
    for episode in caseload:
        episode["client"]["client_id"] += "-2"
        episode["episode"]["episode_id"] += "-2"
        for name in DEFINITION.children:
            for record in episode[name]:
                record[DEFINITION.sections[name].id_field] += "-2"
    assert take_in(tmp_path, to_csv(caseload))[0] == 0
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    assert transfer(first)[0] == 0
    agency.code = "N0002"
    agency.save()
    content = first.read_bytes()
    assert run("import_file", str(first), "--agency", AGENCY, "--dataset", "AD")[0] == 0
    assert transfer(second)[0] == 0
    assert second.read_bytes() == content
