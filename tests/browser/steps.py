"""What people do on the pages: sign in, answer questions in any usual way, follow what the tool found, mend it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping

from django.test import Client as DjangoClient
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import BrowserContext, Locator, Page, expect

from det.answers import RADIOS, SELECT, choices, is_long, kind, read
from det.checking import today
from det.definition import core_dataset
from det.models import Agency
from ndtms.accounts import services
from ndtms.accounts.models import User
from ndtms.regions.services.declarations import renew_made_up
from validation.dataset import DataItem
from validation.periods import current_period

PASSWORD = "Nine green bottles"
Answers = Mapping[str, str]
"""Field -> what is typed or chosen: a code, a word, or `Word (code)`; a tick is any text."""


def latest_day() -> datetime.date:
    """The last day of the current reporting period that has come: nothing here happens after it."""
    return min(current_period(today(), core_dataset()).end, today())


def day(before: int) -> datetime.date:
    """So many days before the latest day."""
    return latest_day() - datetime.timedelta(days=before)


def written(before: int) -> str:
    """The day as the extract writes it."""
    return f"{day(before):%d/%m/%Y}"


def item_of(record: str, field: str) -> DataItem:
    return core_dataset().by_name[f"{record}.{field}"]


# People


def make_worker(dataset: str = "AD", code: str = "N0001", name: str = "Wilma Worker") -> User:
    """Somebody who enters data at an agency, which is made if it is not there."""
    agency, _ = Agency.objects.get_or_create(
        code=code, defaults={"name": "Northern Lights", "dataset": dataset}
    )
    email = f"{name.lower().replace(' ', '.')}@{code.lower()}.example"
    return services.create_account(email=email, name=name, agencies=[agency], password=PASSWORD)


def sign_in(context: BrowserContext, address: str, user: User) -> None:
    """A session as after both steps of signing in, without the pages; declarations are valid."""
    renew_made_up(person=user)
    device, _ = TOTPDevice.objects.get_or_create(user=user, name="App", confirmed=True)
    visitor = DjangoClient()
    visitor.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = visitor.session
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session.save()
    cookie = {"name": "sessionid", "value": str(session.session_key), "url": address}
    context.add_cookies([cookie])  # type: ignore[list-item]


# Pages


def press(page: Page, name: str) -> None:
    """Presses a button that leads to a page."""
    with page.expect_navigation(wait_until="domcontentloaded"):
        page.get_by_role("button", name=name, exact=True).click()


def follow(page: Page, name: str, number: int = 0) -> None:
    """Follows a link, the first of that name unless told otherwise."""
    with page.expect_navigation(wait_until="domcontentloaded"):
        page.get_by_role("link", name=name).nth(number).click()


def heading(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


def record_on(page: Page) -> str:
    """Which record the form page is about, from its address: its section."""
    found = re.search(r"/record/(\w+)/[0-9a-f-]{36}/(?:add/)?", page.url)
    assert found or "/clients/add/" in page.url, page.url
    return found[1] if found else "client"


def fill_in(page: Page, dataset: str, answers: Answers) -> None:
    """Answers questions of the form page, each the way its field wants it."""
    record = record_on(page)
    for field, text in answers.items():
        item = item_of(record, field)
        if page.locator(f"input[type=checkbox]#id_{field}").count():
            page.locator(f"#id_{field}").check()
        elif kind(item, dataset) == RADIOS:
            word = choices(item, dataset)[read(item, text, dataset)].text
            question_on(page, item).get_by_label(word, exact=True).check()
        elif kind(item, dataset) == SELECT:
            question_on(page, item).select_option(read(item, text, dataset))
        else:
            question_on(page, item).fill(text)
            if is_long(item, dataset):
                page.keyboard.press("Escape")


def question_on(page: Page, item: DataItem) -> Locator:
    """The question of the item: the group of its radio buttons, or its box."""
    name = re.compile(rf"^{re.escape(item.question)}( \(optional\))?$")
    group = page.get_by_role("group", name=name)
    return group if group.count() else page.get_by_label(name)


def told(page: Page) -> list[str]:
    """What the summaries of a form page say, errors and warnings."""
    return page.locator(".govuk-error-summary li, .det-warning-summary li").all_inner_texts()


# Mending


def some_answer(item: DataItem, dataset: str) -> str:
    """An answer that says nothing special, from the definition alone."""
    if item.type == "code":
        offered = choices(item, dataset).values()
        return next((c.code for c in offered if not c.meanings), next(iter(offered)).code)
    return {"integer": str(item.min or 0), "initial": "A", "postcode_district": "LS6"}[item.type]


def mend(page: Page, dataset: str, views: Mapping[str, str], leave: str = "none at all") -> int:
    """From the client's page, follows what is found and answers it, until nothing is left.

    `views`: record.field -> the answer that the journey wants. Findings whose message has `leave` stay.
    Returns how many form pages it took.
    """
    for rounds in range(40):
        lines = page.locator(".det-panel .det-told > li").filter(has_not_text=leave)
        if not lines.count():
            return rounds
        for folded in page.locator(".det-panel details:not([open]) > summary").all():
            folded.click()
        link = lines.first.locator("a").first
        target = str(link.get_attribute("href")).partition("#")[2]
        with page.expect_navigation(wait_until="domcontentloaded"):
            link.click()
        expect(page.locator(f"#{target}")).to_be_focused()
        record = record_on(page)
        wrong = page.locator(".govuk-error-summary li a, .det-warning-summary li a")
        named = [str(a.get_attribute("href")) for a in wrong.all() if leave not in a.inner_text()]
        fields = dict.fromkeys(re.sub(r"^#id_|_0$", "", name) for name in named)
        answers = {
            name: views.get(f"{record}.{name}") or some_answer(item_of(record, name), dataset)
            for name in fields
        }
        fill_in(page, dataset, answers)
        save_to_client(page)
    raise AssertionError(f"still to mend: {lines.all_inner_texts()}")


def save_to_client(page: Page) -> None:
    """Saves, and goes to the client's page, be it by the way back when there is something to look at."""
    both = page.get_by_role("button", name="Save and go to the client")
    press(page, "Save and go to the client" if both.count() else "Save")
    if page.locator("form.det-form").count():
        follow(page, "Back to the client")
