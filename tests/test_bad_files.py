# ruff: noqa: E501 (the tables of files are read as tables)
"""Whatever file is given: a clear message that names row or column, an exit code, nothing stored, no traceback."""

import codecs
import csv
import datetime
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from det.models import RECORDS, Agency, Finding
from tests.rules.base import ALONE, ANOTHER_CLIENT, DEFINITION, changed, clean, records_of, to_csv
from validation.engine import check as judge
from validation.files import EACH, MAX_SHOWN, share_without
from validation.problems import MAX_PROBLEMS
from validation.reading import MAX_FILE, MAX_LINE
from validation.records import KEYS

ROOT = Path(__file__).resolve().parent.parent
HEADERS = DEFINITION.headers
PLAIN = to_csv([clean("AD")])
HEADER_ROW, *ROWS = PLAIN.removesuffix(b"\r\n").split(b"\r\n")
WIDTH = len(HEADERS)
AGENCY = "N0001"
REPORT_KEYS = [
    "file",
    "dataset",
    "rejected",
    "rows",
    "episodes",
    "load_percentage",
    "data_quality_percentage",
    "counts",
    "counts_by_rule",
    "findings",
]
FINDING_KEYS = [
    "rule",
    "severity",
    "row",
    "client_id",
    "episode_id",
    "item",
    "value",
    "message",
]


def header(name: str) -> str:
    return DEFINITION.by_name[name].header


def check(path: Path, *arguments: str, dataset: str = "AD") -> tuple[int, dict[str, Any]]:
    """Exit code and report of check_file."""
    out = io.StringIO()
    options = ["--dataset", dataset, "--today", "2022-07-10", "--format", "json", *arguments]
    code = 0
    try:
        call_command("check_file", str(path), *options, stdout=out)
    except SystemExit as end:
        code = int(end.code or 0)
    report = json.loads(out.getvalue())
    assert list(report) == REPORT_KEYS
    assert all(list(finding) == FINDING_KEYS for finding in report["findings"])
    return code, report


def written(folder: Path, content: bytes) -> Path:
    path = folder / "extract.csv"
    path.write_bytes(content)
    return path


def kept() -> int:
    """How much the database holds."""
    return sum(model.objects.count() for model in (*RECORDS.values(), Agency, Finding))


