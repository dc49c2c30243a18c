"""Nothing that one member of a team does alone gives anybody a new way to sign in to an account that needs two people.

Every public service is tried, alone, after every other, and between a role lowered and raised again: by somebody of the
region's team, on a provider lead, a colleague and somebody in data entry who becomes a lead.
"""

from __future__ import annotations

import datetime
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp_webauthn.models import WebAuthnCredential

import ndtms.keys
import ndtms.regions.services
from det.checking import today
from det.models import Agency
from ndtms.accounts.models import Role, User
from ndtms.keys import factors
from ndtms.keys import selectors as keys
from ndtms.keys import services as key_services
from ndtms.keys.models import FactorReset, RegisteredKey, YubiKeyDevice, needs_two
from ndtms.regions import places
from ndtms.regions import selectors as regions
from ndtms.regions.models import AccessRequest
from ndtms.regions.services import (
    access,
    agencies,
    declarations,
    dormancy,
    invitations,
    leavers,
    people,
)
from tests.conftest import sign_in
from tests.factories import AgencyFactory, UserFactory
from tests.test_keys import PASSWORD, SoftKey, enter_password, touch

pytestmark = pytest.mark.django_db
REGION = "London"
REFUSALS = (ValidationError, PermissionDenied, regions.NotFound)


@dataclass(frozen=True)
class World:
    """Who acts on whom, by key: everything is read anew before each act."""

    actor_key: int
    subject_key: int

    @property
    def actor(self) -> User:
        return User.objects.get(pk=self.actor_key)

    @property
    def subject(self) -> User:
        return User.objects.get(pk=self.subject_key)

    def key(self, serial: str) -> RegisteredKey:
        return RegisteredKey.objects.get(serial=serial)

    def agency(self, code: str) -> Agency:
        return Agency.objects.get(code=code)

    @property
    def reset(self) -> FactorReset:
        found = FactorReset.objects.filter(user=self.subject_key).first()
        if found is None:
            raise regions.NotFound
        return found

    @property
    def asked(self) -> int:
        return AccessRequest.objects.values_list("pk", flat=True)[0]


Act = Callable[[World], Any]


def _lend(world: World, serial: str) -> None:
    key_services.lend_key(
        by=world.actor,
        key=world.key(serial),
        holder=world.subject,
        signed_on=today(),
        signed_by="The holder",
    )


def _replace(world: World, old: str, new: str) -> None:
    key_services.replace_key(by=world.actor, key=world.key(old), replacement=world.key(new))


def _ask_reset(world: World) -> Any:
    return key_services.ask_reset(
        user=world.subject, by=world.actor, check_made="in_person", note="At the office"
    )


def _role(role: str) -> Act:
    return lambda world: people.change_role(by=world.actor, person=world.subject, role=role)


def _of_agency(service: Callable[..., Any]) -> Act:
    return lambda world: service(by=world.actor, person=world.subject, agency=world.agency("A9002"))


def _of_person(service: Callable[..., Any]) -> Act:
    return lambda world: service(by=world.actor, person=world.subject)


LOWER, RAISE = _role(Role.DATA_ENTRY), _role(Role.LEAD)

