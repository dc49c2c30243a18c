"""The forms of keys and other factors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet

from det import crispy
from det.saying import SaysSomething
from ndtms.accounts.emails import EmailField
from ndtms.accounts.models import User, normal_email
from ndtms.keys.factors import ENROLMENT_DIGITS, digits_of
from ndtms.keys.kinds import LONGEST_NAME
from ndtms.keys.models import FactorReset, RegisteredKey
from ndtms.web.days import past
from ndtms.web.fields import DayField

LONGEST_ANSWER = 20_000


def _code_field(**kwargs: Any) -> forms.CharField:
    attributes = {"autocomplete": "one-time-code", "spellcheck": "false", "autocapitalize": "none"}
    return forms.CharField(widget=forms.TextInput(attrs=attributes), **kwargs)


def _name_field(help_text: str) -> forms.CharField:
    return forms.CharField(
        label="Name",
        help_text=help_text,
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Enter a name"},
    )


def _check_field() -> forms.ChoiceField:
    wrong = "Choose how you made sure that it is this person"
    return forms.ChoiceField(
        label="How did you make sure that it is this person?",
        choices=FactorReset.Check.choices,
        widget=forms.RadioSelect,
        error_messages={"required": wrong, "invalid_choice": wrong},
    )


# Signing in


class SecurityKeyForm(forms.Form):
    """What the browser brings from a FIDO2 key; the page's script fills it in."""

    answer = forms.CharField(
        required=False, max_length=LONGEST_ANSWER, widget=forms.HiddenInput, empty_value=""
    )


class NewKeyForm(SecurityKeyForm):
    name = _name_field("So that you can tell your keys apart, like “Key on my key ring”.")
    helper = crispy.helper(crispy.text("name", width=20))


class YubiKeyForm(forms.Form):
    code = _code_field(
        label="One-time password",
        help_text="Click in the field, then touch your YubiKey. It types the one-time password for you.",
        max_length=100,
        error_messages={
            "required": "Click in the field, then touch your YubiKey",
            "max_length": "Empty the field, then touch your YubiKey once",
        },
    )
    helper = crispy.helper(crispy.text("code"))

    def clean_code(self) -> str:
        return str(self.cleaned_data["code"]).strip().lower()


class BackupCodeForm(forms.Form):
    code = _code_field(
        label="Backup code",
        help_text="One of the codes that your regional team gave you, like abcd-2345.",
        max_length=20,
        error_messages={"required": "Enter a backup code"},
    )
    helper = crispy.helper(crispy.text("code", width=10))


class EnrolmentCodeForm(forms.Form):
    code = forms.CharField(
        label="Enrolment code",
        help_text="The 12 numbers that your regional team reads to you on the telephone.",
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        error_messages={"required": "Enter the 12 numbers that your regional team reads to you"},
    )
    helper = crispy.helper(crispy.text("code", width=20))

    def clean_code(self) -> str:
        code = digits_of(self.cleaned_data["code"])
        if len(code) != ENROLMENT_DIGITS:
            raise forms.ValidationError("The code must be 12 numbers, like 1234 5678 9012")
        return code


# One's own factors


class ConfirmForm(forms.Form):
    password = forms.CharField(
        label="Password",
        strip=False,
        max_length=1024,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Enter your password"},
    )
    helper = crispy.helper(crispy.text("password", width=20))


class RenameForm(forms.Form):
    name = _name_field("")
    helper = crispy.helper(crispy.text("name", width=20))


# The register


class KeyForm(forms.Form):
    """A key for the stock."""

    serial = forms.RegexField(
        regex=r"^[A-Za-z0-9-]{3,40}$",
        label="Serial number",
        help_text="As it stands on the key.",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": "Enter the serial number that stands on the key",
            "invalid": "The serial number must be 3 to 40 letters, numbers and hyphens",
        },
    )
    kind = forms.ChoiceField(
        label="Kind",
        choices=RegisteredKey.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the kind of key", "invalid_choice": "Choose a kind"},
    )
    region = forms.ChoiceField(
        label="Region",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a region", "invalid_choice": "Choose a region"},
    )

    def __init__(self, *args: Any, regions: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = list(regions)
        field: Any = self.fields["region"]
        field.choices = [(name, name) for name in names]
        self.helper = crispy.helper(
            crispy.text("serial", width=20), crispy.radios("kind"), crispy.radios("region")
        )


YEARS_OF_TERMS = 5
"""Terms that were signed earlier have to be signed again."""


class LendForm(forms.Form):
    email = EmailField(
        label="Email address of the person who gets the key",
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={
            "required": "Enter the email address of the person",
            "invalid": "Enter an email address in the correct format, like name@example.com",
        },
    )
    signed_on = DayField(
        span=lambda: past(YEARS_OF_TERMS),
        label="Day on which the terms of the loan were signed",
        error_messages={"required": "Enter the day on which the terms were signed"},
    )
    signed_by = forms.CharField(
        label="Who signed the terms",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Enter who signed the terms of the loan"},
        validators=[SaysSomething(1, "Enter who signed the terms of the loan")],
    )
    helper = crispy.helper(
        crispy.text("email"), crispy.text("signed_on", width=20), crispy.text("signed_by")
    )

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = people

    def clean_email(self) -> User:
        person = self.people.filter(email=normal_email(self.cleaned_data["email"])).first()
        if person is None:
            raise forms.ValidationError("There is no such person among those you look after")
        return person


class ReplaceForm(forms.Form):
    replacement = forms.ChoiceField(
        label="Which key does the person have instead?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a key", "invalid_choice": "Choose a key in stock"},
    )
    helper = crispy.helper(crispy.radios("replacement"))

    def __init__(self, *args: Any, stock: Iterable[RegisteredKey], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stock = {str(key.pk): key for key in stock}
        field: Any = self.fields["replacement"]
        field.choices = [
            (pk, f"{key.serial}, {key.get_kind_display()}") for pk, key in self.stock.items()
        ]

    @property
    def chosen(self) -> RegisteredKey:
        return self.stock[self.cleaned_data["replacement"]]


# Backup codes and resets


class BackupCodesForm(forms.Form):
    check_made = _check_field()
    helper = crispy.helper(crispy.radios("check_made"))


class ResetForm(forms.Form):
    """How it was made sure who is asking, and which of the lent keys are lost."""

    check_made = _check_field()
    note = forms.CharField(
        label="Note",
        help_text="Whom you spoke to, and when. No details of clients.",
        max_length=500,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Enter whom you spoke to, and when"},
        validators=[SaysSomething(10, "Enter whom you spoke to, and when, in 10 letters or more")],
    )

    def __init__(self, *args: Any, lent: Iterable[RegisteredKey], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lent = {f"lost_{key.pk}": key for key in lent}
        for name, key in self.lent.items():
            self.fields[name] = forms.BooleanField(
                label=f"The key {key.serial} is lost", required=False
            )
        ticks = [crispy.tick(name) for name in self.lent]
        self.helper = crispy.helper(
            crispy.radios("check_made"), crispy.text("note", width=30), *ticks
        )

    @property
    def answers(self) -> dict[str, Any]:
        lost = [key for name, key in self.lent.items() if self.cleaned_data[name]]
        return {
            "check_made": self.cleaned_data["check_made"],
            "note": self.cleaned_data["note"],
            "lost_keys": lost,
        }
