"""Who did what, when, and from where. Holds text, not links, so that it outlives what it tells of.

The database itself refuses to change or remove an event (migration 0003), and each event holds a hash of itself and
of the one before it, so that whatever was done to the table in another way shows (`manage.py verify_audit`).
"""

from typing import Any, NoReturn

from django.db import models, transaction
from django.utils import timezone

from ndtms.audit.chain import HASHED, hash_of, last_hash, plain
from ndtms.audit.origin import origin


class AuditIsFinal(Exception):
    """Somebody tried to change or remove an event."""


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise AuditIsFinal("Events cannot be changed.")

    def delete(self) -> NoReturn:
        raise AuditIsFinal("Events cannot be removed.")

    def bulk_create(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AuditIsFinal("Events are added one by one, each to the end of the chain.")


class AuditEvent(models.Model):
    """One thing that somebody did. Written once."""

    at = models.DateTimeField(default=timezone.now, editable=False)
    who = models.CharField(max_length=254)
    agency = models.CharField(max_length=5, blank=True)
    region = models.CharField(max_length=40, blank=True)
    """Of somebody in a regional team."""
    verb = models.CharField(max_length=40)
    section = models.CharField(max_length=40, blank=True)
    record = models.CharField(max_length=36, blank=True)
    client = models.CharField(max_length=36, blank=True)
    address = models.CharField(max_length=45, blank=True)
    """From where: the visitor's address, or "command"."""
    detail = models.JSONField(default=dict, blank=True)
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        base_manager_name = "objects"
        indexes = [models.Index(fields=["agency", "-id"], name="audit_of_agency")]
        # Two events after the same one would be a fork.
        constraints = [models.UniqueConstraint(fields=["previous"], name="audit_is_one_chain")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.who}: {self.verb}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AuditIsFinal("Events cannot be changed.")
        kwargs["force_insert"] = True
        with transaction.atomic(savepoint=False):
            self.address = origin().address
            self.region = self.region or origin().region()
            self.detail = plain(self.detail)
            self.previous = last_hash()
            self.hash = hash_of({name: getattr(self, name) for name in HASHED})
            super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AuditIsFinal("Events cannot be removed.")


class Tally(models.Model):
    """How often something happened on a day of which only so many events are written one by one.

    Removed by `daily` once the day is over and what was not written is told in one event.
    """

    day = models.DateField()
    verb = models.CharField(max_length=40)
    who = models.CharField(max_length=254)
    agency = models.CharField(max_length=5, blank=True)
    region = models.CharField(max_length=40, blank=True)
    section = models.CharField(max_length=40, blank=True)
    written = models.PositiveIntegerField(default=0)
    more = models.PositiveIntegerField(default=0)
    """How often it happened after the last event of the day was written."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "verb", "who"], name="tally_unique")]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.who}: {self.verb}"
