"""The page on which anybody signed in checks a file."""

import csv
import datetime
import io
import re
import tempfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse

from det.checking import today
from det.definition import core_dataset
from det.demo import make_records
from det.extract import lay_out, to_csv
from det.models import RECORDS
from ndtms.accounts.models import Role
from ndtms.audit.models import AuditEvent
from tests.conftest import sign_in
from tests.factories import AgencyFactory, UserFactory
from validation.records import Records

pytestmark = pytest.mark.django_db
ADDRESS = "/check-file/"


def extract(flaws: float = 0) -> bytes:
    made = make_records(core_dataset(), "AD", clients=6, seed=1, today=today(), flaws=flaws)
    episodes = made["episode"].with_columns(agency_code=pl.lit("N0001"))
    return to_csv(lay_out(Records({**made.frames, "episode": episodes})))


def upload(content: bytes, name: str = "extract.csv", **fields: str) -> dict[str, Any]:
    return {"file": SimpleUploadedFile(name, content), "dataset": "AD", **fields}


@pytest.fixture
def supplier(client: Browser) -> Browser:
    return sign_in(client, UserFactory(role=Role.SUPPLIER))


def test_a_clean_file(supplier: Browser) -> None:
    page = supplier.post(ADDRESS, upload(extract(), agency="n0001"))
    assert b"extract.csv could be submitted" in page.content
    assert not any(model.objects.exists() for model in RECORDS.values())
    event = AuditEvent.objects.get(verb="checked file")
    assert event.detail == {"rows": page.context["report"]["rows"], "findings": 0}


@pytest.fixture
def one_moment() -> Iterator[None]:
    """No midnight comes between two checks of one file."""
    with time_machine.travel(datetime.datetime.now(datetime.UTC), tick=False):
        yield


def test_findings_are_told_and_taken_as_a_file(supplier: Browser, one_moment: None) -> None:
    content = extract(flaws=1)
    page = supplier.post(ADDRESS, upload(content))
    report = page.context["report"]
    total = sum(report["counts"].values())
    assert total > 0
    assert page.context["findings"][0]["message"] in unescape(page.content.decode())
    assert sum(line["findings"] for line in page.context["by_rule"]) == total
    lines = findings_of(supplier, content)
    assert len(lines) == len(report["findings"]) + len(more(lines))


def findings_of(browser: Browser, content: bytes) -> list[dict[str, str]]:
    """The file of findings."""
    file = browser.post(ADDRESS, {**upload(content), "as": "csv"})
    assert file.headers["Content-Disposition"] == 'attachment; filename="findings.csv"'
    return list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"), newline="")))


def more(lines: list[dict[str, str]]) -> list[dict[str, str]]:
    """The lines that say how many findings are not listed."""
    return [line for line in lines if "more findings of this rule" in line["message"]]


def shifted(rows: int) -> bytes:
    """A file in which every value is wrong, as when all columns have moved by one."""
    header_row = ",".join(core_dataset().headers).encode()
    width = len(core_dataset().headers)
    return b"\n".join([header_row, *(b",".join([b"=X%d" % n] * width) for n in range(rows))])


def test_of_very_many_findings_the_first_are_listed_and_all_are_counted(supplier: Browser) -> None:
    page = supplier.post(ADDRESS, upload(shifted(150)))
    total = sum(page.context["report"]["counts"].values())
    assert total > 150 * 200
    assert sum(line["findings"] for line in page.context["by_rule"]) == total
    assert f"{total - 200} more" in page.content.decode()
    lines = findings_of(supplier, shifted(150))
    left_out = more(lines)
    counted = sum(int(line["message"].split()[0].replace(",", "")) for line in left_out)
    assert len(lines) - len(left_out) + counted == total
    (birth,) = [line for line in left_out if (line["rule"], line["item"]) == ("NQ022", "DOB")]
    assert birth["message"] == "50 more findings of this rule and item are not listed."


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ({"CHECK_MOST_MEMORY": 100_000_000}, "it takes more memory than a check may have"),
        ({"CHECK_MOST_SECONDS": 0}, "could not be checked within 0 seconds"),
    ],
)
def test_a_check_that_takes_too_much_ends_in_a_sentence(
    supplier: Browser, settings: Any, limit: dict[str, int], words: str
) -> None:
    for name, value in limit.items():
        setattr(settings, name, value)
    page = supplier.post(ADDRESS, upload(extract()))
    assert page.status_code == 422
    assert words in page.content.decode()
    assert not AuditEvent.objects.filter(verb="checked file").exists()


