"""make_demo and make_demo_site: clean records of all datasets, flaws of many kinds, the same for the same seed."""

import datetime
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from det.definition import core_dataset
from det.demo import make_records
from det.demo.store import store_demo
from det.models import RECORDS, Agency, Finding
from ndtms.accounts.models import Role, User
from validation.engine import check
from validation.files import Report, check_path
from validation.periods import current_period, previous_period, recent_periods
from validation.records import Records

TODAY = datetime.date(2023, 11, 20)
DATASETS = ("AD", "YP", "SA", "SY")
FLAWS = 0.05
KINDS_OF_RULES = 60
SHORT_LIST = 30
USED_SHARE = 0.8


def made(dataset: str, clients: int = 200, seed: int = 1, **options: Any) -> Records:
    return make_records(
        core_dataset(), dataset, clients=clients, seed=seed, **{"today": TODAY, **options}
    )


def command(*args: str) -> str:
    out = io.StringIO()
    call_command(*args, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def make_demo(code: str, dataset: str, clients: int, *more: str) -> str:
    return command(
        "make_demo", f"--agency={code}", f"--dataset={dataset}", f"--clients={clients}",
        f"--today={TODAY}", *more,
    )  # fmt: skip


def transfer(code: str, end: datetime.date, path: Path, *more: str) -> bytes:
    command("transfer_data", f"--agency={code}", f"--period-end={end}", f"--output={path}", *more)
    return path.read_bytes()


def period_end() -> datetime.date:
    return current_period(TODAY, core_dataset()).end


def judged(path: Path, dataset: str, code: str, end: datetime.date) -> Report:
    return check_path(path, core_dataset(), dataset, agency=code, today=TODAY, period_end=end)


def values(records: Records) -> dict[str, list[tuple[Any, ...]]]:
    return {name: frame.rows() for name, frame in records.frames.items()}


@pytest.mark.django_db
@pytest.mark.parametrize(("dataset", "clients"), [("AD", 200), ("YP", 60), ("SA", 60), ("SY", 60)])
def test_clean_records_have_no_finding(dataset: str, clients: int, tmp_path: Path) -> None:
    make_demo("N0001", dataset, clients)
    assert not Finding.objects.exists()
    periods = list(recent_periods(TODAY, core_dataset(), 6))
    for period in (periods[0], periods[1], periods[5]):
        path = tmp_path / f"{period.end}.csv"
        transfer("N0001", period.end, path)
        report = judged(path, dataset, "N0001", period.end)
        assert report.findings.is_empty()
        assert report.load_percentage == report.data_quality_percentage == 100


@pytest.mark.parametrize(
    "today",
    [datetime.date(2022, 7, 5), datetime.date(2022, 8, 20), datetime.date(2024, 2, 29)],
    ids=str,
)
@pytest.mark.parametrize("dataset", DATASETS)
def test_any_day_will_do(dataset: str, today: datetime.date) -> None:
    definition = core_dataset()
    frames = dict(made(dataset, 100, today=today).frames)
    given = pl.col("consent").is_in(definition.meaning("consent", "given"))
    frames["episode"] = frames["episode"].filter(given).with_columns(agency_code=pl.lit("N0001"))
    assert check(Records(frames), definition, dataset, today=today).is_empty()


@pytest.mark.django_db
def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    files = []
    for number, seed in enumerate((3, 3, 4)):
        code = f"N000{number}"
        make_demo(code, "AD", 40, f"--seed={seed}", "--flaws=0.05")
        content = transfer(code, period_end(), tmp_path / code, "--rehearse")
        files.append(content.replace(code.encode(), b"N0009"))
    assert files[0] == files[1]
    assert files[0] != files[2]


def test_more_clients_are_added_to_the_same_ones() -> None:
    few, many = made("YP", 10), made("YP", 30)
    for name in few.frames:
        assert many[name].head(few[name].height).rows() == few[name].rows()


def test_nothing_depends_on_global_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    first = values(made("SA", 20, flaws=FLAWS))
    monkeypatch.setattr("random.random", lambda: 0.5)
    assert values(made("SA", 20, flaws=FLAWS)) == first


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_item_is_filled_and_most_codes_are_used(dataset: str) -> None:
    definition = core_dataset()
    records = made(dataset)
    used: dict[str, set[str]] = {}
    for item in definition.items:
        if dataset in item.datasets and item.type != "agency":
            answers = set(records[item.frame][item.field].drop_nulls())
            assert answers, item.name
            if item.reference_list:
                used.setdefault(item.reference_list, set()).update(answers)
    for name, codes in used.items():
        known = definition.lists[name].for_dataset(dataset)
        assert codes <= set(known), name
        if len(known) < SHORT_LIST:
            assert len(codes) > USED_SHARE * len(known), name


@pytest.mark.parametrize("dataset", DATASETS)
def test_lives_are_of_all_sorts(dataset: str) -> None:
    period = current_period(TODAY, core_dataset())
    episodes = made(dataset)["episode"]

    def days(field: str) -> Iterator[datetime.date]:
        for text in episodes[field].drop_nulls():
            yield datetime.datetime.strptime(text, "%d/%m/%Y").date()

    assert any(day < period.start for day in days("discharge_date"))
    assert any(day > period.end for day in days("triage_date"))
    closed = episodes["discharge_date"].count()
    assert 0.35 * episodes.height < closed < 0.65 * episodes.height
    assert episodes["client_id"].is_duplicated().any()
    refused = core_dataset().meaning("consent", "refused")
    assert episodes["consent"].is_in(refused).any()


@pytest.mark.django_db
@pytest.mark.parametrize("dataset", DATASETS)
def test_flaws_break_many_rules(dataset: str, tmp_path: Path) -> None:
    make_demo("N0001", dataset, 200, f"--flaws={FLAWS}")
    path = tmp_path / "flawed.csv"
    transfer("N0001", period_end(), path, "--rehearse")
    report = judged(path, dataset, "N0001", period_end())
    assert report.findings["rule"].n_unique() >= KINDS_OF_RULES
    assert 0 < report.load_percentage < 100
    assert 0 < report.data_quality_percentage < 100


@pytest.mark.django_db
@pytest.mark.parametrize("dataset", DATASETS)
def test_every_record_may_have_a_flaw_and_can_be_stored(dataset: str) -> None:
    store_demo(code="N0001", dataset=dataset, clients=80, seed=1, today=TODAY, flaws=1)
    assert Finding.objects.values("rule").distinct().count() >= KINDS_OF_RULES


@pytest.mark.django_db
@pytest.mark.parametrize("dataset", DATASETS)
def test_a_transfer_can_be_taken_in_again(dataset: str, tmp_path: Path) -> None:
    make_demo("N0001", dataset, 40)
    end = period_end()
    sent = transfer("N0001", end, tmp_path / "sent.csv")
    for model in reversed(RECORDS.values()):
        model.objects.all().delete()
    command("import_file", str(tmp_path / "sent.csv"), "--agency=N0001")
    assert transfer("N0001", end, tmp_path / "again.csv") == sent
    before = previous_period(current_period(TODAY, core_dataset()), core_dataset()).end
    assert transfer("N0001", before, tmp_path / "before.csv") != sent


@pytest.mark.django_db
def test_the_tool_goes_on_counting_after_the_made_up_identifiers() -> None:
    store_demo(code="N0001", dataset="AD", clients=5, seed=1, today=TODAY)
    last = Agency.objects.get().last_number
    for section, model in RECORDS.items():
        id_field = core_dataset().sections[section].id_field
        numbers = [int(i[1:]) for i in model.objects.values_list(id_field, flat=True)]
        assert max(numbers) <= last


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--agency=N0001", "--dataset=YP"), "reports AD, not YP"),
        (("--agency=N0001", "--dataset=AD"), "clients with the same identifiers"),
        (("--agency=WRONG", "--dataset=AD"), "a letter and four digits"),
        (("--agency=N0002", "--dataset=AD", "--today=2999-01-01"), "up to today"),
        (("--agency=N0002", "--dataset=XX"), "not one of AD, YP, SA, SY"),
        (("--agency=N0002", "--dataset=AD", "--clients=0"), "not a number from 1 to 100000"),
        (("--agency=N0002", "--dataset=AD", "--clients=100001"), "not a number from 1"),
        (("--agency=N0002", "--dataset=AD", "--flaws=1.5"), "not a share from 0 to 1"),
        (("--agency=N0002", "--dataset=AD", "--flaws=nan"), "not a share from 0 to 1"),
    ],
)
def test_make_demo_refuses(arguments: tuple[str, ...], words: str) -> None:
    store_demo(code="N0001", dataset="AD", clients=2, seed=1, today=TODAY)
    with pytest.raises(CommandError, match=words) as refusal:
        command("make_demo", *arguments)
    assert refusal.value.returncode == 2 or "Error:" in str(refusal.value)
    assert Agency.objects.count() == 1
    assert RECORDS["client"].objects.count() == 2


