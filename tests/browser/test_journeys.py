"""Short journeys: the other datasets, refusal, no JavaScript, keyboard alone, two people, search, second thoughts."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from det.definition import core_dataset
from det.models import Client
from det.pages import discharges, pages_of
from ndtms.accounts.models import User
from tests.browser.caseload import add, store_demo
from tests.browser.steps import (
    day,
    fill_in,
    follow,
    heading,
    make_worker,
    mend,
    press,
    save_to_client,
    sign_in,
    some_answer,
    written,
)
from validation.dataset import DataItem

CONSENTS, REFUSES = "Client consents to share data with NDTMS", "Client does not consent"
DATES = {
    "referral_date": 150,
    "triage_date": 145,
    "care_plan_start_date": 144,
    "referred_date": 145,
    "first_appointment_date": 142,
    "start_date": 140,
    "profile_date": 138,
    "review_date": 100,
}
"""Field -> how many days before the latest day."""


def person(years: int, **others: str) -> dict[str, str]:
    """The answers about a client of an age."""
    return {
        "first_initial": "K",
        "last_initial": "N",
        "birth_date": f"{day(365 * years + 200):%d/%m/%Y}",
        "sex": "Female",
        "consent": CONSENTS,
        **others,
    }


def plain_answer(item: DataItem, dataset: str) -> str:
    return written(DATES[item.field]) if item.type == "date" else some_answer(item, dataset)


def see_client(page: Page, live_server: Any, client: Client) -> None:
    page.goto(live_server.url + reverse("client", args=[client.pk]))


@pytest.mark.parametrize(("dataset", "age"), [("YP", 16), ("SA", 30), ("SY", 16)])
def test_dataset(page: Page, live_server: Any, dataset: str, age: int) -> None:
    """A client, an episode with every page saved once, and a record of each list."""
    sign_in(page.context, live_server.url, make_worker(dataset))
    page.goto(f"{live_server.url}/")
    press(page, "Add a client")
    fill_in(page, dataset, person(age))
    save_to_client(page)
    press(page, "Add an episode")
    pages = [form_page for form_page in pages_of("episode", dataset) if not discharges(form_page)]
    for number, form_page in enumerate(pages):
        assert heading(page) == ("Add an episode" if number == 0 else form_page.title)
        wanted = [
            item
            for item in form_page.items
            if item.shown_when is None and (item.type != "date" or item.field in DATES)
        ]
        fill_in(
            page,
            dataset,
            {
                item.field: plain_answer(item, dataset)
                for item in wanted
                if item.type not in ("identifier", "text")
            },
        )
        saving = "Save" if form_page == pages[-1] else "Save and continue"
        press(page, saving)
        if "Saved, with " in page.inner_text("main"):
            press(page, saving)
    definition = core_dataset()
    for section in definition.children:
        title = definition.sections[section].title
        link = page.locator(f"a[href$='/add/'][href*='/{section}/']")
        with page.expect_navigation():
            link.click()
        assert heading(page).lower().endswith(title.lower())
        items = {item.field: item for item in pages_of(section, dataset)[0].items}
        few = [
            i for i in items.values() if i.required in ("always", "expected") or "kind" in i.tags
        ]
        few += [i for i in items.values() if i.field in DATES]
        few += [i for i in items.values() if i.field == "peer_support" or "ypor" in i.tags][:1]
        fill_in(page, dataset, {item.field: plain_answer(item, dataset) for item in few})
        save_to_client(page)
        record = page.locator(f"[id^='{section}-']")
        expect(record).to_have_count(1)
        expect(record).not_to_contain_text("error")
    assert page.get_by_text("Not started").all_inner_texts() == ["Not started"]  # the discharge


def test_without_consent(page: Page, live_server: Any) -> None:
    """Of a client who refuses three values leave the building, whatever was entered."""
    sign_in(page.context, live_server.url, make_worker())
    page.goto(f"{live_server.url}/clients/add/")
    fill_in(page, "AD", {**person(40), "consent": REFUSES})
    press(page, "Save")
    expect(page.locator("main")).to_contain_text("has not agreed to share data")
    expect(page.locator("main")).to_contain_text("Nothing to mend")
    follow(page, "Transfer data")
    with page.expect_download() as download:
        page.get_by_role("button", name="Transfer data").click()
    with Path(download.value.path()).open(newline="") as file:
        rows = list(csv.DictReader(file))
    sent = [{header: value for header, value in row.items() if value} for row in rows]
    assert [sorted(row) for row in sent] == [["AGNCY", "CLIENTID", "CONSENT"]]
    assert sent[0]["AGNCY"] == "N0001"


def test_without_javascript(browser: Browser, page: Page, live_server: Any) -> None:
    """A whole client: added, an episode with an intervention, and all mended that the tool finds."""
    with browser.new_context(java_script_enabled=False) as context:
        sign_in(context, live_server.url, make_worker())
        plain = context.new_page()
        plain.goto(f"{live_server.url}/")
        press(plain, "Add a client")
        fill_in(plain, "AD", person(40, birth_date="31/02/1985"))
        press(plain, "Save")
        plain.get_by_role("link", name="is not a date").click()
        expect(plain.locator("#id_birth_date")).to_be_focused()
        fill_in(plain, "AD", person(40))
        save_to_client(plain)
        press(plain, "Add an episode")
        fill_in(plain, "AD", {"referral_date": written(150), "triage_date": written(145)})
        save_to_client(plain)
        follow(plain, "Mental health")
        expect(plain.get_by_role("group", name="Receiving treatment")).to_be_visible()
        expect(plain.get_by_text("Only where there is a need.")).to_be_visible()
        save_to_client(plain)
        follow(plain, "Add an intervention")
        dates = {field: written(145) for field in ("referred_date", "first_appointment_date")}
        fill_in(plain, "AD", {"intervention_type": "96", **dates, "start_date": written(140)})
        save_to_client(plain)
        care_plan = {"episode.care_plan_start_date": written(140)}
        assert mend(plain, "AD", care_plan) > 5
        expect(plain.locator("main")).to_contain_text("Nothing to mend")


def test_keyboard_alone(page: Page, live_server: Any) -> None:
    """Only Tab, Space, Enter, arrows and typing; Enter saves and goes on."""
    user = make_worker()
    sign_in(page.context, live_server.url, user)
    client = add(user, "client", sex="F")
    page.goto(live_server.url + reverse("record-add", args=["episode", client.pk]))
    press_key = page.keyboard.press

    def tab_to(selector: str) -> None:
        for _ in range(40):
            press_key("Tab")
            if page.evaluate("s => document.activeElement.matches(s)", selector):
                return
        raise AssertionError(f"Tab does not reach {selector}")

    tab_to("#id_referral_date")
    page.keyboard.type(written(150))
    tab_to("#id_triage_date")
    page.keyboard.type(written(145))
    tab_to("[name=previously_treated]")
    press_key("Space")
    with page.expect_navigation():
        press_key("Enter")
    assert heading(page) == "Home and work"
    tab_to("#id_postcode_district")
    page.keyboard.type("ls6")
    with page.expect_navigation():
        press_key("Enter")
    assert heading(page) == "Children and family"
    episode = client.episodes.get()
    assert (episode.postcode_district, episode.previously_treated) == ("LS6", "Y")
    with page.expect_navigation():
        tab_to(".govuk-back-link")
        press_key("Enter")
    assert heading(page).startswith("No initials")


def test_two_people(browser: Browser, page: Page, live_server: Any) -> None:
    """Two people change one answer of a record: the later one sees both, and nothing is lost."""
    first, second = make_worker(), make_worker(name="Olive Other")
    client = add(first, "client", first_initial="A", last_initial="B", sex="F")
    address = live_server.url + reverse("record-change", args=["client", client.pk, "all"])
    sign_in(page.context, live_server.url, first)
    page.goto(address)
    with browser.new_context() as context:
        sign_in(context, live_server.url, second)
        late = context.new_page()
        late.goto(address)
        fill_in(page, "AD", {"last_initial": "X"})
        press(page, "Save")
        fill_in(late, "AD", {"last_initial": "Y", "country_of_birth": "France"})
        press(late, "Save")
        rows = late.get_by_role("table", name="Answers that differ").get_by_role("row")
        told = [" ".join(line.split()) for line in rows.all_inner_texts()[1:]]
        assert told == ["Initial of surname X Y"]
        assert late.get_by_label("Initial of surname").input_value() == "Y"
        press(late, "Save")
    client.refresh_from_db()
    assert (client.first_initial, client.last_initial, client.country_of_birth) == ("A", "Y", "FRA")


def test_second_thoughts(page: Page, live_server: Any) -> None:
    """An intervention and a client are deleted and come back; another agency's client is not found."""
    user, stranger = make_worker(), make_worker(code="N0002", name="Sam Stranger")
    sign_in(page.context, live_server.url, user)
    client = add(user, "client", first_initial="A", last_initial="B")
    episode = add(user, "episode", client, triage_date=written(100))
    add(user, "intervention", episode, intervention_type="94", referred_date=written(90))
    see_client(page, live_server, client)
    intervention = page.get_by_role("link", name="Pharmacological intervention")
    intervention.click()
    follow(page, "Delete Intervention")
    press(page, "Delete")
    expect(page.locator("main")).to_contain_text("You can restore it for 30 days")
    expect(intervention).to_have_count(0)
    press(page, "Restore Intervention " + episode.interventions.get().intervention_id)
    expect(intervention).to_have_count(1)

    follow(page, "Delete client")
    press(page, "Delete")
    expect(page.locator("main")).to_contain_text("There are no clients yet")
    page.get_by_label("Show").select_option("Deleted in the last 30 days")
    press(page, "Search")
    press(page, f"Restore AB, no date of birth, {client.client_id}")
    expect(intervention).to_have_count(1)

    see_client(page, live_server, add(stranger, "client"))
    assert heading(page) == "Page not found"


