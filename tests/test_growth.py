"""No table grows above a ceiling by what somebody without an account sends, from however many addresses."""

from collections import Counter
from typing import Any

import pytest
from django.apps import apps
from django.test import Client as Browser
from django.urls import reverse

from det.tickets import FIELD
from tests.factories import AgencyFactory, UserFactory
from tests.test_access import TABLE

pytestmark = pytest.mark.django_db
ADDRESSES = 12
CEILING = 3
OPEN = sorted(name for name, row in TABLE.items() if row.is_open)
ARGUMENTS: dict[str, list[str]] = {"code-by": ["app"], "invitation": ["no-such-token"]}


@pytest.fixture(autouse=True)
def low_ceilings(settings: Any) -> None:
    settings.MOST_NOTED_OF_NOBODY = CEILING
    settings.MOST_NOTED_OF_ACCOUNT = CEILING
    settings.MOST_ASKED_FOR_ACCESS = CEILING
    settings.MOST_GUESSES_KEPT = CEILING


def rows() -> Counter[str]:
    return Counter({m._meta.label: m._base_manager.count() for m in apps.get_models()})


def stranger(number: int) -> Any:
    """A browser of a network of its own."""
    return Browser(REMOTE_ADDR=f"2001:db8:0:{number:x}::1", HTTP_USER_AGENT=f"Browser {number}")


def typed(number: int, email: str) -> dict[str, str]:
    """Something for each field that a page for strangers has; they are given no tickets."""
    return {
        FIELD: "",
        "email": email,
        "password": f"guess {number}",
        "again": f"guess {number}",
        "code": f"{number:06}",
        "answer": "{}",
        "name": f"Pat {number}",
        "agency_code": "N0001",
        "role": "data_entry",
        "purpose": f"I enter the data of clinic {number}",
    }


@pytest.mark.parametrize("name", OPEN)
def test_strangers_from_many_addresses_fill_no_table(name: str) -> None:
    AgencyFactory(code="N0001")
    somebody = UserFactory()
    before = rows()
    address = reverse(name, args=ARGUMENTS.get(name, []))
    for number in range(ADDRESSES):
        for email in (f"p{number}@example.org", somebody.email):
            visitor = stranger(number)
            visitor.get(address, follow=True)
            visitor.post(address, typed(number, email), follow=True)
    grown = rows() - before
    # Of guesses at nobody, and at the one account that there is.
    assert {label: more for label, more in grown.items() if more > 2 * CEILING} == {}
