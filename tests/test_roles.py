"""Roles, and people who work for several agencies."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client as Browser
from django.urls import reverse

from ndtms.accounts import services
from ndtms.accounts.models import Role
from tests.conftest import sign_in
from tests.factories import AgencyFactory, ClientFactory, UserFactory
from tests.forms import OpenForm, words_of

pytestmark = pytest.mark.django_db
CLIENTS = "/clients/"


@pytest.fixture
def agencies() -> list[Any]:
    return [AgencyFactory(name=name, provider="Trust") for name in ("East", "West")]


@pytest.fixture
def lead(agencies: list[Any]) -> Any:
    lead = UserFactory(role=Role.LEAD, agency=agencies[0])
    services.add_to_agency(user=lead, agency=agencies[1])
    return lead


def test_whoever_works_for_several_agencies_chooses_one_first(
    client: Browser, lead: Any, agencies: list[Any]
) -> None:
    for agency in agencies:
        ClientFactory(agency=agency, client_id=f"IN-{agency.name}")
    sign_in(client, lead)
    choosing = client.get(CLIENTS).headers["Location"]
    assert choosing == f"/sign-in/agency/?next={CLIENTS}"
    assert b"Change agency" in client.get(choosing).content
    assert client.post(choosing, {"agency": agencies[1].pk}).headers["Location"] == CLIENTS
    page = client.get(CLIENTS)
    assert b"IN-West" in page.content
    assert b"IN-East" not in page.content
    assert b"West, dataset AD" in page.content


def test_only_an_own_agency_can_be_chosen(client: Browser, lead: Any) -> None:
    sign_in(client, lead)
    address = reverse("choose-agency")
    assert (
        b"Choose one of your agencies"
        in client.post(address, {"agency": AgencyFactory().pk}).content
    )
    assert b"Choose an agency" in client.post(address, {}).content
    assert client.get(CLIENTS).status_code == 302


def test_a_choice_ends_with_the_membership(client: Browser, lead: Any, agencies: list[Any]) -> None:
    sign_in(client, lead)
    client.post(reverse("choose-agency"), {"agency": agencies[1].pk})
    lead.memberships.filter(agency=agencies[1]).delete()
    page = client.get(CLIENTS)
    assert b"East, dataset AD" in page.content


def test_whoever_is_left_with_one_agency_while_choosing_goes_on_with_it(
    client: Browser, lead: Any, agencies: list[Any]
) -> None:
    choosing = sign_in(client, lead).get(CLIENTS).headers["Location"]
    form = OpenForm(client, choosing)
    lead.memberships.filter(agency=agencies[1]).delete()
    sent = form.send(agency=f"{agencies[1].pk}")
    assert sent.headers["Location"] == CLIENTS
    page = words_of(client.get(CLIENTS))
    assert f"You work for one agency only: {agencies[0]}." in page
    assert client.get(choosing).headers["Location"] == CLIENTS, "be the page only drawn anew"
    lead.memberships.all().delete()
    assert client.get(choosing).status_code == 404


@pytest.mark.parametrize(
    ("role", "first"),
    [
        (Role.DATA_ENTRY, "/clients/"),
        (Role.LEAD, "/clients/"),
        (Role.REGIONAL, "/region/"),
        (Role.NATIONAL, "/region/"),
        (Role.SUPPLIER, "/check-file/"),
    ],
)
def test_the_first_page_is_that_of_the_role(client: Browser, role: str, first: str) -> None:
    region = "London" if role == Role.REGIONAL else ""
    assert (
        sign_in(client, UserFactory(role=role, region=region)).get("/").headers["Location"] == first
    )


def test_agencies_of_several_providers_are_refused(lead: Any) -> None:
    for provider in ("", "Another"):
        with pytest.raises(ValidationError):
            services.add_to_agency(user=lead, agency=AgencyFactory(provider=provider))
    with pytest.raises(ValidationError):
        services.add_to_agency(user=UserFactory(role=Role.NATIONAL), agency=AgencyFactory())


@pytest.mark.parametrize(
    ("role", "region"),
    [(Role.REGIONAL, ""), (Role.REGIONAL, "Atlantis"), (Role.LEAD, "London")],
)
def test_only_a_regional_team_has_a_region(role: str, region: str) -> None:
    with pytest.raises(ValidationError):
        services.create_account(
            email="a@example.org", name="A", password=None, role=role, region=region
        )
