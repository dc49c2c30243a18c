"""Second factors, one's own sign-in page, the key register and resets: each refusal beside its success."""

from __future__ import annotations

import datetime
import re
import threading
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.checks import run_checks
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils.http import urlencode
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp_webauthn.models import WebAuthnCredential
from yubiotp.otp import YubiKey, encode_otp

from det.definition import core_dataset
from ndtms.accounts.models import Role, User
from ndtms.audit.models import AuditEvent
from ndtms.keys import factors, selectors, services
from ndtms.keys.models import Enrolled, FactorReset, RegisteredKey, YubiKeyDevice
from tests.conftest import sign_in
from tests.factories import UserFactory
from tests.forms import OpenForm, words_of

pytestmark = pytest.mark.django_db
NOW = datetime.datetime(2026, 3, 3, 9, 0, tzinfo=datetime.UTC)
TODAY = NOW.date()
PASSWORD = "Nine green bottles"
REGION = "London"
FACTORS = "/account/factors/"


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def make(role: str = Role.DATA_ENTRY, region: str = REGION, **about: Any) -> User:
    if role in (Role.DATA_ENTRY, Role.LEAD):
        about["agency__region"] = region
    elif role == Role.REGIONAL:
        about["region"] = region
    person = UserFactory(role=role, **about)
    person.set_password(PASSWORD)
    person.save()
    return person


@pytest.fixture
def worker() -> User:
    return make()


@pytest.fixture
def regional() -> User:
    return make(Role.REGIONAL)


def app_of(user: User, name: str = "App") -> TOTPDevice:
    return TOTPDevice.objects.create(user=user, name=name, confirmed=True)


def code_of(device: TOTPDevice) -> str:
    return f"{totp(device.bin_key):06}"


def fido_key(user: User, name: str = "Blue key") -> WebAuthnCredential:
    """A row as a FIDO2 key leaves it; nothing can sign for it."""
    number = WebAuthnCredential.objects.count()
    return WebAuthnCredential.objects.create(
        user=user, name=name, credential_id=b"key %d" % number, public_key=b"", aaguid=""
    )


def otp_key(by: User, serial: str = "Y-1") -> RegisteredKey:
    return services.add_key(by=by, serial=serial, kind="otp", region=by.region or REGION)


def lend(by: User, key: RegisteredKey, holder: User) -> RegisteredKey:
    """Lends the key to somebody who has not set it up yet."""
    services.lend_key(by=by, key=key, holder=holder, signed_on=TODAY, signed_by="The holder")
    key.refresh_from_db()
    return key


def lend_for_use(by: User, key: RegisteredKey, holder: User) -> RegisteredKey:
    """Lends the key to somebody who has set it up, and who has not used it since."""
    lend(by, key, holder)
    YubiKeyDevice.objects.filter(registered=key).update(confirmed=True)
    factors.note_enrolled(user=holder)
    key.refresh_from_db()
    return key


class SoftKey:
    """A YubiKey made of software, programmed as the register says."""

    def __init__(self, device: YubiKeyDevice, session: int = 1) -> None:
        self.device = device
        self.key = YubiKey(bytes.fromhex(device.private_id), session)

    def touch(self) -> str:
        public_id = self.device.public_id.encode()
        return encode_otp(self.key.generate(), self.device.aes_key, public_id).decode()


def enter_password(client: Browser, user: User) -> Any:
    return client.post("/sign-in/", {"email": user.email, "password": PASSWORD})


def is_signed_in(client: Browser) -> bool:
    return client.get(FACTORS).status_code == 200


def summary_of(response: Any) -> str:
    return " ".join(item["message"] for item in response.context["summary"])


def verbs() -> list[str]:
    return [event.verb for event in AuditEvent.objects.reverse()]


# One-time passwords of YubiKeys


@pytest.fixture
def lent(regional: User, worker: User) -> RegisteredKey:
    return lend_for_use(regional, otp_key(regional), worker)


@pytest.fixture
def soft_key(lent: RegisteredKey) -> SoftKey:
    assert lent.device
    return SoftKey(lent.device)


def touch(client: Browser, text: str) -> Any:
    return client.post("/sign-in/code/yubikey/", {"code": text})


def test_a_one_time_password_signs_in(client: Browser, worker: User, soft_key: SoftKey) -> None:
    assert enter_password(client, worker).url == "/sign-in/code/"
    assert "Touch your YubiKey" in client.get("/sign-in/code/").content.decode()
    assert touch(client, f" {soft_key.touch().upper()} ").url == "/"
    assert is_signed_in(client)
    assert verbs()[-1] == "signed in"


def test_a_one_time_password_counts_once(
    client: Browser, worker: User, soft_key: SoftKey, clock: Any
) -> None:
    used = soft_key.touch()
    skipped, later = soft_key.touch(), soft_key.touch()
    enter_password(client, worker)
    touch(client, used)
    other = Browser()
    enter_password(other, worker)
    assert "has been used" in summary_of(touch(other, used))
    clock.shift(2)
    assert touch(other, later).url == "/"
    third = Browser()
    enter_password(third, worker)
    assert "has been used" in summary_of(touch(third, skipped)), "the counter does not go back"
    assert verbs().count("refused code") == 2


def test_an_earlier_session_of_the_key_is_refused(
    client: Browser, worker: User, lent: RegisteredKey, clock: Any
) -> None:
    assert lent.device
    old, new = SoftKey(lent.device, session=4), SoftKey(lent.device, session=5)
    enter_password(client, worker)
    assert touch(client, new.touch()).url == "/"
    other = Browser()
    enter_password(other, worker)
    for _ in range(3):
        old.touch()
    assert "wrong" in summary_of(touch(other, old.touch()))


def test_another_persons_key_is_refused(
    client: Browser, worker: User, regional: User, soft_key: SoftKey, clock: Any
) -> None:
    other = make()
    theirs = lend_for_use(regional, otp_key(regional, "Y-2"), other).device
    assert theirs
    enter_password(client, worker)
    assert "wrong" in summary_of(touch(client, SoftKey(theirs).touch()))
    theirs.refresh_from_db()
    assert theirs.counter == theirs.throttling_failure_count == 0, "nothing is done to their key"
    clock.shift(2)
    assert touch(client, soft_key.touch()).url == "/"


def broken_texts(device: YubiKeyDevice) -> dict[str, str]:
    good = SoftKey(device).touch()
    wrong_key = encode_otp(
        YubiKey(bytes.fromhex(device.private_id), 9).generate(),
        b"x" * 16,
        device.public_id.encode(),
    )
    wrong_id = encode_otp(
        YubiKey(b"xxxxxx", 9).generate(), device.aes_key, device.public_id.encode()
    )
    return {
        "short": good[:-1],
        "long": good + "c",
        "no modhex": "a" * 40,
        "another alphabet": "ｃ" * 40,
        "digits": "1" * 40,
        "without the public id": good[8:],
        "another public id": "vvvvvvvv" + good[8:],
        "another AES key": wrong_key.decode(),
        "another private id": wrong_id.decode(),
    }