def test_a_file_never_lies_on_the_disk(
    supplier: Browser, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One that is larger than Django keeps in memory by itself."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    content = extract()
    rows = content.split(b"\r\n", 1)[1]
    large = content + rows * (3_000_000 // len(rows))
    assert len(large) > 2_621_440
    assert b"could be submitted" in supplier.post(ADDRESS, upload(large)).content


def test_the_dataset_is_that_of_the_agency_unless_another_is_chosen(client: Browser) -> None:
    agency = AgencyFactory(dataset="YP")
    page = sign_in(client, UserFactory(agency=agency)).get(ADDRESS)
    assert page.context["form"]["dataset"].value() == "YP"
    (chosen,) = re.findall(r"<input[^>]*checked[^>]*>", page.content.decode())
    assert 'value="YP"' in chosen


def test_no_dataset_is_chosen_for_somebody_without_an_agency(supplier: Browser) -> None:
    page = supplier.get(ADDRESS)
    assert page.context["form"]["dataset"].value() is None
    assert b"checked" not in page.content


@pytest.mark.parametrize(
    "mess",
    ["semicolons", "blank rows", "nameless columns", "separators behind rows", "small letters"],
)
def test_a_file_as_a_spreadsheet_leaves_it_is_taken(supplier: Browser, mess: str) -> None:
    content = extract()
    width = len(core_dataset().headers)
    left = {
        "semicolons": content.replace(b",", b";"),
        "blank rows": content + (b"," * (width - 1) + b"\r\n") * 3,
        "nameless columns": content.replace(b"\r\n", b",,,\r\n"),
        "separators behind rows": content.replace(b"\r\n", b",\r\n").replace(b",\r\n", b"\r\n", 1),
        "small letters": content.replace(b"N0001", b"n0001").replace(b",Y,", b",y,"),
    }
    page = supplier.post(ADDRESS, upload(left[mess], agency="N0001"))
    assert b"extract.csv could be submitted" in page.content


def test_no_cell_of_the_findings_is_a_formula(supplier: Browser) -> None:
    lines = extract().split(b"\r\n")
    first = lines[1].split(b",")
    first[lines[0].split(b",").index(b"CLIENT")] = b"=1+1"
    content = b"\r\n".join([lines[0], b",".join(first), *lines[2:]])
    cells = [cell for line in findings_of(supplier, content) for cell in line.values()]
    assert "'=1+1" in cells
    assert not [cell for cell in cells if cell.startswith("=")]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b"%PDF-1.7", "The file is a PDF document, not CSV."),
        (b"a\x00b\n", "The file is binary"),
    ],
)
def test_an_unreadable_file_is_rejected_with_its_reason(
    supplier: Browser, content: bytes, words: str
) -> None:
    page = supplier.post(ADDRESS, upload(content))
    assert page.status_code == 200
    assert b"is rejected" in page.content
    assert words in page.content.decode()


def test_another_agencys_rows_are_rejected(supplier: Browser) -> None:
    assert b"is rejected" in supplier.post(ADDRESS, upload(extract(), agency="Y0009")).content


def test_what_is_missing_is_asked_for(supplier: Browser) -> None:
    page = supplier.post(ADDRESS, {})
    assert page.status_code == 422
    assert b"Choose the file to check" in page.content
    assert b"Choose the dataset" in page.content


def test_a_file_that_is_too_large_is_refused(supplier: Browser, monkeypatch: Any) -> None:
    monkeypatch.setattr("ndtms.submissions.forms.MOST_BYTES", 10)
    page = supplier.post(ADDRESS, upload(b"x" * 11))
    assert b"larger than" in page.content
    assert supplier.post(ADDRESS, upload(b"x" * 10)).status_code == 200


def test_a_name_of_a_file_is_no_markup(supplier: Browser) -> None:
    page = supplier.post(ADDRESS, upload(b"x", name="<i>.csv"))
    assert b"&lt;i&gt;.csv is rejected" in page.content


def test_a_supplier_sees_no_agency(supplier: Browser) -> None:
    for name in ("client-list", "transfer", "fix-list", "client-add"):
        assert supplier.get(reverse(name)).status_code == 404
