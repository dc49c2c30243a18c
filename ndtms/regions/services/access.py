"""Writes: asking for access, and the answer."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from det.checking import today
from det.models import Agency
from ndtms.accounts import services as accounts
from ndtms.accounts.models import AGENCY_ROLES, Role, User, normal_email
from ndtms.accounts.visitors import pseudonym
from ndtms.audit.services import record, record_up_to
from ndtms.keys.factors import lock
from ndtms.regions import mails, selectors
from ndtms.regions.models import AccessRequest
from ndtms.regions.services.invitations import make_invitation, note_invitation
from ndtms.regions.services.shared import Refused, note

LIMIT = 5
"""So many requests from one address within TIME; every further one is refused."""
TIME = datetime.timedelta(hours=1)
KEPT = datetime.timedelta(days=1)
WAITING_DAYS, ANSWERED_DAYS = 90, 365
"""So long requests are kept that nobody answered, and those that somebody did, from the answer on."""


class TooMany(Exception):
    """There were too many requests from this address."""


class TooManyToday(Exception):
    """Strangers have made as many requests today as can be taken, from whichever addresses."""


def ask_for_access(*, address: str, **asked: str) -> AccessRequest:
    """Somebody without an account asks for one; the same form sent again asks for nothing more.

    `asked`: name, email, agency_code, role and purpose. Raises TooMany, and TooManyToday, which is noted once a day;
    says nothing about accounts and agencies.
    """
    try:
        return _ask_for_access(address=address, **asked)
    except TooManyToday:
        record_up_to(1, who="unknown", verb="refused more requests for access", section="account")
        raise


@transaction.atomic
def _ask_for_access(
    *, address: str, name: str, email: str, agency_code: str, role: str, purpose: str
) -> AccessRequest:
    visitor = salted_hmac("ndtms.regions.visitor", address, algorithm="sha256").hexdigest()[:40]
    _one_at_a_time()
    asked_before = AccessRequest.objects.filter(
        visitor=visitor,
        state=AccessRequest.State.WAITING,
        name=name,
        email=normal_email(email),
        agency_code=agency_code.upper(),
        role=role,
        purpose=purpose,
    ).first()
    if asked_before:
        return asked_before
    since = timezone.now() - TIME
    if AccessRequest.objects.filter(visitor=visitor, asked_at__gt=since).count() >= LIMIT:
        raise TooMany
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    of_strangers = AccessRequest.objects.filter(asked_by=None, asked_at__gte=midnight)
    if of_strangers.count() >= settings.MOST_ASKED_FOR_ACCESS:
        raise TooManyToday
    asked = _store(
        name=name, email=email, agency_code=agency_code, role=role, purpose=purpose, visitor=visitor
    )
    record(
        who=f"unknown {pseudonym(email)}",
        verb="asked for access",
        section="account",
        record=str(asked.pk),
    )
    return asked


def _one_at_a_time() -> None:
    """Whoever else asks waits until the transaction ends, so that each request is counted.

    There is no row to lock yet. SQLite has one writer at a time.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('access'))")


@transaction.atomic
def ask_for_colleague(*, by: User, name: str, email: str, purpose: str) -> AccessRequest:
    """A provider lead asks for an account for somebody in data entry at the lead's agency."""
    if by.role != Role.LEAD or by.agency is None:
        raise PermissionDenied
    asked = _store(
        name=name,
        email=email,
        agency_code=by.agency.code,
        role=Role.DATA_ENTRY,
        purpose=purpose,
        asked_by=by,
    )
    note(by=by, verb="asked for access", agency=by.agency.code, about=asked.pk)
    return asked


def _store(
    *,
    name: str,
    email: str,
    agency_code: str,
    role: str,
    purpose: str,
    visitor: str = "",
    asked_by: User | None = None,
) -> AccessRequest:
    if role not in AGENCY_ROLES:
        raise PermissionDenied
    asked = AccessRequest(
        name=name,
        email=normal_email(email),
        agency_code=agency_code.upper(),
        agency=_agency_with(agency_code.upper()),
        role=role,
        purpose=purpose,
        visitor=visitor,
        asked_by=asked_by,
    )
    asked.full_clean(exclude=["agency", "asked_by", "answered_by", "answered_at"])
    asked.save()
    return asked


def _agency_with(code: str) -> Agency | None:
    return Agency.objects.filter(code=code).first()


def link_requests(agency: Agency) -> None:
    """The requests that wait for an agency with this code are for this one, which was not there when they came."""
    waiting = AccessRequest.objects.filter(state=AccessRequest.State.WAITING)
    waiting.filter(agency=None, agency_code=agency.code).update(agency=agency)


@transaction.atomic
def approve(*, by: User, key: int) -> User:
    """Makes the account and sends the invitation; whoever has an account already is added to the agency.

    Raises Refused, with what to do, where that is not possible.
    """
    asked = _waiting(by, key)
    if asked.agency is None:
        raise Refused(f"There is no agency {asked.agency_code}. Refuse the request, and say so.")
    _answer(by, asked, AccessRequest.State.APPROVED)
    person = _let_in(by, asked.agency, email=asked.email, name=asked.name, role=asked.role)
    note(
        by=by,
        verb="approved request for access",
        agency=asked.agency.code,
        about=asked.pk,
        account=person.pk,
    )
    return person


