"""All benchmarks, one after the other: python -m tests.bench [--quick]

Measures and never judges: the exit code is 0 unless something breaks.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import postgres
from tests.bench import report
from tests.bench.measure import run
from tests.bench.web import WORKERS

TRANSFERRED, ENTERED = "N0001", "N0002"
"""Codes of the agencies of the transfer and of the re-check and the forms."""


@dataclass(frozen=True)
class Sizes:
    clients: int
    """As many as make a file of about 100,000 rows."""
    transferred: int
    entered: int
    rows_for_frictionless: int
    people: int
    saves: int
    rounds: int
    shifted: int


FULL = Sizes(27_700, 10_000, 1_000, 5_000, 20, 10, 5, 30_000)
QUICK = Sizes(2_770, 1_000, 100, 500, 20, 2, 3, 3_000)


def measure(sizes: Sizes, folder: Path) -> dict[str, Any]:
    say("made-up data")
    run("data", [folder, sizes.clients, sizes.transferred, sizes.shifted])
    say("checking a file")
    figures: dict[str, Any] = {
        "people": sizes.people,
        "workers": WORKERS,
        "speed": run("files", ["speed", folder, sizes.rounds]),
        "memory": run("files", ["memory", folder / "clean.csv"]),
        "shifted": run("files", ["report", folder / "shifted.csv"]),
    }
    say("peers")
    peers = [folder / "willing.csv", sizes.rows_for_frictionless, sizes.rounds]
    figures["peers"] = run("peers", peers)
    for name, server in databases(folder):
        with server as address:
            figures[name] = on_database(sizes, folder, address, name)
    return figures


def databases(folder: Path) -> Iterator[tuple[str, Any]]:
    """Name of a kind of database, and what gives the address of one."""
    yield "sqlite", nullcontext(f"sqlite:///{folder}/db.sqlite3")
    if postgres.is_installed():
        yield "postgresql", postgres.temporary_server()


def on_database(sizes: Sizes, folder: Path, address: str, name: str) -> dict[str, Any]:
    say(f"{name}: storing")
    for code, clients in ((TRANSFERRED, sizes.transferred), (ENTERED, sizes.entered)):
        run("tool", ["store", folder, code, clients], database=address)
    say(f"{name}: re-check, transfer, forms")
    return {
        "recheck": run("tool", ["recheck", ENTERED], database=address),
        "transfer": run("tool", ["transfer", TRANSFERRED], database=address),
        "web": run("web", [ENTERED, sizes.people, sizes.saves], database=address),
        "lists": run("lists", [TRANSFERRED, sizes.rounds], database=address),
    }


def say(what: str) -> None:
    print(what, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the sizes, to try it out")
    sizes = QUICK if parser.parse_args().quick else FULL
    with tempfile.TemporaryDirectory(prefix="ndtms-bench-") as folder:
        report.write(measure(sizes, Path(folder)))
    print(report.PAGE.read_text())


if __name__ == "__main__":
    main()
