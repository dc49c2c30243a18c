"""Who is asking, before anybody has signed in: what the limit on guesses is counted by."""

import ipaddress
import logging
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from ndtms.accounts.models import normal_email

logger = logging.getLogger(__name__)
UNKNOWN = "0.0.0.0"  # noqa: S104 - nothing is bound to it
IPV6_COUNTED = 64


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
        return str(ipaddress.ip_address(without_port(address)))
    except ValueError:
        # Everybody would share one allowance of guesses, and lock one another out.
        logger.warning("The address of a visitor cannot be read: see PROXY_COUNT")
        return UNKNOWN


def without_port(address: str) -> str:
    """192.0.2.1 of 192.0.2.1:5000, and 2001:db8::1 of [2001:db8::1]:5000: some proxies write the port as well."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    host, _, port = address.partition(":")
    return host if port.isdigit() and "." in host else address


def counted_address(request: HttpRequest) -> str:
    """What guesses are counted by: the address, or the /64 of an IPv6 address, which one visitor has whole."""
    address = ipaddress.ip_address(client_address(request))
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network(f"{address}/{IPV6_COUNTED}", strict=False).network_address)


def pseudonym(email: str) -> str:
    """Stands for an e-mail address that we do not want to keep; the same for the same one."""
    hashed = salted_hmac("ndtms.accounts.pseudonym", normal_email(email), algorithm="sha256")
    return hashed.hexdigest()[:20]


def guessed_account(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """For axes: whose password was guessed, without keeping what was typed."""
    return pseudonym((credentials or {}).get("email") or request.POST.get("email", ""))
