"""What docs/security.md promises and no other test shows."""

import logging
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client as Browser
from django.urls import reverse

from tests.conftest import sign_in

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = sorted((ROOT / "static" / "det").glob("*.js"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
CODE = sorted(
    code for folder in ("ndtms", "det", "validation") for code in (ROOT / folder).rglob("*.py")
)


def test_session_keys_are_random_and_long(user: Any) -> None:
    """32 characters of 36: 165 bits."""
    keys = {sign_in(Browser(), user).session.session_key for _ in range(20)}
    assert len(keys) == 20
    assert all(re.fullmatch(r"[a-z0-9]{32}", key) for key in keys)
    assert Session.objects.filter(session_key__in=keys).count() == 20
    forged = Browser()
    forged.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
    assert forged.get(reverse("client-list")).status_code == 302


def test_nothing_is_kept_in_the_browser() -> None:
    assert SCRIPTS
    storage = re.compile(r"localStorage|sessionStorage|indexedDB|document\.cookie|caches\.")
    assert [script.name for script in SCRIPTS if storage.search(script.read_text())] == []


def test_nothing_of_a_page_lies_elsewhere_or_is_written_into_it() -> None:
    """No script, style or picture of another host; no script or style in the page itself."""
    wrong = re.compile(
        r"""<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=|(?:src|<link[^>]*href)=["'](?:https?:)?//"""
    )
    assert [t.name for t in TEMPLATES if wrong.search(t.read_text())] == []


def test_password_managers_and_pasting_are_let_alone(client: Browser) -> None:
    page = client.get(reverse("sign-in")).content.decode()
    assert 'autocomplete="current-password"' in page
    assert 'autocomplete="username"' in page
    assert not any("paste" in script.read_text() for script in SCRIPTS)


def test_signing_out_is_on_every_page(verified: Browser) -> None:
    for name in ("client-list", "transfer", "data-set", "your-factors", "check-file", "password"):
        assert f'action="{reverse("sign-out")}"' in verified.get(reverse(name)).content.decode()


def test_the_log_goes_to_one_place_and_says_when() -> None:
    logs: Any = settings.LOGGING
    assert list(logs["handlers"]) == ["stderr"]
    assert logs["root"]["handlers"] == ["stderr"]
    assert logs["formatters"]["line"]["format"].startswith("%(asctime)s %(levelname)s")


def test_an_unexpected_error_is_logged_and_not_shown(
    verified: Browser, monkeypatch: Any, caplog: Any
) -> None:
    def breaks(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr("det.selectors.search_clients", breaks)
    verified.raise_request_exception = False
    with caplog.at_level(logging.ERROR):
        page = verified.get(reverse("client-list"))
    assert page.status_code == 500
    assert b"a secret of the inside" not in page.content
    assert "a secret of the inside" in caplog.text


def test_what_is_typed_is_not_in_the_log(client: Browser, caplog: Any) -> None:
    """Nor can it begin a line there."""
    with caplog.at_level(logging.DEBUG):
        client.post(reverse("sign-in"), {"email": "x@y.example\nFORGED", "password": "hunter2000"})
    assert "FORGED" not in caplog.text
    assert "hunter2000" not in caplog.text


def test_templates_escape_what_they_show() -> None:
    """None turns escaping off, but those of mails in plain text."""
    wrong = re.compile(r"autoescape off|\|\s*safe\b|safeseq")
    assert [t.name for t in TEMPLATES if wrong.search(t.read_text())] == []
    assert [c.name for c in CODE if re.search(r"mark_safe\(", c.read_text())] == []


def test_nothing_is_run_that_somebody_typed() -> None:
    """No program, no code and no template made at run time, and no objects but those of JSON."""
    running = re.compile(
        r"\b(?:eval|exec|compile)\(|os\.system|os\.popen|subprocess|pickle|marshal|yaml|Template\("
    )
    found = {
        code.name for code in CODE if running.search(code.read_text().replace("re.compile(", ""))
    }
    # A file is checked in a process of its own: our own program, whose only argument is JSON.
    assert found == {"apart.py"}


def test_scripts_write_no_markup() -> None:
    markup = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|Function\(")
    assert [script.name for script in SCRIPTS if markup.search(script.read_text())] == []