def with_headers(headers: list[str]) -> bytes:
    """The clean file with these headers, each above its own values."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(headers)
    for row in csv.DictReader(io.StringIO(PLAIN.decode())):
        writer.writerow([row.get(name, "") for name in headers])
    return out.getvalue().encode()


def quoted(row: bytes) -> bytes:
    """The row with quotation marks around every value."""
    return b'"' + row.replace(b",", b'","') + b'"'


def line(number: int, text: bytes) -> bytes:
    """The clean file with another line; the header row is 1."""
    lines = [HEADER_ROW, *ROWS]
    lines[number - 1] = text
    return b"\r\n".join(lines) + b"\r\n"


NARROW = ROWS[1][: ROWS[1].rindex(b",")]
BAD_FILES: list[tuple[str, bytes, str, int | None, str]] = [
    # what, content, rule, row, words of the message
    ("no CSV", b"%PDF-1.7\n1 0 obj\n", "NQ004", None, "The file is a PDF document, not CSV."),
    ("a page of a web site", b"<!DOCTYPE html>\n<html></html>", "NQ004", None, "The file is a web page or XML, not CSV."),
    ("spaces between the values", PLAIN.replace(b",", b" "), "NQ001", 1, "The first row is not the header row of an extract: it has none of the"),
    ("another table", b"Name,Born\nA,1985", "NQ001", 1, "it has none of the"),
    ("no header row", b"\r\n".join(ROWS), "NQ001", 1, "The first row is not the header row of an extract"),
    ("a value in a column without a name", PLAIN.replace(b"\r\n", b",\r\n", 2).replace(ROWS[1], ROWS[1] + b",x"), "NQ002", 3, f"Row 3 has a value in column {WIDTH + 1} "),
    ("empty", b"", "NQ004", None, "The file is empty."),
    ("blank lines only", b"\r\n \r\n", "NQ004", None, "The file is empty."),
    ("a spreadsheet", b"PK\x03\x04\x14\x00\x06\x00", "NQ004", None, "The file is a zip archive, not CSV."),
    ("a workbook", b"PK\x03\x04\x14\x00\x06\x00[Content_Types].xml", "NQ004", None, "The file is an Excel workbook, not CSV."),
    ("a NUL further down", PLAIN * 200 + ROWS[0].replace(b"LS6", b"LS\x006"), "NQ004", None, "row 601 has a character NUL"),
    ("UTF-16 that is damaged", PLAIN.decode().encode("utf-16")[:-1], "NQ004", None, "The file looks like UTF-16, but is damaged."),
    ("UTF-32", PLAIN.decode().encode("utf-32"), "NQ004", None, "The file is binary, not CSV"),
    ("a quotation mark is not closed", line(3, b'"' + ROWS[1]), "NQ004", 3, "A quotation mark is not closed"),
    ("a quotation mark is not closed in the header row", b'"' + PLAIN, "NQ004", 1, "A quotation mark is not closed"),
    ("something behind a quotation mark", line(2, ROWS[0].replace(b"LS6", b'"LS6" x')), "NQ004", 2, "A quotation mark is not closed, or stands alone"),
    ("a short row", line(3, NARROW), "NQ004", 3, f"The row has {WIDTH - 1} values and the header row {WIDTH}."),
    ("a long row", line(3, ROWS[1] + b",,x"), "NQ004", 3, f"The row has {WIDTH + 2} values and the header row {WIDTH}. Put quotation marks around"),
    ("a long quoted row", line(3, quoted(ROWS[1]) + b',"","x"'), "NQ004", 3, f"The row has {WIDTH + 2} values and the header row {WIDTH}. Put quotation marks around"),
    ("a short row beside a long one", line(2, ROWS[0] + b",\r\n" + NARROW), "NQ004", 3, f"The row has {WIDTH - 1} values and the header row {WIDTH}."),
    ("a long row beside a short one below a nameless column", b"\r\n".join([HEADER_ROW + b",", ROWS[0] + b",,x", NARROW]), "NQ004", 2, f"The row has {WIDTH + 2} values"),
    ("a short row below nameless columns", b"\r\n".join([HEADER_ROW + b",,", NARROW]), "NQ004", 2, f"The row has {WIDTH - 1} value"),
    ("a short quoted row", line(3, NARROW.replace(b"LS6", b'"LS6"')), "NQ004", 3, f"The row has {WIDTH - 1} values and the header row {WIDTH}."),
    ("header only", HEADER_ROW + b"\r\n", "NQ004", None, "The file has a header row and no data."),
    ("header missing", with_headers(HEADERS[1:]), "NQ001", 1, f"Column {HEADERS[0]} is missing."),
    ("header extra", with_headers([*HEADERS, "NAME"]), "NQ002", 1, "Column NAME is not in the data set."),
    ("header double", with_headers([*HEADERS, HEADERS[0].lower()]), "NQ003", 1, f"Column {HEADERS[0]} is in the header row more than once."),
    ("header quoted wrongly", PLAIN.replace(b",SEX,", b",'SEX',", 1), "NQ002", 1, "Column 'SEX' is not in the data set."),
    ("header in Cyrillic letters", PLAIN.replace(b",SEX,", ",\u0405EX,".encode(), 1), "NQ001", 1, "Column SEX is missing."),
    ("one very long line", b"x" * (MAX_LINE + 5), "NQ004", 1, "The row is longer than 262,144 characters."),
    ("one very long value", line(3, b"x" * MAX_LINE + ROWS[1]), "NQ004", 3, "The row is longer than 262,144 characters."),
    ("one very long quoted value", line(3, b'"' + b"x" * MAX_LINE + b'"' + ROWS[1]), "NQ004", 3, "field larger than field limit"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "rule", "row", "words"),
    [case[1:] for case in BAD_FILES],
    ids=[case[0] for case in BAD_FILES],
)
def test_a_file_that_cannot_be_read_is_rejected(
    content: bytes, rule: str, row: int | None, words: str, tmp_path: Path
) -> None:
    """Without a database: the command needs none."""
    code, report = check(written(tmp_path, content))
    assert (code, report["rejected"], report["rows"], report["episodes"]) == (2, True, 0, 0)
    assert (report["load_percentage"], report["data_quality_percentage"]) == (0, 0)
    told = [f for f in report["findings"] if (f["rule"], f["row"]) == (rule, row)]
    assert any(words in finding["message"] for finding in told), report["findings"][:3]
    assert {finding["severity"] for finding in report["findings"]} == {"file"}
    assert report["counts"] == {"file": len(report["findings"])}


@pytest.mark.django_db
@pytest.mark.parametrize("known", [False, True], ids=["new agency", "known agency"])
@pytest.mark.parametrize(
    ("content", "words"), [(c[1], c[4]) for c in BAD_FILES], ids=[c[0] for c in BAD_FILES]
)
def test_a_file_that_cannot_be_read_is_not_imported(
    content: bytes, words: str, known: bool, tmp_path: Path
) -> None:
    if known:
        Agency.objects.create(code=AGENCY, name="Agency", dataset="AD")
    before = kept()
    lines = refused(written(tmp_path, content))
    assert any(words in text for text in lines), lines[:3]
    assert kept() == before


SHORT, LONG = NARROW + b"\r\n", ROWS[1] + b",,x\r\n"
TOLD_ONCE = [
    # what, rows below a good one, row and words of each message
    ("short rows", SHORT * 5, [(3, f"{WIDTH - 1} values and the header row {WIDTH}. The same is so of 4 more rows. Give every")]),
    ("long rows", LONG * 2_000, [(3, f"{WIDTH + 2} values and the header row {WIDTH}. The same is so of 1,999 more rows. Put quo")]),
    ("both", (LONG + SHORT) * 2, [(3, "The same is so of 1 more row. Put"), (4, "The same is so of 1 more row. Give every")]),
    ("long ones of several lengths", LONG + ROWS[1] + b",x\r\n", [(3, f"{WIDTH + 2} values"), (4, f"{WIDTH + 1} values")]),
    ("more lengths than are told", b"".join(b"x" + b"," * n + b"\r\n" for n in range(150)), [(n + 3, f"The row has {n + 1} value") for n in range(100)]),
]  # fmt: skip


@pytest.mark.parametrize("is_quoted", [False, True], ids=["plain", "with quotation marks"])
@pytest.mark.parametrize(
    ("rows", "expected"), [case[1:] for case in TOLD_ONCE], ids=[case[0] for case in TOLD_ONCE]
)
def test_rows_of_a_wrong_length_are_told_once_for_each_length(
    rows: bytes, expected: list[tuple[int, str]], is_quoted: bool, tmp_path: Path
) -> None:
    # A comma in a value, so that the marks do more than stand around it.
    first = ROWS[0].replace(b",LS6,", b',"LS,6",') if is_quoted else ROWS[0]
    code, report = check(written(tmp_path, HEADER_ROW + b"\r\n" + first + b"\r\n" + rows))
    assert (code, report["rejected"]) == (2, True)
    assert [(f["rule"], f["row"]) for f in report["findings"]] == [
        ("NQ004", row) for row, _ in expected
    ]
    for finding, (_, words) in zip(report["findings"], expected, strict=True):
        assert words in finding["message"]


def test_rows_that_are_too_long_are_told_once(tmp_path: Path) -> None:
    rows = (b"x" * MAX_LINE + LONG) * 3
    (finding,) = check(written(tmp_path, HEADER_ROW + b"\r\n" + rows))[1]["findings"]
    assert finding["row"] == 2
    assert finding["message"] == (
        "The row is longer than 262,144 characters. The same is so of 2 more rows."
    )


def test_of_very_many_rows_of_a_wrong_length_so_many_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("validation.reading.MAX_WRONG", 1_000)
    (finding,) = check(written(tmp_path, HEADER_ROW + b"\r\n" + LONG * 1_500))[1]["findings"]
    assert "The same is so of at least 999 more rows." in finding["message"]


def refused(path: Path, *arguments: str) -> list[str]:
    """The reasons for which import_file takes nothing in."""
    said = io.StringIO()
    with pytest.raises(CommandError) as refusal:
        call_command("import_file", str(path), "--agency", AGENCY, *arguments, stderr=said)
    assert refusal.value.returncode == 2
    return [*said.getvalue().splitlines(), str(refusal.value)]


# What is no file


def test_a_missing_file(tmp_path: Path) -> None:
    code, report = check(tmp_path / "none.csv")
    assert (code, report["findings"][0]["message"]) == (
        2,
        "The file could not be opened: No such file or directory.",
    )


def test_a_folder(tmp_path: Path) -> None:
    code, report = check(tmp_path)
    assert (code, report["findings"][0]["message"]) == (
        2,
        "The file could not be opened: Is a directory.",
    )


def test_a_file_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may read everything, so the refusal is made up."""

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise PermissionError(13, "Permission denied")

    path = written(tmp_path, PLAIN)
    monkeypatch.setattr(Path, "open", refuse)
    code, report = check(path)
    assert (code, report["findings"][0]["message"]) == (
        2,
        "The file could not be opened: Permission denied.",
    )


