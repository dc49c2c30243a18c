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
from det.answers import is_long
from det.models import Episode, Finding, SubInterventionReview
from det.pages import Page as FormPage
from det.pages import pages_of
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
  const found = await axe.run({
    resultTypes: ["violations"],
    reporter: "no-passes",
    preload: false,
    rules: { "color-contrast": { enabled: colours } },
  });
  return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html}`));
}"""
STEP = """number => {
  const links = document.querySelectorAll(".govuk-error-summary li a, .det-warning-summary li a");
  const focused = document.activeElement.id;
  links[number]?.focus();
  return [links.length, links[number]?.hash.slice(1), focused];
}"""
"""Focuses a link of the summaries; tells how many there are, what this one names, and what had the focus."""


def check(page: Page, *, also_narrow: bool = False, colours: bool = True) -> None:
    """axe finds nothing, and at 320 pixels only tables have to be scrolled sideways.

    Looking at colours takes longer than all else: where they have been seen before, `colours` is False.
    """
    wide = page.viewport_size
    page.evaluate(AXE)
    assert page.evaluate(VIOLATIONS, colours) == [], page.url
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], page.url
    if also_narrow:
        assert page.evaluate(VIOLATIONS, False) == [], page.url
    page.set_viewport_size(wide)  # type: ignore[arg-type]


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


def questions(form_page: FormPage, dataset: str) -> list[tuple[str, bool]]:
    """What makes a form page look as it does."""
    return [(item.name, item.type == "code" and is_long(item, dataset)) for item in form_page.items]


def pages_to_see(dataset: str, section: str) -> list[FormPage]:
    """The form pages of a section, without those that a dataset before this one has just so."""
    before = DATASETS[: DATASETS.index(dataset)]
    seen = [questions(p, other) for other in before for p in pages_of(section, other)]
    return [p for p in pages_of(section, dataset) if questions(p, dataset) not in seen]


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_form(page: Page, live_server: Any, dataset: str) -> None:
    """Blank, with what the rules find, with everything wrong, and saved by somebody else meanwhile."""
    user = make_worker(dataset)
    other = make_worker(dataset, name="Olive Other")
    sign_in(page.context, live_server.url, user)
    records = add_one_of_each(user)
    links = 0
    colours = dataset == DATASETS[0]
    for section, record in records.items():
        unseen = pages_to_see(dataset, section)
        if not unseen:
            continue
        above = record.parent
        adding = reverse("record-add", args=[section, above.pk]) if above else reverse("client-add")
        page.goto(f"{live_server.url}{adding}")
        check(page, colours=False)
        for form_page in unseen:
            page.goto(
                live_server.url + reverse("record-change", args=[section, record.pk, form_page.id])
            )
            check(page, colours=False)
            links += check_summary_links(page)
            submit_nonsense(page)
            check(page, colours=colours)
            links += check_summary_links(page)
        first = unseen[0]
        page.goto(live_server.url + reverse("record-change", args=[section, record.pk, first.id]))
        change(other, record, **{first.items[0].field: typed(first.items[0], dataset)})
        with page.expect_navigation(wait_until="load"):
            page.get_by_role("button", name="Save").first.click()
        assert "olive" in page.locator(":focus").inner_text()
        check(page, also_narrow=section == "client", colours=section == "client")
    assert links > 20


def test_lists(page: Page, live_server: Any) -> None:
    """The lists of an agency: empty, full, filtered; what a transfer says; and the data set."""
    user = make_worker()
    sign_in(page.context, live_server.url, user)

    def see(name: str, query: str = "", *args: str, also_narrow: bool = False) -> None:
        page.goto(live_server.url + reverse(name, args=args) + query)
        check(page, also_narrow=also_narrow, colours=not query)

    for name in ("client-list", "fix-list", "transfer"):
        see(name)
    store_demo(user, clients=40, flaws=0.3)
    see("client-list", also_narrow=True)
    see("client-list", "?page=2")
    see("fix-list", also_narrow=True)
    rule = Finding.objects.filter(severity="warning").first()
    see("fix-list", f"?rule={rule.rule if rule else ''}")
    see("transfer", also_narrow=True)
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
    see("data-item", "", "client", "ethnicity", also_narrow=True)
    see("data-item", "", "outcomes_profile", "opiate_days")
    page.goto(f"{live_server.url}/clients/nobody/")
    assert heading(page) == "Page not found"
    check(page, also_narrow=True)


def test_clean_transfer(page: Page, live_server: Any) -> None:
    user = make_worker()
    sign_in(page.context, live_server.url, user)
    store_demo(user, clients=4)
    page.goto(live_server.url + reverse("transfer"))
    assert "The file" in page.inner_text("main")
    check(page, also_narrow=True)


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
    see("finding-explain", warning.pk)
    press(page, "Save the explanation")
    assert page.title().startswith("Error: ")
    check(page)
    assert check_summary_links(page) == 1
    page.get_by_label("Why is this right?").fill("The client said so twice.")
    press(page, "Save the explanation")
    page.get_by_text("1 explained warning").click()
    check(page, also_narrow=True)
    see("finding-explain", warning.pk)
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
