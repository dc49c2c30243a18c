"""What stands around every page: its title, its foot, the pages about the product itself, addresses in mails."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client as Browser
from django.urls import reverse

from det.definition import core_dataset
from det.models import Client, Episode, Intervention
from det.presenters.words import tab
from ndtms.accounts.models import User
from tests.factories import ClientFactory, EpisodeFactory, InterventionFactory
from tests.test_access import TABLE, visit, world

__all__ = ["world"]

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parent.parent
ABOUT = ("about", "accessibility", "privacy", "contact")


def title_of(page: str) -> str:
    found = re.search("<title>(.*?)</title>", page, flags=re.DOTALL)
    assert found
    return unescape(found[1]).strip()


def personal() -> set[str]:
    """What a title must not hold: how people and records are called, by others and by the agency."""
    people = {text for person in User.objects.all() for text in (person.name, person.email)}
    clients = {
        text
        for client in Client.objects.all()
        for text in (client.client_id, f"{client.birth_date:%Y}", "JS")
    }
    others = {str(e.episode_id) for e in Episode.objects.all()}
    others |= {str(i.intervention_id) for i in Intervention.objects.all()}
    return people | clients | others


# Titles


@pytest.mark.parametrize(
    "visitor", ["signed out", "data entry here", "lead near", "regional here", "national"]
)
def test_titles_tell_pages_apart_and_name_nobody(world: Any, visitor: str) -> None:
    browser = visit(visitor, world)
    titles: dict[str, str] = {}
    for name, row in TABLE.items():
        if row.method == "get":
            answer = browser.get(reverse(name, args=row.arguments(world)))
            if answer.status_code == 200:
                titles[name] = title_of(answer.content.decode())
    assert len(titles) > 4
    assert [
        (name, title) for name, title in titles.items() if "NDTMS Data Entry" not in title
    ] == []
    assert [(t, word) for t in titles.values() for word in personal() if word in t] == []
    assert sorted(set(titles.values())) == sorted(titles.values())


def test_titles_tell_records_apart() -> None:
    client = ClientFactory()
    episodes = [EpisodeFactory(client=client), EpisodeFactory(client=client)]
    interventions = [InterventionFactory(episode=episodes[0]) for _ in range(2)]
    records: list[Any] = [client, ClientFactory(), *episodes, *interventions]
    titles = [tab(record) for record in records]
    assert len(set(titles)) == len(records)
    mark = client.pk.hex[:4].upper()
    assert titles[0] == f"Client {mark}"
    assert all(title.endswith(f", Client {mark}") for title in titles[2:])
    assert tab(episodes[0], "Home and work").startswith("Home and work, Episode ")


def test_a_record_that_is_not_saved_yet_is_not_in_the_title() -> None:
    client = ClientFactory()
    assert tab(Client(agency=client.agency, version=0), "Add a client") == "Add a client"
    new = Episode(agency=client.agency, client=client, version=0)
    assert tab(new, "Add an episode") == f"Add an episode, {tab(client)}"


# Pages about the product


def test_every_page_leads_to_the_pages_about_the_product(client: Browser) -> None:
    pages = {name: reverse(name) for name in (*ABOUT, "how-to-sign-in")}
    for address in ("/no/such/page/", *pages.values()):
        foot = client.get(address, follow=True).content.decode().partition("<footer")[2]
        assert [name for name, link in pages.items() if f'href="{link}"' not in foot] == []


def test_the_page_on_cookies_names_all_that_are_set(client: Browser) -> None:
    told = client.get(reverse("privacy")).content.decode()
    client.get(reverse("sign-in"))
    client.post(reverse("sign-in"), {"email": "somebody@example.org", "password": "wrong"})
    named = {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME}
    assert set(client.cookies) <= named
    assert [name for name in named if f">{name}</th>" not in told] == []


@pytest.mark.parametrize("address", ["", "help@det.example"])
def test_people_are_told_whom_to_write_to(client: Browser, settings: Any, address: str) -> None:
    settings.CONTACT_EMAIL = address
    told = client.get(reverse("contact")).content.decode()
    assert ("has not said yet how to reach them" in told) is not bool(address)
    assert ("mailto:help@det.example" in told) is bool(address)
    assert [email for email in core_dataset().regions.values() if email not in told] == []


# Addresses in mails


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "http://localhost:8102"),
        ({"SITE_ADDRESS": "https://det.example"}, "https://det.example"),
    ],
)
def test_mails_of_make_run_name_the_port_that_it_serves_on(
    given: dict[str, str], expected: str
) -> None:
    told = "from ndtms.settings import local; print(local.SITE_ADDRESS)"
    command = ["make", "--no-print-directory", f"--eval=told: ; {sys.executable} -c '{told}'"]
    inherited = {name: value for name, value in os.environ.items() if name != "SITE_ADDRESS"}
    done = subprocess.run(
        [*command, "told", "PORT=8102"],
        cwd=ROOT,
        env={**inherited, **given},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == expected