def test_a_name_that_no_file_can_have(tmp_path: Path) -> None:
    for name in ("a\0b", "x" * 5000):
        code, report = check(tmp_path / name)
        assert code == 2
        assert report["findings"][0]["message"].startswith("The file could not be opened: ")


def test_a_pipe_or_a_device_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero"), Path("/dev/null")):
        code, report = check(path)
        assert (code, report["findings"][0]["message"]) == (
            2,
            "The file could not be opened: it is no plain file.",
        )


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = written(tmp_path, PLAIN)
    os.truncate(path, 2 * MAX_FILE)
    code, report = check(path)
    assert (code, report["findings"][0]["message"]) == (2, "The file is larger than 1,000 MB.")


# Memory

LARGE = 100_000_000
MEASURE = """
import resource, sys
from pathlib import Path
from validation.dataset import load
from validation.files import check_path
import datetime
definition = load(Path("fixtures/cds_q").resolve())
for name in sys.argv[1:]:
    report = check_path(Path(name), definition, "AD", today=datetime.date(2022, 7, 10))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(Path(name).name, report.rejected, report.findings.height, peak)
"""


def large_files() -> Iterator[tuple[str, bytes]]:
    columns = [*HEADERS, *(f"X{n}" for n in range(10_000 - WIDTH))]
    yield "columns", b"\n".join([",".join(columns).encode(), *[b"," * 9_999] * 1_000])
    yield "line", b"x" * LARGE
    yield "line_below_header", HEADER_ROW + b"\n" + b"x" * LARGE
    yield "quoted", HEADER_ROW + b'\n"' + b"x" * LARGE
    yield "rows", HEADER_ROW + b"\n" + b"xy\n" * (LARGE // 3)


SHIFTED = 3_000
MEASURE_FINDINGS = """
import io, json, resource, sys
from django.core.management import call_command
import django
django.setup()
out = io.StringIO()
try:
    call_command("check_file", sys.argv[1], "--dataset", "AD", "--format", "json", stdout=out)
except SystemExit:
    pass
told = json.loads(out.getvalue())
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(sum(told["counts"].values()), len(told["findings"]), len(out.getvalue()), peak)
"""


def every_value_wrong(rows: int) -> bytes:
    """As when all columns have moved by one."""
    return b"\r\n".join([HEADER_ROW, *(b",".join([b"=X%d" % n] * WIDTH) for n in range(rows))])


def test_findings_stay_bounded(tmp_path: Path) -> None:
    """All are counted, the first are listed: neither memory nor report grows with the rows."""
    path = written(tmp_path, every_value_wrong(SHIFTED))
    done = subprocess.run(
        [sys.executable, "-c", MEASURE_FINDINGS, str(path)],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "ndtms.settings.test",
            "DATABASE_URL": "sqlite://:memory:",
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    total, listed, size, peak = (int(part) for part in done.stdout.split())
    assert total > SHIFTED * WIDTH
    assert listed <= total // SHIFTED * EACH + WIDTH
    assert size < 20_000_000
    assert peak < 1024


def test_counts_are_whole_and_findings_are_the_first_of_each_rule_and_item(tmp_path: Path) -> None:
    rows = EACH + 7
    code, report = check(written(tmp_path, every_value_wrong(rows)))
    assert code == 1
    by_rule = report["counts_by_rule"]
    assert sum(line["total"] for line in by_rule.values()) == sum(report["counts"].values())
    assert sum(line["listed"] for line in by_rule.values()) == len(report["findings"])
    for rule, line in by_rule.items():
        assert line["listed"] == len([f for f in report["findings"] if f["rule"] == rule])
    dates = [
        item.header for item in DEFINITION.items if item.type == "date" and "AD" in item.datasets
    ]
    assert by_rule["NQ022"] == {"total": rows * len(dates), "listed": EACH * len(dates)}
    first = [f["row"] for f in report["findings"] if (f["rule"], f["item"]) == ("NQ022", dates[0])]
    assert first == list(range(2, EACH + 2))


@pytest.mark.parametrize(
    "flaw", [{"client.birth_date": "31/02/1985"}, {"episode.triage_date": "x"}]
)
def test_percentages_are_of_all_findings_not_of_those_listed(
    flaw: dict[str, str], tmp_path: Path
) -> None:
    caseload = []
    for number in range(2 * EACH + 50):
        ids = {"client.client_id": f"C{number}", "episode.episode_id": f"E{number}"}
        caseload += changed("AD", {**ALONE, **ids, **(flaw if number >= 50 else {})})
    content = to_csv(caseload)
    code, report = check(written(tmp_path, content))
    assert report["counts_by_rule"]["NQ022"] == {"total": 2 * EACH, "listed": EACH}
    assert (code, report["load_percentage"]) == (1, 100 * 50 // (2 * EACH + 50))
    records = records_of(caseload, DEFINITION)
    found = judge(records, DEFINITION, "AD", today=datetime.date(2022, 7, 10))
    assert found.height == sum(report["counts"].values())
    units = records["episode"].select(KEYS).unique()
    assert report["data_quality_percentage"] == share_without(units, found, "warning")


def test_the_text_says_how_many_more_there_are(tmp_path: Path) -> None:
    path = written(tmp_path, every_value_wrong(EACH + 7))
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("check_file", str(path), "--dataset", "AD", stdout=out)
    lines = out.getvalue().splitlines()
    assert "NQ022 error: DOB: 7 more findings of this rule and item are not listed." in lines


def test_memory_stays_bounded(tmp_path: Path) -> None:
    """At most 1 GB, whatever lies in 100 MB; the figures of the last measurement are in the assertion's message."""
    names = []
    for name, content in large_files():
        (tmp_path / name).write_bytes(content)
        names.append(str(tmp_path / name))
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *names], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    told = [text.split() for text in done.stdout.splitlines()]
    assert len(told) == len(names)
    for _, rejected, findings, peak in told:
        assert rejected == "True"
        assert int(findings) <= MAX_PROBLEMS + 1
        assert int(peak) < 1024, done.stdout
    print(done.stdout)


# Values

BAD_VALUES = [
    # item, value, rule
    ("client.client_id", "=1+1", "NQ139"),
    ("client.client_reference", "@SUM(A1)", "NQ139"),
    ("client.client_reference", "-2", "NQ139"),
    ("episode.software", "=cmd|' /C calc'!A0", "NQ139"),
    ("episode.software", "+44", "NQ139"),
    ("episode.software", "a\x07b", "NQ139"),
    ("episode.software", "a\x1b[2Jb", "NQ139"),
    ("episode.software", "a\nb", "NQ139"),
    ("episode.software", "a\u202eb", "NQ139"),
    ("episode.software", "\u0645\u0631\u062d\u0628\u0627", "NQ139"),
    ("episode.software", "\U0001f600", "NQ139"),
    ("episode.software", "x" * 31, "NQ033"),
    ("client.client_id", "C" * 10_000, "NQ033"),
    ("client.client_id", "\U0001f600", "NQ139"),
    ("episode.postcode_district", "LS6 2AB", "NQ027"),
    ("client.first_initial", "Jo", "NQ025"),
    ("client.first_initial", "\u00c6", "NQ025"),
    ("client.first_initial", "\u0410", "NQ025"),
    ("client.first_initial", "=A", "NQ025"),
    ("client.sex", "Female", "NQ008"),
    ("client.sex", "q", "NQ031"),
    ("client.sex", "x, y", "NQ031"),
    ("client.sex", 'say "F"', "NQ031"),
    ("client.birth_date", "31/02/1985", "NQ022"),
    ("client.birth_date", "01/02/0202", "NQ022"),
    ("client.birth_date", "0202-02-01", "NQ022"),
    ("client.birth_date", "44593", "NQ022"),
    ("client.birth_date", "1/2/85", "NQ022"),
    ("client.birth_date", "2/15/1985", "NQ022"),
    ("client.birth_date", "15/06/1985 23:00Z", "NQ022"),
    ("client.birth_date", "1985-06-14T23:00:00Z", "NQ022"),
    ("client.birth_date", "15/06/1985 x", "NQ022"),
    ("client.birth_date", "\u0661\u0661/\u0661\u0661/\u0661\u0669\u0668\u0665", "NQ022"),
    ("episode.drinking_days", "1e5", "NQ034"),
    ("episode.drinking_days", "4.0", "NQ034"),
    ("episode.drinking_days", "\u0664", "NQ034"),
    ("episode.drinking_days", "9" * 40, "NQ034"),
    ("episode.drinking_days", "-1", "NQ035"),
    ("episode.drinking_days", "29", "NQ035"),
    ("episode.drinking_days", "NA", "NQ034"),
    ("outcomes_profile.opiate_days", "n/a", "NQ034"),
    ("outcomes_profile.opiate_days", "inf", "NQ034"),
]


NUMBERED = list(enumerate(BAD_VALUES, 1))


def shown(value: str) -> str:
    """The value as it is listed: a very long one is cut."""
    return value if len(value) <= MAX_SHOWN else f"{value[:MAX_SHOWN]}..."


OUTCOMES = "outcomes_profile"


def bad_values() -> bytes:
    """A file in which every client has one bad value."""
    caseload = []
    for number, (name, value, _) in NUMBERED:
        ids = {"client.client_id": f"C{number}", "episode.episode_id": f"E{number}"}
        profiles = {"-outcomes_profile": 1, f"{OUTCOMES}.profile_id": f"P{number}"}
        alone = {**ALONE, **(profiles if name.startswith(OUTCOMES) else {})}
        caseload += changed("AD", {**alone, **ids, name: value})
    return to_csv(caseload)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    code, report = check(written(tmp_path_factory.mktemp("values"), bad_values()))
    assert (code, report["rejected"], report["rows"]) == (1, False, len(BAD_VALUES))
    return report


@pytest.mark.parametrize(
    ("number", "case"), NUMBERED, ids=[f"{name} {ascii(v)[:30]}" for _, (name, v, _) in NUMBERED]
)
def test_a_value_that_cannot_be_is_told_with_row_client_and_item(
    number: int, case: tuple[str, str, str], judged: dict[str, Any]
) -> None:
    name, value, rule = case
    told = [f for f in judged["findings"] if (f["row"], f["rule"]) == (number + 1, rule)]
    client = value if name == "client.client_id" else f"C{number}"
    keys = ("client_id", "episode_id", "item", "value")
    assert [tuple(finding[key] for key in keys) for finding in told] == [
        (shown(client), f"E{number}", header(name), shown(value))
    ]


@pytest.mark.django_db
def test_values_that_cannot_be_are_not_imported(tmp_path: Path) -> None:
    lines = refused(written(tmp_path, bad_values()))
    for number, (name, value, rule) in NUMBERED:
        client = value if name == "client.client_id" else f"C{number}"
        place = f"row {number + 1}, client {shown(client)}, {header(name)}, {shown(value)!r}: "
        assert any(text.startswith(place) and f"({rule})" in text for text in lines), place
    assert all(text.isprintable() for text in lines)
    assert kept() == 0


def test_the_example_of_a_message_is_one_that_a_file_may_have(tmp_path: Path) -> None:
    _, report = check(written(tmp_path, PLAIN.replace(b"10/01/2022", b"x")))
    (message,) = {
        f["message"] for f in report["findings"] if f["rule"] == "NQ022" and f["item"] == "TRIAGED"
    }
    assert message.endswith("such as 27/03/2022.")
    for example in ("27/03/2022", "27/3/2022"):
        content = to_csv(
            changed("AD", {"episode.software": "x", "client.birth_date": f"{example[:-4]}1985"})
        )
        assert check(written(tmp_path, content))[0] == 0


def test_one_row_of_commas(tmp_path: Path) -> None:
    code, report = check(written(tmp_path, HEADER_ROW + b"\r\n" + b"," * (WIDTH - 1)))
    assert (code, report["rejected"], report["rows"], report["episodes"]) == (2, True, 0, 0)
    (finding,) = report["findings"]
    assert finding["message"] == "The file has a header row and no data."


def test_rows_of_commas_are_no_clients(tmp_path: Path) -> None:
    """As spreadsheets leave them."""
    for commas in (b"," * (WIDTH - 1) + b"\r\n", b",,,\r\n", b"\r\n"):
        code, report = check(written(tmp_path, line(3, commas + ROWS[1]) + commas * 3))
        assert (code, report["rows"], report["episodes"]) == (0, 2, 1)
        assert (report["load_percentage"], report["data_quality_percentage"]) == (100, 100)
        assert report["findings"] == []


def test_two_header_rows(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER_ROW + b"\r\n" + PLAIN)
    code, report = check(path, "--agency", AGENCY)
    assert (code, [(f["rule"], f["row"]) for f in report["findings"]]) == (2, [("NQ005", 2)])
    code, report = check(path)
    assert (code, report["rejected"]) == (1, False)
    others = {f["row"] for f in report["findings"] if f["rule"] != "NQ007"}
    assert others == {2}
    assert ("NQ031", "SEX") in {(f["rule"], f["value"]) for f in report["findings"]}


def test_a_row_twice_is_one_record(tmp_path: Path) -> None:
    code, report = check(written(tmp_path, PLAIN + ROWS[0] + b"\r\n" + ROWS[1]))
    assert (code, report["rows"], report["episodes"], report["findings"]) == (0, 4, 1, [])


def test_ten_thousand_columns_are_told_shortly(tmp_path: Path) -> None:
    columns = [*HEADERS, *(f"X{n}" for n in range(10_000 - WIDTH))]
    code, report = check(written(tmp_path, ",".join(columns).encode() + b"\n" + b"," * 9_999))
    left = 10_000 - WIDTH - MAX_PROBLEMS
    assert code == 2
    assert len(report["findings"]) == MAX_PROBLEMS + 1
    assert report["findings"][0]["message"].startswith("Column X0 is not in the data set.")
    assert report["findings"][-1]["message"] == (
        f"{left:,} more columns are not in the data set, or are there twice."
    )


# Agencies


def test_a_file_of_another_agency_is_rejected(tmp_path: Path) -> None:
    path = written(tmp_path, PLAIN)
    assert check(path, "--agency", "n0001")[0] == 0
    code, report = check(path, "--agency", "N0002")
    assert (code, report["rejected"], report["rows"]) == (2, True, 2)
    (finding,) = report["findings"]
    place = ("NQ005", 2, header("client.agency_code"), AGENCY)
    assert tuple(finding[key] for key in ("rule", "row", "item", "value")) == place
    assert AGENCY in finding["message"]


def test_a_file_of_two_agencies(tmp_path: Path) -> None:
    other = {**ANOTHER_CLIENT, "client.agency_code": "N0002", "client.first_initial": "X"}
    path = written(tmp_path, to_csv(changed("AD", {"also": [other]})))
    code, report = check(path, "--agency", AGENCY)
    assert (code, [f["rule"] for f in report["findings"]]) == (2, ["NQ005"])
    code, report = check(path)
    (finding,) = [f for f in report["findings"] if f["rule"] == "NQ007"]
    assert (code, finding["row"], finding["value"]) == (1, 4, "N0002")


@pytest.mark.django_db
def test_rows_of_another_agency_are_not_imported(tmp_path: Path) -> None:
    other = {**ANOTHER_CLIENT, "client.agency_code": "N0002", "client.first_initial": "X"}
    path = written(tmp_path, to_csv(changed("AD", {"also": [other]})))
    (first, _) = refused(path, "--dataset", "AD")
    assert first.startswith("row 4, AGNCY, 'N0002': N0002 in row 4 is not an open agency")
    assert kept() == 0


# The commands as programs


def manage(*arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "ndtms.settings.test",
        "DATABASE_URL": "sqlite://:memory:",
        **options.pop("environment", {}),
    }
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, **options)


def test_check_file_as_a_program(tmp_path: Path) -> None:
    path = written(tmp_path, to_csv(changed("AD", {"episode.software": "\U0001f600\x1b[2J"})))
    done = manage(
        *("check_file", str(path), "--dataset", "ad", "--today", "2022-07-10"),
        environment={"PYTHONIOENCODING": "ascii"},
    )
    assert (done.returncode, done.stderr) == (1, b"")
    lines = done.stdout.decode("ascii").splitlines()
    assert lines[0] == f"{path}: dataset AD, 2 rows, 1 episodes"
    assert lines[1] == "Load 0 %, data quality 100 %"
    assert lines[2].startswith("NQ139 error: row 2, client C1, CMSID, '\\U0001f600\\x1b[2J': ")


def test_a_reader_who_leaves_early_sees_no_traceback(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER_ROW + b"\n" + (b"x," * (WIDTH - 1) + b"x\n") * 300)
    out, into = os.pipe()
    os.close(out)
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "check_file", str(path), "--dataset", "AD"],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "ndtms.settings.test"},
        stdout=into,
        stderr=subprocess.PIPE,
    )
    assert (done.returncode, done.stderr) == (1, b"")
    os.close(into)


