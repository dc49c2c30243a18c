"""The server's log says what went wrong and where, names nobody, and holds nothing that was typed."""

import io
import logging
import smtplib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError
from django.test import Client as Browser
from django.urls import reverse

from ndtms.accounts.services import create_account

SECRET = "Quincunx"


@pytest.fixture
def log() -> Iterator[Callable[[], str]]:
    """What is written where the server runs."""
    (real,) = (h for h in logging.getLogger().handlers if h.name == "stderr")
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(real.formatter)
    logging.getLogger().addHandler(handler)
    yield written.getvalue
    logging.getLogger().removeHandler(handler)


def fail(error: BaseException, cause: BaseException | None = None) -> None:
    try:
        raise error from cause
    except type(error):
        logging.getLogger("somewhere").exception("It failed")


@pytest.mark.parametrize(
    "error",
    [
        smtplib.SMTPRecipientsRefused({f"{SECRET}@example.org": (550, b"no")}),
        IntegrityError(f"DETAIL: Key (email)=({SECRET}) already exists."),
        DatabaseError(f"invalid input: {SECRET}"),
        ValueError(f"invalid literal for int(): '{SECRET}'"),
        KeyError(SECRET),
    ],
)
def test_an_error_is_told_by_its_kind_and_place_only(
    log: Callable[[], str], error: Exception
) -> None:
    fail(error)
    fail(RuntimeError(SECRET), cause=error)
    assert f"\n{type(error).__name__}\n" in log()
    assert "in fail" in log()
    assert "which came of" in log()
    assert SECRET not in log()


def test_an_error_of_the_machinery_keeps_its_words(log: Callable[[], str]) -> None:
    fail(OperationalError("the connection was refused for pat@example.org"))
    assert "OperationalError: the connection was refused for [hidden]" in log()


def test_a_message_is_one_line_without_addresses_and_tokens(log: Callable[[], str]) -> None:
    logging.getLogger("somewhere").warning("a\nb\u2028 <pat.o'x@example.org> /invitation/abc-DEF/")
    (line,) = log().splitlines()
    assert line.endswith("a\\x0ab\\x2028 <[hidden]> /invitation/[hidden]/")
    assert "example.org" not in line
    assert "abc-DEF" not in line


@pytest.mark.django_db
def test_a_page_is_named_by_its_address_in_the_table(log: Callable[[], str]) -> None:
    browser = Browser(enforce_csrf_checks=True)
    assert browser.get(reverse("invitation", args=[SECRET])).status_code == 404
    assert browser.post(reverse("invitation", args=[SECRET])).status_code == 403
    assert browser.get(f"/{SECRET}\n/").status_code in (302, 404)
    assert "Not Found: invitation/<str:token>/" in log()
    assert "Forbidden (CSRF cookie not set.): invitation/<str:token>/" in log()
    assert SECRET not in log()


@pytest.mark.django_db
def test_a_wrong_host_is_400_and_one_line(log: Callable[[], str]) -> None:
    page = Browser(headers={"host": f"{SECRET}.example"}).get(reverse("sign-in"))
    assert page.status_code == 400
    assert "There is a problem with this request" in page.content.decode()
    assert SECRET not in page.content.decode()
    assert SECRET not in log()
    assert "DisallowedHost: sign-in/" in log()
    assert "Traceback" not in log()
    assert "File" not in log()


@pytest.mark.django_db
def test_a_taken_address_is_not_in_the_log(
    log: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    create_account(email=f"{SECRET}@example.org", name="Pat", password=None)
    monkeypatch.setattr("django.db.models.Model.full_clean", lambda *args, **kwargs: None)
    with pytest.raises(IntegrityError) as raised:
        create_account(email=f"{SECRET}@example.org", name="Pat", password=None)
    fail(raised.value)
    assert "IntegrityError" in log()
    assert SECRET.lower() not in log().lower()


def test_every_logger_writes_in_this_way(settings: Any) -> None:
    assert [h["formatter"] for h in settings.LOGGING["handlers"].values()] == ["line"]
    assert settings.LOGGING["formatters"]["line"]["class"] == "ndtms.web.logs.Line"
    with_own = [
        name
        for name, logger in logging.root.manager.loggerDict.items()
        if isinstance(logger, logging.Logger)
        and not logger.propagate
        and name.startswith(("django.request", "django.security", "ndtms", "det", "axes"))
    ]
    assert with_own == []
