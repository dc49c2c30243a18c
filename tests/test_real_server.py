"""Check a file at a real server: the largest file costs the worker no memory, a worker that is killed leaves nothing.

The server is gunicorn as `make run` starts it, on a database of its own.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ndtms.settings.base import CHECK_MOST_MEMORY
from tests.rules.base import DEFINITION

ROOT = Path(__file__).resolve().parents[1]
TOKEN = "a" * 32
ROWS = 20_000
WAIT = 300
"""Seconds after which something that has to happen has not happened."""
SIGN_IN = """
import django; django.setup()
from det.models import Agency
from tests.bench.web import signed_in
agency = Agency.objects.create(code="N0001", name="Northern Lights", dataset="AD")
print(*signed_in(agency, 1))
"""


@dataclass(frozen=True)
class Server:
    """A server that runs, somebody who is signed in there, and the folder for temporary files."""

    port: int
    process: int
    session: str
    ticket: str
    temporary: Path

    def get(self, address: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT)
        connection.request("GET", address, headers={"Cookie": f"sessionid={self.session}"})
        status = connection.getresponse().status
        connection.close()
        return status

    def check(self, content: bytes, **fields: str) -> tuple[int, str]:
        """Sends a file to Check a file: status and text of the answer. Raises OSError or HTTPException."""
        hidden = {
            "csrfmiddlewaretoken": TOKEN,
            "ticket": self.ticket,
            "dataset": "AD",
            "agency": "",
        }
        parts = [
            f'--{TOKEN}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in {**hidden, **fields}.items()
        ]
        parts.append(
            f'--{TOKEN}\r\nContent-Disposition: form-data; name="file"; filename="f.csv"\r\n'
            "Content-Type: text/csv\r\n\r\n".encode()
        )
        body = b"".join([*parts, content, f"\r\n--{TOKEN}--\r\n".encode()])
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT)
        headers = {
            "Cookie": f"sessionid={self.session}; csrftoken={TOKEN}",
            "Content-Type": f"multipart/form-data; boundary={TOKEN}",
        }
        try:
            connection.request("POST", "/check-file/", body, headers)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def workers(self) -> list[int]:
        return children(self.process)


def children(process: int) -> list[int]:
    try:
        tasks = [task / "children" for task in Path(f"/proc/{process}/task").iterdir()]
    except OSError:
        return []
    found = []
    for listed in tasks:
        try:
            found += [int(word) for word in listed.read_text().split()]
        except OSError:
            continue
    return found


def has_ended(process: int) -> bool:
    """Whether the process is gone, or dead and not yet fetched by anybody."""
    try:
        return "State:\tZ" in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return True


def is_bounded(process: int) -> bool:
    """Whether the check has set its limits, and so goes on to its work."""
    try:
        lines = Path(f"/proc/{process}/limits").read_text().splitlines()
    except OSError:
        return False
    return str(CHECK_MOST_MEMORY) in next(line for line in lines if "address space" in line)


def most_memory(process: int) -> int:
    """The most memory that a process has held, in MiB."""
    (line,) = (
        line for line in Path(f"/proc/{process}/status").read_text().splitlines() if "VmHWM" in line
    )
    return int(line.split()[1]) // 1024


def until(condition: Callable[[], object], what: str) -> None:
    end = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.02)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    temporary = folder / "tmp"
    temporary.mkdir()
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "ndtms.settings.local",
        "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
        "TMPDIR": str(temporary),
        "WEB_WORKERS": "1",
        "STATIC_ROOT": str(folder / "static"),
        "CHECK_MOST_SECONDS": str(WAIT),
    }

    def run(*command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
        )
        return done.stdout.decode()

    run("manage.py", "migrate", "--verbosity", "0")
    run("manage.py", "collectstatic", "--noinput", "--verbosity", "0")
    session, ticket = run("-c", SIGN_IN).split()[-2:]
    gunicorn = [sys.executable, "-m", "gunicorn", "--config", "python:ndtms.server", "ndtms.wsgi"]
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        process = subprocess.Popen(
            [*gunicorn, "--bind", f"fd://{bound.fileno()}", "--log-level", "critical"],
            cwd=ROOT,
            env=environment,
            pass_fds=[bound.fileno()],
        )
    running = Server(port, process.pid, session, ticket, temporary)
    try:
        until(lambda: answers(running) or process.poll() is not None, "the server did not start")
        assert process.poll() is None, "the server ended"
        yield running
    finally:
        process.terminate()
        process.wait()


def answers(server: Server) -> bool:
    try:
        return server.get("/check-file/") == 200
    except (OSError, http.client.HTTPException):
        return False


@pytest.fixture(scope="module")
def formulas() -> bytes:
    """Every cell of very many rows a formula of its own: nearly five million findings in 35 MB."""
    width = len(DEFINITION.headers)
    rows = (",".join([f"=X{n}"] * width) for n in range(ROWS))
    return "\r\n".join([",".join(DEFINITION.headers), *rows]).encode()


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, f"<dt>Rows</dt><dd>{ROWS}</dd>"),
        ({"as": "csv"}, "more findings of this rule and item are not listed"),
    ],
)
def test_the_largest_file_costs_a_worker_no_memory(
    server: Server, formulas: bytes, fields: dict[str, str], told: str
) -> None:
    status, text = server.check(formulas, **fields)
    assert status == 200
    assert told in text
    assert len(text) < 20_000_000
    assert [most_memory(worker) < 700 for worker in server.workers()] == [True]
    assert list(server.temporary.iterdir()) == []


def test_a_worker_that_is_killed_leaves_neither_the_file_nor_the_check(
    server: Server, formulas: bytes
) -> None:
    (worker,) = server.workers()

    def send() -> None:
        with pytest.raises((OSError, http.client.HTTPException)):
            server.check(formulas)

    sent = threading.Thread(target=send)
    sent.start()
    until(lambda: [child for child in children(worker) if is_bounded(child)], "no check began")
    (checking,) = children(worker)
    # It cannot end by itself now.
    os.kill(checking, signal.SIGSTOP)
    os.kill(worker, signal.SIGKILL)
    sent.join()
    until(lambda: answers(server), "no worker took the place of the one that was killed")
    until(lambda: has_ended(checking), "the check went on without its worker")
    assert list(server.temporary.iterdir()) == []
