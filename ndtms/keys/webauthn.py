"""The conversation with a FIDO2 security key: what it is asked, and whether its answer is right.

What was asked stays in the session, and is gone once an answer came: no answer counts twice.
"""

from __future__ import annotations

import json
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django_otp_webauthn.exceptions import OTPWebAuthnApiError
from django_otp_webauthn.helpers import WebAuthnHelper
from django_otp_webauthn.models import WebAuthnCredential
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import ResidentKeyRequirement

from ndtms.accounts.models import User

ADDING, SIGNING_IN = "webauthn_adding", "webauthn_signing_in"
"""Session keys: what a new key, and a known key, was asked."""
WRONG = (
    WebAuthnException,
    OTPWebAuthnApiError,
    IntegrityError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    RecursionError,
)
"""What the libraries raise for answers that are wrong, and for what is no answer at all."""


class _Helper(WebAuthnHelper):  # type: ignore[misc]
    def get_discoverable_credentials_preference(self) -> ResidentKeyRequirement:
        # A key need not remember us: it is only asked after the password.
        return ResidentKeyRequirement.DISCOURAGED

    def get_credential_display_name(self, user: Any) -> str:
        return str(user.name)


def begin_adding(*, request: HttpRequest, user: User) -> str:
    """As JSON, what the browser has to ask a new key; the person's keys are named, so that none is added twice."""
    options, request.session[ADDING] = _Helper(request).register_begin(user=user)
    return json.dumps(options)


def finish_adding(
    *, request: HttpRequest, user: User, answer: str, name: str
) -> WebAuthnCredential | None:
    """The new key, if the answer is right; otherwise None."""
    state = request.session.pop(ADDING, None)
    try:
        with transaction.atomic():
            device = _Helper(request).register_complete(
                user=user, state=state, data=json.loads(answer)
            )
            device.name = name
            device.save(update_fields=["name"])
    except WRONG:
        return None
    return device


def begin_signing_in(*, request: HttpRequest, user: User) -> str:
    """As JSON, what the browser has to ask one of the person's keys."""
    options, request.session[SIGNING_IN] = _Helper(request).authenticate_begin(
        user=user, require_user_verification=False
    )
    return json.dumps(options)


def finish_signing_in(
    *, request: HttpRequest, user: User, answer: str
) -> WebAuthnCredential | None:
    """The person's key that gave the right answer, or None."""
    state = request.session.pop(SIGNING_IN, None)
    try:
        with transaction.atomic():
            device = _Helper(request).authenticate_complete(
                user=user, state=state, data=json.loads(answer)
            )
    except WRONG:
        return None
    return device if device.confirmed else None
