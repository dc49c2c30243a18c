"""The page on which anybody signed in checks a file."""

import csv
import io
from html import unescape
from typing import Any

import polars as pl
import pytest
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
from tests.factories import UserFactory
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
    assert event.detail == {"rows": page.context["report"].rows, "findings": 0}


def test_findings_are_told_and_taken_as_a_file(supplier: Browser) -> None:
    content = extract(flaws=1)
    page = supplier.post(ADDRESS, upload(content))
    report = page.context["report"]
    assert report.findings.height > 0
    assert page.context["findings"][0]["message"] in unescape(page.content.decode())
    assert sum(line["findings"] for line in page.context["by_rule"]) == report.findings.height
    file = supplier.post(ADDRESS, {**upload(content), "as": "csv"})
    assert file.headers["Content-Disposition"] == 'attachment; filename="findings.csv"'
    assert len(list(csv.reader(io.StringIO(file.content.decode())))) == report.findings.height + 1


def test_no_cell_of_the_findings_is_a_formula(supplier: Browser) -> None:
    lines = extract().split(b"\r\n")
    first = lines[1].split(b",")
    first[lines[0].split(b",").index(b"CLIENT")] = b"=1+1"
    content = b"\r\n".join([lines[0], b",".join(first), *lines[2:]])
    file = supplier.post(ADDRESS, {**upload(content), "as": "csv"}).content.decode()
    cells = [cell for row in csv.reader(io.StringIO(file)) for cell in row]
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
