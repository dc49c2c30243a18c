"""The audit: who, when, what, from where; final in the database; a chain in which every meddling shows."""

# ruff: noqa: S608 - what is done here past the product is raw SQL with numbers of our own

from __future__ import annotations

import csv
import datetime
import threading
from collections.abc import Callable
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from det.checking import today
from det.definition import core_dataset
from ndtms.accounts.models import Role
from ndtms.accounts.services import add_to_agency
from ndtms.audit import chain
from ndtms.audit.models import AuditEvent
from ndtms.audit.origin import COMMAND, asked_from, origin
from ndtms.audit.protection import protect, unprotect
from ndtms.audit.selectors import ABOUT_REQUESTS, clients_of, events_for
from ndtms.audit.services import record
from ndtms.keys.models import RegisteredKey
from ndtms.keys.services import add_key, ask_reset, lend_key, withdraw_reset
from ndtms.regions.services.leavers import take_out
from ndtms.regions.services.people import change_role
from tests.conftest import sign_in
from tests.factories import AgencyFactory, ClientFactory, EpisodeFactory, UserFactory
from tests.forms import words_of

pytestmark = pytest.mark.django_db
WHO = "worker@agency.example"
TABLE = "audit_auditevent"


def sql(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def verify(**options: Any) -> str:
    output = StringIO()
    call_command("verify_audit", stdout=output, **options)
    return output.getvalue()


def refused(**options: Any) -> str:
    """What the command says where the chain is not whole."""
    with pytest.raises(CommandError) as error:
        verify(**options)
    assert error.value.returncode == 1
    return str(error.value)


def some_events(number: int) -> list[AuditEvent]:
    return [record(who=WHO, verb="viewed", detail={"number": n}) for n in range(number)]


# From where


def test_an_event_says_from_where_it_was_asked_for(verified: Browser, user: Any) -> None:
    person = ClientFactory(agency=user.agency)
    verified.get(reverse("client", args=[person.pk]), REMOTE_ADDR="192.0.2.7")
    event = AuditEvent.objects.get(verb="viewed")
    assert (event.who, event.address, event.client) == (user.email, "192.0.2.7", str(person.pk))
    assert event.at.tzinfo == datetime.UTC


def test_what_no_visitor_asked_for_was_a_command(verified: Browser) -> None:
    verified.get(reverse("client-list"), REMOTE_ADDR="192.0.2.7")
    assert record(who="command", verb="imported").address == "command"


def test_the_address_of_one_request_is_not_that_of_the_next(client: Browser) -> None:
    for address in ("192.0.2.7", "192.0.2.8"):
        person = {"email": "no@one.example", "password": "x"}
        client.post(reverse("sign-in"), person, REMOTE_ADDR=address)
    assert [event.address for event in AuditEvent.objects.all()] == ["192.0.2.8", "192.0.2.7"]
    assert origin().address == COMMAND


# Refused pages


def test_a_page_refused_to_somebody_signed_in_is_in_the_audit(verified: Browser, user: Any) -> None:
    theirs = ClientFactory()
    assert verified.get(reverse("client", args=[theirs.pk])).status_code == 404
    event = AuditEvent.objects.get()
    assert (event.verb, event.who, event.agency) == ("refused page", user.email, user.agency.code)
    assert event.detail == {"page": "client", "status": 404}
    assert str(theirs.pk) not in str(AuditEvent.objects.values_list())


def test_a_refused_page_of_a_regional_team_is_of_its_region(client: Browser) -> None:
    sign_in(client, UserFactory(role="regional", region="London"))
    assert client.get(reverse("client-list")).status_code == 404
    assert AuditEvent.objects.get().region == "London"


def test_a_form_without_its_token_is_a_refused_page(user: Any) -> None:
    browser = sign_in(Browser(enforce_csrf_checks=True), user)
    assert browser.post(reverse("client-list"), {}).status_code == 403
    assert AuditEvent.objects.get().detail == {"page": "client-list", "status": 403}


def test_who_is_not_signed_in_and_what_is_no_page_leave_no_event(
    client: Browser, verified: Browser
) -> None:
    assert Browser().get(reverse("client-list")).status_code == 302
    assert verified.get("/no-such-page/").status_code == 404
    assert not AuditEvent.objects.exists()


# Final in the database


def attempts() -> dict[str, str]:
    found = {
        "change": f"UPDATE {TABLE} SET who = 'somebody else'",
        "change one": f"UPDATE {TABLE} SET who = 'somebody else' WHERE verb = 'viewed'",
        "remove": f"DELETE FROM {TABLE}",
    }
    if connection.vendor == "postgresql":
        return found | {"empty": f"TRUNCATE {TABLE}"}
    columns = "at, agency, region, verb, section, record, client, address, detail, hash"
    return found | {
        "replace": f"REPLACE INTO {TABLE} (id, previous, who, {columns})"
        f" SELECT id, previous, 'x', {columns} FROM {TABLE}",
        "replace its place": f"REPLACE INTO {TABLE} (previous, who, {columns})"
        f" SELECT previous, 'x', {columns} FROM {TABLE}",
    }


@pytest.mark.parametrize("name", sorted(attempts()))
def test_the_database_refuses_to_change_an_event(name: str) -> None:
    record(who=WHO, verb="viewed")
    with pytest.raises(IntegrityError, match=r"Events cannot be"), transaction.atomic():
        sql(attempts()[name])
    assert AuditEvent.objects.get().who == WHO


def test_flush_does_not_empty_the_audit(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db.backends.base.operations import BaseDatabaseOperations

    def as_django_does(operations: Any, statements: list[str]) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    record(who=WHO, verb="viewed")
    with monkeypatch.context() as patched:
        patched.setattr(BaseDatabaseOperations, "execute_sql_flush", as_django_does)
        with pytest.raises(CommandError):
            call_command("flush", interactive=False, verbosity=0)
    assert AuditEvent.objects.count() == 1


# The chain


def test_each_event_holds_the_hash_of_the_one_before() -> None:
    events = some_events(3)
    assert [event.previous for event in events] == ["", events[0].hash, events[1].hash]
    assert len({event.hash for event in events}) == 3
    assert verify() == f"Events: 3\nLast hash: {events[2].hash}\n"


def test_an_empty_chain_is_whole() -> None:
    assert verify() == "Events: 0\nLast hash: \n"


def test_the_text_that_is_hashed_never_changes() -> None:
    """If this fails, no audit that there is can be verified any more."""
    values = dict.fromkeys(chain.HASHED, "x") | {
        "at": datetime.datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=datetime.UTC),
        "detail": {"b": [1, None, True], "a": "é"},
    }
    assert chain.hash_of(values) == (
        "0fbf13d3215d3e2e3cacb078be53dc0110abaccac407cfca142c8f820d9536d4"
    )


def test_the_events_of_one_transaction_are_a_chain_too() -> None:
    with transaction.atomic():
        some_events(2)
    some_events(1)
    assert verify().startswith("Events: 3\n")


def test_what_is_rolled_back_leaves_no_gap() -> None:
    def fail() -> None:
        with transaction.atomic():
            some_events(1)
            raise DatabaseError

    some_events(1)
    with pytest.raises(DatabaseError):
        fail()
    some_events(1)
    assert verify().startswith("Events: 2\n")


@pytest.mark.parametrize("detail", [{"share": 0.5}, {"n": float("nan")}, {"text": "a\0b"}])
def test_a_detail_that_databases_give_back_differently_is_refused(detail: Any) -> None:
    with pytest.raises(ValueError, match=r"detail|JSON"):
        record(who=WHO, verb="viewed", detail=detail)


def forge(number: int, who: str) -> str:
    """A row as somebody would add it who does not know how it is hashed."""
    columns = "at, agency, region, verb, section, record, client, address, detail"
    return (
        f"INSERT INTO {TABLE} (id, who, previous, hash, {columns})"
        f" SELECT {number}, '{who}', 'forged', 'forged', {columns} FROM {TABLE} WHERE id = {number + 1}"
    )


MEDDLING: dict[str, Callable[[list[int]], str]] = {
    "who": lambda ids: f"UPDATE {TABLE} SET who = 'x' WHERE id = {ids[2]}",
    "at": lambda ids: f"UPDATE {TABLE} SET at = '2020-01-01 00:00:00' WHERE id = {ids[2]}",
    "detail": lambda ids: f"UPDATE {TABLE} SET detail = '{{}}' WHERE id = {ids[2]}",
    "address": lambda ids: f"UPDATE {TABLE} SET address = 'x' WHERE id = {ids[2]}",
    "first removed": lambda ids: f"DELETE FROM {TABLE} WHERE id = {ids[0]}",
    "middle removed": lambda ids: f"DELETE FROM {TABLE} WHERE id = {ids[2]}",
    "order": lambda ids: f"UPDATE {TABLE} SET id = {ids[4] + 1} WHERE id = {ids[2]}",
    "last": lambda ids: f"UPDATE {TABLE} SET verb = 'x' WHERE id = {ids[4]}",
}
WHOLE_BEFORE = {"first removed": 0, "last": 4}
SHOWS_AT = {"first removed": 1, "middle removed": 3, "order": 3, "last": 4}


@pytest.mark.parametrize("how", MEDDLING)
def test_meddling_past_the_triggers_shows(how: str) -> None:
    events = some_events(5)
    unprotect(connection)
    sql(MEDDLING[how]([event.pk for event in events]).replace("%", "%%"))
    protect(connection)
    broken = events[SHOWS_AT.get(how, 2)]
    said = refused()
    assert f"event {broken.pk} of " in said
    assert f"Before it {WHOLE_BEFORE.get(how, 2)} are whole" in said


def test_an_event_put_in_between_shows() -> None:
    some_events(2)
    unprotect(connection)
    sql(f"UPDATE {TABLE} SET id = id + 1000000 WHERE previous <> ''")
    late = AuditEvent.objects.first()
    assert late
    sql(forge(late.pk - 1, "x"))
    protect(connection)
    assert f"event {late.pk - 1} of " in refused()


def test_a_tail_cut_off_shows_by_a_hash_noted_earlier() -> None:
    events = some_events(4)
    noted = events[3].hash
    assert verify(until=noted).startswith("Events: 4")
    some_events(1)
    assert verify(until=f" {noted.upper()} ").startswith("Events: 5")
    unprotect(connection)
    sql(f"DELETE FROM {TABLE} WHERE id >= {events[3].pk}")
    protect(connection)
    assert verify().startswith("Events: 3"), "what is left is a whole chain"
    assert "events are missing at the end" in refused(until=noted)


def test_the_chain_is_walked_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "BATCH", 2)
    some_events(5)
    assert verify().startswith("Events: 5")


