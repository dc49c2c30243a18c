"""The main job: one client of a new agency, from the sign-in page to a file that could be submitted."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import Page, expect

from det.checking import today
from det.definition import core_dataset
from tests.browser.steps import (
    PASSWORD,
    day,
    fill_in,
    follow,
    heading,
    make_worker,
    mend,
    press,
    save_to_client,
    told,
    written,
)
from validation.periods import current_period

AD = "AD"
TOO_EARLY = "less than 5 weeks"
CLIENT = {
    "client_reference": "4711",
    "first_initial": "j",
    "last_initial": "D",
    "birth_date": "3 Feb 1985",
    "sex": "Female",
    "consent": "Client consents to share data with NDTMS",
    "ethnicity": "A",
    "country_of_birth": "united kingdom",
}
VIEWS = {
    "episode.discharge_reason": "Transferred - not in custody",
    "episode.parental_status": "Not a parent",
    "episode.drinking_days": "12",
}
"""What the journey answers when the tool asks for it; all else is answered from the definition."""


def enrol_and_sign_in(page: Page, address: str) -> None:
    user = make_worker(AD)
    page.goto(f"{address}/")
    page.get_by_label("Email address").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Continue")
    device = TOTPDevice.objects.get(user=user)
    page.get_by_label("Code").fill(f"{totp(device.bin_key):06}")
    press(page, "Finish and sign in")


def add_client(page: Page) -> None:
    """Adds the client, at first with a day that does not exist."""
    press(page, "Add a client")
    fill_in(page, AD, {**CLIENT, "birth_date": "31/02/1985"})
    press(page, "Save")
    assert page.title().startswith("Error: ")
    page.get_by_role("link", name="31/02/1985 is not a date").click()
    assert page.evaluate("document.activeElement.id") == "id_birth_date"
    for field in ("client_reference", "birth_date", "country_of_birth", "first_initial"):
        typed = {**CLIENT, "birth_date": "31/02/1985", "first_initial": "J"}[field]
        shown = page.locator(f"#id_{field}").input_value()
        assert shown.lower().startswith(typed.lower()), (field, shown)
    for word in ("Female", CLIENT["consent"]):
        expect(page.get_by_label(word, exact=True)).to_be_checked()
    fill_in(page, AD, {"birth_date": CLIENT["birth_date"]})
    press(page, "Save")
    assert heading(page) == "JD, born 3 February 1985"


def add_episode(page: Page) -> None:
    """The episode page by page, dates in three ways; the first triage date is before the referral."""
    press(page, "Add an episode")
    referral, triage = day(150), day(145)
    fill_in(
        page,
        AD,
        {
            "referral_date": f"{referral.day}/{referral.month}/{referral:%y}",
            "referral_source": "GP (3)",
            "triage_date": f"{day(160):%d%m%Y}",
            "previously_treated": "No",
        },
    )
    press(page, "Save and continue")
    assert "Saved, with 1 error" in page.inner_text("main")
    page.get_by_role(
        "link", name=re.compile("Triage date .* is before the referral date")
    ).first.click()
    assert page.evaluate("document.activeElement.id") == "id_triage_date"
    assert page.locator("#id_referral_date").input_value() == f"{referral:%d/%m/%Y}"
    fill_in(page, AD, {"triage_date": f"{triage:%d%m%Y}"})
    press(page, "Save and continue")

    assert heading(page) == "Home and work"
    fill_in(page, AD, {"postcode_district": "ls6 2", "local_authority": "leeds"})
    fill_in(page, AD, {"upper_tier_local_authority": "E08000035"})
    press(page, "Save and continue")
    assert heading(page) == "Children and family"
    press(page, "Save and continue")
    assert heading(page) == "Substances"
    fill_in(
        page,
        AD,
        {
            "substance_1": "heroin",
            "substance_1_first_age": "19",
            "route": "Smoke",
            "substance_2": "No second problem substance (9996)",
            "injecting_status": "Never injected",
        },
    )
    press(page, "Save and continue")
    for following in ("Mental health", "Hepatitis and liver", "Naloxone", "Domestic abuse"):
        assert heading(page) == following
        press(page, "Save" if following == "Domestic abuse" else "Save and continue")
    assert heading(page) == "JD, born 3 February 1985"


def add_lists(page: Page) -> None:
    """Two interventions, a sub intervention review, two TOPs and a client information review."""
    began = day(140)
    for kind, setting in (("Pharmacological intervention", "Community"), ("95", "Primary care")):
        follow(page, "Add an intervention")
        fill_in(
            page,
            AD,
            {
                "intervention_type": kind,
                "setting": setting,
                "referred_date": written(145),
                "start_date": f"{began.day} {began:%b} {began.year}",
            },
        )
        save_to_client(page)
    follow(page, "Add a sub intervention review")
    fill_in(page, AD, {"review_date": written(100), "methadone_maintenance": "ticked"})
    fill_in(page, AD, {"peer_support": "ticked"})
    save_to_client(page)
    for stage, before in (("Start", 138), ("Review", 110)):
        follow(page, "Add an outcomes profile")
        fill_in(page, AD, {"profile_date": written(before), "stage": stage, "opiate_days": "20"})
        save_to_client(page)
    follow(page, "Add a client information review")
    fill_in(page, AD, {"review_date": written(80), "accommodation_need": "No housing problem"})
    save_to_client(page)


def discharge(page: Page) -> None:
    """Ends the episode, and on the next page both interventions."""
    follow(page, "Discharge")
    fill_in(page, AD, {"discharge_date": f"{day(10):%d-%m-%Y}"})
    press(page, "Save")
    assert any("without a discharge reason" in line for line in told(page))
    assert page.locator("#id_discharge_date").input_value() == f"{day(10):%d-%m-%Y}"
    fill_in(page, AD, {"discharge_reason": VIEWS["episode.discharge_reason"]})
    press(page, "Save")
    assert heading(page) == "End the open interventions"
    for ended in page.get_by_label("Mutually agreed planned exit").all():
        ended.check()
    press(page, "End them")
    expect(page.locator("main")).to_contain_text("2 interventions ended.")
    expect(page.locator("main")).not_to_contain_text("an intervention is still open")


def explain(page: Page) -> None:
    """Explains the review that came early; another date brings the warning back; the right one ends it."""
    panel = page.get_by_role("region", name="1 warning to check")
    expect(panel).to_contain_text(TOO_EARLY)
    panel.locator(".det-told__explain").click()
    page.get_by_label("Why is this right?").fill("The client was about to go away.")
    press(page, "Save the explanation")
    expect(page.locator("main")).to_contain_text("Nothing to mend")
    change_review(page, written(111))
    expect(panel).to_contain_text(TOO_EARLY)
    change_review(page, written(90))
    expect(page.locator("main")).to_contain_text("Nothing to mend")


def change_review(page: Page, date: str) -> None:
    follow(page, ": Review")
    fill_in(page, AD, {"profile_date": date})
    save_to_client(page)


def transfer(page: Page) -> bytes:
    """Takes the file of the period that is offered."""
    follow(page, "Transfer data")
    period = current_period(today(), core_dataset())
    assert page.get_by_label("Reporting period").input_value() == period.end.isoformat()
    figures = page.locator(".det-figures").inner_text().replace("\xa0", " ")
    facts = " ".join(figures.split())
    assert facts.startswith("Load 100 % Data quality 100 % Clients 1 Episodes 1 Rows"), facts
    with page.expect_download() as download:
        page.get_by_role("button", name="Transfer data").click()
    return Path(download.value.path()).read_bytes()


def test_from_sign_in_to_a_file(page: Page, live_server: Any, tmp_path: Path, capsys: Any) -> None:
    enrol_and_sign_in(page, live_server.url)
    add_client(page)
    add_episode(page)
    add_lists(page)
    discharge(page)
    days = {
        "episode.care_plan_start_date": written(144),
        "intervention.first_appointment_date": written(143),
    }
    assert mend(page, AD, {**VIEWS, **days}, leave=TOO_EARLY) < 25
    explain(page)
    content = transfer(page)

    file = tmp_path / "file.csv"
    file.write_bytes(content)
    capsys.readouterr()
    call_command("check_file", str(file), "--dataset", AD, "--agency", "N0001", "--format", "json")
    report = json.loads(capsys.readouterr().out)
    assert (report["load_percentage"], report["data_quality_percentage"]) == (100, 100), report
