"""Who may sign in."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower


def normal_email(email: str) -> str:
    """The one way in which an e-mail address is stored and looked up."""
    return email.strip().lower()


class UserManager(BaseUserManager["User"]):
    def get_queryset(self) -> models.QuerySet["User"]:
        """Every page of somebody who is signed in needs the agency."""
        return super().get_queryset().select_related("agency")

    def get_by_natural_key(self, username: str | None) -> "User":
        return super().get_by_natural_key(normal_email(username or ""))


class User(AbstractBaseUser):
    """A person with an account. Accounts are never deleted: a leaver's is made inactive."""

    email = models.EmailField("email address", max_length=254, unique=True)
    name = models.CharField(max_length=100)
    agency = models.ForeignKey(
        "det.Agency", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="user_email_is_lower_case"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = normal_email(self.email)
        super().save(*args, **kwargs)
