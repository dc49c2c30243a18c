"""Writes docs/benchmarks.md."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any

from tests.bench.measure import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"
KILOBYTE, MEBIBYTES_IN_GIB = 1000, 1024
ROWS_PER_SECOND = 40_000
DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}

Row = tuple[str, str, str, str]
"""Work, figure, what is demanded, and the figure as a share of what is demanded."""

NOTES = """\
Written by `make bench`. All figures are of one run on one machine; the ratios travel better than the seconds. A share
is the figure divided by what is demanded, turned round for rows a second: up to 1.0 the demand is met.

{tables}

## How this is measured

- The data are those of `make_demo` for a community agency, clean: every part takes its clients from the same ones. The
  file in which every row is wrong has a few other values in every row: an unknown ethnicity, a referral date that is no
  date, drinking days out of range, and, where the row has one, an unknown intervention, a review on 31 February and
  an outcomes profile without a day.
- *Read and write only* is `polars.read_csv` without types and `write_csv` of the same file: what any program pays that
  does nothing with it. It, the clean file and the wrong file are done in turn; a ratio is the median of the rounds.
- The peers get the file without the clients who refused consent, of whom nothing but three values is sent, because a
  peer cannot say "required, but not of them". Their schemas are made from the same definition: required, date, code
  list, whole number, range, length and pattern. pandera reads with polars and validates lazily, so that it reports
  everything, as we do, but judges each cell where it lies: it neither gathers the records of an episode from their rows
  nor says which record a finding is about, and it fills up a row that is too short. frictionless works row by row in
  Python and is given {frictionless_rows} rows.
- Seconds are those of the clock, so that whatever else runs on the machine makes them longer; processor time is what
  all cores together spent.
- The re-check and the transfer are called in Python without a browser, each in a process of its own; memory is the
  most that the process held, everything that it had loaded included.
- Saves go over HTTP to gunicorn with {workers} workers on this machine: {people} people who are signed in, each with an
  intervention of a client of their own. *Without a pause* everybody posts the next form the moment the answer is there,
  which nobody can do; the time is then mostly waiting in line, that is, {people} divided by the saves a second.
  *With pauses* everybody spends {pause:.0f} seconds on a form, more or less.
- Lists are asked for by Django's test client, without a network; the findings in them are made up, for three of ten
  episodes.
- A page's weight is all that comes over the wire, headers included, to a browser that takes gzip.
- PostgreSQL is a server of its own in a temporary folder, reached by a socket, which does not wait for the disk.

## What dominates

- A file: half of the time is reading, most of it in polars; counting the values and looking for blanks around them are
  ours. Then come gathering the records, whose rows repeat, and the rules. Only a file in which a quoted value holds a
  separator, a line end or a quotation mark is read by Python's own reader, which is strict and several times slower.
- Its memory: the values themselves are 0.3 GiB, and as much again stays with the process from the reading.
- The rules cost little where nothing is wrong: whether a value is an answer in words, where its code should be, is
  asked only where some code is unknown, and a rule about a value is not asked of a column without one.
- One client: there is hardly any data, so that what counts is how many expressions polars is given, some
  three hundred. A third of the time is reading the records, half of that in making Django's queries.
- A save: three quarters of its time are the re-check of the client; the rest is Django's form, session and redirect.
  20 people who do not pause share what the cores can do: the only cure is a cheaper save, or more cores and workers.
