"""Arguments that the commands share; a mistake in one ends the command with a sentence and exit code 2."""

from __future__ import annotations

import argparse
import datetime

from django.core.management.base import CommandError

from det.definition import core_dataset
from det.models import Agency

REFUSED = 2


def day(text: str) -> datetime.date:
    """A day given as yyyy-mm-dd."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date yyyy-mm-dd") from None


def dataset(text: str) -> str:
    """The code of a dataset, in any case."""
    known = core_dataset().datasets
    if text.upper() not in known:
        raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(known)}")
    return text.upper()


def existing_agency(code: str) -> Agency:
    """The agency with the code. Raises CommandError (exit code 2)."""
    agency = Agency.objects.filter(code=code.upper()).first()
    if agency is None:
        raise CommandError(f"There is no agency {code}.", returncode=REFUSED)
    return agency
