"""What was typed before a session ended is shown again, on every page of the portal, or the page says that it never is.

The forms are found from the pages, as in tests/test_nasty_input.py: a new page is thus tested by being there.
"""

import datetime
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import time_machine
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http.multipartparser import MultiPartParser
from django.test import Client as Browser
from django.urls import resolve, reverse
from django.utils import timezone
from django_otp.oath import totp

from det.kept import KEPT
from det.models import Agency, Client
from det.tickets import Ticket
from ndtms.accounts.middleware import BUTTONS_ON, OPEN_PAGES, SIGNED_IN_AT
from ndtms.accounts.models import Role
from ndtms.accounts.services import CHOSEN_AGENCY, add_to_agency
from ndtms.audit.models import AuditEvent
from tests.conftest import sign_in
from tests.factories import AgencyFactory, ClientFactory, EpisodeFactory, UserFactory
from tests.forms import FORM, OpenForm, words_of
from tests.test_access import TABLE, visit, world
from tests.test_nasty_input import VISITORS, own_pages

pytestmark = pytest.mark.django_db
__all__ = ["world"]

PASSWORD = "Nine green bottles"
SECRET = "password", "confirm-identity", "factor-", "key", "person-factors"
"""How the names of the pages begin that ask for a password, a code or a key, or give one out."""
SIGNED_IN = [visitor for visitor in VISITORS if visitor.endswith("here") or visitor in Role]


class Typed(HTMLParser):
    """The forms of a page that are posted: for each what it holds, and the names of the fields that are typed into."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[tuple[dict[str, str], set[str]]] = []
        self.is_posted = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.is_posted = about.get("method") == "post" and "multipart" not in str(about)
            if self.is_posted:
                self.forms.append(({}, set()))
        name, kind = about.get("name", ""), about.get("type", "text")
        if not self.is_posted or not name or tag not in ("input", "textarea"):
            return
        fields, typed = self.forms[-1]
        if kind not in ("radio", "checkbox"):
            fields[name] = about.get("value", "")
            if kind != "hidden":
                typed.add(name)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.is_posted = False


def later(browser: Browser, address: str, sent: dict[str, str]) -> None:
    """Sends the form when the session has ended."""
    browser.cookies.clear()
    browser.post(address, urlencode(sent), content_type=FORM)


@pytest.mark.parametrize("visitor", SIGNED_IN)
def test_what_was_typed_as_the_session_ended_is_shown_again(world: Any, visitor: str) -> None:
    lost, tried = [], 0
    for name in own_pages(visitor):
        row, address = TABLE[name], reverse(name, args=TABLE[name].arguments(world))
        if row.method != "get" or not resolve(address).func.__module__.startswith("ndtms."):
            continue
        page = visit(visitor, world).get(address).content.decode("utf-8", "replace")
        for fields, typed in Typed(page).forms:
            if not typed:
                continue
            tried += 1
            # Shorter than every field may be.
            texts = {each: f"Ty{number:03}" for number, each in enumerate(sorted(typed))}
            browser = visit(visitor, world)
            later(browser, address, {**fields, **texts})
            if name.startswith(SECRET):
                assert KEPT not in browser.session, name
                continue
            sign_in(browser, world.people[visitor])
            shown = browser.get(address, follow=True).content.decode()
            lost += [f"{name}: {each}" for each, text in texts.items() if text not in shown]
    assert lost == []
    assert tried


@pytest.mark.parametrize(
    ("name", "button"),
    [
        ("access-request", {"approve": "1"}),
        ("agency-close", {"open": "1"}),
        ("person", {"do": "disable"}),
    ],
)
def test_a_button_that_was_pressed_as_the_session_ended_is_no_answer(
    world: Any, name: str, button: dict[str, str]
) -> None:
    """The page is as if nothing had been sent: it says neither that answers were kept nor that one is missing."""
    address = reverse(name, args=TABLE[name].arguments(world))
    browser = visit("regional here", world)
    ticket = OpenForm(browser, address)["ticket"]
    later(browser, address, {**button, "ticket": ticket})
    assert KEPT not in browser.session
    sign_in(browser, world.people["regional here"])
    page = browser.get(address)
    assert page.status_code == 200
    assert "save them again" not in page.content.decode()


def test_a_button_that_has_no_page_of_its_own_leads_back_to_the_page_with_the_button(
    world: Any,
) -> None:
    """Whoever presses it as the session ended, and signs in again, is told that nothing was done yet."""
    only_sent = set()
    for visitor in SIGNED_IN:
        for name in own_pages(visitor):
            address = reverse(name, args=TABLE[name].arguments(world))
            if visit(visitor, world).get(address).status_code != 405:
                continue
            only_sent.add(name)
            browser = Browser()
            answer = browser.post(address)
            sign_in(browser, world.people[visitor])
            back = parse_qs(urlsplit(answer.headers["Location"]).query)["next"][0]
            page = browser.get(back)
            assert page.status_code == 200, (name, back)
            assert "Nothing was done yet. Press the button again." in words_of(page), name
    assert only_sent == set(BUTTONS_ON) - OPEN_PAGES


def test_a_file_that_comes_without_a_session_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is not signed in could otherwise have the server take in one after another."""
    monkeypatch.setattr(MultiPartParser, "parse", lambda parser: pytest.fail("the file was read"))
    browser = Browser(enforce_csrf_checks=True)
    browser.get(reverse("sign-in"))
    assert browser.cookies[settings.CSRF_COOKIE_NAME], "without it nothing would be read anyway"
    for name in ("check-file", "client-add", "transfer-file"):
        answer = browser.post(reverse(name), {"file": SimpleUploadedFile("clients.csv", b"a,b")})
        assert answer.headers["Location"].startswith(reverse("sign-in"))


