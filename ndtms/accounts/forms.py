"""The forms of signing in."""

from typing import Any

from django import forms

from det import crispy
from det.models import Agency


class PasswordForm(forms.Form):
    email = forms.EmailField(
        label="Email address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "spellcheck": "false"}),
        error_messages={
            "required": "Enter your email address",
            "invalid": "Enter an email address in the correct format, like name@example.com",
        },
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        max_length=1024,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Enter your password"},
    )
    helper = crispy.helper(crispy.text("email"), crispy.text("password"))


class CodeForm(forms.Form):
    code = forms.CharField(
        label="Code",
        help_text="The 6 numbers that your authenticator app shows now.",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        error_messages={"required": "Enter the 6 numbers that your authenticator app shows"},
    )
    helper = crispy.helper(crispy.text("code", width=10))

    def clean_code(self) -> str:
        code = "".join(self.cleaned_data["code"].split())
        if not (len(code) == 6 and code.isascii() and code.isdigit()):
            raise forms.ValidationError("The code must be 6 numbers, like 123456")
        return code


def _password(label: str, autocomplete: str, required: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        strip=False,
        max_length=1024,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
        error_messages={"required": required},
    )


class NewPasswordForm(forms.Form):
    old = _password(
        "The password you have now", "current-password", "Enter the password you have now"
    )
    new = _password("New password", "new-password", "Enter a new password")
    helper = crispy.helper(crispy.text("old"), crispy.text("new"))


class AgencyForm(forms.Form):
    """For which of the person's agencies to work."""

    agency = forms.ChoiceField(
        label="Which agency are you working for now?",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose an agency",
            "invalid_choice": "Choose one of your agencies",
        },
    )
    helper = crispy.helper(crispy.radios("agency"))

    def __init__(self, *args: Any, agencies: list[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agencies = {str(agency.pk): agency for agency in agencies}
        self.fields["agency"].choices = [  # type: ignore[attr-defined]
            (key, f"{agency}, dataset {agency.dataset}") for key, agency in self.agencies.items()
        ]

    @property
    def chosen(self) -> Agency:
        return self.agencies[self.cleaned_data["agency"]]
