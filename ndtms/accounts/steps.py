"""From one page of signing in to the next, still knowing where the person was going."""

from django.conf import settings
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from det import crispy


def show(
    request: HttpRequest, template: str, form: Form, context: dict[str, object]
) -> HttpResponse:
    """The page with its form."""
    return render(request, template, {"form": form, "summary": crispy.summary(form), **context})


def next_address(request: HttpRequest) -> str:
    """Where the person was going: an address of ours, or nothing."""
    address = request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if safe and address.startswith("/") else ""


def go(request: HttpRequest, page: str) -> HttpResponseRedirect:
    """To another step of signing in, still knowing where the person was going."""
    address = next_address(request)
    return redirect(reverse(page) + ("?" + urlencode({"next": address}) if address else ""))


def leave(request: HttpRequest) -> HttpResponseRedirect:
    """To where the person was going."""
    return redirect(next_address(request) or resolve_url(settings.LOGIN_REDIRECT_URL))