@pytest.mark.parametrize(
    "what",
    [
        "short",
        "long",
        "no modhex",
        "another alphabet",
        "digits",
        "without the public id",
        "another public id",
        "another AES key",
        "another private id",
    ],
)
def test_what_is_no_one_time_password(
    client: Browser, worker: User, lent: RegisteredKey, what: str
) -> None:
    assert lent.device
    enter_password(client, worker)
    assert "wrong" in summary_of(touch(client, broken_texts(lent.device)[what]))
    assert not is_signed_in(client)
    assert verbs()[-1] == "refused code"


def test_wrong_one_time_passwords_slow_down(
    client: Browser, worker: User, soft_key: SoftKey, clock: Any
) -> None:
    enter_password(client, worker)
    for wait in (1, 2, 4):
        touch(client, "c" * 40)
        assert f"Wait {wait} seconds" in summary_of(touch(client, soft_key.touch()))
        clock.shift(wait)
    assert touch(client, soft_key.touch()).url == "/"


def test_the_key_is_encrypted_in_the_database(lent: RegisteredKey) -> None:
    device = YubiKeyDevice.objects.get()
    assert len(device.aes_key) == 16
    assert device.aes_key.hex() not in device.encrypted_key
    assert device.encrypted_key.startswith("gAAAA")


@pytest.mark.parametrize(("key", "problems"), [("", {"keys.E001"}), ("short", {"keys.E001"})])
def test_a_useless_encryption_key_is_refused(settings: Any, key: str, problems: set[str]) -> None:
    assert "keys.E001" not in {problem.id for problem in run_checks()}
    settings.FIELD_ENCRYPTION_KEY = key
    assert problems <= {problem.id for problem in run_checks()}


# Backup codes


def backup_codes(user: User, by: User) -> list[str]:
    return factors.give_backup_codes(user=user, by=by, check_made="in_person")


@pytest.fixture
def codes(worker: User, regional: User) -> list[str]:
    app_of(worker)
    return backup_codes(worker, regional)


def enter_backup(client: Browser, code: str) -> Any:
    return client.post("/sign-in/code/backup-code/", {"code": code})


def test_a_backup_code_works_once(
    client: Browser, worker: User, codes: list[str], clock: Any
) -> None:
    assert len(set(codes)) == 8
    enter_password(client, worker)
    assert enter_backup(client, codes[0].upper().replace("-", " ")).url == "/"
    other = Browser()
    enter_password(other, worker)
    assert "has been used" in summary_of(enter_backup(other, codes[0]))
    clock.shift(2)
    assert enter_backup(other, codes[1]).url == "/"


def test_backup_codes_are_only_hashed(worker: User, codes: list[str]) -> None:
    stored = set(StaticToken.objects.values_list("token", flat=True))
    assert stored.isdisjoint(codes)
    assert stored.isdisjoint(code.replace("-", "") for code in codes)


def test_another_persons_backup_code_is_refused(
    client: Browser, worker: User, regional: User, codes: list[str], clock: Any
) -> None:
    other = make()
    theirs = backup_codes(other, regional)
    enter_password(client, worker)
    assert "wrong" in summary_of(enter_backup(client, theirs[0]))
    clock.shift(2)
    assert enter_backup(client, codes[0]).url == "/"


def test_new_backup_codes_end_the_old(
    client: Browser, worker: User, regional: User, codes: list[str]
) -> None:
    backup_codes(worker, regional)
    enter_password(client, worker)
    assert "wrong" in summary_of(enter_backup(client, codes[0]))


def test_who_used_up_all_codes_cannot_enrol(
    client: Browser, worker: User, regional: User, clock: Any
) -> None:
    for code in backup_codes(worker, regional):
        visitor = Browser()
        enter_password(visitor, worker)
        assert enter_backup(visitor, code).url == "/"
    assert enter_password(client, worker).url == "/sign-in/code/"
    assert b"used all your backup codes" in client.get("/sign-in/code/").content
    assert client.get("/sign-in/authenticator/").url == "/sign-in/"


def test_the_regional_team_gives_out_codes_once(
    client: Browser, worker: User, regional: User
) -> None:
    where = reverse("person-factors", args=[worker.pk])
    unsure = sign_in(client, regional).post(where)
    assert unsure.status_code == 422
    assert "Choose how you made sure" in summary_of(unsure)
    page = client.post(where, {"check_made": "called_back"})
    shown = page.context["codes"]
    assert len(shown) == 8
    assert shown[0] in page.content.decode()
    assert shown[0] not in client.get(where).content.decode()
    event = AuditEvent.objects.latest("pk")
    assert event.verb == "gave backup codes"
    assert event.detail == {"account": worker.pk, "check": "called_back"}


@pytest.mark.parametrize("role", [Role.LEAD, Role.REGIONAL, Role.NATIONAL])
def test_codes_are_no_way_around_the_second_approval(client: Browser, role: str) -> None:
    person = make(role)
    sign_in(client, make(Role.NATIONAL))
    where = reverse("person-factors", args=[person.pk])
    assert b"Give out new backup codes" not in client.get(where).content
    page = client.post(where, {"check_made": "in_person"})
    assert page.status_code == 422
    assert "cannot be given" in summary_of(page)
    assert not StaticToken.objects.exists()


# Several kinds


def test_what_was_used_last_comes_first(
    client: Browser, worker: User, soft_key: SoftKey, clock: Any
) -> None:
    app = app_of(worker)
    fido_key(worker)

    def offered() -> list[str]:
        visitor = Browser()
        enter_password(visitor, worker)
        return [str(kind) for kind in visitor.get("/sign-in/code/").context["kinds"]]

    assert offered() == ["security-key", "yubikey", "app"]
    enter_password(client, worker)
    assert client.post("/sign-in/code/app/", {"code": code_of(app)}).url == "/"
    assert offered()[0] == "app"
    clock.shift(60)
    other = Browser()
    enter_password(other, worker)
    touch(other, soft_key.touch())
    assert offered() == ["yubikey", "app", "security-key"]


def test_the_address_is_kept_through_the_choice(client: Browser, worker: User) -> None:
    app = app_of(worker)
    fido_key(worker)
    where = "/sign-in/?next=/account/factors/"
    step = client.post(where, {"email": worker.email, "password": PASSWORD}).url
    page = client.get(step).content.decode()
    link = re.search(r'href="(/sign-in/code/app/[^"]*)"', page)
    assert link
    assert client.post(link[1], {"code": code_of(app)}).url == FACTORS


