"""However a file is written, it reads to the same records: the same findings, the same percentages."""

import csv
import io
import re
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
    ALONE,
    ANOTHER_CLIENT,
    DEFINITION,
    TODAY,
    Episode,
    changed,
    clean,
    records_of,
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


def below(content: bytes, end: bytes) -> bytes:
    """The content with something behind every row but the header row."""
    header_row, rows = content.split(b"\r\n", 1)
    return header_row + b"\r\n" + rows.replace(b"\r\n", end + b"\r\n")


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
    "semicolons": lambda c: c.replace(b",", b";"),
    "semicolons, every cell quoted": lambda c: quoted(c).replace(b",", b";"),
    "tabs": lambda c: c.replace(b",", b"\t"),
    "a row that names the separator": lambda c: b"sep=;\r\n" + c.replace(b",", b";"),
    "UTF-16": lambda c: c.decode().encode("utf-16"),
    "UTF-16 with tabs": lambda c: c.replace(b",", b"\t").decode().encode("utf-16"),
    "columns without names at the end": lambda c: c.replace(b"\r\n", b",,,,,\r\n"),
    "a column without a name in front": lambda c: b"," + c.replace(b"\r\n", b"\r\n,")[:-1],
    "a separator behind every row but the header row": lambda c: below(c, b","),
    "more of them behind some rows": lambda c: c.replace(b"\r\n", b",,, \r\n", 2).replace(
        b",,, \r\n", b"\r\n", 1
    ),
    "semicolons behind every row but the header row": lambda c: below(c, b",").replace(b",", b";"),
    "tabs behind every row but the header row": lambda c: below(c, b",,").replace(b",", b"\t"),
    "blanks behind every row but the header row": lambda c: below(c, ", ,\u00a0,".encode()),
    "quoted blanks behind every row but the header row": lambda c: below(quoted(c), b',"",""'),
    "a separator behind every row, more but for the header row": lambda c: below(c, b",").replace(
        b"\r\n", b",\r\n"
    ),
    "a separator behind the header row only": lambda c: c.replace(b"\r\n", b",,\r\n", 1),
    "a separator behind the header row only, quoted": lambda c: quoted(c).replace(
        b"\r\n", b",,\r\n", 1
    ),
    "rows of commas at the end": lambda c: c + (b"," * (len(HEADERS) - 1) + b"\r\n") * 3,
    "rows of commas above": lambda c: (b"," * (len(HEADERS) - 1) + b"\r\n") * 3 + c,
    "small letters in codes": lambda c: c.replace(b",N0001,Y,", b",n0001,y,").replace(
        b",R,", b",r,"
    ),
    "a postcode in small letters": lambda c: c.replace(b"LS6", b"ls6"),
    "initials in small letters, with accents and marks": lambda c: c.replace(
        b"A,B,15/06", "\u00e1,B\u2019,15/06".encode()
    ),
    "dates without leading zeros": lambda c: re.sub(rb"\b0(\d)/", rb"\1/", c).replace(b"/0", b"/"),
    "dates with a time behind": lambda c: re.sub(rb"(\d\d/\d\d/\d{4})", rb"\1 00:00", c),
    "dates with seconds behind": lambda c: re.sub(rb"(\d\d/\d\d/\d{4})", rb"\1 00:00:00.000", c),
    "dates with hyphens": lambda c: re.sub(rb"(\d\d)/(\d\d)/(\d{4})", rb"\1-\2-\3", c),
    "dates one of which has no leading zero": lambda c: c.replace(b"03/01/2022", b"3/01/2022", 1),
    "quoted with spaces": lambda c: quoted(c).replace(b'woman"', b'woman "'),
}


@pytest.mark.parametrize("name", WRITINGS)
def test_the_same_file_written_otherwise(name: str) -> None:
    found = report(WRITINGS[name](PLAIN))
    assert told(found) == told(EXPECTED)
    assert (found.rows, found.episodes) == (EXPECTED.rows, EXPECTED.episodes)
    assert found.load_percentage == EXPECTED.load_percentage
    assert found.data_quality_percentage == EXPECTED.data_quality_percentage


def meant(text: str, item: str) -> str:
    """What a value is taken for."""
    episode = changed("AD", {item: text, **ALONE})
    record, _, field = item.partition(".")
    name = "episode" if record == "client" else record
    return str(records_of(episode, DEFINITION)[name][field].item())


