"""The records of the data entry tool (being extended)."""

from django.db import models


class Agency(models.Model):
    code = models.CharField(max_length=5, unique=True)
    name = models.CharField(max_length=100)
    dataset = models.CharField(max_length=2)

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"
