"""Checking a file: python -m tests.bench.files (speed FOLDER ROUNDS | memory FILE | report FILE)"""

from __future__ import annotations

import datetime
import json
import sys
from pathlib import Path
from statistics import median
from typing import Any

import polars as pl

from tests.bench.data import DATASET
from tests.bench.measure import ROOT, in_turn, peak_memory, processor_seconds, ratio, seconds, tell
from validation.dataset import load
from validation.files import Report, as_object, check_path

DEFINITION = load(ROOT / "fixtures" / "cds_q")
TODAY = datetime.date.today()


def check(path: Path) -> Report:
    return check_path(path, DEFINITION, DATASET, today=TODAY)


def speed(folder: Path, rounds: int) -> dict[str, Any]:
    clean, wrong, copy = (folder / f"{name}.csv" for name in ("clean", "wrong", "copy"))

    def copy_only() -> None:
        """What any program does that reads a file with polars and writes it again."""
        pl.read_csv(clean, infer_schema=False).write_csv(copy)

    ours, spoilt, floor = in_turn(
        lambda: check(clean), lambda: check(wrong), copy_only, rounds=rounds
    )
    report, flawed = check(clean), check(wrong)
    processor, of_floor = in_turn(
        lambda: check(clean), copy_only, rounds=rounds, clock=processor_seconds
    )
    return {
        "rows": report.rows,
        "seconds": median(ours),
        "rows_per_second": report.rows / median(ours),
        "processor": median(processor),
        "floor_seconds": median(floor),
        "floor_processor": median(of_floor),
        "processor_ratio": ratio(processor, of_floor),
        "floor_ratio": ratio(ours, floor),
        "wrong_ratio": ratio(spoilt, ours),
        "findings": report.findings.height,
        "wrong_findings": int(flawed.tallies["total"].sum()),
    }


def memory(path: Path) -> dict[str, Any]:
    check(path)
    return {"memory": peak_memory(), "size": path.stat().st_size / 2**20}


def as_json(path: Path) -> dict[str, Any]:
    """What it takes to tell in JSON what is wrong with a file."""
    said = []

    def work() -> None:
        found = check(path)
        said.append((found, json.dumps(as_object(found, path.name, DEFINITION), indent=1)))

    took = seconds(work)
    found, text = said[0]
    return {
        "rows": found.rows,
        "total": int(found.tallies["total"].sum()),
        "seconds": took,
        "memory": peak_memory(),
        "size": len(text.encode()),
    }


if __name__ == "__main__":
    parts = {"memory": memory, "report": as_json}
    if sys.argv[1] == "speed":
        tell(speed(Path(sys.argv[2]), int(sys.argv[3])))
    else:
        tell(parts[sys.argv[1]](Path(sys.argv[2])))
