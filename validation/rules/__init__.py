"""The rules: regular ones are made from the definition, the others are one expression each, by subject.

Importing this package fills `validation.rules.book.EXPRESSIONS`.
"""

from validation.rules import (
    dates,
    discharge,
    health,
    identity,
    interventions,
    outcomes,
    reviews,
    substances,
)
from validation.rules.book import EXPRESSIONS, GROUPS

__all__ = [
    "EXPRESSIONS",
    "GROUPS",
    "dates",
    "discharge",
    "health",
    "identity",
    "interventions",
    "outcomes",
    "reviews",
    "substances",
]
