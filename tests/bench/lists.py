"""The lists of a large agency on a database (DATABASE_URL): python -m tests.bench.lists CODE ROUNDS

Few of the made-up clients have findings, so more are made up: for three of ten episodes, some on the client's items.
Afterwards the agency has none.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from statistics import median
from typing import Any
from uuid import uuid4

import django
from django.core.management import call_command
from django.db import connection
from django.urls import reverse

from tests.bench.measure import in_turn, tell
from tests.bench.web import session_of

ITEMS = ("episode.injecting_status", "episode.drinking_days", "episode.local_authority")
MADE = {"error": 1, "warning": 2}
"""Severity -> by how many rules something is found in each of these episodes."""
OF_TEN = 3


def rules() -> dict[str, list[Any]]:
    """Severity -> the first rules of the definition that have it."""
    from det.definition import core_dataset

    found = core_dataset().rules.values()
    return {
        severity: [rule for rule in found if rule.severity == severity and rule.items][:number]
        for severity, number in MADE.items()
    }


@contextmanager
def flawed(agency: Any) -> Iterator[int]:
    """The agency's caseload with more findings, the number of all of which is given; afterwards it has none."""
    from det.models import Episode, Finding

    made, by_severity = [], rules()
    for n, (key, client) in enumerate(
        Episode.live.filter(agency=agency).order_by("pk").values_list("pk", "client")
    ):
        if n % 10 >= OF_TEN:
            continue
        of_client = n % 100 == 0
        for severity, of_severity in by_severity.items():
            for rule in of_severity:
                made.append(
                    Finding(
                        agency=agency,
                        client_id=client,
                        episode_id=None if of_client else key,
                        rule=rule.id,
                        part=rule.part,
                        severity=severity,
                        section="client" if of_client else "episode",
                        record=client if of_client else key,
                        item="client.sex" if of_client else ITEMS[n % len(ITEMS)],
                        message="It is missing. Enter it.",
                        basis=str(uuid4()),
                    )
                )
    Finding.objects.bulk_create(made, batch_size=1000, ignore_conflicts=True)
    # A server that is in use does so by itself, sooner or later.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    try:
        yield Finding.objects.filter(agency=agency).count()
    finally:
        Finding.objects.filter(agency=agency).delete()


def pages(code: str) -> dict[str, tuple[str, dict[str, str]]]:
    """Name -> address and what is searched for before."""
    clients, fix = reverse("client-list"), reverse("fix-list")
    everybody = {"text": "", "show": ""}
    warning = rules()["warning"][0]
    return {
        "client list": (clients, everybody),
        "client list, last page": (f"{clients}?page=99999", everybody),
        "client list, with errors": (clients, {**everybody, "show": "errors"}),
        "client list, found by initials": (clients, {**everybody, "text": "A B"}),
        "fix list": (fix, everybody),
        "fix list, one thing": (f"{fix}?rule={warning.key}&item={ITEMS[0]}", everybody),
        "the region's page of an agency": (reverse("agency-quality", args=[code]), everybody),
    }


def people(agency: Any) -> tuple[Any, Any]:
    """Somebody who works for the agency, and somebody in the national team."""
    from ndtms.accounts.models import Role
    from ndtms.accounts.services import create_account
    from ndtms.regions.services.declarations import renew_made_up

    worker = create_account(
        email="worker@example.org", name="Worker", password=None, agencies=[agency]
    )
    national = create_account(
        email="team@example.org", name="Team", password=None, role=Role.NATIONAL
    )
    renew_made_up(person=national)
    return worker, national


def main(code: str, rounds: int) -> dict[str, Any]:
    """Median seconds of each page."""
    from django.test import Client

    from det.checking import recheck_agency
    from det.models import Agency
    from det.models import Client as Person

    agency = Agency.objects.get(code=code)
    recheck_agency(agency)
    worker, national = people(agency)
    found = {}
    with flawed(agency) as findings:
        for name, (address, search) in pages(code).items():
            browser = Client(headers={"host": "localhost"})
            browser.cookies["sessionid"] = session_of(
                national if address.startswith("/region") else worker
            )
            browser.post(reverse("client-list"), search)
            answer = browser.get(address)
            if answer.status_code != 200:
                raise ValueError(f"{name}: {answer.status_code}")
            (timed,) = in_turn(partial(browser.get, address), rounds=rounds)
            found[name] = median(timed)
    return {
        "clients": Person.live.filter(agency=agency).count(),
        "findings": findings,
        "pages": found,
    }


if __name__ == "__main__":
    django.setup()
    call_command("collectstatic", interactive=False, verbosity=0)
    tell(main(sys.argv[1], int(sys.argv[2])))