MISTAKEN = [
    (["--dataset", "XX"], "argument --dataset: 'XX' is not one of AD, YP, SA, SY"),
    ([], "the following arguments are required: --dataset"),
    (["--dataset", "AD", "--today", "31/12/2022"], "argument --today: '31/12/2022' is not a date yyyy-mm-dd"),
    (["--dataset", "AD", "--period-end", "2022-02-30"], "argument --period-end: '2022-02-30' is not a date yyyy-mm-dd"),
    (["--dataset", "AD", "--format", "xml"], "argument --format: invalid choice: 'xml' (choose from 'text', 'json')"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "words"), MISTAKEN)
def test_a_mistaken_argument_is_told_in_one_sentence(arguments: list[str], words: str) -> None:
    with pytest.raises(CommandError) as refusal:
        call_command("check_file", "extract.csv", *arguments)
    assert str(refusal.value) == f"Error: {words}"


def test_a_mistaken_argument_ends_the_program_with_2() -> None:
    done = manage("check_file", "extract.csv", "--dataset", "XX")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().splitlines()[-1] == (
        "manage.py check_file: error: argument --dataset: 'XX' is not one of AD, YP, SA, SY"
    )


def test_bytes_that_are_no_text_are_shown(tmp_path: Path) -> None:
    content = codecs.BOM_UTF8 + PLAIN.replace(b"LS6", b"LS\xff")
    _, report = check(written(tmp_path, content))
    assert {f["rule"] for f in report["findings"]} == {"NQ027"}
