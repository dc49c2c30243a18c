"""What the project refuses to start with."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

# "testserver" is added by Django's own test runner.
THIS_MACHINE = {"localhost", "127.0.0.1", "[::1]", "testserver"}


@register(Tags.security)
def made_up_accounts_stay_on_this_machine(**kwargs: Any) -> list[CheckMessage]:
    """The sign-in page shows the passwords of made-up accounts, so nobody else may reach it."""
    if settings.MADE_UP_ACCOUNTS and not THIS_MACHINE.issuperset(settings.ALLOWED_HOSTS):
        return [
            Error(
                "MADE_UP_ACCOUNTS is on where other machines can reach the sign-in page.",
                hint="Use ndtms.settings.production, or allow only localhost in ALLOWED_HOSTS.",
                id="accounts.E001",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def production_has_no_made_up_accounts(**kwargs: Any) -> list[CheckMessage]:
    if settings.MADE_UP_ACCOUNTS:
        return [Error("MADE_UP_ACCOUNTS must be off in production.", id="accounts.E002")]
    return []