def test_writers_at_the_same_time_do_not_fork_the_chain(transactional_db: None) -> None:
    failed: list[BaseException] = []
    begin = threading.Barrier(4)

    def write() -> None:
        try:
            begin.wait()
            for _ in range(10):
                with transaction.atomic():
                    some_events(2)
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert verify().startswith("Events: 80\n")


def test_the_events_that_there_were_are_chained(transactional_db: None) -> None:
    """The migration, on a table as it was."""
    executor = MigrationExecutor(connection)
    before = executor.migrate([("audit", "0001_initial")])
    model = before.apps.get_model("audit", "AuditEvent")
    for number in range(5):
        model.objects.create(who=WHO, verb="viewed", detail={"number": number})
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes("audit"))
    assert verify().startswith("Events: 5\n")
    some_events(1)
    assert verify().startswith("Events: 6\n")


# The pages


REGION = "London"


@pytest.fixture
def world(db: None) -> Any:
    """An agency of London and one of another region, with people and an event of each."""
    here = AgencyFactory(region=REGION, code="A7001")
    far = AgencyFactory(region="South West", code="A7002")
    made = SimpleNamespace(
        here=here,
        far=far,
        lead=UserFactory(role="lead", agency=here, email="lead@here.example"),
        worker=UserFactory(agency=here, email="worker@here.example"),
        stranger=UserFactory(agency=far, email="worker@far.example"),
        regional=UserFactory(role="regional", region=REGION, email="regional@here.example"),
        elsewhere=UserFactory(role="regional", region="South West", email="r@far.example"),
        national=UserFactory(role="national", email="national@example.org"),
        client=ClientFactory(agency=here, client_id="C-HERE"),
    )
    key = str(made.client.pk)
    record(
        who=made.worker.email,
        agency=here.code,
        verb="changed",
        section="client",
        record=key,
        client=key,
        detail={"items": ["sex"]},
    )
    record(who=made.stranger.email, agency=far.code, verb="viewed", section="client")
    record(who=made.regional.email, region=REGION, verb="signed in", section="account")
    record(who=made.national.email, verb="signed in", section="account")
    record(who=made.lead.email, verb="refused code", section="account")
    return made