def test_signing_out_of_a_session_that_is_too_old_is_not_asked_for_again(user: Any) -> None:
    browser = sign_in(Browser(), user)
    with time_machine.travel(timezone.now() + datetime.timedelta(minutes=5), tick=False):
        session = browser.session
        session[SIGNED_IN_AT] -= settings.SESSION_ABSOLUTE_AGE
        session.save()
        answer = browser.post(reverse("sign-out"), follow=True)
    page = answer.content.decode()
    assert "You were signed in for 12 hours." in page
    assert "Press the button again" not in page


# Signed in again in another window


def strictly(user: Any) -> Browser:
    """Somebody's browser, which has to send the token against forgeries, as all do in life."""
    user.set_password(PASSWORD)
    user.save()
    return sign_in(Browser(enforce_csrf_checks=True), user)


def enter_password(browser: Browser, user: Any) -> str:
    """Signs in by the first step, in another window after the session ended; the address of the second step."""
    del browser.cookies[settings.SESSION_COOKIE_NAME]
    form = OpenForm(browser, reverse("sign-in"))
    form.fields |= {"email": user.email, "password": PASSWORD}
    return str(form.send().headers["Location"])


def enter_code(browser: Browser, user: Any, address: str) -> None:
    form = OpenForm(browser, address)
    form.fields["code"] = f"{totp(user.totpdevice_set.get().bin_key):06}"
    assert form.send().status_code == 302


@pytest.mark.parametrize("is_between_the_steps", [False, True])
def test_whoever_signs_in_again_in_another_window_loses_nothing_typed_in_the_first(
    user: Any, is_between_the_steps: bool
) -> None:
    browser = strictly(user)
    form = OpenForm(browser, reverse("client-add"))
    form["client_reference"] = "REF-1"
    code = enter_password(browser, user)
    if is_between_the_steps:
        assert form.send().headers["Location"].startswith(reverse("sign-in"))
        enter_code(browser, user, code)
    else:
        enter_code(browser, user, code)
        assert form.send().headers["Location"] == form.address
    assert not Client.objects.exists()
    page = browser.get(form.address)
    assert "Your answers are below: save them again." in words_of(page)
    again = OpenForm(browser, form.address, page.content.decode())
    assert again["client_reference"] == "REF-1"
    assert again.send().status_code == 302
    assert Client.objects.get().client_reference == "REF-1"


def test_a_button_pressed_after_signing_in_again_in_another_window_leads_back_to_it(
    user: Any,
) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    browser = strictly(user)
    form = OpenForm(browser, reverse("client", args=[episode.client.pk]))
    restore = reverse("record-restore", args=["episode", episode.pk])
    enter_code(browser, user, enter_password(browser, user))
    form.address = restore
    page = browser.get(form.send().headers["Location"])
    assert page.status_code == 200
    assert "Nothing was done, because you have signed in again" in words_of(page)


