"""Mails to be sent, and what became of them."""

from django.db import models
from django.utils import timezone

LONGEST_SUBJECT = 200


class Mail(models.Model):
    """One mail. Written in the transaction of what it tells of, sent once that is stored."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting to be sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Could not be sent"

    to = models.EmailField(max_length=254, db_index=True)
    subject = models.CharField(max_length=LONGEST_SUBJECT)
    sealed_body = models.TextField(blank=True)
    """Encrypted, because a link in it may be worth a password; emptied once nothing is sent any more."""
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    """Not tried before then."""
    ended_at = models.DateTimeField(null=True)
    """When it was sent, or given up."""
    problem = models.CharField(max_length=100, blank=True)
    """Which kind of error the last try ended in; never its text, which may name somebody."""

    class Meta:
        ordering = ["-made_at", "-id"]
        indexes = [models.Index(fields=["state", "next_at"], name="mail_due")]

    def __str__(self) -> str:
        return f"Mail {self.pk}"