def seen(user: Any, **chosen: Any) -> list[tuple[str, str]]:
    return [(event.who.partition("@")[0], event.verb) for event in events_for(user, **chosen)]


WORKER, STRANGER = ("worker", "changed"), ("worker", "viewed")
REGIONAL, NATIONAL = ("regional", "signed in"), ("national", "signed in")
LEAD = ("lead", "refused code")


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("lead", [LEAD, WORKER]),
        ("regional", [LEAD, REGIONAL, WORKER]),
        ("elsewhere", [STRANGER]),
        ("national", [LEAD, NATIONAL, REGIONAL, STRANGER, WORKER]),
    ],
)
def test_everybody_sees_the_events_of_their_own_bounds(
    world: Any, who: str, expected: list[tuple[str, str]]
) -> None:
    """Of the agency, of the region and its team, or all; what was done for no agency by people of these."""
    assert seen(getattr(world, who)) == expected


@pytest.mark.parametrize("role", ["data_entry", "supplier"])
def test_others_do_not_find_the_audit(client: Browser, role: str) -> None:
    sign_in(client, UserFactory(role=role))
    assert b">Audit<" not in client.get(reverse("data-set")).content
    assert client.get(reverse("audit")).status_code == 404
    assert client.post(reverse("audit-file")).status_code == 404


