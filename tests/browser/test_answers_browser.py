"""Answering in a browser: one of many answers, what is a question, what is taken back, what rests on what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Locator, Page, expect

from det.models import Episode, Record
from tests.browser.caseload import add
from tests.browser.steps import item_of, make_worker, press, question_on, sign_in
from tests.browser.test_accessibility import check

TRIAGE = "10/03/2026"


@pytest.fixture(params=["with the script", "without it"])
def visitor(request: Any, browser: Browser, live_server: Any) -> Iterator[Page]:
    """A page of somebody who is signed in, with and without JavaScript."""
    scripted = request.param == "with the script"
    with browser.new_context(java_script_enabled=scripted) as context:
        sign_in(context, live_server.url, make_worker())
        yield context.new_page()


def an_episode(**answers: str) -> Episode:
    user = make_worker(name="Olive Other")
    episode: Episode = add(user, "episode", add(user, "client", sex="F"), **answers)
    return episode


def see(page: Page, live_server: Any, record: Record, form_page: str) -> None:
    address = reverse("record-change", args=[record.section, record.pk, form_page])
    page.goto(live_server.url + address)


def box(page: Page, field: str) -> Locator:
    return question_on(page, item_of("episode", field))


def test_what_is_a_question_is_asked_on_the_page_and_answered_by_one_choice(
    visitor: Page, live_server: Any
) -> None:
    episode = an_episode(triage_date=TRIAGE)
    see(visitor, live_server, episode, "referral")
    box(visitor, "referral_source").fill("police")
    visitor.keyboard.press("Escape")
    box(visitor, "software").fill("Mine 2.0")
    press(visitor, "Save and go to the client")
    expect(visitor.locator("main")).to_contain_text("police is not one of the answers")
    assert box(visitor, "software").input_value() == "Mine 2.0"
    assert box(visitor, "referral_source").input_value() == "police"
    visitor.get_by_label("Arrest referral", exact=True).check()
    press(visitor, "Save and go to the client")
    episode.refresh_from_db()
    assert (episode.referral_source, episode.software) == ("X05", "Mine 2.0")


def test_none_of_these_keeps_the_box(visitor: Page, live_server: Any) -> None:
    episode = an_episode()
    see(visitor, live_server, episode, "referral")
    box(visitor, "referral_source").fill("police")
    visitor.keyboard.press("Escape")
    press(visitor, "Save and go to the client")
    visitor.get_by_label("None of these").check()
    box(visitor, "referral_source").fill("A and E")
    visitor.keyboard.press("Escape")
    press(visitor, "Save and go to the client")
    episode.refresh_from_db()
    assert episode.referral_source == "9"


def test_a_radio_button_can_be_taken_back(visitor: Page, live_server: Any) -> None:
    episode = an_episode(mental_health_need="1", mental_health_treatment="3")
    see(visitor, live_server, episode, "mental_health")
    question = question_on(visitor, item_of("episode", "mental_health_treatment"))
    question.get_by_label("No answer").check()
    press(visitor, "Save and go to the client")
    episode.refresh_from_db()
    assert (episode.mental_health_need, episode.mental_health_treatment) == ("1", "")


def test_an_answer_of_a_list_that_opens_can_be_taken_back(visitor: Page, live_server: Any) -> None:
    client = add(make_worker(name="Olive Other"), "client", religion="C")
    see(visitor, live_server, client, "all")
    question_on(visitor, item_of("client", "religion")).select_option("No answer")
    press(visitor, "Save")
    client.refresh_from_db()
    assert client.religion == ""


def test_one_of_many_answers_is_found_by_keyboard_and_nothing_is_completed(
    page: Page, live_server: Any
) -> None:
    episode = an_episode()
    sign_in(page.context, live_server.url, make_worker())
    see(page, live_server, episode, "substances")
    first, options = box(page, "substance_1"), page.get_by_role("option")
    first.focus()
    page.keyboard.type("smack")
    expect(options.locator("visible=true")).to_have_count(1)
    expect(page.get_by_role("option", name="Heroin (1011)")).to_be_visible()
    check(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(first).to_have_value("Heroin (1011)")
    page.keyboard.press("Tab")
    second = box(page, "substance_2")
    second.focus()
    page.keyboard.type("3201")
    expect(page.get_by_role("option", name="Crack (3201)")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(second).to_have_value("Crack (3201)")
    third = box(page, "substance_3")
    # It is asked now that the second is answered.
    expect(third).to_be_visible()
    third.focus()
    page.keyboard.type("alco")
    expect(page.get_by_role("option", name="Alcohol (7000)")).to_be_visible()
    page.keyboard.press("Tab")
    expect(third).to_have_value("alco")
    press(page, "Save and go to the client")
    check(page)
    page.get_by_label("Alcohol", exact=True).check()
    press(page, "Save and go to the client")
    episode.refresh_from_db()
    assert [episode.substance_1, episode.substance_2, episode.substance_3] == [
        "1011",
        "3201",
        "7000",
    ]


def test_a_box_with_a_list_keeps_its_hint_and_its_message(page: Page, live_server: Any) -> None:
    episode = an_episode()
    sign_in(page.context, live_server.url, make_worker())
    see(page, live_server, episode, "substances")
    box(page, "substance_1").fill("no such thing")
    expect(page.get_by_text("No answer has these words")).to_be_visible()
    page.keyboard.press("Escape")
    press(page, "Save and go to the client")
    described = box(page, "substance_1").get_attribute("aria-describedby") or ""
    assert {"id_substance_1_hint", "id_substance_1_error_1"} <= set(described.split())
    assert box(page, "substance_1").get_attribute("aria-invalid") == "true"
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="All answers to Problem substance 1").click()
    expect(opened.value.get_by_role("heading", level=1)).to_contain_text("Problem substance")


def test_the_chain_of_questions_closes(page: Page, live_server: Any) -> None:
    """A question that is not asked any more counts as not answered for those that rest on it."""
    tested = {"hepc_status": "A", "hepc_test_date": TRIAGE, "hepc_antibody_result": "1"}
    episode = an_episode(**tested, hepc_pcr_result="1", hepc_treatment_referral="Y")
    sign_in(page.context, live_server.url, make_worker())
    see(page, live_server, episode, "blood_borne_viruses")
    chain = ("hepc_test_date", "hepc_antibody_result", "hepc_pcr_result", "hepc_treatment_referral")
    fields = [page.locator(f".govuk-form-group:has([name={field}])") for field in chain]
    for field in fields:
        expect(field).to_be_visible()
    status = question_on(page, item_of("episode", "hepc_status"))
    status.get_by_label("Offered and refused").check()
    for field in fields:
        expect(field).to_be_hidden()
    status.get_by_label("Offered and accepted").check()
    for field in fields:
        expect(field).to_be_visible()


def test_when_a_question_is_asked_is_said_only_where_no_script_shows_and_hides_it(
    visitor: Page, live_server: Any
) -> None:
    see(visitor, live_server, an_episode(substance_1="7000"), "substances")
    told = visitor.get_by_text("Only if Problem substance 2 is answered")
    scripted = visitor.locator("body.js-enabled").count()
    expect(told).to_have_count(1)
    expect(told).to_be_hidden() if scripted else expect(told).to_be_visible()


@pytest.fixture
def folded(live_server: Any) -> tuple[Record, str]:
    """A review in whose form the medicines are folded, and the address of the form."""
    user = make_worker(name="Rita Reviewer")
    episode = an_episode(triage_date=TRIAGE)
    add(user, "intervention", episode, intervention_type="95", setting="1")
    review = add(user, "sub_intervention_review", episode, review_date=TRIAGE)
    address = reverse("record-change", args=[review.section, review.pk, "all"])
    return review, live_server.url + address


def test_a_link_to_a_question_that_is_folded_away_opens_it(
    visitor: Page, folded: tuple[Record, str]
) -> None:
    review, address = folded
    visitor.goto(address)
    tick = visitor.locator("#id_methadone_maintenance")
    expect(tick).to_be_hidden()
    visitor.goto(f"{address}?from=review#id_methadone_maintenance")
    expect(tick).to_be_visible()
    tick.check()
    press(visitor, "Save")
    review.refresh_from_db()
    assert review.value("methadone_maintenance") == "Y"


def test_folded_groups_pass_axe(page: Page, live_server: Any, folded: tuple[Record, str]) -> None:
    sign_in(page.context, live_server.url, make_worker())
    page.goto(folded[1])
    check(page)
    page.locator("summary", has_text="Alcohol medicines").click()
    check(page)
