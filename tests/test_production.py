"""What production refuses to start with, and how the server holds out when visitors and mail servers do not."""

import http.client
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.checks import run_checks
from django.test import Client as Browser

from ndtms import server

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = Path(sys.executable).parent
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "ndtms.settings.production",
    "DATABASE_URL": "sqlite://:memory:",
    "SECRET_KEY": "aB3-" * 20 + "a secret of this test only",
    "ALLOWED_HOSTS": "det.example.org",
    "FIELD_ENCRYPTION_KEY": Fernet.generate_key().decode(),
}
LONGEST_SECONDS = 120


def start(program: str = "import ndtms.wsgi", **change: str) -> "subprocess.CompletedProcess[str]":
    """Imports the entry for servers, as gunicorn does; a variable changed to "" is left out."""
    # What the tests of pages need is refused in production.
    left_out = {*PRODUCTION, "DJANGO_ALLOW_ASYNC_UNSAFE"}
    inherited = {n: v for n, v in os.environ.items() if n not in left_out}
    given = {name: value for name, value in {**PRODUCTION, **change}.items() if value}
    command = [sys.executable, "-c", program]
    return subprocess.run(
        command, cwd=ROOT, env={**inherited, **given}, capture_output=True, text=True
    )


def test_production_starts_with_safe_settings() -> None:
    done = start()
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"DATABASE_URL": ""}, "DATABASE_URL"),
        ({"SECRET_KEY": "short"}, "security.W009"),
        ({"ALLOWED_HOSTS": "*"}, "accounts.E004"),
        ({"DATABASE_URL": "sqlite:////tmp/x.sqlite3"}, "accounts.E005"),
    ],
)
def test_production_does_not_start_with_unsafe_ones(change: dict[str, str], told: str) -> None:
    done = start(**change)
    assert done.returncode != 0
    assert told in done.stderr


def test_the_published_secrets_are_refused(settings: Any) -> None:
    """Those of settings/local.py, which the tests have as well."""

    def problems() -> list[str]:
        found = run_checks(include_deployment_checks=True)
        return [problem.msg for problem in found if problem.id == "accounts.E003"]

    assert len(problems()) == 2
    settings.SECRET_KEY = PRODUCTION["SECRET_KEY"]
    assert len(problems()) == 1
    settings.FIELD_ENCRYPTION_KEY = PRODUCTION["FIELD_ENCRYPTION_KEY"]
    assert problems() == []
    settings.SECRET_KEY_FALLBACKS = [settings.PUBLISHED_SECRETS[0]]
    assert len(problems()) == 1


def test_cookies_and_https_of_production() -> None:
    told = """
from django.conf import settings as s
assert s.SESSION_COOKIE_NAME == "__Host-session" and s.CSRF_COOKIE_NAME == "__Host-csrf"
assert s.SESSION_COOKIE_SECURE and s.CSRF_COOKIE_SECURE
assert s.SESSION_COOKIE_HTTPONLY and s.CSRF_COOKIE_HTTPONLY
assert s.SESSION_COOKIE_SAMESITE == s.CSRF_COOKIE_SAMESITE == "Lax"
assert s.SESSION_COOKIE_PATH == s.CSRF_COOKIE_PATH == "/"
assert s.SESSION_COOKIE_DOMAIN is s.CSRF_COOKIE_DOMAIN is None
assert s.SECURE_SSL_REDIRECT and s.SECURE_HSTS_SECONDS >= 365 * 24 * 3600
assert s.SECURE_HSTS_INCLUDE_SUBDOMAINS and s.IS_PRODUCTION and not s.DEBUG
"""
    done = start(program=told, DEBUG="1")
    assert done.returncode == 0, done.stderr


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/static/", "/static/det/", "/.git/config", "/static/../.git/config", "/manage.py"]
)
def test_only_collected_files_are_served(client: Browser, path: str) -> None:
    assert client.get(path).status_code in (302, 404)


def test_make_run_and_the_guide_run_the_server_alike() -> None:
    for text in ((ROOT / name).read_text() for name in ("Makefile", "docs/operations.md")):
        assert "gunicorn --config python:ndtms.server ndtms.wsgi" in text


def test_the_access_log_holds_no_address_of_a_page() -> None:
    """%(r)s, %(U)s and %(q)s are the request, the path and what follows it; %(f)s is where somebody came from."""
    assert not any(f"%({name})s" in server.access_log_format for name in "rUqfha")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[int]:
    """The port of one worker as docs/operations.md runs it; it answers, with whatever, what needs no database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "ndtms.settings.test",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
        "WEB_WORKERS": "1",
    }
    options = ["--bind", f"127.0.0.1:{port}", "--log-level", "critical"]
    command = [
        str(PROGRAMS / "gunicorn"), "--config", "python:ndtms.server", "ndtms.wsgi", *options
    ]  # fmt: skip
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    try:
        yield port
    finally:
        process.kill()
        process.wait()
        if process.stderr:
            process.stderr.close()


def ask(port: int) -> int:
    """The status of the answer to a wrong host, which needs no database; waits until the server has started."""
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST_SECONDS)
            connection.request("GET", "/sign-in/", headers={"Host": "wrong.example"})
            return connection.getresponse().status
        except ConnectionRefusedError:
            continue
        finally:
            connection.close()


def test_visitors_who_never_finish_what_they_send_do_not_stop_the_site(site: int) -> None:
    """Not one more than there are threads: then only a proxy in front helps."""
    assert ask(site) == 400
    with ExitStack() as open_ones:
        for _ in range(server.threads - 2):
            slow = open_ones.enter_context(socket.create_connection(("127.0.0.1", site)))
            slow.sendall(b"POST /sign-in/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n")
        assert ask(site) == 400
