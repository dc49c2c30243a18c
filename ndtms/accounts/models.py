"""Who may sign in."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from det.models import Agency
from ndtms.accounts.emails import plain_letters


def normal_email(email: str) -> str:
    """The one way in which an e-mail address is stored and looked up."""
    return email.strip().lower()


class Role(models.TextChoices):
    """What somebody comes for; what each may do is in docs/access.md."""

    DATA_ENTRY = "data_entry", "Data entry"
    LEAD = "lead", "Provider lead"
    REGIONAL = "regional", "Regional team"
    NATIONAL = "national", "National team"
    SUPPLIER = "supplier", "Software supplier"


AGENCY_ROLES = (Role.DATA_ENTRY, Role.LEAD)
"""The roles of people who work for agencies."""


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return super().get_by_natural_key(normal_email(username or ""))


class User(AbstractBaseUser):
    """A person with an account. Accounts are never deleted: a leaver's is made inactive."""

    email = models.EmailField(
        "email address", max_length=254, unique=True, validators=[plain_letters]
    )
    name = models.CharField(max_length=100)
    role = models.CharField(max_length=10, choices=Role, default=Role.DATA_ENTRY)
    region = models.CharField(max_length=40, blank=True)
    """Of somebody in a regional team."""
    agencies: "models.ManyToManyField[Agency, Membership]" = models.ManyToManyField(
        "det.Agency", through="Membership", related_name="people"
    )
    role_lowered_at = models.DateTimeField(null=True, editable=False)
    """When the person was last given a role that sees less."""
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="user_email_is_lower_case"
            ),
            models.CheckConstraint(
                condition=models.Q(role=Role.REGIONAL) & ~models.Q(region="")
                | ~models.Q(role=Role.REGIONAL) & models.Q(region=""),
                name="user_region_of_regional_team",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = normal_email(self.email)
        super().save(*args, **kwargs)

    @property
    def agency(self) -> Agency | None:
        """The agency that the person works for now: the one chosen in this session, or the only one."""
        if not hasattr(self, "_agency"):
            agencies = list(self.agencies.all()[:2])
            self.choose(agencies[0] if len(agencies) == 1 else None)
        return self._agency

    @property
    def agency_id(self) -> int | None:
        return self.agency.pk if self.agency else None

    def choose(self, agency: Agency | None) -> None:
        """From now on the person works for this agency, in this session."""
        self._agency = agency


class Membership(models.Model):
    """Somebody works for an agency. Only people in data entry and provider leads do."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="memberships")
    since = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "agency"], name="membership_unique")]

    def __str__(self) -> str:
        return f"{self.user} at {self.agency}"


class SignIn(models.Model):
    """A session that somebody began by both factors, from where and with which browser."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_ins")
    session_key = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField(default=timezone.now, editable=False)
    address = models.GenericIPAddressField()
    browser = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.user} {self.at:%Y-%m-%d %H:%M}"
