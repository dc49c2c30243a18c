"""Every kind of page in every state: axe finds nothing, nothing scrolls sideways, links focus, pages are light."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer
from django.test.testcases import QuietWSGIRequestHandler
from django.urls import reverse
from playwright.sync_api import Page

from det import services
from det.definition import core_dataset
from det.models import Episode, Finding, SubInterventionReview
from det.pages import pages_of
from det.services import add_agency
from det.tickets import Ticket
from ndtms.accounts.services import add_to_agency
from tests.browser.caseload import (
    a_client,
    a_warning,
    add,
    add_one_of_each,
    change,
    closed_episode,
    store_demo,
    typed,
)
from tests.browser.steps import heading, make_worker, press, sign_in
from tests.test_check_file import extract

NARROW = {"width": 320, "height": 256}
"""What is left of a screen of 1280 x 1024 at 400 % zoom, and as wide as the smallest telephone."""
DATASETS = ("AD", "SY", "YP", "SA")
FIRST_PAGE, LATER_PAGE = 120_000, 25_000
"""So many bytes on the wire at most."""
NONSENSE = """form => {
  for (const field of form.elements) {
    if (field.type === "text") field.value = "no way 31/02 ".repeat(4);
    if (["radio", "checkbox"].includes(field.type)) { field.value = "nonsense"; field.checked = true; }
  }
  form.requestSubmit();
}"""
AXE = Axe().axe_script
VIOLATIONS = """async colours => {
  const found = await axe.run({ exclude: window.lookedAt }, {
    resultTypes: ["violations"],
    reporter: "no-passes",
    preload: false,
    rules: { "color-contrast": { enabled: colours } },
  });
  return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html}`));
}"""
DOUBLE_IDS = """() => [...document.querySelectorAll("[id]")].map((element) => element.id)
  .filter((id, number, all) => all.indexOf(id) < number)"""
NEW = Path(__file__).with_name("looking.js").read_text()
SEEN: set[int] = set()
"""Digests of the markup in which axe has found nothing."""
STEP = """number => {
  const links = document.querySelectorAll(".govuk-error-summary li a, .det-warning-summary li a");
  const focused = document.activeElement.id;
  links[number]?.focus();
  return [links.length, links[number]?.hash.slice(1), focused];
}"""
"""Focuses a link of the summaries; tells how many there are, what this one names, and what had the focus."""


def check(page: Page) -> None:
    """axe finds nothing, wide and narrow, and at 320 pixels only tables have to be scrolled sideways.

    The colours, which take longest to look at, are the same narrow. Nothing is looked at twice: see looking.js.
    """
    wide = page.viewport_size
    assert page.evaluate(DOUBLE_IDS) == [], page.url
    new = page.evaluate(NEW, list(SEEN))
    if new:
        page.evaluate(AXE)
        assert page.evaluate(VIOLATIONS, True) == [], page.url
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], page.url
    if new:
        assert page.evaluate(VIOLATIONS, False) == [], page.url
    page.set_viewport_size(wide)  # type: ignore[arg-type]
    SEEN.update(new)


def check_summary_links(page: Page) -> int:
    """By keyboard, every link of the summaries focuses what it names. How many there were."""
    total, target, _ = page.evaluate(STEP, 0)
    for number in range(1, total + 1):
        page.keyboard.press("Enter")
        named = target
        _, target, focused = page.evaluate(STEP, number)
        assert focused == named, page.url
    return int(total)


def submit_nonsense(page: Page) -> None:
    with page.expect_navigation(wait_until="load"):
        page.locator(".det-form").evaluate(NONSENSE)
    assert page.title().startswith("Error: ")


@pytest.mark.parametrize(
    "fault",
    [
        "document.querySelector('label[for=id_email]').removeAttribute('for')",
        "document.querySelector('#id_email').removeAttribute('id')",
        "document.querySelector('footer li').replaceWith(document.createElement('li').textContent = 'x')",
        "document.querySelector('h1').style.color = '#eee'",
        "document.querySelector('main p').id = 'id_email'",
        "document.querySelector('main').style.width = '400px'",
        "document.documentElement.removeAttribute('lang')",
    ],
)
def test_a_fault_is_seen_on_a_page_that_was_right_before(
    page: Page, live_server: Any, fault: str
) -> None:
    """Leaving out what was looked at already hides nothing."""
    page.goto(f"{live_server.url}/sign-in/")
    for _ in range(2):
        check(page)
    page.evaluate(f"() => {{ {fault} }}")
    with pytest.raises(AssertionError):
        check(page)


SECTIONS = ("client", "episode", *core_dataset().children)


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("dataset", DATASETS)
def test_every_form(page: Page, live_server: Any, dataset: str, section: str) -> None:
    """Blank, with what the rules find, with everything wrong, and saved by somebody else meanwhile."""
    user = make_worker(dataset)
    other = make_worker(dataset, name="Olive Other")
    sign_in(page.context, live_server.url, user)
    record = add_one_of_each(user)[section]
    above = record.parent
    adding = reverse("record-add", args=[section, above.pk]) if above else reverse("client-add")
    page.goto(f"{live_server.url}{adding}")
    check(page)
    links = 0
    for form_page in pages_of(section, dataset):
        address = reverse("record-change", args=[section, record.pk, form_page.id])
        page.goto(live_server.url + address)
        check(page)
        links += check_summary_links(page)
        submit_nonsense(page)
        check(page)
        links += check_summary_links(page)
        page.goto(live_server.url + address)
        # Two answers: a discharge has both a date and a reason.
        theirs = form_page.items[:2]
        change(other, record, **{item.field: typed(item, dataset) for item in theirs})
        # A form that says nothing of what it showed is in dispute with every other answer.
        old = Ticket(user.pk, record.agency_id, opened={}).signed()
        page.evaluate("old => document.querySelector('.det-form [name=ticket]').value = old", old)
        with page.expect_navigation(wait_until="load"):
            page.get_by_role("button", name="Save").first.click()
        assert "olive" in page.locator(":focus").inner_text()
        check(page)
    assert links > 0


def test_lists(page: Page, live_server: Any) -> None:
    """The lists of an agency: empty, full, filtered; what a transfer says; and the data set."""
    user = make_worker()
    sign_in(page.context, live_server.url, user)

    def see(name: str, query: str = "", *args: str) -> None:
        page.goto(live_server.url + reverse(name, args=args) + query)
        check(page)

    for name in ("client-list", "fix-list", "transfer"):
        see(name)
    store_demo(user, clients=40, flaws=0.3)
    see("client-list")
    see("client-list", "?page=2")
    see("fix-list")
    rule = Finding.objects.filter(severity="warning").first()
    see("fix-list", f"?rule={rule.key}&item={rule.item}" if rule else "")
    see("transfer")
    assert "Who stays behind, and why" in page.inner_text("main")
    services.delete_record(user=user, record=a_client(user))
    for text, show in (("", "With errors"), ("", "Deleted in the last 30 days"), ("no such", "")):
        page.goto(live_server.url + reverse("client-list"))
        page.get_by_label("Show").select_option(show or "All clients")
        page.get_by_label("Search").fill(text)
        press(page, "Search")
        check(page)
    assert "No client fits the search" in page.inner_text("main")

    for name, query in (("data-set", ""), ("data-set", "?show=provisional"), ("rule-book", "")):
        see(name, query)
    see("data-item", "", "client", "ethnicity")
    see("data-item", "", "outcomes_profile", "opiate_days")
    page.goto(f"{live_server.url}/clients/nobody/")
    assert heading(page) == "Page not found"
    check(page)


def test_clean_transfer(page: Page, live_server: Any) -> None:
    user = make_worker()
    sign_in(page.context, live_server.url, user)
    store_demo(user, clients=4)
    page.goto(live_server.url + reverse("transfer"))
    assert "The file" in page.inner_text("main")
    check(page)


def test_checking_a_file(page: Page, live_server: Any, tmp_path: Path) -> None:
    """Nothing chosen, findings, rejected."""
    user = make_worker()
    sign_in(page.context, live_server.url, user)
    page.goto(live_server.url + reverse("check-file"))
    check(page)
    press(page, "Check the file")
    assert page.title().startswith("Error: ")
    check(page)
    # The dataset is that of the agency, so only the file is missing.
    assert check_summary_links(page) == 1
    for content, told in ((extract(flaws=0.5), "findings"), (b"no extract", "is rejected")):
        file = tmp_path / "extract.csv"
        file.write_bytes(content)
        page.get_by_label("File").set_input_files(str(file))
        page.get_by_label("AD:").check()
        press(page, "Check the file")
        assert told in page.locator(".det-panel h2").inner_text()
        check(page)


def test_own_account(page: Page, live_server: Any) -> None:
    user = make_worker()
    for _ in range(2):
        sign_in(page.context, live_server.url, user)
        page.goto(live_server.url + reverse("own-sessions"))
    check(page)
    page.get_by_role("button", name="End the session").click()
    assert "The session has ended" in page.inner_text("main")
    check(page)
    page.goto(live_server.url + reverse("password"))
    check(page)
    press(page, "Change the password")
    check(page)
    assert check_summary_links(page) == 2


def test_choosing_an_agency(page: Page, live_server: Any) -> None:
    user = make_worker()
    agency = user.agency
    assert agency
    agency.provider = "Trust"
    agency.save()
    other = add_agency(code="N0002", name="Southern Lights", dataset="YP", provider="Trust")
    add_to_agency(user=user, agency=other)
    sign_in(page.context, live_server.url, user)
    page.goto(live_server.url + reverse("client-list"))
    assert heading(page) == "Your agencies"
    check(page)
    press(page, "Continue")
    check(page)
    assert check_summary_links(page) == 1
    page.get_by_label("Southern Lights").check()
    press(page, "Continue")
    assert heading(page) == "Clients"
    assert "Southern Lights, dataset YP" in page.inner_text("header")


def test_client_pages(page: Page, live_server: Any) -> None:
    """A client's page in its states; answers reviewed, a record deleted, a warning explained."""
    user = make_worker()
    sign_in(page.context, live_server.url, user)
    store_demo(user, clients=12)
    records = add_one_of_each(user)
    fresh = add(user, "client", first_initial="F")

    def see(name: str, *args: Any) -> None:
        page.goto(live_server.url + reverse(name, args=args))
        check(page)

    for client in (
        fresh,
        records["client"],
        a_client(user, findings=None, consent="Y"),
        a_client(user, consent="N"),
        closed_episode(user).client,
    ):
        see("client", client.pk)
    for section in ("client", "episode", "sub_intervention_review"):
        see("record", section, records[section].pk)
        see("record-delete", section, records[section].pk)
    see("record", "episode", closed_episode(user).pk)
    services.delete_record(user=user, record=records["intervention"])

    warning = a_warning(records["client"].client)
    see("finding-explain", warning.record, warning.key, warning.item.partition(".")[2])
    press(page, "Save the explanation")
    assert page.title().startswith("Error: ")
    check(page)
    assert check_summary_links(page) == 1
    page.get_by_label("Why is this right?").fill("The client said so twice.")
    press(page, "Save the explanation")
    page.get_by_text("1 explained warning").click()
    check(page)
    see("finding-explain", warning.record, warning.key, warning.item.partition(".")[2])
    press(page, "Withdraw the explanation")
    check(page)


@contextmanager
def production_server(settings: Any, folder: Path) -> Iterator[str]:
    """The product as it is served: static files collected, compressed, named by content, kept by the browser."""
    settings.STATIC_ROOT = folder
    settings.WHITENOISE_AUTOREFRESH = False
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    server = ThreadedWSGIServer(("localhost", 0), QuietWSGIRequestHandler)
    server.set_app(WSGIHandler())
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_weight(page: Page, settings: Any, tmp_path: Path) -> None:
    """What the first page of a visit and each later page weigh on the wire."""
    user = make_worker()
    store_demo(user, clients=60, flaws=0.3)
    episode = Episode.objects.first()
    review = SubInterventionReview.objects.first()
    assert episode
    assert review
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    sizes: list[int] = []
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    paths = [
        *(reverse(name) for name in ("client-list", "fix-list", "transfer", "client-add")),
        *(reverse(name) for name in ("data-set", "rule-book")),
        reverse("client", args=[episode.client_id]),
        reverse("record", args=["episode", episode.pk]),
        *(
            reverse("record-change", args=["episode", episode.pk, form_page.id])
            for form_page in pages_of("episode", "AD")
        ),
        reverse("record-change", args=["sub_intervention_review", review.pk, "all"]),
        reverse("data-item", args=["client", "country_of_birth"]),
    ]
    with production_server(settings, tmp_path) as address:
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert len(sizes) > 3
        assert sum(sizes) < FIRST_PAGE
        sign_in(page.context, address, user)
        weights = {}
        for path in paths:
            sizes.clear()
            page.goto(address + path)
            weights[path] = sum(sizes)
        assert {path: size for path, size in weights.items() if size >= LATER_PAGE} == {}
