"""Who is asking, before anybody has signed in: what the limit on guesses is counted by."""

import ipaddress
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from ndtms.accounts.models import normal_email


def client_address(request: HttpRequest) -> str:
    """The address of the person's machine, as the outermost of our own proxies saw it.

    Whatever stands further left in X-Forwarded-For was written by the visitor and is not believed.
    """
    address = str(request.META.get("REMOTE_ADDR", ""))
    seen_by_proxies = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    count = settings.PROXY_COUNT
    if count and len(seen_by_proxies) >= count:
        address = seen_by_proxies[-count].strip() or address
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return "0.0.0.0"  # noqa: S104 - the unknown address, nothing is bound to it


def pseudonym(email: str) -> str:
    """Stands for an e-mail address that we do not want to keep; the same for the same one."""
    hashed = salted_hmac("ndtms.accounts.pseudonym", normal_email(email), algorithm="sha256")
    return hashed.hexdigest()[:20]


def guessed_account(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """For axes: whose password was guessed, without keeping what was typed."""
    return pseudonym((credentials or {}).get("email") or request.POST.get("email", ""))