def test_a_lead_of_several_agencies_sees_the_one_chosen_now(client: Browser, world: Any) -> None:
    world.here.provider = "Trust"
    world.here.save()
    other = AgencyFactory(provider="Trust", code="A7003")
    add_to_agency(user=world.lead, agency=other)
    record(who="other@example.org", agency=other.code, verb="transferred")
    sign_in(client, world.lead)
    for agency, there, not_there in (
        (world.here, b"worker@here.example", b"other@example.org"),
        (other, b"other@example.org", b"worker@here.example"),
    ):
        client.post(reverse("choose-agency"), {"agency": agency.pk})
        page = client.get(reverse("audit")).content
        assert there in page
        assert not_there not in page


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("sign-ins", [NATIONAL, REGIONAL]),
        ("refusals", [LEAD]),
        ("views", [STRANGER]),
        ("changes", [WORKER]),
        ("transfers", [("t", "transferred")]),
        ("accounts", [("a", "invited")]),
    ],
)
def test_events_are_filtered_by_kind(
    world: Any, kind: str, expected: list[tuple[str, str]]
) -> None:
    record(who="t", verb="transferred")
    record(who="a", verb="invited", section="account")
    assert seen(world.national, kind=kind) == expected


def test_a_day_is_one_in_england(world: Any) -> None:
    for hour in ("2026-07-01T22:59:59", "2026-07-01T23:00:00", "2026-07-02T22:59:59"):
        with time_machine.travel(f"{hour}+00:00", tick=False):
            record(who="summer", verb="transferred", detail={"at": hour})
    found = events_for(world.national, day=datetime.date(2026, 7, 2))
    assert [event.detail["at"][:13] for event in found] == ["2026-07-02T22", "2026-07-01T23"]


def choose(browser: Browser, **given: str) -> Any:
    return browser.post(reverse("audit"), {"kind": "", "who": "", "day": "", **given})


