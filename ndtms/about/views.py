"""What the product is, whom it can be used by, what it holds of people, and whom to write to; for everybody."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from det.definition import core_dataset
from det.deleted import RESTORE_DAYS
from ndtms.regions.services.access import ANSWERED_DAYS, WAITING_DAYS


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "about/about.html")


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "about/accessibility.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    context = {
        "session_cookie": settings.SESSION_COOKIE_NAME,
        "csrf_cookie": settings.CSRF_COOKIE_NAME,
        "idle_minutes": settings.SESSION_COOKIE_AGE // 60,
        "longest_hours": settings.SESSION_ABSOLUTE_AGE // 3600,
        "restore_days": RESTORE_DAYS,
        "waiting_days": WAITING_DAYS,
        "answered_days": ANSWERED_DAYS,
    }
    return render(request, "about/privacy.html", context)


@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    context = {"contact": settings.CONTACT_EMAIL, "regions": core_dataset().regions.items()}
    return render(request, "about/contact.html", context)