@pytest.mark.parametrize("kind", ["security-key", "yubikey", "backup-code", "nonsense"])
def test_a_kind_that_one_has_not_is_not_offered(client: Browser, worker: User, kind: str) -> None:
    app_of(worker)
    enter_password(client, worker)
    assert client.get(f"/sign-in/code/{kind}/").url == "/sign-in/code/"
    assert client.post(f"/sign-in/code/{kind}/", {"code": "x", "answer": "{}"}).status_code == 302
    assert not is_signed_in(client)


def test_codes_of_any_of_several_apps(client: Browser, worker: User, clock: Any) -> None:
    first, second = app_of(worker, "Telephone"), app_of(worker, "Computer")
    enter_password(client, worker)
    assert client.post("/sign-in/code/", {"code": code_of(second)}).url == "/"
    other = Browser()
    enter_password(other, worker)
    assert "used" in summary_of(other.post("/sign-in/code/", {"code": code_of(second)}))
    early = other.post("/sign-in/code/", {"code": code_of(first)})
    assert "Wait" in summary_of(early), "a wrong code for one is a wrong code for all"
    clock.shift(2)
    assert other.post("/sign-in/code/", {"code": code_of(first)}).url == "/"


@pytest.mark.parametrize(
    "answer", ["", "{}", "[]", "null", "x", '{"id": 1}', "[" * 5000, '{"id":"a","rawId":"a"}']
)
def test_what_is_no_answer_of_a_security_key(client: Browser, worker: User, answer: str) -> None:
    fido_key(worker)
    enter_password(client, worker)
    client.get("/sign-in/code/")
    page = client.post("/sign-in/code/", {"answer": answer})
    assert "Put in the security key" in summary_of(page)
    assert not is_signed_in(client)
    assert verbs()[-1] == "refused code"


def test_a_security_key_never_stands_in_for_the_password(
    client: Browser, worker: User, settings: Any
) -> None:
    fido_key(worker)
    assert client.get("/sign-in/code/security-key/").url == "/sign-in/"
    assert not settings.OTP_WEBAUTHN_ALLOW_PASSWORDLESS_LOGIN
    assert not any("webauthn" in name.lower() for name in settings.AUTHENTICATION_BACKENDS)


# Your sign-in


@pytest.fixture
def signed_in(client: Browser, worker: User) -> Browser:
    """Somebody who signed in on the pages just now."""
    app = app_of(worker)
    enter_password(client, worker)
    assert client.post("/sign-in/code/", {"code": code_of(app)}).status_code == 302
    return client


def confirm(client: Browser, password: str = PASSWORD, where: str = FACTORS) -> Any:
    return client.post(f"/account/confirm/?next={where}", {"password": password})


def address(name: str, device: Any, kind: str = "app") -> str:
    return reverse(name, args=[kind, device.pk])


def test_the_page_lists_what_one_signs_in_with(
    signed_in: Browser, worker: User, lent: RegisteredKey, codes: list[str]
) -> None:
    fido_key(worker)
    fido_key(make(), "Not yours")
    page = signed_in.get(FACTORS).content.decode()
    for words in ("App", "Blue key", "YubiKey Y-1", "Backup code, 8 left", "3 Mar 2026", "Never"):
        assert words in page
    assert "Not yours" not in page


def test_changes_ask_for_the_password_again(signed_in: Browser, worker: User, clock: Any) -> None:
    adding = reverse("factor-add-app")
    confirming = "/account/confirm/?" + urlencode({"next": adding})
    assert signed_in.get(adding).url == confirming
    assert signed_in.post(adding, {"code": "123456"}).url == confirming
    wrong = confirm(signed_in, "not this one")
    assert wrong.status_code == 422
    assert signed_in.get(adding).status_code == 302
    assert confirm(signed_in, where=adding).url == adding
    assert signed_in.get(adding).status_code == 200
    clock.shift(5 * 60 + 1)
    assert signed_in.get(adding).status_code == 302
    assert verbs().count("refused password") == 1


def test_after_five_minutes_a_factor_is_asked_for_too(
    signed_in: Browser, worker: User, clock: Any
) -> None:
    clock.shift(6 * 60)
    adding = reverse("factor-add-app")
    step = confirm(signed_in, where=adding).url
    assert step == "/sign-in/code/?" + urlencode({"next": adding})
    assert signed_in.get(adding).status_code == 302, "the password alone is not enough"
    app = TOTPDevice.objects.get(user=worker)
    key = signed_in.session.session_key
    assert signed_in.post(step, {"code": code_of(app)}).url == adding
    assert signed_in.get(adding).status_code == 200
    assert signed_in.session.session_key == key, "the list of sessions still knows it"
    assert verbs()[-1] == "confirmed identity"


def test_confirming_leads_to_pages_of_ours_only(signed_in: Browser) -> None:
    assert confirm(signed_in, where="https://elsewhere.example/").url == FACTORS


def test_an_app_is_added(
    signed_in: Browser, worker: User, django_capture_on_commit_callbacks: Any
) -> None:
    confirm(signed_in)
    adding = reverse("factor-add-app")
    secret = signed_in.get(adding).context["secret"]
    new = TOTPDevice.objects.get(user=worker, confirmed=False)
    assert "wrong" in summary_of(signed_in.post(adding, {"code": "000000"}))
    new.refresh_from_db()
    new.throttle_reset()
    with django_capture_on_commit_callbacks(execute=True):
        assert signed_in.post(adding, {"code": code_of(new)}).url == FACTORS
    assert TOTPDevice.objects.filter(user=worker, confirmed=True).count() == 2
    assert verbs()[-1] == "set up authenticator app"
    (sent,) = mail.outbox
    assert sent.to == [worker.email]
    assert "authenticator app was set up" in sent.body
    assert secret not in sent.body
    assert "http" not in sent.body
    assert signed_in.get(adding).url == FACTORS, "two are enough"


def test_a_third_security_key_is_refused(signed_in: Browser, worker: User) -> None:
    confirm(signed_in)
    adding = reverse("factor-add-key")
    for _ in range(2):
        assert signed_in.get(adding).status_code == 200
        fido_key(worker)
    assert signed_in.get(adding).url == FACTORS
    assert signed_in.post(adding, {"name": "Third", "answer": "{}"}).url == FACTORS


def test_a_key_that_gives_no_answer_is_not_added(signed_in: Browser, worker: User) -> None:
    confirm(signed_in)
    adding = reverse("factor-add-key")
    signed_in.get(adding)
    assert "did not work" in summary_of(signed_in.post(adding, {"name": "K", "answer": "{}"}))
    assert "Enter a name" in summary_of(signed_in.post(adding, {"name": "", "answer": "{}"}))
    assert not WebAuthnCredential.objects.exists()


