"""How regional teams run their regions: requests, invitations, declarations, leavers."""

import datetime

from django.db import models
from django.utils import timezone

from det.models import Agency
from ndtms.accounts.emails import plain_letters
from ndtms.accounts.models import Role, User
from ndtms.web.days import years_after

STAFF_ROLES = (Role.REGIONAL, Role.NATIONAL)
"""The roles of those who run the service."""


class AccessRequest(models.Model):
    """Somebody asks for an account. What was asked is kept, whether there is such an agency or not."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        APPROVED = "approved", "Approved"
        REFUSED = "refused", "Refused"

    name = models.CharField(max_length=100)
    email = models.EmailField(max_length=254, validators=[plain_letters])
    agency_code = models.CharField(max_length=5)
    agency = models.ForeignKey(
        Agency, null=True, on_delete=models.PROTECT, related_name="access_requests"
    )
    """The agency with that code; none where there is no such agency: the national team then looks."""
    role = models.CharField(max_length=10, choices=Role)
    purpose = models.CharField(max_length=300)
    asked_at = models.DateTimeField(default=timezone.now, editable=False)
    asked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="asked")
    """The provider lead who asked for a colleague; none where somebody asked for themselves."""
    visitor = models.CharField(max_length=40, blank=True, db_index=True)
    """Stands for the address of the machine that asked; only hashed, and blanked after a day."""
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    answer = models.CharField(max_length=300, blank=True)
    """Why it was refused."""
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["asked_at", "id"]

    def __str__(self) -> str:
        return f"Request {self.pk}"


class Invitation(models.Model):
    """Lets somebody set a password, once, until it ends."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="invitations")
    token_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ends_at = models.DateTimeField()
    """Earlier than at first where another one has taken its place."""
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-made_at", "-id"]

    def __str__(self) -> str:
        return f"Invitation {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.used_at is None and timezone.now() < self.ends_at and self.user.is_active


class Declaration(models.Model):
    """Somebody of a regional or national team has declared or learned what they must each year (standard, 2.3.1)."""

    class Kind(models.TextChoices):
        CONFIDENTIALITY = "confidentiality", "staff confidentiality declaration"
        TRAINING = "training", "information governance training"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="declarations")
    kind = models.CharField(max_length=20, choices=Kind)
    done_on = models.DateField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.done_on:%Y-%m-%d}"

    @property
    def lapses_on(self) -> datetime.date:
        return years_after(self.done_on, 1)


class Standing(models.Model):
    """What the account itself does not say about its use."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="standing")
    counted_from = models.DateTimeField(null=True)
    """When the account was last enabled: days without signing in count from then."""
    warned_at = models.DateTimeField(null=True)
    """When the person was told that the account will be disabled."""

    def __str__(self) -> str:
        return f"Standing of account {self.user_id}"


class Leaving(models.Model):
    """Somebody left: what was done, for the receipt, and what to restore when it was a mistake."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="leavings")
    agencies = models.ManyToManyField(Agency, related_name="leavings")
    at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requests = models.PositiveIntegerField(default=0)
    """How many requests for access were handed over to whoever did this."""
    keys = models.JSONField(default=list)
    """Serial numbers of the security keys to be returned."""
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"Leaving of account {self.user_id}"
