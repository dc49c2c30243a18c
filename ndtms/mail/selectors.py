"""Reads: what became of mails."""

from __future__ import annotations

from django.db.models import QuerySet

from ndtms.mail.models import Mail

SHOWN = 5


def mails_to(*, email: str) -> list[Mail]:
    """The latest mails to an address, the latest first. The caller has looked whether the person may know."""
    return list(Mail.objects.filter(to=email).defer("sealed_body")[:SHOWN])


def undelivered() -> QuerySet[Mail, str]:
    """The addresses to which a mail could not be sent, for good or so far."""
    return Mail.objects.exclude(problem="").order_by().values_list("to", flat=True)
