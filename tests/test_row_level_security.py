"""PostgreSQL keeps the records of agencies apart by itself, whatever a query forgets to ask for."""

# ruff: noqa: S608 - the tables are our own

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.checks import run_checks
from django.db import ProgrammingError, connection, connections, transaction
from django.http import HttpResponse
from django.test import Client as Browser
from django.urls import reverse

from det.checking import recheck_agency
from det.models import RECORDS, Client, Explanation, Finding
from det.scope import ALL, limited_to
from ndtms.audit.services import record
from ndtms.oversight.forms import KINDS
from ndtms.oversight.middleware import RecordsMiddleware
from tests.conftest import sign_in
from tests.factories import (
    AgencyFactory,
    ClientFactory,
    ClientInformationReviewFactory,
    EpisodeFactory,
    InterventionFactory,
    OutcomesProfileFactory,
    SubInterventionReviewFactory,
    UserFactory,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        connection.vendor != "postgresql",
        reason="row-level security is PostgreSQL's: python tests/postgres.py pytest",
    ),
]
REGION = "London"
MODELS = [*RECORDS.values(), Finding, Explanation]
TABLES = [model._meta.db_table for model in MODELS]


@pytest.fixture
def world() -> Any:
    """Two agencies with a record of each kind, a finding and an explanation."""
    agencies = [AgencyFactory(region=REGION, code=code) for code in ("A7001", "A7002")]
    for agency in agencies:
        episode = EpisodeFactory(client=ClientFactory(agency=agency, client_id=f"C-{agency.code}"))
        for factory in (
            InterventionFactory,
            SubInterventionReviewFactory,
            OutcomesProfileFactory,
            ClientInformationReviewFactory,
        ):
            factory(episode=episode)
        recheck_agency(agency)
        Explanation.objects.create(
            client=episode.client, rule="NQ049", record=episode.pk, item="x", text="x"
        )
    return SimpleNamespace(here=agencies[0], there=agencies[1])