@transaction.atomic
def invite_lead(*, by: User, agency: Agency, name: str, email: str) -> User:
    """Makes an account for a provider lead of the agency, who has not asked for one, and sends the invitation.

    As with approve, whoever has an account already is added to the agency, in the role that they have.
    Raises Refused, with what to do, where that is not possible.
    """
    if not selectors.agencies_for(user=by).filter(pk=agency.pk).exists():
        raise PermissionDenied
    person = _let_in(by, agency, email=normal_email(email), name=name, role=Role.LEAD)
    note(by=by, verb="invited lead", agency=agency.code, about=person.pk)
    return person


@transaction.atomic
def refuse(*, by: User, key: int, reason: str) -> None:
    """Refuses the request; the reason is mailed to whoever asked, and to the lead who asked for somebody."""
    asked = _waiting(by, key)
    asked.answer = reason
    _answer(by, asked, AccessRequest.State.REFUSED)
    agency = asked.agency.code if asked.agency else ""
    note(by=by, verb="refused request for access", agency=agency, about=asked.pk)
    to = asked.asked_by.email if asked.asked_by else asked.email
    mails.send("access_refused", to=to, asked=asked)


def forget_visitors() -> int:
    """Blanks what stands for addresses of visitors once no limit needs it. How many there were."""
    old = AccessRequest.objects.exclude(visitor="").filter(asked_at__lt=timezone.now() - KEPT)
    return old.update(visitor="")


@transaction.atomic
def forget_requests() -> int:
    """Removes requests that nobody answered in their time, and those answered long ago; how many. It is noted."""
    now = timezone.now()
    unanswered = Q(
        state=AccessRequest.State.WAITING,
        asked_at__lt=now - datetime.timedelta(days=WAITING_DAYS),
    )
    answered = Q(answered_at__lt=now - datetime.timedelta(days=ANSWERED_DAYS))
    first, _ = AccessRequest.objects.filter(unanswered).delete()
    second, _ = AccessRequest.objects.filter(answered).delete()
    if first or second:
        verb = "removed old requests for access"
        note(by=None, verb=verb, unanswered=first, answered=second)
    return first + second


def _waiting(by: User, key: int) -> AccessRequest:
    """The request, locked. Raises selectors.NotFound, and Refused when a colleague was quicker."""
    selectors.request_for(user=by, key=key)
    asked = AccessRequest.objects.select_for_update(no_key=True).get(pk=key)
    if asked.state != AccessRequest.State.WAITING:
        raise Refused("Somebody has answered this request already.")
    # The agency may have come since with a file that was imported, which links nothing.
    asked.agency = asked.agency or _agency_with(asked.agency_code)
    return asked


def _let_in(by: User, agency: Agency, *, email: str, name: str, role: str) -> User:
    """The person with this address works for the agency from now on, and has been told by mail."""
    if agency.closed_on and agency.closed_on <= today():
        raise Refused(f"{agency} is closed: nobody can be let in.")
    person = User.objects.filter(email=email).first()
    if person:
        person = lock(user=person)
        _add_existing(person, agency)
        mails.send("added_to_agency", to=person.email, person=person, agency=agency)
        return person
    try:
        with transaction.atomic():
            person = accounts.create_account(
                email=email, name=name, password=None, role=role, agencies=[agency]
            )
    except IntegrityError:
        raise Refused(
            "A colleague has just made an account with this email address. Try again."
        ) from None
    make_invitation(by=by, person=person)
    note(by=by, verb="made account", agency=agency.code, about=person.pk, role=role)
    note_invitation(by=by, person=person)
    return person


def _add_existing(person: User, agency: Agency) -> None:
    """Adds the agency to those of somebody who has an account. Raises Refused, with what to do."""
    if person.role not in AGENCY_ROLES:
        raise Refused(
            "This email address belongs to somebody who works for no agency. Ask for another address."
        )
    if not person.is_active:
        raise Refused(
            "There is a disabled account with this email address. Find it under People and enable it;"
            " if you do not find it, ask the national team."
        )
    if person.agencies.filter(pk=agency.pk).exists():
        raise Refused(
            "This person works for the agency already. Tell them to sign in;"
            " the role can be changed on their page under People."
        )
    if any(
        not agency.provider or other.provider != agency.provider for other in person.agencies.all()
    ):
        raise Refused(
            "There is an account with this email address at another provider, and nobody can work for"
            " two providers with one account. Ask for another address."
        )
    accounts.add_to_agency(user=person, agency=agency)


def _answer(by: User, asked: AccessRequest, state: str) -> None:
    asked.state = state
    asked.answered_by = by
    asked.answered_at = timezone.now()
    asked.save(update_fields=["agency", "state", "answer", "answered_by", "answered_at"])