def test_the_filter_is_kept_in_the_session_and_not_in_the_address(
    client: Browser, world: Any
) -> None:
    sign_in(client, world.national)
    response = choose(client, who="Worker@HERE", kind="changes")
    assert response.headers["Location"] == reverse("audit")
    page = client.get(reverse("audit"))
    assert [line["words"] for line in page.context["lines"]] == ["Changed: client"]
    assert b'value="Worker@HERE"' in page.content
    choose(client)
    assert len(client.get(reverse("audit")).context["lines"]) == 5


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"day": "31/2/2026"}, "not a real date"),
        ({"kind": "nonsense"}, "Choose one of the kinds"),
        ({"who": "x" * 101}, "100 characters or fewer"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(
    client: Browser, world: Any, given: dict[str, str], message: str
) -> None:
    sign_in(client, world.lead)
    response = choose(client, **given)
    assert response.status_code == 422
    assert message in response.content.decode()
    assert client.get(reverse("audit")).status_code == 200


def test_there_are_50_events_on_a_page_the_latest_first(client: Browser, world: Any) -> None:
    for number in range(60):
        record(who="many", agency=world.here.code, verb="viewed", detail={"number": number})
    sign_in(client, world.lead)
    page = client.get(reverse("audit"))
    assert [line["detail"] for line in page.context["lines"]] == [
        f"number: {number}" for number in range(59, 9, -1)
    ]
    assert len(client.get(reverse("audit"), {"page": 2}).context["lines"]) == 12


def test_the_page_takes_as_many_queries_however_long_it_is(client: Browser, world: Any) -> None:
    sign_in(client, world.lead)
    client.get(reverse("audit"))
    asked = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse("audit")).status_code == 200
        asked.append(len(captured))
        for _ in range(30):
            person = ClientFactory(agency=world.here)
            record(who="many", agency=world.here.code, verb="viewed", client=str(person.pk))
    assert asked[0] == asked[1]
    assert asked[1] <= 18


def test_an_event_says_in_plain_words_what_was_done_to_whom(client: Browser, world: Any) -> None:
    link = f'href="{reverse("client", args=[world.client.pk])}"'
    for who, has_link in (("lead", True), ("regional", False), ("national", False)):
        browser = sign_in(Browser(), getattr(world, who))
        page = browser.get(reverse("audit")).content.decode()
        assert "Changed: client" in page
        assert core_dataset().by_name["client.sex"].question in page
        assert "C-HERE" in page
        assert (link in page) is has_link
        assert "Was refused: the code was wrong" in page


def about_account(world: Any, person: Any, by: Any = None, **about: Any) -> AuditEvent:
    """An event of the region's team, or of somebody else, that concerns somebody's account."""
    by = by or world.regional
    given = {"verb": "changed role", "record": str(person.pk), "detail": {"role": "lead"}, **about}
    return record(who=by.email, region=by.region, section="account", **given)


def told_of(browser: Browser) -> list[str]:
    """What the first page of the audit says that was done, with the rest, the latest first."""
    lines = browser.get(reverse("audit")).context["lines"]
    return [f"{line['words']} - {line['detail']}" for line in lines]


def test_an_event_says_whose_account_it_concerns(client: Browser, world: Any) -> None:
    world.worker.name = "Wynn Worker"
    world.worker.save()
    key = add_key(by=world.national, serial="S-77", kind=RegisteredKey.Kind.FIDO2, region=REGION)
    lend_key(by=world.regional, key=key, holder=world.worker, signed_on=today(), signed_by="Pat")
    with asked_from("192.0.2.1", lambda: REGION):
        change_role(by=world.regional, person=world.worker, role=Role.LEAD)
    reset, _ = ask_reset(user=world.worker, by=world.regional, check_made="Rang back")
    withdraw_reset(reset=reset, by=world.regional)
    who = "account: Wynn Worker, worker@here.example"
    expected = [
        f"Withdrew reset of factors - {who}",
        f"Asked for reset of factors - {who}",
        f"Changed role - {who}; role: lead",
        f"Lent key - {who}; security key: S-77",
    ]
    for person in (world.regional, world.national):
        browser = sign_in(Browser(), person)
        assert [line for line in told_of(browser) if who in line] == expected
        assert f"{who}; role: lead" in words_of(browser.get(reverse("audit")))
        rows = list(csv.DictReader(StringIO(the_file(browser))))
        lines = [f"{row['event']} - {row['detail']}" for row in rows]
        assert [line for line in lines if who in line] == expected


