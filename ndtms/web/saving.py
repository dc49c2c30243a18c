"""Saving where somebody else may be quicker with a value that is there only once."""

from __future__ import annotations

from django.db import IntegrityError, models, transaction


def save_checked(record: models.Model) -> None:
    """Checks and saves the record. Raises ValidationError, also where another one took its unique value just now."""
    record.full_clean()
    try:
        with transaction.atomic():
            record.save()
    except IntegrityError:
        # Now the other one is there to be seen, and this says which value it is.
        record.full_clean()
        raise
