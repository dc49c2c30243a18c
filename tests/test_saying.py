"""Text that has to say something, and e-mail addresses that look like what they are: in every form that there is."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from django import forms

import det
import ndtms
from det.forms.explanation import ExplanationForm
from det.saying import SaysSomething, letters_in
from ndtms.accounts.emails import EmailField
from ndtms.accounts.forms import PasswordForm

LONG = 200
"""A text that may be so long is a sentence, and not a name or a code."""


def form_classes() -> Iterator[type[forms.Form]]:
    """Every form of the product."""
    for package in (det, ndtms):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "forms" in module.name.split("."):
                importlib.import_module(module.name)
    found = [forms.Form]
    for form_class in found:
        found += form_class.__subclasses__()
    for form_class in dict.fromkeys(found):
        if form_class.__module__.split(".")[0] in ("det", "ndtms"):
            yield form_class


def fields() -> Iterator[tuple[str, Any]]:
    for form_class in form_classes():
        for name, field in form_class.base_fields.items():
            yield f"{form_class.__name__}.{name}", field


def is_sentence(field: Any) -> bool:
    return (
        type(field) is forms.CharField
        and field.required
        and (field.max_length or LONG) >= LONG
        and not isinstance(field.widget, (forms.PasswordInput, forms.HiddenInput))
    )


def test_every_sentence_that_is_asked_for_has_to_say_something() -> None:
    found = {name: field for name, field in fields() if is_sentence(field)}
    assert len(found) >= 5
    silent = [
        name
        for name, field in found.items()
        if not any(isinstance(validator, SaysSomething) for validator in field.validators)
    ]
    assert silent == []


def test_every_address_is_of_plain_letters() -> None:
    """But at the sign-in, where an address that nobody has is not right, whatever it is made of."""
    found = {name: field for name, field in fields() if isinstance(field, forms.EmailField)}
    others = [name for name, field in found.items() if not isinstance(field, EmailField)]
    assert others == [f"{PasswordForm.__name__}.email"]
    assert len(found) > 3


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("", 0),
        ("... --- ...", 0),
        ("\u200b\u200c\u200d\ufeff", 0),
        ("\u200f\u202e", 0),
        ("\u2800\u2800", 0),
        ("\u3164\uffa0\u115f\u1160", 0),
        ("a\u200bb 2", 3),
        ("Zo\u00eb \u0141", 4),
    ],
)
def test_only_what_is_seen_counts(text: str, seen: int) -> None:
    assert letters_in(text) == seen


def test_an_explanation_that_nobody_can_read_is_none() -> None:
    assert ExplanationForm({"text": "The client said so"}).is_valid()
    for text in ("\u2800" * 20, ". . . . . .", "ok", ""):
        assert ExplanationForm({"text": text}).errors.keys() == {"text"}