def test_a_person_is_searched_for_in_what_was_done_to_the_account(
    client: Browser, world: Any
) -> None:
    about_account(world, world.worker)
    about_account(
        world, world.lead, verb="lent key", record="", detail={"account": world.worker.pk}
    )
    about_account(world, world.lead)
    sign_in(client, world.regional)
    choose(client, who="WORKER@here")
    assert [line.partition(" -")[0] for line in told_of(client)] == [
        "Lent key",
        "Changed role",
        "Changed: client",
    ]


def test_a_search_finds_just_the_events_that_name_the_person(client: Browser, world: Any) -> None:
    """What the database is asked is what the page says."""
    for verb in ("made account", "invited", *ABOUT_REQUESTS):
        about_account(world, world.worker, verb=verb)
        about_account(world, world.lead, verb=verb, detail={"account": world.worker.pk})
    sign_in(client, world.national)
    email = world.worker.email
    lines = client.get(reverse("audit")).context["lines"]
    named = [x["event"] for x in lines if email in f"{x['event'].who} {x['detail']}"]
    assert len(named) == 8
    assert list(events_for(world.national, who=email)) == named


def test_the_number_of_a_request_for_access_is_no_accounts(client: Browser, world: Any) -> None:
    about_account(world, world.worker, verb="refused request for access", detail={})
    sign_in(client, world.regional)
    assert told_of(client)[0] == "Refused request for access - "
    choose(client, who=world.worker.email)
    assert told_of(client) == ["Changed: client - " + core_dataset().by_name["client.sex"].question]


def test_who_somebody_of_another_region_is_is_not_told(world: Any) -> None:
    """Neither by the page, nor by whether a search finds the event."""
    about_account(world, world.stranger)
    theirs = RegisteredKey.objects.create(serial="S-FAR", kind="fido2", region="South West")
    about_account(world, world.stranger, verb="lent key", record="", detail={"key": theirs.pk})
    for person, is_told in ((world.regional, False), (world.national, True)):
        browser = sign_in(Browser(), person)
        page = words_of(browser.get(reverse("audit")))
        assert ("account: Pat Example, worker@far.example; role: lead" in page) is is_told
        assert ("account: one that you may not see; role: lead" in page) is not is_told
        assert ("security key: S-FAR" in page) is is_told
        assert ("security key: one that you may not see" in page) is not is_told
        choose(browser, who="worker@far")
        assert any("Changed role" in line for line in told_of(browser)) is is_told


def test_a_lead_is_told_of_the_own_people_and_of_leavers(client: Browser, world: Any) -> None:
    gone = UserFactory(agency=world.here, email="gone@here.example")
    take_out(by=world.lead, person=gone)
    for person in (world.worker, world.stranger):
        about_account(world, person, by=world.lead, agency=world.here.code)
    sign_in(client, world.lead)
    assert told_of(client)[:4] == [
        "Changed role - account: one that you may not see; role: lead",
        "Changed role - account: Pat Example, worker@here.example; role: lead",
        "Took out leaver - account: Pat Example, gone@here.example; requests: 0",
        "Removed from agency - account: Pat Example, gone@here.example",
    ]
    choose(client, who="gone@")
    assert "Disabled account - account: Pat Example, gone@here.example" in told_of(client)
    choose(client, who="worker@far")
    assert told_of(client) == []


def test_whose_accounts_events_concern_takes_as_many_queries_however_many_there_are(
    client: Browser, world: Any, django_assert_num_queries: Any
) -> None:
    def some(number: int) -> None:
        for count in range(number):
            key = RegisteredKey.objects.create(
                serial=f"S{number}-{count}", kind="fido2", region=REGION
            )
            about_account(world, UserFactory(agency=world.here), detail={"key": key.pk})

    some(1)
    sign_in(client, world.regional)
    client.get(reverse("audit"))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("audit"))
    some(30)
    with django_assert_num_queries(len(few)):
        told = told_of(client)
    assert sum("account: Pat Example" in line for line in told) == 31


def test_no_link_leads_to_a_deleted_client(client: Browser, world: Any) -> None:
    world.client.deleted_at = world.client.created_at
    world.client.save()
    page = sign_in(client, world.lead).get(reverse("audit")).content.decode()
    assert "C-HERE" in page
    assert reverse("client", args=[world.client.pk]) not in page