def test_a_password_that_is_typed_after_signing_in_again_is_not_kept(user: Any) -> None:
    browser = strictly(user)
    form = OpenForm(browser, reverse("password"))
    form["old"] = PASSWORD
    enter_code(browser, user, enter_password(browser, user))
    answer = form.send()
    assert answer.headers["Location"] == form.address
    assert KEPT not in browser.session
    assert "Do it again" in browser.get(form.address).content.decode()


def test_what_another_person_sends_after_signing_in_is_not_shown(user: Any) -> None:
    browser = strictly(user)
    form = OpenForm(browser, reverse("client-add"))
    form["client_reference"] = "REF-1"
    other = UserFactory(agency=user.agency)
    other.set_password(PASSWORD)
    other.save()
    sign_in(Browser(), other)
    enter_code(browser, other, enter_password(browser, other))
    answer = form.send()
    assert answer.status_code == 409
    assert "REF-1" not in answer.content.decode()
    assert KEPT not in browser.session


def test_another_site_with_a_ticket_of_its_own_leaves_nothing(user: Any) -> None:
    """Not even a session: its cookie would take the place of the one that the browser has, and sign the person out."""
    form = OpenForm(sign_in(Browser(), user), reverse("client-add"))
    form.browser = Browser(enforce_csrf_checks=True)
    answer = form.send()
    assert answer.headers["Location"].startswith(reverse("sign-in"))
    assert settings.SESSION_COOKIE_NAME not in answer.cookies


def test_a_page_that_is_out_of_date_leads_to_itself_anew() -> None:
    answer = Browser(enforce_csrf_checks=True).post(
        reverse("sign-in"), {"email": "pat@example.org"}
    )
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "Nothing was done." in page
    assert f'href="{reverse("sign-in")}">Open the page again</a>' in page


# Several agencies


@pytest.fixture
def lately_of_two() -> tuple[Any, Agency, Callable[[], None]]:
    """Somebody, the agency for which they work, and what adds them to another."""
    user = UserFactory(agency__name="Northgate", agency__provider="P")
    second = AgencyFactory(name="Brightwater", provider="P")
    return user, user.agencies.get(), lambda: add_to_agency(user=user, agency=second)


def test_what_is_shown_again_to_somebody_with_two_agencies_can_be_saved(
    client: Browser, lately_of_two: Any
) -> None:
    user, first, add = lately_of_two
    add()
    sign_in(client, user)
    session = client.session
    session[CHOSEN_AGENCY] = first.pk
    session.save()
    form = OpenForm(client, reverse("client-add"))
    form["client_reference"] = "REF-1"
    client.cookies.clear()
    form.send()
    sign_in(client, user)
    again = OpenForm(client, form.address)
    assert again["client_reference"] == "REF-1"
    assert again.send().status_code == 302
    saved = Client.objects.get()
    assert (saved.agency, saved.client_reference) == (first, "REF-1")
    assert AuditEvent.objects.filter(verb="chose agency").count() == 1


def test_who_is_added_to_a_second_agency_while_typing_loses_nothing(
    client: Browser, lately_of_two: Any
) -> None:
    user, first, add = lately_of_two
    sign_in(client, user)
    form = OpenForm(client, reverse("client-add"))
    form["client_reference"] = "REF-1"
    add()
    answer = form.send()
    saved = Client.objects.get()
    assert (saved.agency, saved.client_reference) == (first, "REF-1")
    assert client.session[CHOSEN_AGENCY] == first.pk
    page = client.get(answer.headers["Location"])
    assert page.status_code == 200
    assert "Northgate" in page.content.decode(), "and it says for whom one works"


def test_whoever_works_for_one_agency_chooses_none(verified: Browser) -> None:
    form = OpenForm(verified, reverse("client-add"))
    assert form.send().status_code == 302
    assert CHOSEN_AGENCY not in verified.session
    assert not AuditEvent.objects.filter(verb="chose agency").exists()