def test_a_factor_is_renamed(signed_in: Browser, worker: User) -> None:
    app = TOTPDevice.objects.get(user=worker)
    where = address("factor-rename", app)
    assert signed_in.post(where, {"name": "Work telephone"}).status_code == 302
    app.refresh_from_db()
    assert app.name == "App", "not before the password was entered again"
    confirm(signed_in)
    assert signed_in.post(where, {"name": ""}).status_code == 422
    assert signed_in.post(where, {"name": "Work telephone"}).url == FACTORS
    app.refresh_from_db()
    assert app.name == "Work telephone"
    assert verbs()[-1] == "renamed factor"


def test_somebody_elses_factor_is_not_found(signed_in: Browser) -> None:
    other = make()
    theirs = app_of(other)
    confirm(signed_in)
    for name in ("factor-rename", "factor-remove"):
        assert signed_in.get(address(name, theirs)).status_code == 404
        assert signed_in.post(address(name, theirs), {"name": "x"}).status_code == 404
    assert TOTPDevice.objects.filter(pk=theirs.pk, name="App").exists()


def test_a_factor_is_removed_but_never_the_last(
    signed_in: Browser,
    worker: User,
    regional: User,
    django_capture_on_commit_callbacks: Any,
) -> None:
    key = fido_key(worker)
    backup_codes(worker, regional)
    app = TOTPDevice.objects.get(user=worker)
    confirm(signed_in)
    removing = address("factor-remove", key, "security-key")
    assert b"Remove Blue key?" in signed_in.get(removing).content
    with django_capture_on_commit_callbacks(execute=True):
        assert signed_in.post(removing).url == FACTORS
    assert not WebAuthnCredential.objects.exists()
    assert "one was removed" in mail.outbox[-1].body
    assert verbs()[-1] == "removed factor"
    last = signed_in.post(address("factor-remove", app), follow=True)
    assert b"You cannot remove this" in last.content, "backup codes run out"
    assert TOTPDevice.objects.filter(pk=app.pk).exists()


def test_the_last_security_key_goes_only_if_an_app_stays(worker: User) -> None:
    key = fido_key(worker)
    factor = selectors.factor_of(user=worker, kind="security-key", pk=key.pk)
    with pytest.raises(ValidationError):
        factors.remove(user=worker, factor=factor, session_key=None)
    app_of(worker)
    factors.remove(user=worker, factor=factor, session_key=None)
    assert not WebAuthnCredential.objects.exists()


def test_removing_a_factor_ends_the_other_sessions(signed_in: Browser, worker: User) -> None:
    other = Browser()
    app = app_of(worker, "Other")
    enter_password(other, worker)
    other.post("/sign-in/code/", {"code": code_of(app)})
    assert is_signed_in(other)
    assert is_signed_in(signed_in)
    confirm(signed_in)
    key = fido_key(worker)
    signed_in.post(address("factor-remove", key, "security-key"))
    assert is_signed_in(signed_in)
    assert not is_signed_in(other)


def test_a_lent_key_is_given_back_not_removed(worker: User, lent: RegisteredKey) -> None:
    app_of(worker)
    assert lent.device
    factor = selectors.factor_of(user=worker, kind="yubikey", pk=lent.device.pk)
    with pytest.raises(ValidationError, match="Give it back"):
        factors.remove(user=worker, factor=factor, session_key=None)


# A YubiKey that is lent


LENT_KEY = "/account/factors/lent-key/"


@pytest.fixture
def new_key(regional: User, worker: User) -> RegisteredKey:
    """A YubiKey that is lent to somebody who has not set it up."""
    return lend(regional, otp_key(regional), worker)