def rows(statement: str, *values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def count(statement: str, *values: Any) -> int:
    """How many rows a statement changes."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def how_many(table: str) -> int:
    return int(rows(f"SELECT count(*) FROM {table}")[0][0])


def settings_of(scope: str, agencies: str) -> None:
    rows("SELECT set_config('ndtms.scope', %s, false)", scope)
    rows("SELECT set_config('ndtms.agencies', %s, false)", agencies)


@pytest.fixture(autouse=True)
def all_again() -> Iterator[None]:
    yield
    if not connection.needs_rollback:
        settings_of(*ALL)


def test_we_are_nobody_for_whom_the_policies_do_not_hold() -> None:
    role = rows("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
    assert role == [(False, False)], "tests/postgres.py connects as an ordinary role"


def test_every_table_of_records_has_a_policy_that_holds_for_its_owner_too() -> None:
    """Of the tables of det only that of the agencies has none, and that of the numbers of forms that were sent."""
    unprotected = rows(
        "SELECT relname FROM pg_class c WHERE relkind = 'r' AND relname LIKE 'det\\_%%' AND NOT"
        " (relrowsecurity AND relforcerowsecurity"
        " AND EXISTS (SELECT 1 FROM pg_policy WHERE polrelid = c.oid)) ORDER BY relname"
    )
    assert unprotected == [("det_agency",), ("det_spentform",)]


@pytest.mark.parametrize("table", TABLES)
def test_only_the_rows_of_the_agency_are_read(world: Any, table: str) -> None:
    everything = how_many(table)
    with limited_to([world.here.pk]):
        here = how_many(table)
    with limited_to([world.there.pk]):
        there = how_many(table)
    with limited_to([world.here.pk, world.there.pk]):
        assert how_many(table) == everything
    assert here > 0
    assert there > 0
    assert here + there == everything
    assert how_many(table) == everything, "and afterwards it is as it was before"


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("settings", [("", ""), ("", "{}"), ("ALL", ""), ("some", "{0}")])
def test_where_nothing_is_set_there_are_no_rows(
    world: Any, table: str, settings: tuple[str, str]
) -> None:
    settings_of(*settings)
    assert how_many(table) == 0


def test_a_session_that_never_set_anything_sees_no_rows(world: Any) -> None:
    rows("SELECT 1")
    with connection.cursor() as cursor:
        cursor.execute("RESET ndtms.scope")
        cursor.execute("RESET ndtms.agencies")
    assert [how_many(table) for table in TABLES] == [0] * len(TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_the_rows_of_another_agency_are_neither_changed_nor_removed(world: Any, table: str) -> None:
    column = {"det_finding": "message", "det_explanation": "text"}.get(table, "changed_by")
    keys = {key for (key,) in rows(f"SELECT id FROM {table}")}
    with limited_to([world.here.pk]):
        mine = {key for (key,) in rows(f"SELECT id FROM {table}")}
        theirs = list(keys - mine)
        assert count(f"UPDATE {table} SET {column} = 'other'") == len(mine)
        assert count(f"UPDATE {table} SET {column} = 'other' WHERE id = ANY(%s)", theirs) == 0
        assert count(f"DELETE FROM {table} WHERE id = ANY(%s)", theirs) == 0
    assert theirs
    unchanged = rows(f"SELECT id FROM {table} WHERE {column} <> 'other'")
    assert sorted(unchanged) == sorted((key,) for key in theirs)


@pytest.mark.parametrize("table", [table for table in TABLES if table != "det_explanation"])
def test_no_row_can_be_given_to_another_agency(world: Any, table: str) -> None:
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
        limited_to([world.here.pk]),
    ):
        count(f"UPDATE {table} SET agency_id = %s", world.there.pk)


def test_no_row_can_be_added_for_another_agency(world: Any) -> None:
    theirs = Client.objects.get(agency=world.there)
    warning = {"rule": "NQ049", "severity": "warning", "section": "client", "item": "x"}
    attempts: list[Any] = [
        lambda: ClientFactory(agency=world.there),
        lambda: EpisodeFactory(client=theirs),
        lambda: Finding.objects.create(
            agency=world.there, client=theirs, record=theirs.pk, message="x", **warning
        ),
        lambda: Explanation.objects.create(
            client=theirs, rule="NQ050", record=theirs.pk, item="x", text="x"
        ),
    ]
    for attempt in attempts:
        with (
            pytest.raises(ProgrammingError, match="row-level security"),
            transaction.atomic(),
            limited_to([world.here.pk]),
        ):
            attempt()
    with limited_to([world.here.pk]):
        assert ClientFactory(agency=world.here).pk


def test_limits_are_nested(world: Any) -> None:
    with limited_to([]):
        assert how_many("det_client") == 0
        with limited_to([world.here.pk]):
            assert how_many("det_client") == 1
        assert how_many("det_client") == 0
    assert how_many("det_client") == 2


def test_a_connection_made_anew_inside_has_the_limit_too(transactional_db: None) -> None:
    agency = AgencyFactory()
    ClientFactory(agency=agency)
    ClientFactory()
    with limited_to([agency.pk]):
        connections["default"].close()
        assert how_many("det_client") == 1
    connections["default"].close()
    assert how_many("det_client") == 2


def test_a_connection_that_cannot_be_set_back_is_closed(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    from det import scope

    def lost(*args: Any) -> None:
        raise OperationalError("the server has gone")

    with limited_to([]):
        assert how_many("det_client") == 0
        monkeypatch.setattr(scope, "_set", lost)
    assert connection.connection is None
    monkeypatch.undo()
    assert how_many("det_client") == 0


# Requests


def everything(user: Any) -> Any:
    """A selector from which the filter by agency is missing."""
    return Client.live.all()


def test_a_page_whose_filter_is_forgotten_shows_the_own_agency_only(
    client: Browser, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("det.selectors.clients_for", everything)
    browser = sign_in(client, UserFactory(agency=world.here))
    page = browser.get(reverse("client-list")).content.decode()
    assert "C-A7001" in page
    assert "C-A7002" not in page
    assert how_many("det_client") == 2, "after the request it is as it was before"


def test_the_limit_of_one_request_is_not_that_of_the_next(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("det.selectors.clients_for", everything)
    for mine, other in ((world.here, world.there), (world.there, world.here)):
        browser = sign_in(Browser(), UserFactory(agency=mine))
        page = browser.get(reverse("client-list")).content.decode()
        assert f"C-{mine.code}" in page
        assert f"C-{other.code}" not in page


def test_a_view_with_a_reason_sees_that_agency_only(
    client: Browser, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("det.selectors.clients_for", everything)
    team = sign_in(client, UserFactory(role="regional", region=REGION))
    address = reverse("client-with-reason", args=[world.here.code])
    for client_id, status in (("C-A7001", 200), ("C-A7002", 422)):
        post = {"client_id": client_id, "kind": KINDS[0], "reason": "A good enough reason"}
        assert team.post(address, post).status_code == status


def test_the_pages_of_the_teams_work_under_the_policies(client: Browser, world: Any) -> None:
    person = Client.objects.get(agency=world.here)
    record(who="x", agency=world.here.code, verb="viewed", client=str(person.pk))
    for role, about in (("regional", {"region": REGION}), ("national", {})):
        team = sign_in(Browser(), UserFactory(role=role, **about))
        quality = team.get(reverse("agency-quality", args=[world.here.code]))
        assert quality.context["quality"].episodes == 1
        rows = team.get(reverse("region")).context["rows"]
        load = f"{quality.context['quality'].load} %"
        assert [standing["load"] for _, _, standing in rows] == [load, load]
        assert "C-A7001" in team.get(reverse("audit")).content.decode()


def test_who_works_for_no_agency_or_has_entered_no_code_sees_no_records(
    rf: Any, world: Any
) -> None:
    def answer(request: Any) -> HttpResponse:
        return HttpResponse(how_many("det_client"))

    for user in (AnonymousUser(), UserFactory(role="national"), UserFactory(agency=world.here)):
        request = rf.get("/")
        request.user = user
        assert RecordsMiddleware(answer)(request).content == b"0"
    request.user.is_verified = lambda: True
    assert RecordsMiddleware(answer)(request).content == b"1"


def test_a_server_sees_nothing_and_a_command_everything(
    transactional_db: None,
) -> None:
    """In processes of their own, on the database of the tests."""
    ClientFactory()
    program = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "ndtms.settings.local"
if sys.argv[2] == "server":
    import ndtms.wsgi
else:
    import django
    django.setup()
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
from det.models import Client
print(Client.objects.count())
"""
    for process, seen in (("server", "0"), ("command", "1")):
        name = str(connection.settings_dict["NAME"])
        done = subprocess.run(
            [sys.executable, "-c", program, name, process], capture_output=True, text=True
        )
        assert done.stdout.strip() == seen, done.stderr


def warnings() -> list[Any]:
    return [found.id for found in run_checks(tags=["database"], databases=["default"])]


def test_a_role_for_which_nothing_holds_is_warned_of(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "oversight.W001" not in warnings()
    with monkeypatch.context() as superuser:
        superuser.setitem(connection.settings_dict, "USER", "postgres")
        connection.close()
        assert "oversight.W001" in warnings()
    connection.close()
    assert "oversight.W001" not in warnings()
