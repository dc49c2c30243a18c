"""Makes the first account of the national team, who then make all others; refused while there is one."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from det.management.arguments import REFUSED
from ndtms.accounts.models import Role, User
from ndtms.accounts.services import create_account
from ndtms.audit.services import record


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", required=True)
        parser.add_argument(
            "--password-stdin", action="store_true", help="Reads the password from a line of input."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if User.objects.filter(role=Role.NATIONAL, is_active=True).exists():
            raise CommandError(
                "There is an account of the national team already. Sign in with it, and add people at"
                " Region, All people, Add somebody to a team.",
                returncode=REFUSED,
            )
        password = self._line() if options["password_stdin"] else self._typed()
        try:
            self._make(options["email"], options["name"], password)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages), returncode=REFUSED) from None
        self.stdout.write(
            "The account is made. Sign in: the pages show how to set up the second step."
        )

    @transaction.atomic
    def _make(self, email: str, name: str, password: str) -> None:
        user = create_account(email=email, name=name, password=password, role=Role.NATIONAL)
        record(
            who="command",
            verb="made account",
            section="account",
            record=str(user.pk),
            detail={"role": Role.NATIONAL.value},
        )

    def _line(self) -> str:
        return sys.stdin.readline().rstrip("\r\n")

    def _typed(self) -> str:
        """Asks twice, without showing what is typed."""
        password = getpass("Password: ")
        if getpass("The same password again: ") != password:
            raise CommandError("The two passwords are not the same.", returncode=REFUSED)
        return password
