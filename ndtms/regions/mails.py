"""Mails in plain text: templates/mail/, the first line is the subject."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from ndtms.mail.services import post


def send(template: str, *, to: str, **context: Any) -> None:
    """Sends a mail once what it tells of has been stored. A mail that cannot be sent undoes nothing."""
    context["sign_in"] = absolute(reverse("sign-in"))
    written = render_to_string(f"mail/{template}.txt", context)
    subject, _, body = written.partition("\n")
    post(to=to, subject=subject, body=body.lstrip("\n"))


def absolute(address: str) -> str:
    """The whole address of one of our pages."""
    return settings.SITE_ADDRESS.rstrip("/") + address