ACTS: dict[str, list[Act]] = {
    "keys.services.add_key": [
        lambda w: key_services.add_key(by=w.actor, serial="NEW", kind="otp", region=REGION)
    ],
    "keys.services.lend_key": [lambda w: _lend(w, "OTP-1"), lambda w: _lend(w, "FIDO-1")],
    "keys.services.return_key": [
        lambda w: key_services.return_key(by=w.actor, key=w.key("OTP-LENT")),
        lambda w: key_services.return_key(by=w.actor, key=w.key("FIDO-LENT")),
    ],
    "keys.services.lose_key": [
        lambda w: key_services.lose_key(by=w.actor, key=w.key("OTP-LENT")),
        lambda w: key_services.lose_key(by=w.actor, key=w.key("FIDO-LENT")),
    ],
    "keys.services.replace_key": [
        lambda w: _replace(w, "OTP-LENT", "OTP-1"),
        lambda w: _replace(w, "FIDO-LENT", "OTP-2"),
    ],
    "keys.services.ask_reset": [_ask_reset],
    "keys.services.approve_reset": [
        lambda w: key_services.approve_reset(reset=w.reset, by=w.actor)
    ],
    "keys.services.withdraw_reset": [
        lambda w: key_services.withdraw_reset(reset=w.reset, by=w.actor)
    ],
    "keys.factors.give_backup_codes": [
        lambda w: factors.give_backup_codes(user=w.subject, by=w.actor, check_made="in_person")
    ],
    "regions.services.access.ask_for_access": [
        lambda w: access.ask_for_access(
            address="192.0.2.1",
            name="Somebody",
            email=w.subject.email,
            agency_code="A9002",
            role=Role.LEAD,
            purpose="I answer for the data of the clinic",
        )
    ],
    "regions.services.access.ask_for_colleague": [
        lambda w: access.ask_for_colleague(
            by=w.actor, name="Somebody", email=w.subject.email, purpose="Enters the data"
        )
    ],
    "regions.services.access.approve": [lambda w: access.approve(by=w.actor, key=w.asked)],
    "regions.services.access.invite_lead": [
        lambda w: access.invite_lead(
            by=w.actor, agency=w.agency("A9002"), name="Somebody", email=w.subject.email
        )
    ],
    "regions.services.access.refuse": [
        lambda w: access.refuse(by=w.actor, key=w.asked, reason="Not needed any more")
    ],
    "regions.services.access.forget_visitors": [lambda w: access.forget_visitors()],
    "regions.services.access.forget_requests": [lambda w: access.forget_requests()],
    "regions.services.agencies.add_agency": [
        lambda w: agencies.add_agency(
            by=w.actor,
            local_authority=next(iter(places.authorities(day=today(), region=REGION))),
            code="A9009",
            name="New",
            dataset="AD",
            provider="Trust",
            opened_on=today(),
        )
    ],
    "regions.services.agencies.change_agency": [
        lambda w: agencies.change_agency(
            by=w.actor,
            agency=w.agency("A9001"),
            name="Another name",
            provider="Trust",
            local_authority=next(iter(places.authorities(day=today(), region=REGION))),
        )
    ],
    "regions.services.agencies.close_agency": [
        lambda w: agencies.close_agency(by=w.actor, agency=w.agency("A9001"), closed_on=today())
    ],
    "regions.services.declarations.record_declaration": [
        lambda w: declarations.record_declaration(
            by=w.actor, person=w.subject, kind="training", done_on=today()
        )
    ],
    "regions.services.dormancy.warn_dormant": [lambda w: dormancy.warn_dormant()],
    "regions.services.dormancy.disable_dormant": [lambda w: dormancy.disable_dormant()],
    "regions.services.invitations.invite": [_of_person(invitations.invite)],
    "regions.services.people.add_staff": [
        lambda w: people.add_staff(
            by=w.actor, email="new@example.org", name="New", role=Role.REGIONAL, region=REGION
        )
    ],
    "regions.services.people.add_to_agency": [_of_agency(people.add_to_agency)],
    "regions.services.people.remove_from_agency": [_of_agency(people.remove_from_agency)],
    "regions.services.people.change_role": [LOWER, RAISE],
    "regions.services.people.disable": [_of_person(people.disable)],
    "regions.services.people.enable": [_of_person(people.enable)],
    "regions.services.leavers.take_out": [_of_person(leavers.take_out)],
}
"""What a member of a team can do by a page, and what commands do by themselves."""

OWN = {
    "keys.factors.add_key",
    "keys.factors.begin_app",
    "keys.factors.confirm_app",
    "keys.factors.set_up_lent_key",
    "keys.factors.rename",
    "keys.factors.remove",
    "keys.factors.may_enrol",
    "keys.factors.accept_enrolment_code",
    "regions.services.invitations.find_invitation",
    "regions.services.invitations.open_invitation",
    "regions.services.invitations.use_invitation",
}
"""What only the person does: signed in by both steps, or with what was told or mailed to them alone."""

PARTS = {
    "keys.factors.lock",
    "keys.factors.check_room_for_key",
    "keys.factors.digits_of",
    "keys.factors.end_backup_codes",
    "keys.factors.note_enrolled",
    "keys.factors.note_new_app",
    "keys.factors.note_refusal",
    "keys.factors.stored_backup_code",
    "keys.services.note_recalled",
    "keys.services.recall_keys",
    "regions.services.access.link_requests",
    "regions.services.declarations.renew_made_up",
    "regions.services.dormancy.count_from_now",
    "regions.services.invitations.end_invitations",
    "regions.services.invitations.hashed",
    "regions.services.invitations.make_invitation",
    "regions.services.invitations.note_invitation",
    "regions.services.people.close_account",
    "regions.services.shared.must_administer",
    "regions.services.shared.note",
}
"""Steps of services, which no page calls by themselves; and what is for made-up accounts only."""