def test_a_lent_key_counts_once_its_holder_has_set_it_up(
    signed_in: Browser,
    worker: User,
    new_key: RegisteredKey,
    clock: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    assert new_key.device
    soft = SoftKey(new_key.device)
    assert b"set up YubiKey Y-1" in signed_in.get(FACTORS).content
    enter_password(Browser(), worker)
    assert signed_in.post(LENT_KEY, {"code": soft.touch()}).status_code == 302
    assert selectors.kinds_of(user=worker) == ["app"], "not before the password was entered again"
    confirm(signed_in)
    assert "Set up your YubiKey" in signed_in.get(LENT_KEY).content.decode()
    assert "no new one-time password" in summary_of(signed_in.post(LENT_KEY, {"code": "c" * 40}))
    assert "Wait 1 second" in summary_of(signed_in.post(LENT_KEY, {"code": soft.touch()}))
    clock.shift(1)
    with django_capture_on_commit_callbacks(execute=True):
        assert signed_in.post(LENT_KEY, {"code": soft.touch()}).url == FACTORS
    assert verbs()[-1] == "set up lent key"
    assert "The YubiKey that is lent to you was set up" in mail.outbox[-1].body
    page = signed_in.get(FACTORS).content
    assert b"set up YubiKey" not in page
    assert b"YubiKey Y-1" in page
    assert signed_in.get(LENT_KEY).url == FACTORS, "nothing is left to set up"
    visitor = Browser()
    enter_password(visitor, worker)
    assert touch(visitor, soft.touch()).url == "/"


def test_nobody_sets_up_a_key_that_is_lent_to_another(
    signed_in: Browser, worker: User, regional: User, new_key: RegisteredKey
) -> None:
    other = make()
    theirs = lend(regional, otp_key(regional, "Y-2"), other)
    assert theirs.device
    confirm(signed_in)
    code = SoftKey(theirs.device).touch()
    assert "no new one-time password" in summary_of(signed_in.post(LENT_KEY, {"code": code}))
    assert factors.set_up_lent_key(user=make(), code=code) is None
    assert selectors.factors_of(user=other) == []
    assert selectors.kinds_of(user=worker) == ["app"]


def test_a_lent_key_is_one_of_two_security_keys(
    signed_in: Browser, worker: User, new_key: RegisteredKey
) -> None:
    assert new_key.device
    fido_key(worker)
    fido_key(worker)
    confirm(signed_in)
    page = signed_in.post(LENT_KEY, {"code": SoftKey(new_key.device).touch()})
    assert "Remove one before" in summary_of(page)


def test_a_lent_key_can_be_the_first_factor(
    client: Browser, worker: User, new_key: RegisteredKey
) -> None:
    assert new_key.device
    soft = SoftKey(new_key.device)
    where = "/sign-in/lent-key/"
    assert client.post(where, {"code": soft.touch()}).url == "/sign-in/", "not without the password"
    assert enter_password(client, worker).url == where
    assert b"Set up your YubiKey" in client.get(where).content
    assert (
        b"YubiKey that your regional team lent you" in client.get("/sign-in/authenticator/").content
    )
    assert "no new one-time" in summary_of(client.post(where, {"code": "x"}))
    YubiKeyDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    assert client.post(where, {"code": soft.touch()}).url == "/"
    assert is_signed_in(client)
    assert verbs()[-2:] == ["set up lent key", "signed in"]


def test_after_a_reset_a_lent_key_is_set_up_with_the_code_only(
    client: Browser, regional: User, worker: User, soft_key: SoftKey
) -> None:
    code = reset_now(worker, regional)
    assert enter_password(client, worker).url == "/sign-in/enrolment-code/"
    assert client.post("/sign-in/lent-key/", {"code": soft_key.touch()}).url == "/sign-in/"
    assert not is_signed_in(client)
    assert enter_code(client, code).url == "/sign-in/lent-key/"
    assert client.post("/sign-in/lent-key/", {"code": soft_key.touch()}).url == "/"
    assert is_signed_in(client)


# A FIDO2 key that is lost or comes back


@pytest.mark.parametrize("became", ["lost", "returned"])
def test_a_fido2_key_that_is_gone_never_signs_in(
    regional: User,
    signed_in: Browser,
    worker: User,
    became: str,
    django_capture_on_commit_callbacks: Any,
) -> None:
    key = lend(
        regional,
        services.add_key(by=regional, serial="F-1", kind="fido2", region=REGION),
        worker,
    )
    fido_key(worker)
    bystander = fido_key(make())
    assert is_signed_in(signed_in)
    desk = sign_in(Browser(), regional)
    page = reverse("key", args=[key.pk])
    assert b"cannot tell one FIDO2 key" in desk.get(page).content
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(page, {"became": became})
    assert list(WebAuthnCredential.objects.all()) == [bystander]
    assert selectors.kinds_of(user=worker) == ["app"]
    told = mail.outbox[-1].body
    assert "none of those that you added can be used any more" in told
    assert is_signed_in(signed_in) == (became == "returned"), "a loss ends the sessions"
    assert ("you were signed out" in told) == (became == "lost")


def test_who_lost_the_only_key_needs_a_reset(client: Browser, regional: User, worker: User) -> None:
    key = lend(
        regional,
        services.add_key(by=regional, serial="F-1", kind="fido2", region=REGION),
        worker,
    )
    fido_key(worker)
    sign_in(client, regional)
    page = reverse("key", args=[key.pk])
    assert b"has no second step to sign in with now" not in client.get(page).content
    client.post(page, {"became": "lost"})
    assert b"has no second step to sign in with now" in client.get(page).content
    assert enter_password(Browser(), worker).url == "/sign-in/enrolment-code/"


def test_who_has_a_second_key(regional: User, worker: User, lent: RegisteredKey) -> None:
    other = make()
    assert not selectors.has_second_key(worker)
    fido_key(worker)
    assert selectors.has_second_key(worker)
    assert selectors.people_without_second_key([other, worker]) == [other]


# The register


def test_a_key_goes_its_way(client: Browser, regional: User, worker: User) -> None:
    sign_in(client, regional)
    made = client.post(
        reverse("key-add"), {"serial": "5551234", "kind": "otp", "region": REGION}
    ).content.decode()
    key = RegisteredKey.objects.get()
    assert key.device
    assert key.device.aes_key.hex() in made
    assert key.device.public_id in made
    assert key.state == "In stock"
    page = reverse("key", args=[key.pk])
    assert key.device.aes_key.hex() not in client.get(page).content.decode(), "shown once"
    lending = reverse("key-lend", args=[key.pk])
    answers = {"email": worker.email, "signed_on": "1/3/2026", "signed_by": "Pat"}
    assert client.post(lending, answers).url == page
    key.refresh_from_db()
    assert (key.holder, key.lent_on, key.state) == (worker, TODAY, "Lent")
    assert key.terms_signed_on == datetime.date(2026, 3, 1)
    assert selectors.kinds_of(user=worker) == [], "not before its holder has set it up"
    assert b"has not set the key up yet" in client.get(page).content
    assert client.get(lending).status_code == 404, "lent already"
    client.post(page, {"became": "returned"})
    key.refresh_from_db()
    assert (key.holder, key.returned_on, key.state) == (None, TODAY, "In stock")
    assert selectors.kinds_of(user=worker) == []
    client.post(page, {"became": "lost"})
    key.refresh_from_db()
    assert (key.lost_on, key.state) == (TODAY, "Lost")
    assert client.get(lending).status_code == 404
    assert client.post(page, {"became": "nonsense"}).status_code == 404
    found = [verb for verb in verbs() if "key" in verb]
    assert found == ["added key", "lent key", "took key back", "marked key lost"]


def test_a_key_is_replaced(client: Browser, regional: User, worker: User) -> None:
    old, new = lend_for_use(regional, otp_key(regional), worker), otp_key(regional, "Y-2")
    sign_in(client, regional)
    replacing = reverse("key-replace", args=[old.pk])
    assert client.post(replacing, {}).status_code == 422
    assert client.post(replacing, {"replacement": new.pk}).status_code == 302
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.state, old.replaced_by, new.holder) == ("Replaced", new, worker)
    assert selectors.kinds_of(user=worker) == []
    assert new.terms_signed_by == old.terms_signed_by
    assert client.get(replacing).status_code == 404


def test_a_key_that_a_colleague_has_lent_meanwhile_is_shown_as_it_is(
    client: Browser, regional: User, worker: User
) -> None:
    key, other = otp_key(regional), make()
    form = OpenForm(sign_in(client, regional), reverse("key-lend", args=[key.pk]))
    form["email"] = other.email
    form["signed_on"] = "1/3/2026"
    form["signed_by"] = "Pat"
    lend(make(Role.REGIONAL), key, worker)
    told = words_of(client.get(form.send().headers["Location"]))
    assert "A colleague has changed this after you opened the page. Nothing was done." in told
    assert f"Lent to {worker.name}" in told
    key.refresh_from_db()
    assert key.holder == worker


