"""What stands around every page, in a real browser: focus that can be seen, pages on paper, pages about the product."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from det.models import Agency, Episode
from det.services import add_agency
from ndtms.accounts.models import User
from ndtms.accounts.services import add_to_agency
from tests.browser.caseload import add, store_demo
from tests.browser.steps import make_worker, sign_in
from tests.browser.test_accessibility import check

YELLOW, BLACK = "rgb(255, 221, 0)", "rgb(11, 12, 12)"
A4 = {"width": 680, "height": 1009}
"""What is left of a sheet between margins of 15 mm, in the browser's points of 1/96 inch."""
FOCUSED = """() => [...document.querySelectorAll("header a, header button, footer a")]
  .filter((element) => element.checkVisibility())
  .map((element) => {
    element.focus();
    const { backgroundColor, color } = getComputedStyle(element);
    return [element.innerText, document.activeElement === element, backgroundColor, color];
  })"""
ADDRESSES = """() => [...document.links].filter((link) => link.checkVisibility()).filter((link) =>
  ["::before", "::after"].some((part) => !["none", "normal"].includes(getComputedStyle(link, part).content))
).map((link) => link.innerText)"""
TO_PRESS = """() => [...document.querySelectorAll(
    "button, nav, [role=button], input[type=submit], .govuk-phase-banner, .govuk-notification-banner, .govuk-footer"
  )].filter((element) => element.checkVisibility()).map((element) => element.outerHTML.slice(0, 80))"""
CUT_OFF = """() => [...document.querySelectorAll("main *")]
  .filter((element) => element.checkVisibility() && !element.closest(".govuk-visually-hidden"))
  .filter((element) => element.getBoundingClientRect().right > innerWidth + 1
    || (getComputedStyle(element).overflowX !== "visible" && element.scrollWidth > element.clientWidth + 1))
  .map((element) => element.outerHTML.slice(0, 80))"""


@pytest.fixture
def worker(transactional_db: None) -> User:
    """Somebody of two agencies, who therefore has every link that the header can have."""
    user = make_worker()
    Agency.objects.update(provider="Trust")
    other = add_agency(code="N0002", name="Southern Lights", dataset="YP", provider="Trust")
    add_to_agency(user=user, agency=other)
    return user


def work_for_the_first(page: Page, address: str, user: User) -> None:
    sign_in(page.context, address, user)
    page.goto(address + reverse("choose-agency"))
    page.get_by_label("Northern Lights").check()
    with page.expect_navigation():
        page.get_by_role("button", name="Continue").click()


def test_focus_can_be_seen_in_the_header_and_the_footer(
    page: Page, live_server: Any, worker: User
) -> None:
    """Black on yellow, as GOV.UK has it, on every ground."""
    work_for_the_first(page, live_server.url, worker)
    focused = page.evaluate(FOCUSED)
    names = [name for name, *_ in focused]
    for name in ("NDTMS Data Entry Tool", "Change agency", "Your sign-in", "Sign out", "Clients"):
        assert name in names
    assert [line for line in focused if line[1:] != [True, YELLOW, BLACK]] == []


def test_paper_has_what_was_asked_and_answered_and_nothing_to_press(
    page: Page, live_server: Any, worker: User
) -> None:
    work_for_the_first(page, live_server.url, worker)
    agency = Agency.objects.get(code="N0001")
    worker.choose(agency)
    store_demo(worker, clients=30, flaws=0.3)
    episode = Episode.live.filter(agency=agency, discharge_date=None).order_by("pk").first()
    assert episode
    profile = add(worker, "outcomes_profile", episode)
    pages = [
        reverse("client-list"),
        reverse("fix-list"),
        reverse("transfer"),
        reverse("client", args=[episode.client_id]),
        reverse("record", args=["episode", episode.pk]),
        reverse("record-change", args=["episode", episode.pk, "referral"]),
        reverse("record-change", args=["outcomes_profile", profile.pk, "all"]),
        reverse("data-set"),
        reverse("privacy"),
    ]
    page.set_viewport_size(A4)  # type: ignore[arg-type]
    page.emulate_media(media="print")
    for address in pages:
        page.goto(live_server.url + address)
        assert page.locator("h1").is_visible()
        assert page.evaluate(ADDRESSES) == [], address
        assert page.evaluate(TO_PRESS) == [], address
        assert page.evaluate(CUT_OFF) == [], address


def test_pages_about_the_product(page: Page, live_server: Any) -> None:
    page.goto(f"{live_server.url}/sign-in/")
    for name in ("Accessibility statement", "Privacy and cookies", "About this tool"):
        page.get_by_role("contentinfo").get_by_role("link", name=name).click()
        assert page.get_by_role("heading", level=1).inner_text() == name
        check(page)
    page.get_by_role("link", name="Give feedback").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Contact and feedback"
    check(page)
