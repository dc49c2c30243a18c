"""People at a real server on a database (DATABASE_URL): python -m tests.bench.web CODE PEOPLE ROUNDS

Starts gunicorn with two workers, signs people of the agency in, and lets each of them save an intervention form over
and over, all at once: first without a pause, then with the pauses that filling in a form takes. Weighs the pages.
"""

from __future__ import annotations

import gzip
import http.client
import random
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode, urljoin
from uuid import UUID

import django
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from tests.bench.measure import ROOT, percentile, tell

WORKERS = 2
TOKEN = "b" * 32
"""Against forged posts; in the cookie and in the form."""
PAUSE = 4.0
"""Mean seconds between two saves of one person, who fills in a form in between."""
START_SECONDS, REQUEST_SECONDS = 30, 30
ASSET = re.compile(r'(?:href|src)="(/static/[^"]+)"')
IMPORT = re.compile(r'^import [^"]*"([^"]+)";$', re.MULTILINE)


@dataclass
class Person:
    """Somebody who is signed in, and the form that this person saves: its address, its ticket, its answers.

    Each save changes one answer: to the first of `settings`, then to the second, and back.
    """

    session: str
    address: str
    ticket: str
    answers: dict[str, str]
    settings: tuple[str, str]
    saves: int = 0

    @property
    def cookies(self) -> str:
        return f"sessionid={self.session}; csrftoken={TOKEN}"

    def form(self) -> dict[str, str]:
        setting = self.settings[self.saves % 2]
        hidden = {"csrfmiddlewaretoken": TOKEN, "ticket": self.ticket}
        return {**self.answers, "setting": setting, **hidden}


def people(code: str, number: int) -> list[Person]:
    """People of the agency, each with an intervention of a client of their own."""
    from det.answers import choices
    from det.definition import core_dataset
    from det.models import Agency, Intervention
    from det.pages import page_of

    agency = Agency.objects.get(code=code)
    page = page_of("intervention", agency.dataset, "all")
    assert page is not None
    of_clients: dict[UUID, Intervention] = {}
    for record in Intervention.live.filter(agency=agency).select_related("episode")[: number * 20]:
        of_clients.setdefault(record.episode.client_id, record)
    codes = list(choices(core_dataset().by_name["intervention.setting"], agency.dataset))
    found = []
    for n, record in enumerate(list(of_clients.values())[:number]):
        others = [code for code in codes if code != record.value("setting")]
        session, ticket = signed_in(agency, n)
        found.append(
            Person(
                session=session,
                address=reverse("record-change", args=["intervention", record.pk, "all"]),
                ticket=ticket,
                answers={item.field: record.value(item.field) for item in page.items},
                settings=(others[0], others[1]),
            )
        )
    return found


def signed_in(agency: Any, number: int) -> tuple[str, str]:
    """The key of a session in which a new person has entered password and code, and a ticket for forms in it."""
    from det.tickets import Ticket
    from ndtms.accounts.services import create_account

    user = create_account(
        email=f"p{number}@example.org", name=f"P {number}", password=None, agencies=[agency]
    )
    return session_of(user), Ticket(user.pk, agency.pk).signed()


def session_of(user: Any) -> str:
    """The key of a session in which a person has entered password and code."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django_otp import DEVICE_ID_SESSION_KEY
    from django_otp.plugins.otp_totp.models import TOTPDevice

    from ndtms.accounts.middleware import SIGNED_IN_AT

    device = TOTPDevice.objects.create(user=user, name="app", confirmed=True)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session[SIGNED_IN_AT] = timezone.now().timestamp()
    session.save()
    return str(session.session_key)


@contextmanager
def server() -> Iterator[int]:
    """gunicorn with two workers on a free port, which is given; ended afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    gunicorn = Path(sys.executable).parent / "gunicorn"
    options = ["--config", "python:ndtms.server", "--bind", f"127.0.0.1:{port}"]
    options += ["--workers", str(WORKERS)]
    command = [str(gunicorn), "ndtms.wsgi", *options, "--log-level", "warning"]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def wait_for(port: int) -> None:
    """Raises TimeoutError when the server does not answer."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the server did not start")


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    weight: int
    """Bytes on the wire, headers and body."""


def get(port: int, address: str, cookies: str = "") -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=REQUEST_SECONDS)
    headers = {"Accept-Encoding": "gzip", **({"Cookie": cookies} if cookies else {})}
    connection.request("GET", address, headers=headers)
    response = connection.getresponse()
    body = response.read()
    head = sum(len(name) + len(value) + 4 for name, value in response.getheaders())
    is_packed = response.headers.get("Content-Encoding") == "gzip"
    connection.close()
    return Answer(
        response.status, gzip.decompress(body).decode() if is_packed else "", head + len(body)
    )


def save(port: int, person: Person) -> tuple[float, bool]:
    """Seconds that a save takes until the answer is there, and whether it was saved."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=REQUEST_SECONDS)
    headers = {"Cookie": person.cookies, "Content-Type": "application/x-www-form-urlencoded"}
    began = time.perf_counter()
    try:
        connection.request("POST", person.address, urlencode(person.form()), headers)
        response = connection.getresponse()
        response.read()
    except OSError:
        return time.perf_counter() - began, False
    finally:
        connection.close()
    took = time.perf_counter() - began
    is_saved = response.status == 302
    person.saves += is_saved
    return took, is_saved


