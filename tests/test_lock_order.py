"""Who waits for whom: the person first, the audit last (decision 18), so that no two services wait for each other.

Whoever notes an event holds the audit until the transaction ends. A service that wanted a row after that, which another
holds that wants the audit, would wait for ever; PostgreSQL then ends one of the two with an error.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from det.checking import today
from ndtms.accounts.models import Role
from ndtms.keys import services as keys
from ndtms.regions.models import Invitation
from ndtms.regions.services import access, invitations, leavers, people
from tests.factories import UserFactory
from tests.test_two_people import ACTS, REFUSALS, REGION, Act, World, all_acts, make_world, tried
from tests.test_writing_at_once import at_once

NEW_PASSWORD = "a long walk along the river"


def _approve_a_stranger(world: World) -> None:
    asked = access.ask_for_access(
        address="192.0.2.2",
        name="Nora New",
        email="nora@example.org",
        agency_code="A9002",
        role=Role.LEAD,
        purpose="I answer for the data of the clinic",
    )
    access.approve(by=world.actor, key=asked.pk)


def _add_staff(world: World) -> None:
    national = UserFactory(role=Role.NATIONAL)
    people.add_staff(
        by=national, email="rick@example.org", name="Rick", role=Role.REGIONAL, region=REGION
    )


def _reset_with_lost_keys(world: World) -> None:
    worker = UserFactory(agency=world.agency("A9001"))
    lost = keys.add_key(by=world.actor, serial="LOST", kind="otp", region=REGION)
    loan: dict[str, Any] = {"signed_on": today(), "signed_by": "The holder"}
    keys.lend_key(by=world.actor, key=lost, holder=worker, **loan)
    keys.ask_reset(user=worker, by=world.actor, check_made="in_person", lost_keys=[lost])


def _use_invitation(world: World) -> None:
    invitation = Invitation.objects.filter(user=world.subject, used_at=None).latest("pk")
    invitations.use_invitation(key=invitation.pk, password=NEW_PASSWORD)


def _invite(world: World) -> None:
    invitations.invite(by=world.actor, person=world.subject)


MORE: dict[str, list[Callable[[World], Any]]] = {
    "approve a stranger": [_approve_a_stranger],
    "add staff": [_add_staff],
    "reset with lost keys": [_reset_with_lost_keys],
    "use an invitation": [_invite, _use_invitation],
    "bring a leaver back": [
        lambda w: leavers.take_out(by=w.actor, person=w.subject),
        lambda w: people.enable(by=w.actor, person=w.subject),
    ],
}
"""What ACTS does not reach: steps, each a service or several."""


def locking_after_an_event(steps: list[Act], world: World) -> list[str]:
    """What is changed or locked, in the transactions of the steps, after an event was noted in the same transaction."""
    with CaptureQueriesContext(connection) as captured:
        for step in steps:
            try:
                with transaction.atomic():
                    step(world)
            except REFUSALS:
                break
    wrong = []
    depth, is_noted = 0, False
    for query in captured.captured_queries:
        sql = query["sql"]
        if sql.startswith("SAVEPOINT"):
            depth += 1
        elif sql.startswith(("RELEASE", "ROLLBACK TO")):
            depth -= 1
            # The first savepoint is this test's, the second the service's: in life its transaction, which ends here.
            is_noted = is_noted and depth > 1
        elif sql.startswith('INSERT INTO "audit_auditevent"'):
            is_noted = True
        elif is_noted and (sql.startswith(("UPDATE", "DELETE")) or " FOR " in sql[-40:]):
            wrong.append(sql[:100])
    return wrong


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.LEAD, Role.DATA_ENTRY])
def test_the_audit_comes_last(role: str) -> None:
    world = make_world(role)
    alone = {name: [act] for name, act in all_acts()} | MORE
    wrong = {}
    for name, steps in alone.items():
        with tried():
            found = locking_after_an_event(steps, world)
        if found:
            wrong[name] = found
    assert wrong == {}


class Slowly:
    """Waits after each change, so that two who do something at once are in the middle of it together."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __call__(self, execute: Any, sql: str, *args: Any) -> Any:
        result = execute(sql, *args)
        if sql.startswith(("UPDATE", "DELETE", "INSERT")) or " FOR " in sql[-40:]:
            time.sleep(self.seconds)
        return result


def slowly(work: Act, world: World, seconds: float) -> Callable[[], None]:
    """As `work`, slowly; what is refused because the other was quicker is right."""

    def done() -> None:
        with connection.execute_wrapper(Slowly(seconds)), suppress(*REFUSALS):
            work(world)

    return done


def _take_out(world: World) -> None:
    leavers.take_out(by=world.actor, person=world.subject)


def _enable(world: World) -> None:
    people.enable(by=world.actor, person=world.subject)


def _remove(world: World) -> None:
    people.remove_from_agency(by=world.actor, person=world.subject, agency=world.agency("A9001"))


def _work_for_another(world: World) -> None:
    world.subject.agencies.add(world.agency("A9002"))


_change = ACTS["regions.services.agencies.change_agency"][0]
_close = ACTS["regions.services.agencies.close_agency"][0]
_lend = ACTS["keys.services.lend_key"][0]
_lose = ACTS["keys.services.lose_key"][0]
_replace = ACTS["keys.services.replace_key"][0]
_disable = ACTS["regions.services.people.disable"][0]

AT_ONCE: dict[str, tuple[list[Act], Act, Act]] = {
    "an agency is changed as a leaver comes back": ([_take_out], _change, _enable),
    "an agency is closed as a leaver comes back": ([_take_out], _close, _enable),
    "a leaver is taken out and removed": ([_work_for_another], _take_out, _remove),
    "a leaver sets a password": ([_invite], _use_invitation, _take_out),
    "somebody disabled sets a password": ([_invite], _use_invitation, _disable),
    "a leaver's key is lost": ([], _lose, _take_out),
    "a replacement is lent": ([], _replace, _lend),
    "two bring a leaver back": ([_take_out], _enable, _enable),
    "two take a leaver out": ([], _take_out, _take_out),
}
"""What happened before, and what two do then at the same moment."""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("paces", [(0.01, 0.01), (0.01, 0.04), (0.04, 0.01)])
@pytest.mark.parametrize("case", AT_ONCE)
def test_two_do_not_wait_for_each_other(case: str, paces: tuple[float, float]) -> None:
    """On SQLite writers wait for one another anyway."""
    world = make_world(Role.LEAD)
    before, *both = AT_ONCE[case]
    for step in before:
        step(world)
    works = [slowly(work, world, pace) for work, pace in zip(both, paces, strict=True)]
    assert at_once(*works) == []
