"""How people come and go, in a real browser: asking, approval, invitation, leaving; axe on every page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.urls import reverse
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import Page

from det.checking import today
from det.models import Agency
from ndtms.accounts.models import Role, User
from ndtms.regions import places
from ndtms.regions.models import AccessRequest, Declaration
from tests.browser.steps import PASSWORD, follow, heading, press, sign_in, told
from tests.browser.test_accessibility import check, check_summary_links
from tests.factories import AgencyFactory, UserFactory
from tests.test_regions import HERE


@pytest.fixture
def agency(transactional_db: None) -> Any:
    return AgencyFactory(code="N0001", name="Northgate", region=HERE, provider="Trust")


@pytest.fixture
def team(transactional_db: None) -> Any:
    return UserFactory(role=Role.REGIONAL, region=HERE, name="Rita Region")


def refused(page: Page) -> None:
    """The page says what is wrong, and every link leads to its field."""
    assert page.title().startswith("Error: ")
    check(page)
    assert check_summary_links(page) > 0


def link_in_last_mail(address: str) -> str:
    found = re.search(r"http://localhost:\d+(/invitation/\S+/)", str(mail.outbox[-1].body))
    assert found
    return address + found[1]


def test_from_request_to_first_page(
    page: Page, browser: Any, live_server: Any, agency: Agency, team: User
) -> None:
    page.goto(f"{live_server.url}/sign-in/")
    follow(page, "Ask for access, if you have no account")
    check(page)
    press(page, "Send the request")
    refused(page)
    page.get_by_label("Your full name").fill("Ada Asker")
    page.get_by_label("Your work email address").fill("ada@example.org")
    page.get_by_label("Agency code").fill("n0001")
    page.get_by_label("Enter data", exact=True).check()
    page.get_by_label("What do you need access for?").fill("I enter the data of the evening clinic")
    press(page, "Send the request")
    assert heading(page) == "Thank you"
    check(page)

    theirs = browser.new_context()
    sign_in(theirs, live_server.url, team)
    desk = theirs.new_page()
    desk.goto(live_server.url)
    assert heading(desk) == HERE
    check(desk)
    follow(desk, "1 request for access")
    check(desk)
    follow(desk, "Ada Asker")
    check(desk)
    press(desk, "Refuse the request")
    refused(desk)
    press(desk, "Approve the request")
    assert "Approved" in desk.inner_text("main")
    follow(desk, "Show those that have been answered")
    check(desk)
    theirs.close()

    link = link_in_last_mail(live_server.url)
    page.goto(link)
    check(page)
    press(page, "Carry on")
    assert heading(page) == "Choose a password"
    check(page)
    press(page, "Set the password")
    refused(page)
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    press(page, "Set the password")
    assert heading(page) == "Set up your authenticator app"
    person = User.objects.get(email="ada@example.org")
    device = TOTPDevice.objects.get(user=person)
    page.get_by_label("Code").fill(f"{totp(device.bin_key):06}")
    press(page, "Finish and sign in")
    assert heading(page) == "Clients"

    page.goto(link)
    assert heading(page) == "This invitation cannot be used"
    check(page)


def test_the_pages_of_the_team(page: Page, live_server: Any, agency: Agency, team: User) -> None:
    worker = UserFactory(agency=agency, name="Wilma Worker")
    for number in range(30):
        AgencyFactory(region=HERE, provider="Trust", name=f"Agency number {number}")
    colleague = UserFactory(role=Role.REGIONAL, region=HERE, name="Cora Colleague")
    Declaration.objects.filter(user=colleague).delete()
    sign_in(page.context, live_server.url, team)
    page.goto(live_server.url + reverse("region"))
    check(page)
    page.get_by_label("Search").fill("northgate")
    press(page, "Search")
    follow(page, "Northgate")
    check(page)
    follow(page, "Invite a provider lead")
    check(page)
    press(page, "Send the invitation")
    refused(page)
    page.get_by_label("Full name").fill("Lee Lead")
    page.get_by_label("Work email address").fill("lee@example.org")
    press(page, "Send the invitation")
    assert "Lee Lead is told by email" in page.inner_text("main")
    check(page)
    press(page, "Change the agency")
    check(page)
    press(page, "Save")
    refused(page)
    page.get_by_label("Local authority").fill(
        places.in_words(next(iter(places.authorities(day=today(), region=HERE))))
    )
    press(page, "Save")
    follow(page, "Close the agency")
    check(page)
    page.get_by_label("Closed from").fill("1/4/26")
    press(page, "Set the closing date")
    assert "1 April 2026" in page.inner_text("main")
    check(page)
    page.goto(live_server.url + reverse("agency-close", args=[agency.pk]))
    check(page)
    press(page, "Open the agency again")

    page.goto(live_server.url + reverse("agency-add"))
    check(page)
    press(page, "Add the agency")
    refused(page)

    page.goto(live_server.url + reverse("region-people"))
    check(page)
    follow(page, "Wilma Worker")
    check(page)
    press(page, "Add to the agency")
    refused(page)
    page.get_by_label("Agency code").fill(Agency.objects.exclude(pk=agency.pk)[0].code)
    press(page, "Add to the agency")
    check(page)
    assert worker.agencies.count() == 2
    press(page, "Disable the account")
    check(page)
    press(page, "Enable the account")

    page.goto(live_server.url + reverse("declarations"))
    check(page)
    follow(page, "Record")
    check(page)
    press(page, "Record")
    refused(page)
    assert any("day" in message for message in told(page))
    page.get_by_label("Information governance training").check()
    page.get_by_label("On which day?").fill(f"{today():%d%m%Y}")
    press(page, "Record")
    assert "Recorded for Cora Colleague" in page.inner_text("main")


def test_a_lapsed_declaration(
    page: Page, live_server: Any, team: User, complaints: list[str]
) -> None:
    sign_in(page.context, live_server.url, team)
    before = today().replace(year=today().year - 1)
    Declaration.objects.filter(user=team).update(done_on=before)
    response = page.goto(live_server.url + reverse("data-set"))
    assert response
    assert response.status == 403
    assert heading(page) == "Your declaration has lapsed"
    check(page)
    # The browser says so in its console.
    complaints[:] = [text for text in complaints if "status of 403" not in text]


def test_the_national_team(page: Page, live_server: Any, agency: Agency) -> None:
    sign_in(page.context, live_server.url, UserFactory(role=Role.NATIONAL))
    page.goto(live_server.url)
    check(page)
    page.get_by_label("Region", exact=True).select_option(HERE)
    press(page, "Look at region")
    assert heading(page) == HERE
    follow(page, "All people")
    check(page)
    press(page, "Add somebody to a team")
    check(page)
    press(page, "Make the account and send the invitation")
    refused(page)


def test_a_lead_and_a_leaver(page: Page, live_server: Any, agency: Agency) -> None:
    lead = UserFactory(role=Role.LEAD, agency=agency, name="Lee Lead")
    worker = UserFactory(agency=agency, name="Wilma Worker")
    sign_in(page.context, live_server.url, lead)
    page.goto(live_server.url)
    follow(page, "People")
    check(page)
    press(page, "Ask for an account for a colleague")
    check(page)
    press(page, "Send the request")
    refused(page)
    page.get_by_label("Full name").fill("Cora Colleague")
    page.get_by_label("Work email address").fill("cora@example.org")
    page.get_by_label("What will they do?").fill("Enters data from May")
    press(page, "Send the request")
    assert "Cora Colleague" in page.inner_text("main")
    check(page)
    assert AccessRequest.objects.get().asked_by == lead
    follow(page, "This person has left")
    check(page)
    press(page, "Take Wilma Worker out")
    assert heading(page) == "Receipt: Wilma Worker has left"
    check(page)
    worker.refresh_from_db()
    assert not worker.is_active