def test_a_form_of_somebody_else_chooses_no_agency(client: Browser, lately_of_two: Any) -> None:
    user, first, add = lately_of_two
    add()
    sign_in(client, user)
    theirs = Ticket(UserFactory(agency=first).pk, first.pk).signed()
    address = reverse("client-add")
    answer = client.post(address, urlencode({"ticket": theirs}), content_type=FORM)
    assert answer.headers["Location"].startswith(reverse("choose-agency"))
    assert CHOSEN_AGENCY not in client.session
    assert not Client.objects.exists()


# A look at a client, with a reason


TYPED = {"kind": "Something else", "reason": "They asked about the dates of the review"}


@pytest.fixture
def agency() -> Any:
    return AgencyFactory(region="London", code="N0001")


@pytest.fixture
def team() -> Any:
    return UserFactory(role=Role.REGIONAL, region="London")


def asked_later(browser: Browser, team: Any, agency: Any) -> str:
    """Somebody of the team asked for a client when the session had ended; the address of the page."""
    sign_in(browser, team)
    address = reverse("client-with-reason", args=[agency.code])
    form = OpenForm(browser, address)
    form["client_id"], form["reason"] = "C-777", TYPED["reason"]
    browser.cookies.clear()
    form.send(kind=TYPED["kind"])
    return address


def looks() -> int:
    return AuditEvent.objects.filter(verb="viewed with reason").count()


def test_a_reason_is_shown_again_and_nobody_is_looked_at_before_it_is_sent(
    client: Browser, agency: Any, team: Any
) -> None:
    ClientFactory(agency=agency, client_id="C-777")
    address = asked_later(client, team, agency)
    sign_in(client, team)
    response = client.get(address)
    page = response.content.decode()
    assert response.status_code == 200
    assert "save them again" in page
    assert looks() == 0
    assert TYPED["reason"] not in client.get(address).content.decode(), "once"
    form = OpenForm(client, address, page)
    assert (form["client_id"], form["kind"]) == ("C-777", TYPED["kind"])
    assert form.send().status_code == 200
    assert looks() == 1


def test_a_reason_is_shown_to_whoever_gave_it_on_its_page_only(
    client: Browser, agency: Any, team: Any
) -> None:
    other = AgencyFactory(region="London", code="N0002")
    address = asked_later(client, team, agency)
    sign_in(client, team)
    elsewhere = reverse("client-with-reason", args=[other.code])
    assert TYPED["reason"] not in client.get(elsewhere).content.decode()
    assert TYPED["reason"] in client.get(address).content.decode()
    asked_later(client, team, agency)
    sign_in(client, UserFactory(role=Role.REGIONAL, region="London"))
    assert TYPED["reason"] not in client.get(address).content.decode()
    sign_in(client, team)
    assert TYPED["reason"] not in client.get(address).content.decode(), "it is gone"


# Another agency for a person


def test_an_agency_is_shown_again_and_added_once_it_is_sent(client: Browser, team: Any) -> None:
    first, second = (AgencyFactory(region="London", provider="Trust") for _ in range(2))
    person = UserFactory(agency=first)
    sign_in(client, team)
    address = reverse("person", args=[person.pk])
    ticket = OpenForm(client, address)["ticket"]
    later(client, address, {"ticket": ticket, "do": "add", "code": second.code})
    sign_in(client, team)
    page = client.get(address).content.decode()
    assert f'value="{second.code}"' in page
    assert list(person.agencies.all()) == [first]
    client.post(address, {"do": "add", "code": second.code})
    assert person.agencies.count() == 2


# What is never kept


@pytest.mark.parametrize("name", ["password", "confirm-identity", "factor-add-app", "key-add"])
def test_a_password_or_a_code_is_not_kept(client: Browser, team: Any, name: str) -> None:
    """Though it carries a ticket, with which every other form is kept."""
    ticket = Ticket(team.pk, None).signed()
    sent = dict.fromkeys(("old", "new", "password", "code", "serial"), "Nine green bottles")
    later(client, reverse(name), {**sent, "ticket": ticket})
    assert KEPT not in client.session
    later(client, reverse("agency-add"), {"name": "Trust", "ticket": ticket})
    assert KEPT in client.session


def test_what_is_sent_to_no_page_is_not_kept(client: Browser, team: Any) -> None:
    later(client, "/no-such-page/", {"ticket": Ticket(team.pk, None).signed()})
    assert KEPT not in client.session