KEYS_SERVICES = {"services", "factors"}
NO_SERVICES = {
    "apps",
    "checks",
    "encryption",
    "entered",
    "forms",
    "kinds",
    "mails",
    "migrations",
    "models",
    "register_views",
    "selectors",
    "urls",
    "views",
    "webauthn",
}
"""The other modules of ndtms.keys, which change nothing of an account but by services."""


def modules() -> Iterator[Any]:
    for name in KEYS_SERVICES:
        yield importlib.import_module(f"ndtms.keys.{name}")
    for module in pkgutil.iter_modules(ndtms.regions.services.__path__):
        yield importlib.import_module(f"ndtms.regions.services.{module.name}")


def public_functions() -> Iterator[str]:
    for module in modules():
        for name, function in inspect.getmembers(module, inspect.isfunction):
            is_here = inspect.unwrap(function).__module__ == module.__name__
            if is_here and not name.startswith("_"):
                yield f"{module.__name__.removeprefix('ndtms.')}.{name}"


def test_every_service_has_a_row() -> None:
    assert sorted(public_functions()) == sorted([*ACTS, *OWN, *PARTS])
    found = {module.name for module in pkgutil.iter_modules(ndtms.keys.__path__)}
    assert found == KEYS_SERVICES | NO_SERVICES, "a new module: has it services?"


def make_world(role: str) -> World:
    """A person with a way to sign in of each kind, keys in stock, and a request in the person's name."""
    here = AgencyFactory(code="A9001", region=REGION, provider="Trust")
    AgencyFactory(code="A9002", region=REGION, provider="Trust")
    actor = UserFactory(role=Role.REGIONAL, region=REGION, name="Rita Region")
    UserFactory(role=Role.REGIONAL, region=REGION, name="A colleague")
    about = {"region": REGION} if role == Role.REGIONAL else {"agency": here}
    subject = UserFactory(role=role, name="Sam Subject", **about)
    subject.set_password(PASSWORD)
    subject.save()
    world = World(actor.pk, subject.pk)
    for serial in ("OTP-1", "OTP-2", "OTP-LENT", "FIDO-1", "FIDO-LENT"):
        kind = "otp" if serial.startswith("OTP") else "fido2"
        key_services.add_key(by=actor, serial=serial, kind=kind, region=REGION)
    for serial in ("OTP-LENT", "FIDO-LENT"):
        _lend(world, serial)
    YubiKeyDevice.objects.filter(registered__serial="OTP-LENT").update(confirmed=True)
    WebAuthnCredential.objects.create(
        user=subject, name="Blue", credential_id=b"blue", public_key=b"", aaguid=""
    )
    TOTPDevice.objects.create(user=subject, name="App", confirmed=True)
    factors.note_enrolled(user=subject)
    ACTS["regions.services.access.ask_for_access"][0](world)
    return world


class Visit:
    """Stands for a request of somebody who entered the password just now."""

    def __init__(self) -> None:
        self.session: dict[str, Any] = {}


def ways_in(world: World) -> set[tuple[str, int]]:
    return {(factor.kind.value, factor.pk) for factor in keys.factors_of(user=world.subject)}


def codes_in(told: Any) -> list[str]:
    """What of an answer of a service is an enrolment code."""
    if isinstance(told, str):
        return [told] if re.fullmatch(r"\d{4} \d{4} \d{4}", told) else []
    return [code for part in told for code in codes_in(part)] if isinstance(told, tuple) else []


def gained(world: World, told: list[Any], before: set[tuple[str, int]]) -> list[str]:
    """The new ways to sign in that the person's account has, where it needs two people; and codes that would do."""
    if not needs_two(world.subject):
        return []
    found = [str(way) for way in sorted(ways_in(world) - before)]
    visit: Any = Visit()
    for code in [code for answer in told for code in codes_in(answer)]:
        if factors.accept_enrolment_code(request=visit, user=world.subject, code=code):
            found.append("an enrolment code")
    if factors.may_enrol(request=visit, user=world.subject):
        found.append("may enrol")
    return found


@contextmanager
def tried() -> Iterator[None]:
    """Whatever is done inside is undone."""
    point = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(point)


def do(world: World, act: Act, told: list[Any]) -> bool:
    """Does it, and adds what the service told to `told`; False where it is refused, which changes nothing."""
    try:
        with transaction.atomic():
            told.append(act(world))
    except REFUSALS:
        return False
    return True


def all_acts() -> list[tuple[str, Act]]:
    return [
        (f"{name} {number}", act) for name, acts in ACTS.items() for number, act in enumerate(acts)
    ]


