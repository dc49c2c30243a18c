"""The audit's pages and those of oversight, in their states: axe finds nothing, links of the summaries focus."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from playwright.sync_api import Page

from det.models import Agency
from ndtms.accounts.services import create_account
from ndtms.oversight.forms import KINDS
from tests.browser.caseload import a_client, store_demo
from tests.browser.steps import PASSWORD, heading, make_worker, press, sign_in
from tests.browser.test_accessibility import check, check_summary_links

REGION = "London"
WORDS = "The agency asked for help with it"


def test_a_team_looks_at_a_client_and_the_lead_reads_why(page: Page, live_server: Any) -> None:
    worker = make_worker()
    agency = Agency.objects.get()
    Agency.objects.update(region=REGION)
    lead = create_account(
        email="lead@n0001.example",
        name="Lea Lead",
        password=PASSWORD,
        role="lead",
        agencies=[agency],
    )
    regional = create_account(
        email="team@region.example", name="Rita", password=PASSWORD, role="regional", region=REGION
    )
    sign_in(page.context, live_server.url, regional)

    def see(name: str, *args: Any) -> None:
        page.goto(live_server.url + reverse(name, args=args))
        check(page)

    see("audit")
    assert "No event fits" in page.inner_text("main")
    see("viewed-with-reason")
    see("agency-quality", agency.code)
    store_demo(worker, clients=8, flaws=0.3)
    see("agency-quality", agency.code)
    page.get_by_role("link", name="give a reason").click()
    check(page)
    press(page, "See the record")
    assert page.title().startswith("Error: ")
    check(page)
    assert check_summary_links(page) == 3
    page.get_by_label("Client ID").fill(str(a_client(worker).identifier))
    page.get_by_label(KINDS[0]).check()
    page.get_by_label("The reason in your own words").fill(WORDS)
    press(page, "See the record")
    assert "You see this record once" in page.inner_text("main")
    check(page)

    page.context.clear_cookies()
    sign_in(page.context, live_server.url, lead)
    page.goto(live_server.url)
    page.get_by_role("link", name="Audit").click()
    assert heading(page) == "Audit"
    assert WORDS in page.inner_text("main")
    check(page)
    page.get_by_label("Day").fill("no day")
    press(page, "Show")
    check(page)
    assert check_summary_links(page) == 1
    page.get_by_label("Day").fill("")
    page.get_by_label("Changes").check()
    press(page, "Show")
    assert WORDS not in page.inner_text("main")
    page.get_by_label("Views", exact=True).check()
    press(page, "Show")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").click()
    assert WORDS in download.value.path().read_text()
    page.get_by_role("link", name="Who looked at clients with a reason").click()
    assert WORDS in page.inner_text("main")
    check(page)