@pytest.mark.parametrize("became", ["returned", "replaced"])
def test_a_key_that_came_back_or_was_replaced_meanwhile_is_shown_as_it_is(
    client: Browser, regional: User, worker: User, lent: RegisteredKey, became: str
) -> None:
    chosen, new = otp_key(regional, "Y-2"), otp_key(regional, "Y-3")
    form = OpenForm(sign_in(client, regional), reverse("key-replace", args=[lent.pk]))
    colleague = make(Role.REGIONAL)
    if became == "returned":
        services.return_key(by=colleague, key=lent)
    else:
        services.replace_key(by=colleague, key=lent, replacement=new)
    told = words_of(client.get(form.send(replacement=f"{chosen.pk}").headers["Location"]))
    assert "A colleague has changed this after you opened the page. Nothing was done." in told
    assert {"returned": "In stock, returned on", "replaced": "replaced by Y-3"}[became] in told
    chosen.refresh_from_db()
    assert chosen.is_in_stock


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"email": "nobody@example.org"}, "no such person"),
        ({"email": ""}, "Enter the email address"),
        ({"signed_on": "4 3 2026"}, "to 3 March 2026"),
        ({"signed_on": "soon"}, "not a real date"),
        ({"signed_on": ""}, "Enter the day"),
        ({"signed_by": ""}, "who signed"),
    ],
)
def test_a_key_is_lent_with_signed_terms_only(
    client: Browser, regional: User, worker: User, change: dict[str, str], words: str
) -> None:
    key = otp_key(regional)
    sign_in(client, regional)
    answers = {"email": worker.email, "signed_on": "3 3 2026", "signed_by": "Pat", **change}
    page = client.post(reverse("key-lend", args=[key.pk]), answers)
    assert page.status_code == 422
    assert words in summary_of(page)
    key.refresh_from_db()
    assert key.is_in_stock


def test_what_cannot_be_lent(regional: User, worker: User, lent: RegisteredKey) -> None:
    with pytest.raises(ValidationError, match="not in stock"):
        lend(regional, lent, worker)
    closed = make(is_active=False)
    with pytest.raises(ValidationError, match="closed"):
        lend(regional, otp_key(regional, "Y-2"), closed)
    with pytest.raises(ValidationError, match="has not come"):
        services.lend_key(
            by=regional,
            key=otp_key(regional, "Y-4"),
            holder=worker,
            signed_on=TODAY + datetime.timedelta(days=1),
            signed_by="The holder",
        )
    fido_key(worker)
    with pytest.raises(ValidationError, match="2 security keys"):
        lend(regional, otp_key(regional, "Y-3"), worker)
    with pytest.raises(IntegrityError), transaction.atomic():
        RegisteredKey.objects.filter(serial="Y-2").update(holder=worker)


def test_what_cannot_be_added(client: Browser, regional: User, lent: RegisteredKey) -> None:
    sign_in(client, regional)
    good = {"serial": "Y-2", "kind": "fido2", "region": REGION}
    for change, words in (
        ({"serial": lent.serial}, "already exists"),
        ({"serial": "<b>"}, "letters, numbers and hyphens"),
        ({"serial": ""}, "Enter the serial"),
        ({"kind": ""}, "Choose the kind"),
        ({"region": "South West"}, "Choose a region"),
    ):
        page = client.post(reverse("key-add"), {**good, **change})
        assert page.status_code == 422
        assert words in summary_of(page)
    assert client.post(reverse("key-add"), good).status_code == 302
    with pytest.raises(ValidationError):
        services.add_key(by=regional, serial="Y-9", kind="fido2", region="South West")


def test_each_team_sees_its_own_keys(client: Browser, regional: User, lent: RegisteredKey) -> None:
    other = make(Role.REGIONAL, region="South West")
    national = make(Role.NATIONAL)
    own = Browser()
    assert b"Y-1" in sign_in(own, regional).get("/keys/").content
    assert b"Y-1" in sign_in(Browser(), national).get("/keys/").content
    stranger = sign_in(client, other)
    assert b"Y-1" not in stranger.get("/keys/").content
    for name in ("key", "key-lend", "key-replace"):
        assert stranger.get(reverse(name, args=[lent.pk])).status_code == 404
    assert stranger.post(reverse("key", args=[lent.pk]), {"became": "lost"}).status_code == 404
    lent.refresh_from_db()
    assert lent.state == "Lent"


def test_keys_are_found(client: Browser, regional: User, lent: RegisteredKey) -> None:
    other = otp_key(regional, "Y-2")
    sign_in(client, regional)

    def found(text: str) -> list[RegisteredKey]:
        return list(client.post("/keys/", {"q": text}).context["keys"])

    assert found("") == [lent, other]
    assert found("y-2") == [other]
    assert found("pat") == [lent]
    assert found("nothing") == []


@pytest.mark.parametrize("role", [Role.DATA_ENTRY, Role.LEAD, Role.SUPPLIER])
def test_the_register_is_for_teams_only(
    client: Browser, regional: User, lent: RegisteredKey, role: str
) -> None:
    outsider = make(role)
    sign_in(client, outsider)
    addresses = [
        reverse("key-register"),
        reverse("key-add"),
        reverse("key-people"),
        *(reverse(name, args=[lent.pk]) for name in ("key", "key-lend", "key-replace")),
        *(reverse(n, args=[lent.holder_id]) for n in ("person-factors", "factor-reset")),
    ]
    for where in addresses:
        assert client.get(where).status_code == 404
        assert client.post(where, {}).status_code == 404
    assert b'href="/keys/"' not in client.get(FACTORS).content
    assert b'href="/keys/"' in sign_in(Browser(), regional).get(FACTORS).content


def test_keys_of_leavers_are_listed(client: Browser, regional: User, lent: RegisteredKey) -> None:
    sign_in(client, regional)
    assert b"Not returned by people who left" not in client.get("/keys/").content
    User.objects.filter(lent_keys=lent).update(is_active=False)
    assert b"Not returned by people who left" in client.get("/keys/").content


def test_keys_are_recalled(
    regional: User, worker: User, lent: RegisteredKey, django_capture_on_commit_callbacks: Any
) -> None:
    fido = lend(
        regional,
        services.add_key(by=regional, serial="F-1", kind="fido2", region=REGION),
        worker,
    )
    with django_capture_on_commit_callbacks(execute=True):
        assert services.recall_keys(user=worker) == [fido, lent]
    lent.refresh_from_db()
    assert (lent.recalled_on, lent.state) == (TODAY, "To be returned")
    assert selectors.kinds_of(user=worker) == [], "and signs nobody in meanwhile"
    assert "F-1, Y-1" in mail.outbox[-1].body
    assert services.recall_keys(user=make()) == []


def test_people_are_found(client: Browser, regional: User, worker: User) -> None:
    far = make(region="South West", name="Far Away")
    sign_in(client, regional)
    page = client.get(reverse("key-people"))
    assert worker in page.context["people"]
    assert far not in page.context["people"]
    assert regional not in page.context["people"]
    found = client.post(reverse("key-people"), {"q": worker.email}).context["people"]
    assert found == [worker]
    assert client.get(reverse("person-factors", args=[far.pk])).status_code == 404
    assert client.get(reverse("person-factors", args=[regional.pk])).status_code == 404


# A lost key


def ask(client: Browser, user: User, **change: str) -> Any:
    answers = {"check_made": "called_back", "note": "Rang the agency at 9", **change}
    return client.post(reverse("factor-reset", args=[user.pk]), answers)


