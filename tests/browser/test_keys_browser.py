"""Security keys in a real browser: set up, used, lost and replaced; axe on every page."""

from __future__ import annotations

from typing import Any

import pytest
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import Browser, Page, expect
from yubiotp.otp import YubiKey, encode_otp

from det.checking import today
from ndtms.accounts.models import Role, User
from ndtms.accounts.services import create_account
from ndtms.keys import factors, services
from tests.browser.steps import PASSWORD, follow, heading, make_worker, press, sign_in
from tests.browser.test_accessibility import check

REGION = "London"


@pytest.fixture
def worker(transactional_db: None) -> User:
    user = make_worker()
    user.agencies.update(region=REGION)
    return user


@pytest.fixture
def regional(transactional_db: None) -> User:
    return create_account(
        email="rita@region.example",
        name="Rita Regional",
        role=Role.REGIONAL,
        region=REGION,
        password=PASSWORD,
    )


@pytest.fixture
def own_origin(live_server: Any, settings: Any) -> str:
    """The server of the test is the one place where a security key may be used."""
    settings.OTP_WEBAUTHN_ALLOWED_ORIGINS = [live_server.url]
    return str(live_server.url)


def put_in_key(page: Page) -> tuple[Any, str]:
    """A security key of the browser's own making, which is touched whenever it is asked."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "usb",
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return session, made["authenticatorId"]


def enter_password(page: Page, address: str, user: User) -> None:
    page.goto(f"{address}/sign-in/?next=/account/factors/")
    page.get_by_label("Email address").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Continue")


def sign_out(page: Page) -> None:
    page.context.clear_cookies()


def code_of(device: TOTPDevice, step: int = 0) -> str:
    return f"{totp(device.bin_key, drift=step):06}"


def test_a_security_key_is_set_up_and_used(page: Page, own_origin: str, worker: User) -> None:
    put_in_key(page)
    enter_password(page, own_origin, worker)
    assert heading(page) == "Set up your authenticator app"
    check(page)
    follow(page, "Set up a security key instead")
    check(page)
    expect(page.get_by_text("Your browser cannot talk")).to_be_hidden()
    page.get_by_label("Name").fill("Blue key")
    press(page, "Set up and sign in")
    assert heading(page) == "Your sign-in"
    assert "Blue key" in page.inner_text("table")
    check(page)
    sign_out(page)

    enter_password(page, own_origin, worker)
    assert heading(page) == "Use your security key"
    check(page)
    press(page, "Use your security key")
    assert heading(page) == "Your sign-in"
    follow(page, "Add a security key")
    assert heading(page) == "Confirm that it is you"
    check(page)
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Continue")
    assert heading(page) == "Add a security key"
    check(page)
    page.get_by_label("Name").fill("The same again")
    page.get_by_role("button", name="Add this security key").click()
    expect(page.get_by_text("This security key is added already")).to_be_visible()


def test_another_persons_security_key_is_refused(page: Page, own_origin: str, worker: User) -> None:
    """The answer of a key is only taken from its holder, and only once."""
    put_in_key(page)
    enter_password(page, own_origin, worker)
    follow(page, "Set up a security key instead")
    page.get_by_label("Name").fill("Blue key")
    press(page, "Set up and sign in")
    sign_out(page)
    enter_password(page, own_origin, worker)
    sent: list[str] = []
    page.on(
        "request",
        lambda request: sent.append(request.post_data or "") if request.method == "POST" else None,
    )
    press(page, "Use your security key")
    answer = page.evaluate("body => new URLSearchParams(body).get('answer')", sent[0])
    sign_out(page)
    for user in (worker, make_worker(name="Olive Other")):
        if user != worker:
            user.webauthncredential_set.create(
                name="Another", credential_id=b"x", public_key=b"", aaguid=""
            )
        enter_password(page, own_origin, user)
        page.evaluate(
            "answer => { const form = document.querySelector('form[data-ask-key]');"
            " form.elements.answer.value = answer; form.submit(); }",
            answer,
        )
        expect(page.locator(".govuk-error-summary")).to_contain_text("That did not work")
        check(page)


def test_without_javascript_the_page_says_what_to_do(
    browser: Browser, own_origin: str, worker: User
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    enter_password(page, own_origin, worker)
    follow(page, "Set up a security key instead")
    assert page.get_by_text("Your browser cannot talk to security keys").is_visible()
    assert not page.get_by_role("button", name="Set up and sign in").is_visible()
    follow(page, "Set up an authenticator app instead")
    page.get_by_label("Code").fill(code_of(TOTPDevice.objects.get(user=worker)))
    press(page, "Finish and sign in")
    assert heading(page) == "Your sign-in"
    context.close()


def test_a_key_is_programmed_lent_and_used(
    page: Page, own_origin: str, worker: User, regional: User
) -> None:
    sign_in(page.context, own_origin, regional)
    page.goto(f"{own_origin}/keys/")
    check(page)
    follow(page, "Add a key to the stock")
    press(page, "Add")
    assert page.title().startswith("Error: ")
    check(page)
    page.get_by_label("Serial number").fill("5550001")
    page.get_by_label("One-time password (YubiKey)").check()
    page.get_by_label(REGION).check()
    press(page, "Add")
    check(page)
    public_id, private_id, secret = (
        page.inner_text(f"#{name}") for name in ("public-id", "private-id", "secret-key")
    )
    follow(page, "The key is programmed")
    check(page)
    follow(page, "Lend this key")
    check(page)
    page.get_by_label("Email address of the person").fill(worker.email)
    page.get_by_label("Day on which the terms").fill("1 2 2026")
    page.get_by_label("Who signed the terms").fill("Wilma Worker")
    press(page, "Lend")
    assert "Wilma Worker" in page.inner_text("dl")
    assert "has not set the key up yet" in page.inner_text("main")
    check(page)
    page.goto(f"{own_origin}/keys/people/")
    check(page)
    follow(page, "Wilma Worker")
    press(page, "Give out new backup codes")
    assert page.title().startswith("Error: ")
    check(page)
    page.get_by_label("The provider lead confirmed it").check()
    press(page, "Give out new backup codes")
    check(page)
    codes = page.locator("#backup-codes code").all_inner_texts()
    sign_out(page)

    key = YubiKey(bytes.fromhex(private_id), 1)

    def touch() -> str:
        made = encode_otp(key.generate(), bytes.fromhex(secret), public_id.encode())
        return str(made.decode())

    enter_password(page, own_origin, worker)
    check(page)
    page.get_by_label("Backup code").fill(codes[0])
    press(page, "Sign in")
    check(page)
    follow(page, "set up YubiKey 5550001")
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Continue")
    assert heading(page) == "Set up your YubiKey"
    check(page)
    press(page, "Set up this YubiKey")
    assert page.title().startswith("Error: ")
    check(page)
    page.get_by_label("One-time password").fill(touch())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your sign-in")
    assert "set up YubiKey" not in page.inner_text("main")
    sign_out(page)

    used = touch()
    enter_password(page, own_origin, worker)
    assert heading(page) == "How do you want to go on?"
    check(page)
    follow(page, "YubiKey one-time password")
    check(page)
    page.get_by_label("One-time password").fill(used)
    page.keyboard.press("Enter")  # as the key does it
    expect(page.get_by_role("heading", level=1)).to_have_text("Your sign-in")
    check(page)
    sign_out(page)

    enter_password(page, own_origin, worker)
    follow(page, "YubiKey one-time password")
    page.get_by_label("One-time password").fill(used)
    press(page, "Sign in")
    assert "has been used" in page.inner_text(".govuk-error-summary")
    check(page)
    follow(page, "Use another way")
    follow(page, "Backup code")
    check(page)
    page.get_by_label("Backup code").fill(codes[1])
    press(page, "Sign in")
    assert heading(page) == "Your sign-in"


def test_a_lent_key_is_the_first_way_to_sign_in(
    page: Page, own_origin: str, worker: User, regional: User
) -> None:
    key = services.add_key(by=regional, serial="5550002", kind="otp", region=REGION)
    services.lend_key(by=regional, key=key, holder=worker, signed_on=today(), signed_by="Wilma")
    device = key.device
    assert device
    enter_password(page, own_origin, worker)
    assert heading(page) == "Set up your YubiKey"
    check(page)
    press(page, "Set up and sign in")
    assert page.title().startswith("Error: ")
    check(page)
    follow(page, "Set up an authenticator app instead")
    check(page)
    follow(page, "Set up the YubiKey that your regional team lent you")
    soft = YubiKey(bytes.fromhex(device.private_id), 1)
    made = encode_otp(soft.generate(), device.aes_key, device.public_id.encode())
    page.get_by_label("One-time password").fill(made.decode())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your sign-in")


def test_an_app_is_added_named_and_removed(page: Page, own_origin: str, worker: User) -> None:
    first = TOTPDevice.objects.create(user=worker, name="Old telephone", confirmed=True)
    enter_password(page, own_origin, worker)
    page.get_by_label("Code").fill(code_of(first))
    press(page, "Sign in")
    follow(page, "Add an authenticator app")
    page.get_by_label("Password").fill("wrong")
    press(page, "Continue")
    check(page)
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Continue")
    check(page)
    page.get_by_label("Code").fill(code_of(TOTPDevice.objects.get(user=worker, confirmed=False)))
    press(page, "Add this app")
    follow(page, "Change name of Authenticator app")
    check(page)
    page.get_by_label("Name").fill("New telephone")
    press(page, "Save")
    assert "New telephone" in page.inner_text("table")
    follow(page, "Remove New telephone")
    check(page)
    press(page, "Remove")
    follow(page, "Remove Old telephone")
    press(page, "Remove")
    assert "You cannot remove this" in page.inner_text("main")
    check(page)


def test_a_lost_key_from_the_call_to_a_new_app(
    page: Page, browser: Browser, own_origin: str, worker: User, regional: User
) -> None:
    TOTPDevice.objects.create(user=worker, name="Lost telephone", confirmed=True)
    factors.note_enrolled(user=worker)
    page.goto(f"{own_origin}/sign-in/")
    follow(page, "Lost your key? Ring your regional team")
    assert "NDTMS.London@" in page.inner_text("main")
    check(page)

    team = browser.new_context()
    sign_in(team, own_origin, regional)
    desk = team.new_page()
    desk.goto(f"{own_origin}/keys/people/")
    desk.get_by_label("Name or email address").fill("wilma")
    press(desk, "Search")
    follow(desk, "Wilma Worker")
    check(desk)
    follow(desk, "This person lost a key")
    check(desk)
    press(desk, "Reset")
    check(desk)
    desk.get_by_label("I called back").check()
    desk.get_by_label("Note").fill("Rang the agency at 9")
    press(desk, "Reset")
    check(desk)
    code = desk.inner_text("#enrolment-code")
    team.close()

    enter_password(page, own_origin, worker)
    assert heading(page) == "Enter your enrolment code"
    check(page)
    page.get_by_label("Enrolment code").fill("1111 1111 1111")
    press(page, "Continue")
    assert "That code is wrong" in page.inner_text(".govuk-error-summary")
    check(page)
    page.get_by_label("Enrolment code").fill(code)
    press(page, "Continue")
    page.get_by_label("Code").fill(code_of(TOTPDevice.objects.get(user=worker)))
    press(page, "Finish and sign in")
    assert heading(page) == "Your sign-in"
    assert "Lost telephone" not in page.inner_text("main")


def test_two_approve_the_reset_of_a_lead(
    page: Page, browser: Browser, own_origin: str, worker: User, regional: User
) -> None:
    lead = create_account(
        email="lea@agency.example",
        name="Lea Lead",
        role=Role.LEAD,
        agencies=worker.agencies.all(),
        password=PASSWORD,
    )
    sign_in(page.context, own_origin, regional)
    page.goto(f"{own_origin}/keys/reset/{lead.pk}/")
    assert "second member of your team" in page.inner_text("main")
    check(page)
    page.get_by_label("I saw the person").check()
    page.get_by_label("Note").fill("At the office")
    press(page, "Ask for approval")
    assert "You cannot approve what you asked for" in page.inner_text("main")
    check(page)

    colleague = create_account(
        email="rob@region.example",
        name="Rob Regional",
        role=Role.REGIONAL,
        region=REGION,
        password=PASSWORD,
    )
    team = browser.new_context()
    sign_in(team, own_origin, colleague)
    desk = team.new_page()
    desk.goto(own_origin)
    follow(desk, "1 reset of a second step to approve")
    check(desk)
    follow(desk, "Lea Lead")
    check(desk)
    press(desk, "Approve and reset")
    assert heading(desk) == "Read out the enrolment code"
    team.close()