DATES = [
    ("9/1/2022", "09/01/2022"),
    ("27/3/2022", "27/03/2022"),
    ("27/03/2022 00:00", "27/03/2022"),
    ("27/03/2022 14:35", "27/03/2022"),
    ("27/03/2022 2:35:00 PM", "27/03/2022"),
    ("27/03/2022T00:00:00", "27/03/2022"),
    ("2022-03-27 00:00:00", "27/03/2022"),
    ("2022-03-27T00:00:00", "27/03/2022"),
    ("2022-03-27T00:00:00Z", "27/03/2022"),
    ("2022-03-27T00:00:00.000+00:00", "27/03/2022"),
    ("20220327 00:00", "27/03/2022"),
    ("2022-3-27", "27/03/2022"),
    ("27.03.2022", "27/03/2022"),
    ("27-Mar-2022", "27/03/2022"),
    ("27 mar 2022", "27/03/2022"),
    ("2022-03-27", "2022-03-27"),
    ("20220327", "20220327"),
]


@pytest.mark.parametrize(("text", "day"), DATES)
def test_a_date_whose_meaning_is_certain_is_taken(text: str, day: str) -> None:
    assert meant(text, "episode.triage_date") == day


@pytest.mark.parametrize(
    "text",
    [
        "3/27/2022",
        "31/2/2022",
        "27/3/22",
        "27/3",
        "27032022",
        "44647",
        "2022-03-27T23:00:00Z",
        "2022-03-27T00:00:00+02:00",
        "27/3/2022 x",
        "27/3//2022",
        "0/1/2022",
        "27 Foo 2022",
    ],
)
def test_any_other_date_stays_as_it_was_written(text: str) -> None:
    assert meant(text, "episode.triage_date") == text


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        *(
            ("a", "A"),
            ("\u00c9", "E"),
            ("\u00e9", "E"),
            ("\u00d8", "O"),
            ("O\u2019", "O"),
            ("O'", "O"),
        ),
        *(
            ("A.", "A"),
            ("\u00f1.", "N"),
            ("\u0141", "L"),
            ("E\u0301", "E"),
            ("-", "-"),
            ("\u00c6", "\u00c6"),
        ),
        *(("Jo", "Jo"), ("=A", "=A"), ("\u0410", "\u0410"), ("7", "7"), ("\u00df", "\u00df")),
    ],
)
def test_an_initial_is_its_letter_where_that_is_certain(text: str, letter: str) -> None:
    assert meant(text, "client.first_initial") == letter


@pytest.mark.parametrize(
    ("item", "text", "code"),
    [
        ("client.sex", "f", "F"),
        ("client.sex", "q", "q"),
        ("client.consent", "y", "Y"),
        ("client.country_of_birth", "gBr", "GBR"),
        ("episode.local_authority", "e08000035", "E08000035"),
        ("client.agency_code", "n0001", "N0001"),
        ("episode.postcode_district", "ls6 2", "LS6 2"),
        ("client.client_id", "c1", "c1"),
        ("episode.software", "det", "det"),
    ],
)
def test_a_code_is_taken_in_small_letters_too(item: str, text: str, code: str) -> None:
    assert meant(text, item) == code


def test_a_special_answer_is_taken_in_small_letters_too() -> None:
    caseload = changed("AD", {"outcomes_profile[0].opiate_days": "na"})
    days = records_of(caseload, DEFINITION)["outcomes_profile"]["opiate_days"].to_list()
    assert days[0] == "NA"


def test_rows_that_differ_in_spelling_only_are_one_record() -> None:
    caseload = changed("AD", {"also": [{"episode.triage_date": "10/1/2022"}]})
    found = report(to_csv(caseload))
    assert (found.rows, found.episodes, found.total) == (4, 1, 0)


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
    filled = [row for row in rows if any(text.strip() for text in row.values())]
    plain = read_bytes(as_csv(rows, restval="", quoting=csv.QUOTE_NONE), DEFINITION).rows
    full = read_bytes(as_csv(rows, restval="", quoting=csv.QUOTE_ALL), DEFINITION).rows
    assert plain is not None
    assert full is not None
    assert plain.equals(full)
    assert plain.height == len(filled)


ODD = [
    b"\x00",
    b'"',
    b"\r",
    b"\n",
    b",",
    b";",
    b"\t",
    b"|",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"sep=;\n",
    b"\xe9",
    b" ",
    b'""',
    b"<",
]
PLACES = st.lists(
    st.tuples(st.integers(0, len(PLAIN)), st.sampled_from(ODD), st.sampled_from([1, 240])),
    min_size=1,
    max_size=4,
)


@settings(max_examples=25, deadline=None)
@given(PLACES)
def test_odd_bytes_anywhere_raise_nothing(places: list[tuple[int, bytes, int]]) -> None:
    content = PLAIN
    for place, odd, times in places:
        content = content[:place] + odd * times + content[place:]
    reading = read_bytes(content, DEFINITION)
    assert (reading.rows is None) == bool(reading.problems)
    assert check_reading(reading, DEFINITION, "AD", today=TODAY).rejected == bool(reading.problems)


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