@pytest.mark.django_db
def test_the_demo_site_is_made_once(settings: Any) -> None:
    settings.MADE_UP_ACCOUNTS = True
    first = command("make_demo_site")
    counts = {name: model.objects.count() for name, model in RECORDS.items()}
    assert set(Agency.objects.values_list("dataset", flat=True)) == set(DATASETS)
    assert counts["client"] == 4 * 60
    for user in User.objects.all():
        assert user.email in first
        assert user.check_password(settings.MADE_UP_PASSWORD)
    assert command("make_demo_site") == first
    assert {name: model.objects.count() for name, model in RECORDS.items()} == counts
    assert set(User.objects.values_list("role", flat=True)) == set(Role.values)


@pytest.mark.django_db
def test_the_demo_site_is_refused_where_accounts_are_real() -> None:
    with pytest.raises(CommandError, match="Made-up accounts") as refusal:
        command("make_demo_site")
    assert refusal.value.returncode == 2
    assert not User.objects.exists()


@pytest.mark.django_db
def test_the_demo_site_leaves_another_agency_alone(settings: Any) -> None:
    settings.MADE_UP_ACCOUNTS = True
    Agency.objects.create(code="N0001", name="Another", dataset="YP")
    with pytest.raises(CommandError, match="reports YP, not AD"):
        command("make_demo_site")
    assert Agency.objects.count() == 1
