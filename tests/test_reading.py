"""However a file is written, it reads to the same records: the same findings, the same percentages."""

import csv
import io
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from det.importing import import_reading
from det.models import RECORDS
from tests.factories import AgencyFactory
from tests.rules.base import (
    ANOTHER_CLIENT,
    DEFINITION,
    TODAY,
    Episode,
    changed,
    clean,
    to_csv,
)
from validation.files import Report, check_reading
from validation.reading import read_bytes

HEADERS = DEFINITION.headers
FLAWED = {
    "client.sex": "woman",
    "episode.drinking_days": "400",
    "intervention[1].start_date": "01/01/2022",
    "outcomes_profile[1].opiate_days": None,
    "sub_intervention_review.review_date": "31/12/2021",
    "client_information_review.review_date": "31/12/2021",
    "also": [
        {**ANOTHER_CLIENT, "client.first_initial": "X", "episode.discharge_date": "01/01/2021"}
    ],
}
CASELOAD = changed("AD", FLAWED)
Row = dict[str, str]


def table(content: bytes) -> list[Row]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def as_csv(rows: list[Row], headers: list[str] = HEADERS, **options: Any) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, headers, **{"lineterminator": "\r\n", **options})
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


PLAIN = to_csv(CASELOAD)
ROWS = table(PLAIN)


def report(content: bytes) -> Report:
    reading = read_bytes(content, DEFINITION)
    assert reading.problems == ()
    return check_reading(reading, DEFINITION, "AD", today=TODAY)


EXPECTED = report(PLAIN)


def told(found: Report, *, rows: bool = True) -> list[tuple[Any, ...]]:
    columns = ["rule", "part", "severity", "client_id", "episode_id", "item", "value", "message"]
    return sorted(
        found.findings.select([*columns, "row"] if rows else columns).iter_rows(), key=repr
    )


def test_the_caseload_has_errors_and_warnings() -> None:
    """Otherwise the comparisons below would show nothing."""
    assert EXPECTED.counts["error"] > 3
    assert EXPECTED.counts["warning"] > 1
    assert (EXPECTED.episodes, EXPECTED.load_percentage) == (2, 0)


def quoted(content: bytes) -> bytes:
    return as_csv(table(content), quoting=csv.QUOTE_ALL)


def spaced(content: bytes) -> bytes:
    return content.replace(b",", b" ,\t").replace(b"\r\n", b" \r\n")


WRITINGS: dict[str, Callable[[bytes], bytes]] = {
    "a byte order mark": lambda c: b"\xef\xbb\xbf" + c,
    "LF": lambda c: c.replace(b"\r\n", b"\n"),
    "CR": lambda c: c.replace(b"\r\n", b"\r"),
    "CR CR LF": lambda c: c.replace(b"\r\n", b"\r\r\n"),
    "LF and CR LF": lambda c: c.replace(b"\r\n", b"\n", 2),
    "no last line end": lambda c: c.rstrip(),
    "blank lines at the end": lambda c: c + b"\r\n\n \r\n",
    "spaces around headers and values": spaced,
    "spaces that do not break": lambda c: c.replace(b",", "\u00a0,".encode()),
    "spaces that do not break, Windows-1252": lambda c: c.replace(b",", b"\xa0,"),
    "small headers": lambda c: c.replace(c[: c.index(b"\r")], c[: c.index(b"\r")].lower()),
    "columns in another order": lambda c: as_csv(table(c), HEADERS[::-1]),
    "every cell quoted": quoted,
    "every cell quoted, a byte order mark": lambda c: b"\xef\xbb\xbf" + quoted(c),
    "every cell quoted, LF": lambda c: quoted(c).replace(b"\r\n", b"\n"),
    "every cell quoted, CR": lambda c: quoted(c).replace(b"\r\n", b"\r"),
    "quoted with spaces": lambda c: quoted(c).replace(b'woman"', b'woman "'),
}


@pytest.mark.parametrize("name", WRITINGS)
def test_the_same_file_written_otherwise(name: str) -> None:
    found = report(WRITINGS[name](PLAIN))
    assert told(found) == told(EXPECTED)
    assert (found.rows, found.episodes) == (EXPECTED.rows, EXPECTED.episodes)
    assert found.load_percentage == EXPECTED.load_percentage
    assert found.data_quality_percentage == EXPECTED.data_quality_percentage


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (b'"a, b"', "a, b"),
        (b'"a\r\nb"', "a\r\nb"),
        (b'"a\nb"', "a\nb"),
        (b'"say ""a"""', 'say "a"'),
        (b'a"b', 'a"b'),
        ("\u00e9\U0001f600\u202e\u05d0".encode(), "\u00e9\U0001f600\u202e\u05d0"),
        (b"\x93a\x94 \x80", "\u201ca\u201d \u20ac"),
        (b"a\rb", "a\rb"),
        (b"a\x0bb", "a\x0bb"),
        (b"a\xe2\x80\xa8b", "a\u2028b"),
    ],
)
def test_a_cell_is_read_as_it_was_written(cell: bytes, value: str) -> None:
    header = DEFINITION.by_name["episode.software"].header
    content = to_csv(changed("AD", {"episode.software": "cell-1"}))
    rows = read_bytes(content.replace(b"cell-1", cell), DEFINITION).rows
    assert rows is not None
    assert rows[header].to_list() == [value, value]