@pytest.mark.parametrize("role", [Role.LEAD, Role.REGIONAL])
def test_no_two_acts_of_one_person_are_a_way_in(role: str) -> None:
    world = make_world(role)
    before = ways_in(world)
    assert len(before) == 3
    wrong = []
    for first, act in all_acts():
        with tried():
            told: list[Any] = []
            if not do(world, act, told):
                continue
            wrong += [(first, "", way) for way in gained(world, told, before)]
            for second, next_act in all_acts():
                with tried():
                    told_then = list(told)
                    if do(world, next_act, told_then):
                        wrong += [(first, second, way) for way in gained(world, told_then, before)]
    assert wrong == []


def test_no_role_lowered_and_raised_again_is_a_way_in() -> None:
    world = make_world(Role.LEAD)
    before = ways_in(world)
    wrong = []
    for name, act in all_acts():
        with tried():
            told: list[Any] = []
            for step in (LOWER, act, RAISE):
                do(world, step, told)
            wrong += [(name, way) for way in gained(world, told, before)]
    assert wrong == []


def test_what_one_person_gives_ends_when_the_role_is_raised() -> None:
    """Codes for somebody in data entry, which one member may give, are of no use for a lead."""
    world = make_world(Role.DATA_ENTRY)
    before = ways_in(world)
    wrong, useful = [], []
    for name, act in all_acts():
        with tried():
            told: list[Any] = []
            do(world, act, told)
            if ways_in(world) - before or [code for answer in told for code in codes_in(answer)]:
                useful.append(name.split(".")[-1])
            do(world, RAISE, told)
            wrong += [(name, way) for way in gained(world, told, before)]
    assert wrong == []
    assert useful == ["ask_reset 0", "give_backup_codes 0"], "what the walk looks for is there"


# The two ways that were found, by the pages


@pytest.fixture
def team(client: Browser) -> Browser:
    """The browser of a member of the region's team."""
    return sign_in(client, UserFactory(role=Role.REGIONAL, region=REGION))  # type: ignore[no-any-return]


@pytest.fixture
def lead() -> User:
    person = UserFactory(role=Role.LEAD, agency__region=REGION)
    person.set_password(PASSWORD)
    person.save()
    TOTPDevice.objects.create(user=person, name="App", confirmed=True)
    factors.note_enrolled(user=person)
    return person


def test_whoever_lends_a_key_cannot_sign_in_with_it(team: Browser, lead: User) -> None:
    team.post(reverse("key-add"), {"serial": "Y-1", "kind": "otp", "region": REGION})
    key = RegisteredKey.objects.get()
    assert key.device
    answers = {"email": lead.email, "signed_on": f"{today():%d/%m/%Y}", "signed_by": "Pat"}
    assert team.post(reverse("key-lend", args=[key.pk]), answers).status_code == 302
    visitor = Browser()
    enter_password(visitor, lead)
    touch(visitor, SoftKey(key.device).touch())
    assert visitor.get("/clients/").status_code == 302
    lent_key = reverse("enrol-lent-key")
    assert visitor.post(lent_key, {"code": SoftKey(key.device).touch()}).status_code == 302
    assert visitor.get("/clients/").status_code == 302
    assert [factor.name for factor in keys.factors_of(user=lead)] == ["App"]


def test_a_lowered_role_needs_two_for_thirty_days(team: Browser, lead: User) -> None:
    page, reset = reverse("person", args=[lead.pk]), reverse("factor-reset", args=[lead.pk])
    team.post(page, {"do": "role", "role": "data_entry"})
    answers = {"check_made": "in_person", "note": "At the office"}
    assert team.post(reset, answers).status_code == 302, "a colleague has to approve"
    assert keys.pending_reset(user=lead)
    assert keys.factors_of(user=lead)
    FactorReset.objects.all().delete()
    long_ago = timezone.now() - datetime.timedelta(days=30)
    User.objects.filter(pk=lead.pk).update(role_lowered_at=long_ago)
    assert "code" in team.post(reset, answers).context


def test_a_change_of_role_is_told_by_mail(
    team: Browser, lead: User, django_capture_on_commit_callbacks: Any, mailoutbox: Any
) -> None:
    page = reverse("person", args=[lead.pk])
    for role, words in (("data_entry", "data entry"), ("lead", "provider lead")):
        with django_capture_on_commit_callbacks(execute=True):
            team.post(page, {"do": "role", "role": role})
        assert mailoutbox[-1].to == [lead.email]
        assert f"It is now: {words}." in mailoutbox[-1].body
    with django_capture_on_commit_callbacks(execute=True):
        team.post(page, {"do": "role", "role": "lead"})
    assert len(mailoutbox) == 2, "nothing was changed"