def test_a_reset_takes_every_kind_away(
    client: Browser,
    regional: User,
    worker: User,
    soft_key: SoftKey,
    codes: list[str],
    lent: RegisteredKey,
    django_capture_on_commit_callbacks: Any,
) -> None:
    fido_key(worker)
    visitor = Browser()
    enter_password(visitor, worker)
    touch(visitor, soft_key.touch())
    assert is_signed_in(visitor)
    sign_in(client, regional)
    with django_capture_on_commit_callbacks(execute=True):
        page = ask(client, worker, **{f"lost_{lent.pk}": "on"})
    code = page.context["code"]
    assert re.fullmatch(r"\d{4} \d{4} \d{4}", code)
    assert code in page.content.decode()
    assert selectors.factors_of(user=worker) == []
    assert not is_signed_in(visitor)
    lent.refresh_from_db()
    assert lent.state == "Lost"
    reset = FactorReset.objects.get()
    assert (reset.asked_by, reset.check_made) == (regional, "called_back")
    assert code.replace(" ", "") not in reset.code_hash
    assert all(code not in sent.body for sent in mail.outbox)
    assert "do not work any more" in mail.outbox[-1].body
    assert verbs()[-1] == "reset factors"
    assert AuditEvent.objects.latest("pk").detail == {"account": worker.pk}


def test_keys_that_are_not_lost_stay_in_the_register(
    regional: User, worker: User, soft_key: SoftKey, lent: RegisteredKey
) -> None:
    services.ask_reset(user=worker, by=regional, check_made="in_person")
    lent.refresh_from_db()
    assert lent.state == "Lent"
    assert selectors.factors_of(user=worker) == []
    assert selectors.keys_to_set_up(user=worker) == [lent.device]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"check_made": ""}, "Choose how"),
        ({"check_made": "not_asked"}, "Choose how"),
        ({"check_made": "guessed"}, "Choose how"),
        ({"note": ""}, "whom you spoke to"),
    ],
)
def test_a_reset_says_how_it_was_made_sure(
    client: Browser, regional: User, worker: User, change: dict[str, str], words: str
) -> None:
    app_of(worker)
    page = ask(sign_in(client, regional), worker, **change)
    assert page.status_code == 422
    assert words in summary_of(page)
    assert selectors.factors_of(user=worker)


def test_only_the_own_region_resets(client: Browser, worker: User) -> None:
    app_of(worker)
    stranger = sign_in(client, make(Role.REGIONAL, region="South West"))
    assert ask(stranger, worker).status_code == 404
    assert selectors.factors_of(user=worker)
    assert ask(sign_in(Browser(), make(Role.NATIONAL)), worker).status_code == 200
    assert not selectors.factors_of(user=worker)


def enter_code(client: Browser, code: str) -> Any:
    return client.post("/sign-in/enrolment-code/", {"code": code})


def reset_now(user: User, by: User) -> str:
    return services.ask_reset(user=user, by=by, check_made="in_person")[1]


def test_after_a_reset_the_password_alone_enrols_nobody(
    client: Browser, regional: User, worker: User
) -> None:
    code = reset_now(worker, regional)
    assert enter_password(client, worker).url == "/sign-in/enrolment-code/"
    assert client.get("/sign-in/authenticator/").url == "/sign-in/"
    assert client.get("/sign-in/new-key/").url == "/sign-in/"
    new = TOTPDevice.objects.get(user=worker)
    assert client.post("/sign-in/authenticator/", {"code": code_of(new)}).url == "/sign-in/"
    assert not is_signed_in(client)
    assert "wrong" in summary_of(enter_code(client, "000000000000"))
    assert "12 numbers" in summary_of(enter_code(client, "123"))
    assert enter_code(client, code).url == "/sign-in/authenticator/"
    assert client.get("/sign-in/authenticator/").status_code == 200
    assert client.post("/sign-in/authenticator/", {"code": code_of(new)}).url == "/"
    assert is_signed_in(client)
    assert verbs()[-3:] == ["entered enrolment code", "set up authenticator app", "signed in"]


def test_an_enrolment_code_counts_once(client: Browser, regional: User, worker: User) -> None:
    code = reset_now(worker, regional)
    enter_password(client, worker)
    assert enter_code(client, code).status_code == 302
    other = Browser()
    enter_password(other, worker)
    assert "has been used" in summary_of(enter_code(other, code))
    assert other.get("/sign-in/authenticator/").url == "/sign-in/"


def test_an_enrolment_code_expires(
    client: Browser, regional: User, worker: User, clock: Any
) -> None:
    code = reset_now(worker, regional)
    clock.shift(24 * 60 * 60)
    enter_password(client, worker)
    assert "older than 24 hours" in summary_of(enter_code(client, code))


def test_an_enrolment_code_ends_with_the_next(
    client: Browser, regional: User, worker: User
) -> None:
    first = reset_now(worker, regional)
    enter_password(client, worker)
    assert enter_code(client, first).status_code == 302
    second = reset_now(worker, regional)
    enter_password(client, worker)
    assert client.get("/sign-in/authenticator/").url == "/sign-in/", "the first is worth nothing"
    assert enter_code(client, second).status_code == 302


def test_another_persons_enrolment_code_is_refused(
    client: Browser, regional: User, worker: User
) -> None:
    theirs = reset_now(make(), regional)
    reset_now(worker, regional)
    enter_password(client, worker)
    assert "wrong" in summary_of(enter_code(client, theirs))


def test_five_wrong_enrolment_codes_are_enough(
    client: Browser, regional: User, worker: User
) -> None:
    code = reset_now(worker, regional)
    enter_password(client, worker)
    for number in range(5):
        assert "wrong" in summary_of(enter_code(client, f"{number:012}"))
    assert "wrong" in summary_of(enter_code(client, code))


def test_who_once_had_a_factor_needs_a_code(
    client: Browser, regional: User, worker: User, lent: RegisteredKey
) -> None:
    services.return_key(by=regional, key=lent)
    assert enter_password(client, worker).url == "/sign-in/enrolment-code/"
    newcomer = make()
    assert not Enrolled.objects.filter(user=newcomer).exists()
    assert enter_password(Browser(), newcomer).url == "/sign-in/authenticator/"