def saves(port: int, everybody: list[Person], rounds: int, pause: float) -> dict[str, Any]:
    """All people at once, each saving `rounds` times, with pauses of the mean length before each."""

    def work(person: Person) -> list[tuple[float, bool]]:
        chance = random.Random(person.address)
        results = []
        for _ in range(rounds):
            time.sleep(chance.uniform(0, 2 * pause))
            results.append(save(port, person))
        return results

    began = time.perf_counter()
    with ThreadPoolExecutor(len(everybody)) as threads:
        results = [result for found in threads.map(work, everybody) for result in found]
    took = time.perf_counter() - began
    times = [seconds for seconds, _ in results]
    return {
        "p50": median(times),
        "p95": percentile(times, 95),
        "failures": sum(not is_saved for _, is_saved in results),
        "saves": len(results),
        "per_second": len(results) / took,
    }


TRANSACTIONS = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


def queries(person: Person) -> int:
    """How many queries a save takes, of somebody who has opened the form.

    Where a transaction begins and ends is none.
    """
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    browser = Client(headers={"host": "localhost"})
    browser.cookies["sessionid"] = person.session
    browser.get(person.address)
    with CaptureQueriesContext(connection) as captured:
        response = browser.post(person.address, person.form())
    if response.status_code != 302:
        raise ValueError(f"the form was not saved: {response.status_code}")
    person.saves += 1
    return sum(query["sql"].split()[0] not in TRANSACTIONS for query in captured.captured_queries)


def all_assets(port: int, page: str) -> dict[str, int]:
    """Address -> bytes on the wire of what the page asks for, and what its scripts import."""
    found: dict[str, int] = {}
    wanted = ASSET.findall(page)
    while wanted:
        address = wanted.pop()
        if address not in found:
            answer = get(port, address)
            found[address] = answer.weight
            if address.endswith(".js"):
                wanted += [urljoin(address, name) for name in IMPORT.findall(answer.text)]
    return found


def weights(port: int, person: Person) -> dict[str, int]:
    """Bytes on the wire of a first page with all that it asks for, and of later pages alone."""
    from det.models import Intervention

    key = person.address.split("/")[3]
    record = Intervention.live.select_related("episode").get(pk=key)
    sign_in = get(port, reverse("sign-in"))
    assets = all_assets(port, sign_in.text)
    found = {"sign-in page with all assets": sign_in.weight + sum(assets.values())}
    later = {
        "client list": reverse("client-list"),
        "client": reverse("client", args=[record.episode.client_id]),
        "episode form": reverse("record-change", args=["episode", record.episode_id, "referral"]),
        "intervention form": person.address,
        "SIR form": reverse("record-add", args=["sub_intervention_review", record.episode_id]),
    }
    for name, address in later.items():
        answer = get(port, address, person.cookies)
        if answer.status != 200:
            raise ValueError(f"{name}: {answer.status}")
        found[name] = answer.weight
    return found


def main(code: str, number: int, rounds: int) -> dict[str, Any]:
    call_command("collectstatic", interactive=False, verbosity=0)
    everybody = people(code, number)
    counted = queries(everybody[0])
    with server() as port:
        saves(port, everybody, 1, 0)
        return {
            "queries": counted,
            "weights": weights(port, everybody[0]),
            "without_pause": saves(port, everybody, rounds, 0),
            "with_pauses": saves(port, everybody, rounds, PAUSE),
            "pause": PAUSE,
        }


if __name__ == "__main__":
    django.setup()
    tell(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
