"""An account that nobody has used for too long is as good as disabled, whether or not a command has disabled it."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from ndtms.accounts.models import normal_email
from ndtms.regions import selectors


class DormantBackend(BaseBackend):
    """Refuses dormant accounts before any other backend looks at the password; lets nobody in itself."""

    def authenticate(
        self, request: HttpRequest | None, email: str = "", password: str = "", **kwargs: Any
    ) -> None:
        if selectors.is_disabled_by_time(email=normal_email(email)):
            # As long as looking at a password takes, so that the time tells nothing either.
            make_password(password)
            raise PermissionDenied
