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


@register(Tags.security, deploy=True)
def secrets_are_secret(**kwargs: Any) -> list[CheckMessage]:
    """Whoever reads the project could forge sessions, and read the secrets of keys in the database."""
    secrets: dict[str, list[Any]] = {
        "SECRET_KEY": [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS],
        "FIELD_ENCRYPTION_KEY": [settings.FIELD_ENCRYPTION_KEY],
    }
    return [
        Error(f"{name} is one that the project's own files show.", id="accounts.E003")
        for name, values in secrets.items()
        if set(values) & set(settings.PUBLISHED_SECRETS)
    ]


@register(Tags.security, deploy=True)
def hosts_are_named(**kwargs: Any) -> list[CheckMessage]:
    """With any host allowed, a forged one gets into addresses that the product makes."""
    if "*" in settings.ALLOWED_HOSTS:
        return [Error("ALLOWED_HOSTS must name the hosts, and not be *.", id="accounts.E004")]
    return []


@register(Tags.security, deploy=True)
def the_database_is_not_a_file(**kwargs: Any) -> list[CheckMessage]:
    """SQLite has no row-level security and no users; its file lies where the project does."""
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3") and database["NAME"] != ":memory:":
        return [
            Error(
                "SQLite is for one machine with made-up clients.",
                hint="Name a PostgreSQL database in DATABASE_URL.",
                id="accounts.E005",
            )
        ]
    return []
