"""What no page takes: too much, files where none is asked for, characters that are no text, unique values twice."""

import io
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import models
from django.test import Client as Browser
from django.urls import reverse

from det.services.agencies import add_agency
from ndtms.accounts.models import Role
from ndtms.accounts.services import create_account
from ndtms.keys.services import add_key
from tests.conftest import sign_in
from tests.factories import UserFactory
from tests.test_access import TABLE, visit, world
from tests.test_nasty_input import VISITORS, Forms, own_pages

pytestmark = pytest.mark.django_db
__all__ = ["world"]


@pytest.mark.parametrize("name", ["sign-in", "ask-access", "check-file", "client-add"])
def test_a_request_that_is_too_large_is_not_read(client: Browser, name: str, settings: Any) -> None:
    """Whoever sends it: the size is announced, and nothing is read."""
    with_file = name in settings.FILE_PAGES
    size = settings.MOST_BYTES_WITH_FILE if with_file else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    page = client.generic("POST", reverse(name), b"x", CONTENT_LENGTH=str(size + 1))
    assert page.status_code == 413
    assert "nothing of it was read or saved" in page.content.decode()


def test_what_is_not_too_large_is_read(client: Browser, settings: Any) -> None:
    text = "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE - 1000)
    assert client.post(reverse("sign-in"), {"email": text, "password": "x"}).status_code == 200


def test_a_file_is_refused_where_none_is_asked_for(client: Browser) -> None:
    file = io.BytesIO(b"x" * 10)
    assert client.post(reverse("sign-in"), {"email": file}).status_code == 400
    assert client.post(reverse("ask-access"), {"other": file, "name": "Pat"}).status_code == 400


def test_the_pages_that_take_files_are_those_that_ask_for_one(world: Any, settings: Any) -> None:
    """Found from the pages: a form with a field for a file."""
    found = set()
    for visitor in VISITORS:
        browser = visit(visitor, world)
        for name in own_pages(visitor):
            page = browser.get(reverse(name, args=TABLE[name].arguments(world)))
            if 'type="file"' in page.content.decode("utf-8", "replace"):
                found.add(name)
    assert found == set(settings.FILE_PAGES)


def test_every_answer_says_what_it_is(world: Any) -> None:
    """Its kind and letters; and what no page answers is TRACE."""
    browser = visit("lead here", world)
    for name in own_pages("lead here"):
        address = reverse(name, args=TABLE[name].arguments(world))
        page = getattr(browser, TABLE[name].method)(address)
        if page.content:
            assert page.headers["Content-Type"].startswith("text/"), name
            assert "; charset=" in page.headers["Content-Type"], name
            assert page.headers["X-Content-Type-Options"] == "nosniff", name
        assert browser.generic("TRACE", address).status_code == 405, name


def test_nul_is_refused_in_words(verified: Browser) -> None:
    for page in (
        verified.get(reverse("fix-list"), {"rule": "\0"}),
        verified.get("/record/cli%00ent/"),
        verified.post(reverse("client-list"), {"text": "a\0b"}),
        verified.post(reverse("client-list"), {"te\0xt": "a"}),
    ):
        assert page.status_code == 400
        assert "There is a character that we cannot keep" in page.content.decode()
    assert verified.post(reverse("client-list"), {"text": "a b"}).status_code == 302


def test_a_number_that_no_row_has_is_not_found(client: Browser) -> None:
    sign_in(client, UserFactory(role=Role.NATIONAL))
    for name in ("leaver-receipt", "person", "agency", "key", "declaration"):
        assert client.get(reverse(name, args=[2**63])).status_code == 404


def missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first check sees nothing: somebody else saves the same between it and the saving."""
    checks = models.Model.full_clean
    calls: list[int] = []

    def full_clean(self: models.Model, *args: Any, **kwargs: Any) -> None:
        calls.append(1)
        if len(calls) > 1:
            checks(self, *args, **kwargs)

    monkeypatch.setattr(models.Model, "full_clean", full_clean)


def test_two_who_make_the_same_account_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    create_account(email="a@example.org", name="A", password=None)
    missed(monkeypatch)
    with pytest.raises(ValidationError) as refused:
        create_account(email="a@example.org", name="A", password=None)
    assert list(refused.value.message_dict) == ["email"]


def test_two_who_add_the_same_key_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    by = UserFactory(role=Role.NATIONAL)
    add_key(by=by, serial="K-1", kind="fido2", region="London")
    missed(monkeypatch)
    with pytest.raises(ValidationError) as refused:
        add_key(by=by, serial="K-1", kind="fido2", region="London")
    assert list(refused.value.message_dict) == ["serial"]


def test_two_who_add_the_same_agency_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    add_agency(code="N0001", name="A", dataset="AD")
    missed(monkeypatch)
    with pytest.raises(ValidationError) as refused:
        add_agency(code="N0001", name="B", dataset="AD")
    assert list(refused.value.message_dict) == ["code"]


@pytest.mark.parametrize("visitor", VISITORS)
def test_browsers_offer_nobody_what_somebody_else_typed(world: Any, visitor: str) -> None:
    """Every field that is typed into says what a browser may fill in, which in most is nothing."""
    browser = visit(visitor, world)
    silent = set()
    for name in own_pages(visitor):
        address = reverse(name, args=TABLE[name].arguments(world))
        reader = Typed(address)
        reader.feed(browser.get(address).content.decode("utf-8", "replace"))
        silent |= {(name, field) for field in reader.silent}
    assert silent == set()


class Typed(Forms):
    """The fields of a page that say nothing of autocomplete."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.silent: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = dict(attrs)
        typed = about.get("type") in ("text", "search", "email", "password", None)
        if (tag == "textarea" or (tag == "input" and typed)) and "autocomplete" not in about:
            self.silent.add(about.get("name") or "")