@pytest.mark.parametrize("role", [Role.LEAD, Role.REGIONAL, Role.NATIONAL])
def test_two_people_reset_somebody_who_sees_much(client: Browser, role: str) -> None:
    person = make(role)
    app_of(person)
    team = Role.NATIONAL if role == Role.NATIONAL else Role.REGIONAL
    asking, agreeing = (sign_in(Browser(), make(team)) for _ in range(2))
    where = reverse("factor-reset", args=[person.pk])
    assert ask(asking, person).url == where
    assert selectors.factors_of(user=person), "nothing is done yet"
    own = asking.post(where, {"approve": "1"})
    assert own.status_code == 422
    assert b"Another member" in own.content
    assert b"Approve and reset" not in asking.get(where).content
    assert selectors.factors_of(user=person)
    if role != Role.LEAD:
        themselves = sign_in(Browser(), person)
        assert themselves.post(where, {"approve": "1"}).status_code == 404
    outsider = sign_in(Browser(), make(Role.REGIONAL, region="South West"))
    assert outsider.post(where, {"approve": "1"}).status_code == 404
    assert b"Approve and reset" in agreeing.get(where).content
    code = agreeing.post(where, {"approve": "1"}).context["code"]
    assert code
    assert not selectors.factors_of(user=person)
    assert FactorReset.objects.get().approved_by


def test_a_waiting_reset_is_withdrawn_or_forgotten(client: Browser, clock: Any) -> None:
    person, asking, agreeing = make(Role.LEAD), make(Role.REGIONAL), make(Role.REGIONAL)
    app_of(person)
    where = reverse("factor-reset", args=[person.pk])
    sign_in(client, agreeing)
    services.ask_reset(user=person, by=asking, check_made="in_person")
    with pytest.raises(ValidationError, match="waits"):
        services.ask_reset(user=person, by=agreeing, check_made="in_person")
    assert client.post(where, {"withdraw": "1"}).status_code == 302
    assert not FactorReset.objects.exists()
    old, _ = services.ask_reset(user=person, by=asking, check_made="in_person")
    clock.shift(24 * 60 * 60 + 1)
    with pytest.raises(ValidationError, match="does not wait"):
        services.approve_reset(reset=old, by=agreeing)
    assert selectors.factors_of(user=person)


def test_a_reset_is_withdrawn_once_and_never_after_it_was_done() -> None:
    person, asking, agreeing = make(Role.LEAD), make(Role.REGIONAL), make(Role.REGIONAL)
    for first in (services.approve_reset, services.withdraw_reset):
        waiting, _ = services.ask_reset(user=person, by=asking, check_made="in_person")
        seen = FactorReset.objects.get(pk=waiting.pk)
        first(reset=waiting, by=agreeing)
        with pytest.raises(ValidationError, match="approved or withdrawn"):
            services.withdraw_reset(reset=seen, by=asking)
    assert verbs().count("withdrew reset of factors") == 1


def test_of_approving_and_withdrawing_at_once_one_is_told_that_it_is_done(
    transactional_db: None,
) -> None:
    """The threads meet at a barrier, each with the reset as it waited."""
    person, asking, agreeing = make(Role.LEAD), make(Role.REGIONAL), make(Role.REGIONAL)
    for _ in range(4):
        app_of(person)
        waiting, _ = services.ask_reset(user=person, by=asking, check_made="in_person")
        seen = FactorReset.objects.get()
        done = at_once(
            lambda reset=seen: services.approve_reset(reset=reset, by=agreeing),
            lambda reset=waiting: services.withdraw_reset(reset=reset, by=asking),
        )
        assert len(done) == 1
        was_reset = selectors.factors_of(user=person) == []
        assert FactorReset.objects.count() == was_reset
        FactorReset.objects.all().delete()


def at_once(*acts: Any, refusal: type[Exception] = ValidationError) -> list[int]:
    """Does all of it at the same time, each in a thread; the numbers of those that were not refused."""
    done: list[int] = []
    failed: list[BaseException] = []
    begin = threading.Barrier(len(acts))

    def do(number: int, act: Any) -> None:
        try:
            begin.wait()
            act()
            done.append(number)
        except refusal:
            pass
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=part) for part in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    return sorted(done)


def test_who_can_approve_a_reset_is_told_and_finds_it(
    client: Browser, django_capture_on_commit_callbacks: Any
) -> None:
    lead, asking, agreeing = make(Role.LEAD), make(Role.REGIONAL), make(Role.REGIONAL)
    national, elsewhere = make(Role.NATIONAL), make(Role.REGIONAL, region="South West")
    make(Role.REGIONAL, is_active=False)
    make(Role.LEAD)
    with django_capture_on_commit_callbacks(execute=True):
        ask(sign_in(Browser(), asking), lead)
    assert [sent.to for sent in mail.outbox] == [[agreeing.email], [national.email]]
    assert all("before 4 March 2026, 09:00" in sent.body for sent in mail.outbox)
    waiting = reverse("resets-waiting")
    for who, to_approve, listed in (
        (agreeing, 1, 1),
        (national, 1, 1),
        (asking, 0, 1),
        (elsewhere, 0, 0),
    ):
        browser = sign_in(Browser(), who)
        assert browser.get(reverse("region")).context["resets"] == to_approve
        assert len(browser.get(waiting).context["resets"]) == listed
    national_page = sign_in(client, national)
    for region, number in ((REGION, 1), ("South West", 0), ("Atlantis", 1)):
        assert len(national_page.get(waiting, {"region": region}).context["resets"]) == number
    assert (
        b"1 reset of a second step to approve"
        in sign_in(Browser(), agreeing).get("/region/").content
    )
    services.approve_reset(reset=FactorReset.objects.get(), by=agreeing)
    assert b"No reset waits" in national_page.get(waiting).content


def test_a_reset_that_waited_too_long_is_not_listed(client: Browser, clock: Any) -> None:
    services.ask_reset(user=make(Role.LEAD), by=make(Role.REGIONAL), check_made="in_person")
    clock.shift(24 * 60 * 60)
    sign_in(client, make(Role.REGIONAL))
    assert client.get(reverse("region")).context["resets"] == 0


def test_a_reset_that_one_can_do_is_mailed_to_nobody_else(
    worker: User, regional: User, django_capture_on_commit_callbacks: Any
) -> None:
    make(Role.REGIONAL)
    with django_capture_on_commit_callbacks(execute=True):
        reset_now(worker, regional)
    assert {sent.to[0] for sent in mail.outbox} == {worker.email}


def test_nobody_resets_themselves(regional: User) -> None:
    with pytest.raises(ValidationError):
        services.ask_reset(user=regional, by=regional, check_made="in_person")
    with pytest.raises(IntegrityError), transaction.atomic():
        FactorReset.objects.create(user=regional, asked_by=regional, check_made="in_person")
    other = make(Role.REGIONAL)
    with pytest.raises(IntegrityError), transaction.atomic():
        FactorReset.objects.create(
            user=make(), asked_by=other, approved_by=other, check_made="in_person"
        )


def test_the_pages_say_whom_to_ring(client: Browser) -> None:
    assert b"Lost your key? Ring your regional team" in client.get("/sign-in/").content
    page = client.get("/help/sign-in/").content.decode()
    for region, email in core_dataset().regions.items():
        assert f"{region}: " in page
        assert f"mailto:{email}" in page