CELLS = st.text(
    st.characters(codec="utf-8", exclude_characters='",\r\n\x00'), max_size=6
) | st.sampled_from(["", " ", "x", "=1", "NA", "null", "'", "#", "\\", "\ufeff", "\t"])


@settings(max_examples=12)
@given(st.lists(st.lists(CELLS, min_size=4, max_size=4), min_size=1, max_size=5))
def test_a_plain_file_reads_as_if_every_cell_were_quoted(cells: list[list[str]]) -> None:
    """The two ways in which a file is read are one to whoever looks at its rows."""
    some = [0, 1, len(HEADERS) // 2, len(HEADERS) - 1]
    rows = [{HEADERS[n]: text for n, text in zip(some, line, strict=True)} for line in cells]
    rows.append({HEADERS[0]: "last"})
    plain = read_bytes(as_csv(rows, restval="", quoting=csv.QUOTE_NONE), DEFINITION).rows
    full = read_bytes(as_csv(rows, restval="", quoting=csv.QUOTE_ALL), DEFINITION).rows
    assert plain is not None
    assert full is not None
    assert plain.equals(full)
    assert plain.height == len(rows)


# Layouts: one file may lay the records side by side, another may not.


def common(episode: Episode) -> Row:
    return {
        DEFINITION.by_name[f"{record}.{field}"].header: text or ""
        for record in ("client", "episode")
        for field, text in episode[record].items()
    }


def of_record(name: str, record: dict[str, str | None]) -> Row:
    return {
        DEFINITION.by_name[f"{name}.{field}"].header: text or "" for field, text in record.items()
    }


def one_kind_on_a_row(episode: Episode) -> list[Row]:
    rows = [
        {**common(episode), **of_record(name, record)}
        for name in DEFINITION.children
        for record in episode[name]
    ]
    return rows or [common(episode)]


def multiplied(episode: Episode) -> list[Row]:
    lists = [
        [of_record(name, record) for record in episode[name]] or [{}]
        for name in DEFINITION.children
    ]
    return [
        {key: text for part in (common(episode), *parts) for key, text in part.items()}
        for parts in product(*lists)
    ]


def backwards(episode: Episode) -> list[Row]:
    return one_kind_on_a_row(episode)[::-1]


def with_an_empty_row(episode: Episode) -> list[Row]:
    return [common(episode), *multiplied(episode)]


LAYOUTS = [one_kind_on_a_row, multiplied, backwards, with_an_empty_row]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_read_to_the_same_records(layout: Callable[[Episode], list[Row]]) -> None:
    rows = [row for episode in CASELOAD for row in layout(episode)]
    found = report(as_csv(rows, restval=""))
    assert told(found, rows=False) == told(EXPECTED, rows=False)
    assert (found.rows, found.episodes) == (len(rows), EXPECTED.episodes)
    assert found.load_percentage == EXPECTED.load_percentage
    assert found.data_quality_percentage == EXPECTED.data_quality_percentage


@pytest.mark.django_db
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_import_to_the_same_records(layout: Callable[[Episode], list[Row]]) -> None:
    other = {**ANOTHER_CLIENT, "client.first_initial": "X"}
    caseload = changed("AD", {"also": [other]})
    contents = to_csv(caseload), as_csv([r for e in caseload for r in layout(e)], restval="")
    held = []
    for number, content in enumerate(contents):
        code = f"N000{number}"
        agency = AgencyFactory(code=code)
        content = content.replace(b"N0001", code.encode())
        import_reading(reading=read_bytes(content, DEFINITION), agency=agency)
        held.append(
            {
                section: sorted(
                    sorted(record.values().items())
                    for record in model.objects.filter(agency=agency)
                )
                for section, model in RECORDS.items()
            }
        )
    assert held[0] == held[1]
    assert [len(records) for records in held[0].values()] == [2, 2, 2, 1, 2, 1]


def test_a_clean_file_has_no_findings() -> None:
    for dataset in DEFINITION.datasets:
        reading = read_bytes(to_csv([clean(dataset)]), DEFINITION)
        found = check_reading(reading, DEFINITION, dataset, today=TODAY)
        assert (found.load_percentage, found.data_quality_percentage) == (100, 100)
        assert found.could_be_submitted
