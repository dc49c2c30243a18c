"""Where am I signed in?"""

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from det.views.once import once
from ndtms.accounts import sessions
from ndtms.accounts.models import User


@require_http_methods(["GET", "HEAD", "POST"])
@once
def own_sessions(request: HttpRequest) -> HttpResponse:
    """The person's own sessions; a post ends the one with the number `session`, or all others."""
    user = cast(User, request.user)
    if request.method != "POST":
        found = sessions.open_sessions(request=request, user=user)
        return render(request, "accounts/sessions.html", {"sessions": found})
    number = request.POST.get("session", "")
    if number == "others":
        ended = sessions.end_sessions(user=user, keep=request.session.session_key)
        messages.success(request, f"Sessions ended: {ended}.")
    elif number.isascii() and number.isdigit() and len(number) < 19:
        if sessions.end_session(user=user, key=int(number)):
            messages.success(request, "The session has ended.")
        else:
            messages.info(request, "That session had already ended.")
    else:
        raise Http404
    return redirect("own-sessions")
