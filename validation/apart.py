"""Checks a file in a process of its own: whatever it holds, the memory and the time that this takes are bounded.

The process is given the file and what it is checked for, and nothing else: neither settings nor secrets. It writes
nothing.
"""

from __future__ import annotations

import ctypes
import datetime
import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

ENDS_WITH_PARENT = 1
"""PR_SET_PDEATHSIG of Linux, see prctl(2)."""
ROOT = Path(__file__).resolve().parents[1]
THREADS = "2"


class NotChecked(Exception):
    """The check took more than it may; the text says what to do, to the person who asked for it."""


def check_apart(
    content: bytes,
    *,
    folder: Path,
    dataset: str,
    agency: str | None,
    today: datetime.date,
    most_memory: int,
    most_seconds: int,
) -> dict[str, Any]:
    """Checks a file that is in memory by the definition in a folder, within so many bytes of address space.

    Returns `report` (as validation.files.as_object), `by_rule` and `not_listed` (as the functions of these names).
    Raises NotChecked where it takes longer or more.
    """
    about = {
        "folder": str(folder),
        "dataset": dataset,
        "agency": agency,
        "today": today.isoformat(),
        "memory": most_memory,
        "seconds": most_seconds,
        "parent": os.getpid(),
    }
    try:
        # Our own program, and an argument that is JSON.
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "validation.apart", json.dumps(about)],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env={"PATH": os.defpath, "PYTHONUTF8": "1", "POLARS_MAX_THREADS": THREADS},
            timeout=most_seconds,
            check=True,
        )
    except subprocess.TimeoutExpired:
        raise NotChecked(
            f"The file could not be checked within {most_seconds} seconds. Check it in smaller parts, or later."
        ) from None
    except (subprocess.CalledProcessError, BrokenPipeError):
        raise NotChecked(
            "The file could not be checked: it takes more memory than a check may have. Check it in smaller parts."
        ) from None
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _end_with(parent: int) -> None:
    """From here on this process is killed when the one that started it ends, however that ends (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(ENDS_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit(1)


def main() -> None:
    about = json.loads(sys.argv[1])
    _end_with(about["parent"])
    resource.setrlimit(resource.RLIMIT_AS, (about["memory"], about["memory"]))
    # Where a system cannot end this together with the server, it ends by itself.
    resource.setrlimit(resource.RLIMIT_CPU, (2 * about["seconds"] + 2, 2 * about["seconds"] + 2))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Within the limits: to import polars takes memory too.
    from validation.dataset import load
    from validation.files import as_object, by_rule, check_reading, not_listed
    from validation.reading import read_bytes

    definition = load(Path(about["folder"]))
    report = check_reading(
        read_bytes(sys.stdin.buffer.read(), definition),
        definition,
        about["dataset"],
        agency=about["agency"],
        today=datetime.date.fromisoformat(about["today"]),
    )
    told = {
        "report": as_object(report, "", definition),
        "by_rule": by_rule(report),
        "not_listed": not_listed(report, definition),
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