def test_search(page: Page, live_server: Any) -> None:
    """Every way to find a client, the filter, and the pages of a long list."""
    user = make_worker()
    sign_in(page.context, live_server.url, user)
    store_demo(user, clients=30)
    wanted = add(
        user,
        "client",
        client_reference="Q-4711",
        first_initial="Q",
        last_initial="Z",
        birth_date="03/02/1985",
    )
    page.goto(f"{live_server.url}/clients/")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(25)
    page.get_by_role("link", name="Next").click()
    expect(rows).to_have_count(6)
    expect(page.locator("caption")).to_contain_text("31 clients, page 2 of 2")

    searches = ["4711", "q-47", wanted.client_id.lower(), "qz", "3/2/85", "03021985"]
    for text in [*searches, "3 Feb 1985", "3 February 1985", "1985-02-03", "qz 3/2/1985"]:
        page.get_by_label("Search").fill(text)
        page.keyboard.press("Enter")
        expect(page.locator("caption")).to_contain_text("1 client")
        expect(rows).to_contain_text("QZ, born 3 February 1985")
        assert text not in page.url
        page.get_by_label("Search").fill("nobody at all")
        press(page, "Search")
        expect(page.locator("main")).to_contain_text("No client fits the search")
    page.get_by_label("Search").fill("")
    for show, count in (("With errors", 1), ("All clients", 25)):
        page.get_by_label("Show").select_option(show)
        press(page, "Search")
        expect(rows).to_have_count(count)


