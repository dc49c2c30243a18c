"""What all tests share: Debian's Chromium for the browser tests, the profile of hypothesis, and the clock.

TEST_CLOCK=2027-12-31T23:59:59+00:00 pytest ... runs every test as if it began at that moment.
TEST_CLOCK=... TEST_SLOWNESS=30 pytest ... moreover as if every request took half a minute.
"""

import datetime
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import time_machine
from django.core.signals import request_started

CHROMIUM = Path("/usr/bin/chromium")

# The browser's driver runs an event loop in the test's thread, where Django refuses the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

hypothesis.settings.register_profile("ndtms", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis.settings.load_profile("ndtms")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests that ask for a page as browser tests, and skips them without Chromium."""
    for item in items:
        if "page" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
        if item.get_closest_marker("browser") and not CHROMIUM.exists():
            item.add_marker(pytest.mark.skip(reason=f"Chromium is missing: there is no {CHROMIUM}"))


CLOCK = os.environ.get("TEST_CLOCK")
SLOWNESS = int(os.environ.get("TEST_SLOWNESS", "0"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Iterator[None]:
    """Every test, with its fixtures, begins at the moment of TEST_CLOCK; the clock goes on from there."""
    if not CLOCK:
        return (yield)
    with time_machine.travel(datetime.datetime.fromisoformat(CLOCK), tick=True) as traveller:

        def take_long(environ: dict[str, Any], **about: Any) -> None:
            if not environ["PATH_INFO"].startswith("/static/"):
                traveller.shift(SLOWNESS)

        request_started.connect(take_long)
        try:
            return (yield)
        finally:
            request_started.disconnect(take_long)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_type_launch_args,
        "executable_path": str(CHROMIUM),
        "args": ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    }


@pytest.fixture(autouse=True, scope="session")
def a_database_of_the_tests_always_goes() -> None:
    """What a server's thread left open does not keep PostgreSQL from dropping a database of the tests."""
    from django.db.backends.postgresql.creation import DatabaseCreation

    def drop(self: Any, test_database_name: str, verbosity: int) -> None:
        name = self.connection.ops.quote_name(test_database_name)
        with self._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")

    DatabaseCreation._destroy_test_db = drop


@pytest.fixture(autouse=True, scope="session")
def tests_may_empty_the_audit() -> Iterator[None]:
    """After a test that commits, Django empties every table, which the audit's triggers refuse.

    Only for that moment, and only here, they are taken away: the product has no switch for it.
    """
    from django.db import transaction
    from django.db.backends.base.operations import BaseDatabaseOperations

    from ndtms.audit.protection import protect, unprotect

    empty = BaseDatabaseOperations.execute_sql_flush

    def empty_all(operations: BaseDatabaseOperations, statements: Any) -> None:
        connection: Any = operations.connection  # type: ignore[attr-defined]
        with transaction.atomic(using=connection.alias):
            unprotect(connection)
            empty(operations, statements)
            protect(connection)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(BaseDatabaseOperations, "execute_sql_flush", empty_all)
        yield


@pytest.fixture
def user(db: None) -> Any:
    """Somebody who works for an adult agency."""
    from tests.factories import UserFactory

    return UserFactory()


@pytest.fixture
def verified(client: Any, user: Any) -> Any:
    """Django's test client, with the user signed in by both factors."""
    return sign_in(client, user)


def sign_in(client: Any, user: Any) -> Any:
    """Gives the test client a session in which the user, whose declarations are valid, did both steps."""
    from django_otp import DEVICE_ID_SESSION_KEY
    from django_otp.plugins.otp_totp.models import TOTPDevice

    from ndtms.regions.services.declarations import renew_made_up

    renew_made_up(person=user)
    device = TOTPDevice.objects.create(user=user, name="app", confirmed=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session.save()
    return client


@pytest.fixture(autouse=True, scope="session")
def forms_carry_tickets() -> Iterator[None]:
    """A form that Django's test client posts carries a ticket, as one that was drawn for whoever is signed in does.

    A test that gives a ticket of its own, be it '', posts that one.
    """
    from django.test import Client

    post = Client.post

    def post_with_ticket(
        browser: Any, path: str, data: Any = None, content_type: str | None = None, **extra: Any
    ) -> Any:
        how: dict[str, Any] = {} if content_type is None else {"content_type": content_type}
        return post(browser, path, _with_ticket(browser, data), **how, **extra)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Client, "post", post_with_ticket)
        yield


def _with_ticket(browser: Any, data: Any) -> Any:
    from django.contrib.auth import get_user
    from django.http import HttpRequest
    from django.utils.http import urlencode

    from det.tickets import FIELD, Ticket
    from ndtms.accounts.models import User
    from ndtms.accounts.services import CHOSEN_AGENCY

    if not isinstance(data, dict | str | None) or FIELD in (data or ""):
        return data
    request = HttpRequest()
    request.session = browser.session
    user = get_user(request)
    if not isinstance(user, User):
        return data
    ticket = Ticket(user.pk, browser.session.get(CHOSEN_AGENCY) or user.agency_id).signed()
    if isinstance(data, str):
        return f"{data}&{urlencode({FIELD: ticket})}"
    return {FIELD: ticket, **(data or {})}
