"""A new password for oneself."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from det import crispy
from det.kept import never_kept
from ndtms.accounts.forms import NewPasswordForm
from ndtms.accounts.models import User
from ndtms.accounts.passwords import change_password


@never_kept
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Asks for the old and the new password, and changes it."""
    form = NewPasswordForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            change_password(request=request, user=cast(User, request.user), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "Your password is changed. Your other sessions have ended.")
            return redirect("home")
    context = {
        "form": form,
        "summary": crispy.summary(form),
        "rules": password_validators_help_texts(),
    }
    return render(request, "accounts/password.html", context)
