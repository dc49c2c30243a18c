"""A whole client in few pages: what a new user did in 39 (29 at the least), counted, and what is told too early."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import (
    Answers,
    day,
    fill_in,
    follow,
    heading,
    make_worker,
    press,
    sign_in,
    written,
)

AD = "AD"
AT_MOST = 26
MISSING = """() => {
  const named = (input) => input && input.name;
  const links = [...document.querySelectorAll("main li a[href*='#id_']")].map((link) => [
    (new URL(link.href).pathname.match(/record\\/(\\w+)/) || [])[1] || "client",
    new URL(link.href).hash.replace("#id_", "").replace(/_\\d+$/, ""),
    link.innerText,
  ]);
  const section = (location.pathname.match(/record\\/(\\w+)/) || [])[1] || "client";
  const beside = [...document.querySelectorAll(".govuk-error-message, .det-warning")].map((told) => [
    section, named(told.closest(".govuk-form-group").querySelector("input, select")), told.innerText,
  ]);
  return [...links, ...beside].filter(([, , text]) => text.includes("is missing"));
}"""
"""What the page says is missing: [section, field, message], in the summaries, in lists and beside the fields."""

ASKED = "() => [...document.querySelectorAll('form.det-form [name]')].map((input) => input.name)"


class Watch:
    """Counts the pages that a browser loads and notes what is said to be missing before it was asked."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.loads = 0
        self.asked: set[tuple[str, str]] = set()
        self.early: list[str] = []
        page.on("domcontentloaded", self._count)

    def _count(self, _: Page) -> None:
        self.loads += 1

    def look(self) -> None:
        missing = self.page.evaluate(MISSING)
        self.early += [
            f"{self.page.url}: {text}"
            for section, field, text in missing
            if (section, field) not in self.asked
        ]
        names = self.page.evaluate(ASKED)
        section = self.page.url.partition("/record/")[2].partition("/")[0] or "client"
        self.asked |= {(section, name) for name in names}

    def press(self, name: str) -> None:
        press(self.page, name)
        self.look()

    def follow(self, name: str) -> None:
        follow(self.page, name)
        self.look()


@pytest.fixture
def watch(page: Page, live_server: Any) -> Watch:
    """The list of clients of a new agency, just after signing in."""
    sign_in(page.context, live_server.url, make_worker(AD))
    page.goto(f"{live_server.url}/")
    return Watch(page)


CLIENT = {
    "client_reference": "4711",
    "first_initial": "r",
    "last_initial": "h",
    "birth_date": "12 July 1984",
    "sex": "Male",
    "consent": "Client consents to share data with NDTMS",
    "ethnicity": "White British",
    "country_of_birth": "UK",
    "religion": "None",
    "sexual_orientation": "Heterosexual",
    "disability_1": "No disability",
}


LAST = "Domestic abuse"


def episode() -> dict[str, Answers]:
    """Heading of a page of the episode -> what is answered there, in the words that people use."""
    return {
        "Add an episode": {
            "referral_date": f"{day(150):%d/%m/%y}",
            "triage_date": f"{day(147):%d/%m/%y}",
            "previously_treated": "No",
            "referral_source": "GP",
            "care_plan_start_date": f"{day(145):%d %B %Y}",
            "top_care_coordination": "Yes",
        },
        "Home and work": {
            "postcode_district": "LS9 8AA",
            "local_authority": "Leeds",
            "accommodation_need": "No housing problem",
            "employment_status": "Unemployed and seeking work",
            "time_since_employment": "6 months to less than 1 year",
            "veteran": "No",
        },
        "Children and family": {"parental_status": "Not a parent"},
        "Substances": {
            "substance_1": "heroin",
            "substance_1_first_age": "19",
            "route": "Smoke",
            "substance_2": "crack cocaine",
            "injecting_status": "Never injected",
            "drinking_days": "0",
        },
        "Mental health": {"mental_health_need": "No"},
        "Hepatitis and liver": {
            "hepb_status": "Offered and refused",
            "hepc_status": "Offered and refused",
        },
        "Naloxone": {"naloxone_issued": "Yes - nasal naloxone"},
        LAST: {},
    }


PROFILE = {"opiate_days": "20", "crack_days": "4", "alcohol_days": "0", "injecting_days": "0"}


def lists() -> list[tuple[str, Answers]]:
    """The records of the episode, in the order in which they come about: link, answers."""
    began = {
        "setting": "Community",
        "referred_date": written(147),
        "first_appointment_date": written(143),
        "start_date": written(140),
    }
    return [
        ("Add an outcomes profile", {"profile_date": written(141), "stage": "Start", **PROFILE}),
        (
            "Add an intervention",
            {"intervention_type": "Pharmacological intervention", **began},
        ),
        ("Add an intervention", {"intervention_type": "Psychosocial intervention", **began}),
        (
            "Add a sub intervention review",
            {"review_date": written(60), "methadone_maintenance": "ticked", "mutual_aid": "ticked"},
        ),
        (
            "Add a client information review",
            {"review_date": written(59), "accommodation_need": "No housing problem"},
        ),
    ]


DISCHARGE_REASON = "Treatment completed - drug free"


def add(watch: Watch, link: str, answers: Answers) -> None:
    watch.follow(link)
    fill_in(watch.page, AD, answers)
    watch.press("Save")


def test_from_a_new_client_to_the_discharge(page: Page, watch: Watch) -> None:
    """Nothing is told before it was asked, and no page is loaded twice for the want of a word."""
    watch.press("Add a client")
    fill_in(page, AD, CLIENT)
    watch.press("Save")
    watch.press("Add an episode")
    for title, answers in episode().items():
        assert heading(page) == title
        fill_in(page, AD, answers)
        watch.press("Save" if title == LAST else "Save and continue")
    for link, answers in lists():
        add(watch, link, answers)
    watch.follow("Discharge")
    fill_in(
        page, AD, {"discharge_date": f"{day(10):%d/%m/%Y}", "discharge_reason": DISCHARGE_REASON}
    )
    watch.press("Save")
    assert heading(page) == "End the open interventions"
    for ended in page.get_by_label("Mutually agreed planned exit").all():
        ended.check()
    watch.press("End them")
    left = {"profile_date": written(10), "stage": "Exit", **dict.fromkeys(PROFILE, "0")}
    add(watch, "Add an outcomes profile", left)

    expect(page.locator("main")).to_contain_text("Nothing to mend")
    assert watch.early == []
    assert watch.loads <= AT_MOST
