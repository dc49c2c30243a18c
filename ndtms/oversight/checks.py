"""What the project warns of where its database would not keep the records of agencies apart."""

from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connections

ROLE = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"


@register(Tags.database)
def policies_hold_for_our_role(**kwargs: Any) -> list[CheckMessage]:
    """Row-level security does not hold for superusers, nor for roles that are told to bypass it."""
    for alias in kwargs["databases"] or ():
        connection = connections[alias]
        if connection.vendor != "postgresql":
            continue
        with connection.cursor() as cursor:
            cursor.execute(ROLE)
            (is_free,) = cursor.fetchone()
        if is_free:
            return [
                Warning(
                    "The product connects to PostgreSQL as a role for which row-level security does not hold.",
                    hint="Connect as a role with NOSUPERUSER and NOBYPASSRLS: see docs/operations.md.",
                    id="oversight.W001",
                )
            ]
    return []
