"""Who did what, and when. Holds text, not links, so that it outlives what it tells of."""

from typing import Any, NoReturn

from django.db import models
from django.utils import timezone


class AuditIsFinal(Exception):
    """Somebody tried to change or remove an event."""


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise AuditIsFinal("Events cannot be changed.")

    def delete(self) -> NoReturn:
        raise AuditIsFinal("Events cannot be removed.")


class AuditEvent(models.Model):
    """One thing that somebody did. Written once."""

    at = models.DateTimeField(default=timezone.now, editable=False)
    who = models.CharField(max_length=254)
    agency = models.CharField(max_length=5, blank=True)
    verb = models.CharField(max_length=40)
    section = models.CharField(max_length=40, blank=True)
    record = models.CharField(max_length=36, blank=True)
    client = models.CharField(max_length=36, blank=True)
    detail = models.JSONField(default=dict, blank=True)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        base_manager_name = "objects"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.who}: {self.verb}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AuditIsFinal("Events cannot be changed.")
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AuditIsFinal("Events cannot be removed.")