def test_conditions(page: Page, live_server: Any) -> None:
    """Questions come and go with the answers they rest on; what is set aside is said."""
    user: User = make_worker()
    sign_in(page.context, live_server.url, user)
    client = add(user, "client", sex="F")
    episode = add(user, "episode", client, pregnant="Y", mental_health_need="2")

    def see(section: str, key: Any, form_page: str) -> None:
        page.goto(live_server.url + reverse("record-change", args=[section, key, form_page]))

    see("episode", episode.pk, "mental_health")
    need = page.get_by_role("group", name="Mental health treatment need", exact=True)
    treatment = page.get_by_role("group", name="Receiving treatment for mental health need")
    expect(treatment).to_be_hidden()
    need.get_by_label("Yes").check()
    expect(treatment).to_be_visible()
    treatment.get_by_label("Receiving mental health treatment from GP").check()
    press(page, "Save and go to the client")
    see("episode", episode.pk, "mental_health")
    need.get_by_label("No", exact=True).check()
    press(page, "Save and go to the client")
    aside = "is not asked any more and is set aside"
    expect(page.locator("main")).to_contain_text(
        f"“Receiving treatment for mental health need” {aside}"
    )

    see("client", client.pk, "all")
    fill_in(page, "AD", {"sex": "Male"})
    press(page, "Save")
    expect(page.locator("main")).to_contain_text(f"“Pregnant” {aside}")
    follow(page, "Children and family")
    expect(page.get_by_role("group", name="Pregnant")).to_have_count(0)
    episode.refresh_from_db()
    assert (episode.pregnant, episode.mental_health_treatment) == ("", "")