def test_who_the_client_of_another_agency_is_is_not_told(world: Any) -> None:
    """Were an event ever to name a client of another agency, nobody would learn from it who that is."""
    theirs = str(ClientFactory(agency=world.far).pk)
    event = record(who=WHO, agency=world.here.code, verb="viewed", client=theirs)
    right = record(who=WHO, agency=world.far.code, verb="viewed", client=theirs)
    for user, names in ((world.lead, 0), (world.regional, 0), (world.elsewhere, 1)):
        assert clients_of(user, [event]) == {}
        assert len(clients_of(user, [right])) == names
    assert clients_of(world.national, [event]) == {}
    assert clients_of(world.national, [right])[theirs].may_open is False


def test_the_page_shows_local_time_and_the_file_utc(client: Browser, world: Any) -> None:
    with time_machine.travel("2026-07-01T12:30:45+00:00", tick=False):
        record(who="summer", agency=world.here.code, verb="transferred")
    sign_in(client, world.lead)
    assert b"1 Jul 2026, 13:30:45" in client.get(reverse("audit")).content
    assert "2026-07-01T12:30:45+00:00,summer" in the_file(client)


def the_file(browser: Browser) -> str:
    response = browser.post(reverse("audit-file"))
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    return str(response.content.decode("utf-8-sig"))


def test_the_file_holds_what_the_page_is_filtered_by_and_is_noted(
    client: Browser, world: Any
) -> None:
    sign_in(client, world.lead)
    choose(client, kind="changes")
    rows = list(csv.DictReader(StringIO(the_file(client))))
    assert [row["event"] for row in rows] == ["Changed: client"]
    assert rows[0]["client_id"] == "C-HERE"
    assert rows[0]["hash"] == AuditEvent.objects.get(verb="changed").hash
    noted = AuditEvent.objects.get(verb="exported audit")
    assert noted.detail == {"events": 1, "kind": "changes"}
    assert noted.who == world.lead.email


@pytest.mark.parametrize("begin", list("=+-@\t\r"))
def test_no_cell_of_the_file_is_a_formula(client: Browser, world: Any, begin: str) -> None:
    bad = f"{begin}HYPERLINK()"
    record(who=bad, agency=world.here.code, verb="transferred", detail={})
    ClientFactory(agency=world.here, client_id=bad)
    text = the_file(sign_in(client, world.lead))
    assert f"'{bad}" in text
    cells = [cell for row in csv.reader(StringIO(text, newline="")) for cell in row]
    assert not [cell for cell in cells if cell.startswith(begin)]


def test_a_file_has_the_latest_events_only(
    client: Browser, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ndtms.audit.services.EXPORT_MOST", 1)
    browser = sign_in(client, world.lead)
    assert "only the latest 1 events" in browser.get(reverse("audit")).content.decode()
    assert the_file(browser).count("\n") == 2


def test_changes_views_and_transfers_are_in_the_audit(verified: Browser, user: Any) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    verified.get(reverse("client", args=[episode.client.pk]))
    address = reverse("record-delete", args=["episode", episode.pk])
    verified.post(address)
    verified.post(reverse("record-restore", args=["episode", episode.pk]))
    verbs = list(AuditEvent.objects.order_by("id").values_list("verb", "section", "who"))
    assert verbs == [
        ("viewed", "client", user.email),
        ("deleted", "episode", user.email),
        ("restored", "episode", user.email),
    ]


def test_a_look_at_one_client_is_an_event_and_a_list_is_none(client: Browser) -> None:
    """Decision 12."""
    lead = UserFactory(role=Role.LEAD)
    sign_in(client, lead)
    person = ClientFactory(agency=lead.agency)

    def looks() -> list[str]:
        events = AuditEvent.objects.filter(who=lead.email).order_by("id")
        return [event.verb for event in events if event.verb != "chose agency"]

    for name in ("client-list", "fix-list", "transfer", "audit"):
        assert client.get(reverse(name)).status_code == 200
    assert looks() == []
    client.get(reverse("client", args=[person.pk]))
    assert looks() == ["viewed"]
