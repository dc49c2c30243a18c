"""All that CI runs, in order; `make test` calls it once everything is installed.

Each part runs even where one before it failed; the exit code is 0 when none did.
"""

import base64
import os
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests import postgres

ROOT = Path(__file__).resolve().parent.parent
# The programs of the environment whose Python runs this.
PROGRAMS = Path(sys.executable).parent
MANAGE = [sys.executable, str(ROOT / "manage.py")]
COVERAGE = [sys.executable, "-m", "coverage"]
PYTEST = [str(PROGRAMS / "pytest"), "-n", "2", "--dist", "worksteal"]
FLOORS = {"validation": 97, "det": 95, "ndtms": 92}
"""Package -> so many per cent of its lines are run by the tests on SQLite at least."""
MOMENTS = {
    "a leap day": {"TEST_CLOCK": "2028-02-29T12:00:00+00:00"},
    "the turn of the year": {"TEST_CLOCK": "2027-12-31T23:50:00+00:00"},
    "half past midnight in summer": {"TEST_CLOCK": "2027-06-30T23:30:00+00:00"},
    "the end of summer time, slowly": {
        "TEST_CLOCK": "2027-10-31T00:50:00+00:00",
        "TEST_SLOWNESS": "45",
    },
}
"""When some tests are run once more, none so near to midnight that it depends on the machine's speed on which
side of it a test ends: between them are the end of a month, of a year and of London's day, and a machine
on which each request takes 45 seconds."""
OF_THE_CLOCK = [
    *(
        f"tests/test_{name}.py"
        for name in (
            "accounts",
            "audit",
            "check_file",
            "entering",
            "findings",
            "periods",
            "transfer",
        )
    ),
    "tests/browser/test_accounts_browser.py",
]
IN_MEMORY = {"DATABASE_URL": "sqlite://:memory:"}


@dataclass(frozen=True)
class Part:
    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    skip_because: str = ""


def parts() -> list[Part]:
    production = {
        **IN_MEMORY,
        "DJANGO_SETTINGS_MODULE": "ndtms.settings.production",
        "SECRET_KEY": secrets.token_urlsafe(60),
        "ALLOWED_HOSTS": "det.example.org",
        "FIELD_ENCRYPTION_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    }
    local = {**IN_MEMORY, "DJANGO_SETTINGS_MODULE": "ndtms.settings.local"}
    return [
        Part("format", [str(PROGRAMS / "ruff"), "format", "--check", "."]),
        Part("lint", [str(PROGRAMS / "ruff"), "check", "."]),
        Part("types", [str(PROGRAMS / "mypy")]),
        Part("templates", [str(PROGRAMS / "djlint"), "--lint", "templates"]),
        Part("imports", [str(PROGRAMS / "lint-imports"), "--no-logo"]),
        Part("migrations", [*MANAGE, "makemigrations", "--check", "--dry-run"], local),
        Part(
            "production settings",
            [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"],
            production,
        ),
        Part("tests on SQLite", [*PYTEST, "--cov", "--cov-report="]),
        *(
            Part(
                f"lines of {package}",
                [*COVERAGE, "report", f"--include={package}/*", f"--fail-under={floor}"],
            )
            for package, floor in FLOORS.items()
        ),
        *(
            Part(f"tests at {name}", [*PYTEST, *OF_THE_CLOCK], environment)
            for name, environment in MOMENTS.items()
        ),
        Part(
            "tests on PostgreSQL",
            [sys.executable, str(ROOT / "tests" / "postgres.py"), *PYTEST],
            skip_because=""
            if postgres.is_installed()
            else "PostgreSQL is not installed (on Debian: apt-get install postgresql-15)",
        ),
    ]


def run(part: Part) -> bool:
    # What the caller's environment says of a database is not for the tests.
    inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(part.command, cwd=ROOT, env={**inherited, **part.environment})
    return done.returncode == 0


def main() -> int:
    outcomes: list[tuple[str, str]] = []
    for part in parts():
        print(f"\n== {part.name}", flush=True)
        if part.skip_because:
            outcome = f"skipped: {part.skip_because}"
            print(outcome)
        else:
            outcome = "passed" if run(part) else "FAILED"
        outcomes.append((part.name, outcome))
    if not shutil.which("chromium"):
        outcomes.append(
            ("browser tests", "skipped: Chromium is missing (apt-get install chromium)")
        )

    print("\n== Summary")
    for name, outcome in outcomes:
        print(f"{name:<40}{outcome}")
    return int(any(outcome == "FAILED" for _, outcome in outcomes))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
