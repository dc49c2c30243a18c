"""Time, memory, and programs that print what they measured."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median, quantiles
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = "ndtms.settings.local"


def seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def processor_seconds(work: Callable[[], Any]) -> float:
    """What all cores together spent on it; other programs on a busy machine hardly change it."""
    began = time.process_time()
    work()
    return time.process_time() - began


def in_turn(
    *works: Callable[[], Any],
    rounds: int = 5,
    clock: Callable[[Callable[[], Any]], float] = seconds,
) -> list[list[float]]:
    """Seconds of each piece of work, one list for each, done in turn so that a busy machine is busy for all.

    A first round warms up and is not counted.
    """
    timed = [[clock(work) for work in works] for _ in range(rounds + 1)]
    return [list(column) for column in zip(*timed[1:], strict=True)]


def ratio(ours: list[float], theirs: list[float]) -> float:
    """The median of the ratios, round by round."""
    return median(a / b for a, b in zip(ours, theirs, strict=True))


def percentile(values: list[float], share: int) -> float:
    return quantiles(values, n=100, method="inclusive")[share - 1]


def peak_memory() -> float:
    """The most memory that this process has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def tell(figures: dict[str, Any]) -> None:
    print(json.dumps(figures))


def run(module: str, arguments: Iterable[object] = (), *, database: str = "") -> dict[str, Any]:
    """Runs a part of the benchmarks and returns what it printed. Raises CalledProcessError."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        "DATABASE_URL": database or "sqlite://:memory:",
    }
    command = [sys.executable, "-m", f"tests.bench.{module}", *map(str, arguments)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures
