"""Signing in: each refusal beside its success."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.checks import run_checks
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from det.models import Agency
from det.signals import changed
from ndtms.accounts import middleware, services
from ndtms.accounts.models import User
from ndtms.accounts.visitors import client_address, pseudonym
from ndtms.audit.models import AuditEvent, AuditIsFinal
from ndtms.audit.services import record

NOW = datetime.datetime(2025, 3, 3, 9, 0, tzinfo=datetime.UTC)
EMAIL = "worker@agency.example"
PASSWORD = "Nine green bottles"


def first_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"Welcome {request.user.name}")  # type: ignore[union-attr]


def post_only(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"Saved by {request.user.name}")  # type: ignore[union-attr]


urlpatterns = [
    path("clients/", first_page, name="client-list"),
    path("clients/1/", post_only),
    path("", include("ndtms.urls")),
]
pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.test_accounts")]


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def agency(db: None) -> Agency:
    return Agency.objects.create(code="N0001", name="Northern Lights", dataset="AD")


@pytest.fixture
def user(agency: Agency, clock: Any) -> User:
    """Somebody with an account who has not signed in yet."""
    return services.create_account(email=EMAIL, name="Wilma", agencies=[agency], password=PASSWORD)


@pytest.fixture
def device(user: User) -> TOTPDevice:
    """The app of somebody who has set it up."""
    return TOTPDevice.objects.create(user=user, name="App", confirmed=True)


def code_of(device: TOTPDevice) -> str:
    return f"{totp(device.bin_key):06}"


def wrong_code_of(device: TOTPDevice) -> str:
    """A code that is right neither now nor some minutes before or after."""
    around = {totp(device.bin_key, drift=drift) for drift in range(-12, 13)}
    return next(f"{code:06}" for code in range(26) if code not in around)


def enter_password(
    client: Client, password: str = PASSWORD, email: str = EMAIL, where: str = "/sign-in/"
) -> Any:
    return client.post(where, {"email": email, "password": password})


def sign_in(client: Client, device: TOTPDevice) -> Any:
    assert enter_password(client).status_code == 302
    return client.post("/sign-in/code/", {"code": code_of(device)})


def verbs() -> list[str]:
    return [event.verb for event in AuditEvent.objects.reverse()]


def test_both_steps_lead_to_the_first_page(client: Client, device: TOTPDevice) -> None:
    response = enter_password(client)
    assert response.url == "/sign-in/code/"
    assert sign_in(client, device).url == "/"
    assert client.get("/clients/").content == b"Welcome Wilma"
    assert verbs() == ["signed in"]
    event = AuditEvent.objects.get()
    assert (event.who, event.agency, event.at) == (EMAIL, "N0001", NOW)


def test_who_is_signed_out_is_sent_to_sign_in(client: Client) -> None:
    for address in ("/clients/", "/clients/1/", "/no-such-page/", "/"):
        for method in (client.get, client.post):
            assert method(address).url == f"/sign-in/?next={address}"


def test_the_password_alone_opens_nothing(client: Client, device: TOTPDevice) -> None:
    enter_password(client)
    assert client.get("/clients/").url == "/sign-in/?next=/clients/"
    assert client.get("/sign-in/code/").status_code == 200


def test_the_code_alone_opens_nothing(client: Client, device: TOTPDevice) -> None:
    response = client.post("/sign-in/code/", {"code": code_of(device)})
    assert response.url == "/sign-in/"
    assert client.get("/clients/").status_code == 302


def test_the_open_pages_are_these(client: Client) -> None:
    signing_in = {"sign-in", "code", "code-by", "sign-out"}
    setting_up = {"enrol", "enrol-key", "enrol-lent-key", "enrol-code"}
    coming = {"ask-access", "access-asked", "invitation", "invitation-password"}
    help_pages = {"how-to-sign-in", "about", "accessibility", "privacy", "contact"}
    assert {*signing_in, *setting_up, *coming, *help_pages} == middleware.OPEN_PAGES
    assert client.get("/sign-in/").status_code == 200
    assert client.get("/help/sign-in/").status_code == 200


@pytest.mark.parametrize("email", [EMAIL.upper(), f" {EMAIL} ", "WORKER@agency.example"])
def test_email_in_any_case(client: Client, device: TOTPDevice, email: str) -> None:
    assert enter_password(client, email=email).url == "/sign-in/code/"


def test_wrong_password_and_unknown_account_look_the_same(
    client: Client, device: TOTPDevice
) -> None:
    wrong = enter_password(client, "not this one")
    unknown = enter_password(client, email="nobody@agency.example")
    assert wrong.status_code == unknown.status_code == 200
    assert summary_of(wrong) == summary_of(unknown)
    assert "The email address or the password is not right" in summary_of(wrong)[0]
    assert "not this one" not in wrong.content.decode()
    assert [event.who for event in AuditEvent.objects.reverse()] == [
        EMAIL,
        f"unknown {pseudonym('nobody@agency.example')}",
    ]
    assert verbs() == ["refused password"] * 2


def summary_of(response: Any) -> list[str]:
    return [item["message"] for item in response.context["summary"]]


def test_long_password_with_spaces_at_its_ends(client: Client, agency: Agency) -> None:
    password = " " + "correct horse " * 8
    services.create_account(
        email="long@agency.example", name="L", agencies=[agency], password=password
    )
    assert enter_password(client, password.strip(), "long@agency.example").status_code == 200
    assert enter_password(client, password, "long@agency.example").url == "/sign-in/authenticator/"


@pytest.mark.parametrize("password", ["seven77", "password1", ""])
def test_short_and_common_passwords_are_refused(agency: Agency, password: str) -> None:
    with pytest.raises(ValidationError):
        services.create_account(email="x@y.example", name="X", agencies=[agency], password=password)


def test_an_email_belongs_to_one_account(user: User) -> None:
    with pytest.raises(ValidationError):
        services.create_account(email=EMAIL.upper(), name="X", password=PASSWORD)
    with pytest.raises(IntegrityError):
        User.objects.filter(pk=user.pk).update(email=EMAIL.upper())


def test_disabled_account_cannot_sign_in(client: Client, device: TOTPDevice, user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)
    response = enter_password(client)
    assert "not right" in summary_of(response)[0]
    User.objects.filter(pk=user.pk).update(is_active=True)
    assert enter_password(client).url == "/sign-in/code/"


def test_disabling_an_account_ends_its_sessions(
    client: Client, device: TOTPDevice, user: User
) -> None:
    sign_in(client, device)
    assert client.get("/clients/").status_code == 200
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get("/clients/").status_code == 302


def test_a_new_password_ends_all_sessions(client: Client, device: TOTPDevice, user: User) -> None:
    sign_in(client, device)
    user.set_password("Eight green bottles")
    user.save()
    assert client.get("/clients/").status_code == 302


def test_removing_the_app_ends_its_sessions(client: Client, device: TOTPDevice) -> None:
    sign_in(client, device)
    device.delete()
    assert client.get("/clients/").status_code == 302


def test_five_guesses_lock_that_person_at_that_address_only(
    client: Client, device: TOTPDevice, agency: Agency, clock: Any
) -> None:
    services.create_account(
        email="b@agency.example", name="B", agencies=[agency], password=PASSWORD
    )
    for _ in range(4):
        assert enter_password(client, "guess").status_code == 200
    locked = enter_password(client, "guess")
    assert locked.status_code == 429
    assert "Wait 15 minutes" in locked.content.decode()
    assert locked.headers["Cache-Control"] == "no-store"
    assert enter_password(client).status_code == 429, "even the right password"
    assert enter_password(Client(REMOTE_ADDR="192.0.2.7")).url == "/sign-in/code/"
    assert enter_password(Client(), email="b@agency.example").status_code == 302
    clock.shift(15 * 60 + 1)
    assert enter_password(client).url == "/sign-in/code/"


def test_signing_in_forgets_earlier_guesses(client: Client, device: TOTPDevice) -> None:
    for _ in range(2):
        for _ in range(4):
            assert enter_password(client, "guess").status_code == 200
        assert enter_password(client).status_code == 302


def test_guesses_at_an_unknown_account_lock_just_the_same(client: Client, clock: Any) -> None:
    statuses = [enter_password(client, "x", "no@one.example").status_code for _ in range(6)]
    assert statuses == [200, 200, 200, 200, 429, 429]


def test_what_axes_keeps_names_nobody(client: Client, device: TOTPDevice) -> None:
    from axes.models import AccessAttempt

    enter_password(client, "guess", where="/sign-in/?next=/clients/1/")
    attempt = AccessAttempt.objects.get()
    kept = f"{attempt.username} {attempt.get_data} {attempt.post_data}"
    assert EMAIL not in kept
    assert "guess" not in kept
    assert attempt.username == pseudonym(EMAIL)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "192.0.2.1", "127.0.0.1"),
        (1, "192.0.2.1", "192.0.2.1"),
        (1, "198.51.100.9, 192.0.2.1", "192.0.2.1"),
        (2, "198.51.100.9, 192.0.2.1, 10.0.0.1", "192.0.2.1"),
        (2, "192.0.2.1", "127.0.0.1"),
        (1, "", "127.0.0.1"),
        (1, "garbage", "0.0.0.0"),  # noqa: S104
    ],
)
def test_the_address_is_what_our_own_proxy_saw(
    rf: Any, settings: Any, proxies: int, forwarded: str, address: str
) -> None:
    settings.PROXY_COUNT = proxies
    assert client_address(rf.get("/", HTTP_X_FORWARDED_FOR=forwarded)) == address


def test_wrong_code(client: Client, device: TOTPDevice, clock: Any, caplog: Any) -> None:
    enter_password(client)
    response = client.post("/sign-in/code/", {"code": wrong_code_of(device)})
    assert "That code is wrong" in summary_of(response)[0]
    assert client.get("/clients/").status_code == 302
    assert verbs() == ["refused code"]
    assert "wrong code" in caplog.text
    assert EMAIL not in caplog.text
    clock.shift(2)
    assert client.post("/sign-in/code/", {"code": code_of(device)}).url == "/"


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "-12345"])
def test_what_is_no_code(client: Client, device: TOTPDevice, code: str) -> None:
    enter_password(client)
    assert "6 numbers" in summary_of(client.post("/sign-in/code/", {"code": code}))[0]
    assert verbs() == []


def test_code_with_spaces(client: Client, device: TOTPDevice) -> None:
    enter_password(client)
    code = code_of(device)
    response = client.post("/sign-in/code/", {"code": f" {code[:3]} {code[3:]} "})
    assert response.url == "/"


def test_a_code_is_used_once(client: Client, device: TOTPDevice, clock: Any) -> None:
    sign_in(client, device)
    other = Client()
    enter_password(other)
    response = other.post("/sign-in/code/", {"code": code_of(device)})
    assert "has been used" in summary_of(response)[0]
    clock.shift(30)
    assert other.post("/sign-in/code/", {"code": code_of(device)}).url == "/"


def shows_at(device: TOTPDevice, seconds: int) -> str:
    """What the app of a phone shows whose clock is off by so many seconds."""
    return f"{totp(device.bin_key, drift=seconds // 30):06}"


CLOCK_OFF = "Check that your phone sets its clock automatically"


@pytest.mark.parametrize("seconds", [-30, 0, 30])
def test_a_clock_that_is_nearly_right_will_do(
    client: Client, device: TOTPDevice, agency: Agency, seconds: int, clock: Any
) -> None:
    enter_password(client)
    assert client.post("/sign-in/code/", {"code": shows_at(device, seconds)}).url == "/"
    newcomer = services.create_account(
        email="n@agency.example", name="N", agencies=[agency], password=PASSWORD
    )
    visitor = Client()
    enter_password(visitor, email=newcomer.email)
    new = TOTPDevice.objects.get(user=newcomer)
    enrolling = visitor.post("/sign-in/authenticator/", {"code": shows_at(new, seconds)})
    assert enrolling.url == "/", "setting up is as strict as signing in"


@pytest.mark.parametrize("seconds", [-300, -90, -60, 60, 90, 300])
def test_a_code_from_a_clock_that_is_off_says_so(
    client: Client, device: TOTPDevice, agency: Agency, seconds: int, clock: Any
) -> None:
    enter_password(client)
    response = client.post("/sign-in/code/", {"code": shows_at(device, seconds)})
    assert CLOCK_OFF in summary_of(response)[0]
    assert client.get("/clients/").status_code == 302
    newcomer = services.create_account(
        email="n@agency.example", name="N", agencies=[agency], password=PASSWORD
    )
    visitor = Client()
    enter_password(visitor, email=newcomer.email)
    new = TOTPDevice.objects.get(user=newcomer)
    enrolling = visitor.post("/sign-in/authenticator/", {"code": shows_at(new, seconds)})
    assert CLOCK_OFF in summary_of(enrolling)[0]
    assert not TOTPDevice.objects.get(pk=new.pk).confirmed


def test_a_code_of_another_hour_is_only_wrong(
    client: Client, device: TOTPDevice, clock: Any
) -> None:
    device.key = "00" * 20  # whose code an hour ago is no code of these minutes
    device.save()
    enter_password(client)
    response = client.post("/sign-in/code/", {"code": shows_at(device, -3600)})
    assert summary_of(response) == [
        "That code is wrong. Enter the 6 numbers that your app shows now"
    ]


def test_a_used_code_says_so_apart(client: Client, device: TOTPDevice, clock: Any) -> None:
    used = code_of(device)
    sign_in(client, device)
    for wait in (0, 60):
        clock.shift(wait)
        other = Client()
        enter_password(other)
        response = other.post("/sign-in/code/", {"code": used})
        assert "has been used already" in summary_of(response)[0]
        assert CLOCK_OFF not in summary_of(response)[0]


def test_wrong_codes_slow_down(client: Client, device: TOTPDevice, clock: Any) -> None:
    enter_password(client)
    for wait in (1, 2, 4):
        client.post("/sign-in/code/", {"code": wrong_code_of(device)})
        early = client.post("/sign-in/code/", {"code": code_of(device)})
        assert f"Wait {wait} seconds" in summary_of(early)[0]
        clock.shift(wait)
    assert client.post("/sign-in/code/", {"code": code_of(device)}).url == "/"


def test_enrolment(client: Client, user: User) -> None:
    assert enter_password(client).url == "/sign-in/authenticator/"
    device = TOTPDevice.objects.get(user=user)
    page = client.get("/sign-in/authenticator/")
    secret = page.context["secret"]
    assert secret in page.content.decode()
    assert page.context["qr_code"].startswith("data:image/svg+xml")
    assert client.get("/clients/").status_code == 302
    assert (
        client.post("/sign-in/authenticator/", {"code": wrong_code_of(device)}).status_code == 200
    )
    device.refresh_from_db()
    assert not device.confirmed
    device.throttle_reset()
    response = client.post("/sign-in/authenticator/", {"code": code_of(device)})
    assert response.url == "/"
    assert client.get("/clients/").status_code == 200
    assert verbs() == ["refused code", "set up authenticator app", "signed in"]


def test_the_secret_is_another_at_each_attempt_to_enrol(client: Client, user: User) -> None:
    enter_password(client)
    seen = TOTPDevice.objects.get(user=user)
    enter_password(Client())
    assert TOTPDevice.objects.get(user=user).key != seen.key
    client.post("/sign-in/authenticator/", {"code": code_of(seen)})
    assert client.get("/clients/").status_code == 302


def test_who_has_an_app_cannot_enrol_another(
    client: Client, device: TOTPDevice, user: User
) -> None:
    enter_password(client)
    assert client.get("/sign-in/authenticator/").url == "/sign-in/"
    assert client.post("/sign-in/authenticator/", {"code": "123456"}).url == "/sign-in/"
    other = TOTPDevice.objects.create(user=user, name="Another", confirmed=False)
    client.post("/sign-in/authenticator/", {"code": code_of(other)})
    client.post("/sign-in/code/", {"code": code_of(other)})
    assert client.get("/clients/").status_code == 302
    assert not TOTPDevice.objects.get(pk=other.pk).confirmed


def test_each_step_starts_a_new_session(client: Client, device: TOTPDevice) -> None:
    session = client.session
    session["before"] = True
    session.save()
    keys = [session.session_key]
    enter_password(client)
    keys.append(client.session.session_key)
    client.post("/sign-in/code/", {"code": code_of(device)})
    keys.append(client.session.session_key)
    assert len(set(keys)) == 3
    assert Session.objects.count() == 1


@pytest.mark.parametrize(
    ("asked", "reached"),
    [
        ("/clients/1/", "/clients/1/"),
        ("/clients/1/?page=2", "/clients/1/?page=2"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("/\\elsewhere.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("clients", "/"),
        ("no page of ours", "/"),
        ("", "/"),
    ],
)
def test_next(client: Client, device: TOTPDevice, asked: str, reached: str) -> None:
    from django.utils.http import urlencode

    where = "/sign-in/?" + urlencode({"next": asked})
    step = enter_password(client, where=where).url
    assert client.post(step, {"code": code_of(device)}).url == reached
    assert client.get(where).url == reached, "and so for somebody who is signed in already"


def test_idle_for_15_minutes(client: Client, device: TOTPDevice, clock: Any) -> None:
    sign_in(client, device)
    for _ in range(3):
        clock.shift(14 * 60)
        assert client.get("/clients/").status_code == 200
    clock.shift(15 * 60 + 1)
    assert client.get("/clients/").url == "/sign-in/?next=/clients/"


def test_signed_in_for_12_hours(client: Client, device: TOTPDevice, clock: Any) -> None:
    sign_in(client, device)
    for _ in range(72):
        clock.shift(10 * 60)
        assert client.get("/clients/").status_code == 200
    clock.shift(1)
    response = client.get("/clients/1/", follow=True)
    assert response.redirect_chain == [("/sign-in/?next=/clients/1/", 302)]
    assert "You were signed in for 12 hours" in response.content.decode()
    assert verbs() == ["signed in", "signed out"]


def test_sign_out_is_a_post(client: Client, device: TOTPDevice) -> None:
    sign_in(client, device)
    assert client.get("/sign-out/").status_code == 405
    assert client.get("/clients/").status_code == 200
    response = client.post("/sign-out/", follow=True)
    assert "You have signed out." in response.content.decode()
    assert client.get("/clients/").status_code == 302
    assert verbs() == ["signed in", "signed out"]


def test_posts_need_the_token(device: TOTPDevice, client: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    refused = strict.post("/sign-in/", {"email": EMAIL, "password": PASSWORD})
    assert refused.status_code == 403
    assert "This page is out of date" in refused.content.decode()


def test_no_page_is_kept_by_browsers(client: Client, device: TOTPDevice) -> None:
    pages = [client.get(address) for address in ("/sign-in/", "/clients/", "/help/sign-in/")]
    sign_in(client, device)
    pages += [client.get(address) for address in ("/clients/", "/no-such-page/")]
    assert [page.status_code for page in pages] == [200, 302, 200, 200, 404]
    assert {page.headers["Cache-Control"] for page in pages} == {"no-store"}


def test_headers(client: Client) -> None:
    headers = client.get("/sign-in/").headers
    # django-csp writes the directives in any order.
    assert sorted(headers["Content-Security-Policy"].split("; ")) == [
        "base-uri 'none'",
        "default-src 'none'",
        "font-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "img-src 'self' data:",
        "manifest-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
    ]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"


def test_error_pages_say_what_to_do(client: Client, device: TOTPDevice) -> None:
    from django.views import defaults

    sign_in(client, device)
    assert "Page not found" in client.get("/no-such-page/").content.decode()
    request = client.get("/clients/").wsgi_request
    for view in (defaults.bad_request, defaults.permission_denied):
        assert "<h1" in view(request, Exception("secret")).content.decode()
    broken = defaults.server_error(request).content.decode()
    assert "Sorry, there is a problem with the service" in broken


def test_made_up_accounts_are_shown_on_this_machine_only(
    client: Client, agency: Agency, settings: Any, clock: Any
) -> None:
    def make() -> User:
        return services.make_made_up_account(agencies=[agency], email=EMAIL, name="Wilma")

    with pytest.raises(PermissionDenied):
        make()
    settings.MADE_UP_ACCOUNTS = True
    assert make() == make()
    shown = client.get("/sign-in/").content.decode()
    assert EMAIL in shown
    assert settings.MADE_UP_PASSWORD in shown
    for _ in range(3):  # within the 30 seconds of one code
        visitor = Client()
        enter_password(visitor, settings.MADE_UP_PASSWORD)
        code = visitor.get("/sign-in/code/").context["made_up_code"]
        assert visitor.post("/sign-in/code/", {"code": code}).url == "/"

    settings.MADE_UP_ACCOUNTS = False
    shown = client.get("/sign-in/").content.decode()
    assert EMAIL not in shown
    assert settings.MADE_UP_PASSWORD not in shown
    enter_password(client, settings.MADE_UP_PASSWORD)
    assert client.get("/sign-in/code/").context["made_up_code"] == ""


@pytest.mark.parametrize(
    ("made_up", "hosts", "deploy", "problems"),
    [
        (True, ["localhost", "127.0.0.1"], False, set()),
        (True, ["localhost", "det.example"], False, {"accounts.E001"}),
        (True, ["*"], False, {"accounts.E001"}),
        (False, ["det.example"], True, set()),
        (True, ["localhost"], True, {"accounts.E002"}),
    ],
)
def test_made_up_accounts_are_refused_in_production(
    settings: Any, made_up: bool, hosts: list[str], deploy: bool, problems: set[str]
) -> None:
    settings.MADE_UP_ACCOUNTS = made_up
    settings.ALLOWED_HOSTS = hosts
    found = {problem.id for problem in run_checks(include_deployment_checks=deploy)}
    assert found & {"accounts.E001", "accounts.E002"} == problems


def test_changes_are_in_the_audit(user: User) -> None:
    changed.send(
        sender=None,
        user=user,
        agency="N0001",
        verb="saved",
        section="episode",
        record="7d9f4f5c-0000-4000-8000-000000000001",
        client="7d9f4f5c-0000-4000-8000-000000000002",
        detail={"items": ["DISD"]},
    )
    event = AuditEvent.objects.get()
    assert (event.who, event.agency, event.verb) == (EMAIL, "N0001", "saved")
    assert event.record.endswith("1")
    assert event.detail == {"items": ["DISD"]}


def attempts(event: AuditEvent) -> list[Callable[[], Any]]:
    event.who = "somebody else"
    copy = AuditEvent(pk=event.pk, who="somebody else", verb="signed in")
    return [
        event.save,
        event.delete,
        copy.save,
        lambda: AuditEvent.objects.update(who="somebody else"),
        lambda: AuditEvent.objects.all().delete(),
        lambda: AuditEvent.objects.bulk_update([event], ["who"]),
        lambda: AuditEvent._base_manager.update(who="somebody else"),
        lambda: AuditEvent.objects.update_or_create(pk=event.pk, defaults={"who": "x"}),
    ]


@pytest.mark.parametrize("number", range(8))
def test_the_audit_cannot_be_edited(number: int) -> None:
    event = record(who=EMAIL, verb="signed in")
    with pytest.raises((AuditIsFinal, IntegrityError)):
        attempts(event)[number]()


def test_a_refused_edit_leaves_the_event(transactional_db: None) -> None:
    event = record(who=EMAIL, verb="signed in")
    for attempt in attempts(event):
        with pytest.raises((AuditIsFinal, IntegrityError)):
            attempt()
    assert AuditEvent.objects.get().who == EMAIL