- A transfer: fetching the records from the database as Python objects takes most of it, judging and writing the rest.
"""


def write(figures: Mapping[str, Any]) -> None:
    """Writes the page from the figures of all parts: see tests.bench.__main__."""
    tables = [machine(), table(files(figures)), table(tool(figures)), table(pages(figures))]
    text = NOTES.format(
        tables="\n\n".join(tables),
        frictionless_rows=f"{figures['peers']['frictionless_rows']:,}",
        workers=figures["workers"],
        people=figures["people"],
        pause=figures["sqlite"]["web"]["pause"],
    )
    PAGE.write_text(f"# Benchmarks\n\n{text}")


def machine() -> str:
    packages = ("polars", "Django", "gunicorn", "pandera", "frictionless")
    names = ", ".join(f"{name} {version(name)}" for name in packages)
    day = datetime.datetime.now(datetime.UTC).date()
    cores = len(os.sched_getaffinity(0))
    return f"{day:%-d %B %Y}; {cores} cores; Python {platform.python_version()}, {names}."


def table(rows: Iterable[Row]) -> str:
    lines = ["| Work | Figure | Demanded | Share |", "| --- | ---: | ---: | ---: |"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def files(figures: Mapping[str, Any]) -> list[Row]:
    speed, memory, peers = figures["speed"], figures["memory"], figures["peers"]
    rate, floor, found = speed["rows_per_second"], speed["floor_seconds"], speed["wrong_findings"]
    work = f"check a file of {speed['rows']:,} rows: read, all rules, findings"
    processor = f"{speed['processor']:.2f} s and {speed['floor_processor']:.2f} s"
    return [
        (
            work,
            f"{rate:,.0f} rows/s",
            f"{ROWS_PER_SECOND:,} rows/s",
            f"{ROWS_PER_SECOND / rate:.2f}",
        ),
        (
            f"processor time against read and write only ({processor})",
            *times(speed["processor_ratio"], 1.6),
        ),
        (f"by the clock ({floor:.2f} s)", *times(speed["floor_ratio"], 4)),
        (f"every row wrong ({found:,} findings) against clean", *times(speed["wrong_ratio"], 2)),
        (
            f"most memory, for a file of {memory['size']:.0f} MiB",
            *limit(memory["memory"], 850, "MiB"),
        ),
        *shifted(figures["shifted"]),
        plain("a row, all our rules", microseconds(peers["every"])),
        plain("a row, our regular rules only", microseconds(peers["regular"])),
        *(
            plain(
                f"a row, the same regular rules by {name}",
                f"{microseconds(peers[name])}, {peers[f'{name}_ratio']:.1f} times ours",
            )
            for name in ("pandera", "frictionless")
        ),
    ]


def shifted(figures: Mapping[str, Any]) -> list[Row]:
    work = f"{figures['rows']:,} rows a column too far to the right ({figures['total']:,} findings), as JSON"
    return [
        (work, *limit(figures["seconds"], 10, "s", 1)),
        ("its memory", *limit(figures["memory"], MEBIBYTES_IN_GIB, "MiB")),
        ("its size", *limit(figures["size"] / KILOBYTE**2, 20, "MB", 1)),
    ]


def tool(figures: Mapping[str, Any]) -> list[Row]:
    rows: list[Row] = []
    for key, database in DATABASES.items():
        found = on_database(figures[key]) if key in figures else [plain("all", "not installed")]
        rows += [(f"{row[0]}, {database}", *row[1:]) for row in found]
    return rows


def on_database(figures: Mapping[str, Any]) -> list[Row]:
    recheck, transfer, web = figures["recheck"], figures["transfer"], figures["web"]
    clients, rows = transfer["clients"], transfer["rows"]
    quick, real = web["without_pause"], web["with_pauses"]
    failed = f"{quick['failures'] + real['failures']}"
    parts = f"{milliseconds(recheck['read'])} and {milliseconds(recheck['engine'])}"
    return [
        (
            f"re-check one client of {recheck['clients']:,}",
            *limit(recheck["seconds"] * 1000, 50, "ms"),
        ),
        plain("of that reading the records, and the rules", parts),
        (
            f"transfer of {clients:,} clients, {rows:,} rows",
            *limit(transfer["seconds"], 10, "s", 1),
        ),
        ("its memory", *limit(transfer["memory"], MEBIBYTES_IN_GIB, "MiB")),
        ("queries of a save", *limit(web["queries"], 25, "queries")),
        ("a save, with pauses, p95", *limit(real["p95"] * 1000, 200, "ms")),
        plain("a save, with pauses, p50", milliseconds(real["p50"])),
        ("a save, without a pause, p95", *limit(quick["p95"] * 1000, 200, "ms")),
        plain("a save, without a pause, p50", milliseconds(quick["p50"])),
        plain("saves a second, without a pause", f"{quick['per_second']:.0f}"),
        (f"saves that failed, of {quick['saves'] + real['saves']}", failed, "0", ""),
        *lists(figures["lists"]),
    ]


def lists(figures: Mapping[str, Any]) -> list[Row]:
    """The pages that list what a large agency has."""
    many = f"{figures['clients']:,} clients, {figures['findings']:,} findings"
    pages = figures["pages"].items()
    return [(f"{name}, {many}", *limit(s * 1000, 150, "ms")) for name, s in pages]


def pages(figures: Mapping[str, Any]) -> list[Row]:
    (first, weight), *later = figures["sqlite"]["web"]["weights"].items()
    return [
        (f"first page of a visit: {first}", *limit(weight / KILOBYTE, 120, "kB", 1)),
        *((f"later page: {name}", *limit(w / KILOBYTE, 25, "kB", 1)) for name, w in later),
    ]


def plain(work: str, figure: str) -> Row:
    """A figure of which nothing is demanded."""
    return work, figure, "", ""


def limit(figure: float, most: float, unit: str, digits: int = 0) -> tuple[str, str, str]:
    return f"{figure:,.{digits}f} {unit}", f"{most:,} {unit}", f"{figure / most:.2f}"


def times(figure: float, most: float) -> tuple[str, str, str]:
    return f"{figure:.2f} times", f"{most} times", f"{figure / most:.2f}"


def microseconds(seconds: float) -> str:
    return f"{seconds * 1e6:,.1f} µs"


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms"
