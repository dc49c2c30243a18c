"""Signing in in a real browser: by keyboard, with axe on every state, and on a narrow screen."""

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from det.models import Agency
from ndtms.accounts import services
from ndtms.accounts.models import User
from tests.browser.test_accessibility import check

PAGE = """{% extends "base.html" %}{% block title %}Clients{% endblock %}
{% block content %}<h1 class="govuk-heading-l">Clients</h1>{% endblock %}"""


def some_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(engines["django"].from_string(PAGE).render({}, request))


urlpatterns = [
    path("clients/", some_page, name="client-list"),
    path("", include("ndtms.urls")),
]
pytestmark = pytest.mark.urls("tests.browser.test_accounts_browser")
EMAIL = "worker.with.a.long.name@agency-with-a-long-name.example"
PASSWORD = "Nine green bottles"


@pytest.fixture
def user(transactional_db: None) -> User:
    agency = Agency.objects.create(
        code="N0001", name="Northern Lights Recovery and Wellbeing Partnership", dataset="AD"
    )
    return services.create_account(
        email=EMAIL, name="Wilma Worker-Withalongname", agencies=[agency], password=PASSWORD
    )


def press(page: Any, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name).click()


def enter_password(page: Any, password: str = PASSWORD) -> None:
    page.get_by_label("Email address").fill(EMAIL)
    page.get_by_label("Password").fill(password)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def code_of(device: TOTPDevice, step: int = 0) -> str:
    return f"{totp(device.bin_key, drift=step):06}"


def test_enrol_then_sign_in(page: Any, live_server: Any, user: User) -> None:
    page.goto(f"{live_server.url}/clients/")
    assert "Sign in to carry on" in page.inner_text("main")
    check(page)

    press(page, "Continue")
    assert page.title() == "Error: Sign in – NDTMS Data Entry Tool"
    check(page)

    enter_password(page)
    assert page.get_by_role("heading", level=1).inner_text() == "Set up your authenticator app"
    check(page)
    press(page, "Finish and sign in")
    assert "Enter the 6 numbers" in page.inner_text(".govuk-error-summary")
    check(page)
    device = TOTPDevice.objects.get(user=user)
    used = code_of(device)
    page.get_by_label("Code").fill(used)
    press(page, "Finish and sign in")

    assert page.url == f"{live_server.url}/clients/"
    assert "Wilma" in page.inner_text("header")
    assert page.locator("nav [aria-current=page]").inner_text() == "Clients"
    check(page)

    press(page, "Sign out")
    assert "You have signed out" in page.inner_text("main")
    check(page)

    enter_password(page)
    assert page.get_by_role("heading", level=1).inner_text() == "Enter the code from your app"
    check(page)
    page.get_by_label("Code").fill(used)
    press(page, "Sign in")
    assert "has been used" in page.inner_text(".govuk-error-summary")
    check(page)
    # After a wrong code none is looked at for a second.
    TOTPDevice.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)
    page.get_by_label("Code").fill(code_of(device, step=1))
    press(page, "Sign in")
    assert page.url == f"{live_server.url}/clients/"


def test_wrong_passwords(page: Any, live_server: Any, user: User) -> None:
    page.goto(f"{live_server.url}/sign-in/")
    enter_password(page, "wrong")
    page.get_by_role("link", name="The email address or the password is not right").click()
    assert page.evaluate("document.activeElement.id") == "id_email"
    check(page)
    for _ in range(4):
        enter_password(page, "wrong")
    assert page.get_by_role("heading", level=1).inner_text() == "Wait before you try again"
    check(page)


def test_help(page: Any, live_server: Any) -> None:
    page.goto(f"{live_server.url}/sign-in/")
    page.get_by_role("link", name="How to sign in, and what to do if you cannot").click()
    assert page.get_by_role("heading", level=1).inner_text() == "How to sign in"
    check(page)


def test_made_up_accounts(page: Any, live_server: Any, user: User, settings: Any) -> None:
    settings.MADE_UP_ACCOUNTS = True
    services.make_made_up_account(agencies=[user.agency], email="demo@agency.example", name="Demo")
    page.goto(f"{live_server.url}/sign-in/")
    check(page)
    page.get_by_label("Email address").fill("demo@agency.example")
    page.get_by_label("Password").fill(settings.MADE_UP_PASSWORD)
    press(page, "Continue")
    check(page)
    # Whoever is so slow that the code has changed is shown the next one.
    for _ in range(3):
        if page.url.endswith("/sign-in/code/"):
            page.get_by_label("Code").fill(page.inner_text(".det-made-up code"))
            press(page, "Sign in")
    assert page.url == f"{live_server.url}/clients/"


def test_without_javascript(browser: Any, live_server: Any, user: User) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/clients/")
    enter_password(page)
    page.get_by_label("Code").fill(code_of(TOTPDevice.objects.get(user=user)))
    press(page, "Finish and sign in")
    assert page.url == f"{live_server.url}/clients/"
    assert page.get_by_role("link", name="Transfer data").is_visible()
    context.close()
