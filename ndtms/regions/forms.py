"""The forms of a region: agencies, people, requests, declarations."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.exceptions import ValidationError

from det import crispy
from det.checking import today
from det.definition import core_dataset
from det.forms.fields import ANSWER, ASKED
from det.models import Agency
from det.saying import SaysSomething
from ndtms.accounts.emails import EmailField
from ndtms.accounts.models import AGENCY_ROLES, Role
from ndtms.regions import places
from ndtms.regions.models import Declaration
from ndtms.web.days import Span, past, years_after
from ndtms.web.fields import AgencyCodeField, DayField
from validation.dataset import Code

EMAIL_ERRORS = {
    "required": "Enter the email address",
    "invalid": "Enter an email address in the correct format, like name@example.com",
}


def _plain(**attributes: str) -> forms.TextInput:
    return forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", **attributes})


def add_errors(form: forms.Form, error: ValidationError) -> None:
    """What a service objects to, beside the field that it is about, or on top."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for field, errors in error.error_dict.items():
        form.add_error(field if field in form.fields else None, errors)


# Lists


class RegionSearch(forms.Form):
    """The search of the agencies; a bad value searches for nothing in particular."""

    text = forms.CharField(required=False, max_length=100)
    show = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["show"].choices = self.choices()  # type: ignore[attr-defined]

    def choices(self) -> list[tuple[str, str]]:
        datasets = [
            (code, f"{code}: {dataset.title}") for code, dataset in core_dataset().datasets.items()
        ]
        return [("", "All agencies"), ("open", "Open"), ("closed", "Closed"), *datasets]

    @property
    def search(self) -> dict[str, str]:
        """What to search for; always `text` and `show`."""
        self.is_valid()
        return {"text": "", "show": "", **self.cleaned_data}


class PeopleSearch(RegionSearch):
    """The search of the people."""

    def choices(self) -> list[tuple[str, str]]:
        return [
            ("", "Everybody"),
            ("dormant", "Not signed in for 60 days"),
            ("disabled", "Disabled"),
            ("second-key", "Without a second key"),
            ("mail", "A mail could not be sent"),
            ("invited", "Invited, no password yet"),
            *((role.value, role.label) for role in Role),
        ]


# Agencies


class AuthorityInput(forms.TextInput):
    """A text box; where it came back with a question, the answer chosen below it counts unless another was typed."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str:
        typed = (data.get(name) or "").strip()
        chosen = places.in_words(data.get(name + ANSWER, ""))
        is_as_asked = typed in ("", (data.get(name + ASKED) or "").strip())
        return chosen if chosen and is_as_asked else typed


class AuthorityField(forms.CharField):
    """A local authority, by name or code; gives its code.

    After `clean`, `nearest` holds the authorities to ask about, and `taken` tells what was taken that was not typed.
    """

    def __init__(self, **kwargs: Any) -> None:
        self.nearest: tuple[Code, ...] = ()
        self.taken = ""
        self.stored = ""
        """The code that is there; it may stay even where the authority has ended."""
        attributes = {"autocomplete": "off", "spellcheck": "false"}
        super().__init__(widget=AuthorityInput(attrs=attributes), **kwargs)

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        if self.stored and typed == places.in_words(self.stored):
            return self.stored
        reading = places.read_authority(typed, day=today())
        self.nearest = reading.nearest
        if reading.is_question:
            refused = f"{typed} is not one of the local authorities"
            if not self.nearest:
                raise ValidationError(f"{refused}, nor near to one. Enter its name or its code")
            raise ValidationError(f"{refused}. Choose below which one you mean, or type another")
        if reading.taken:
            saved = places.in_words(reading.text)
            self.taken = f"{self.label}: you typed {typed}, saved as {saved}."
        return reading.text


class ChangeAgencyForm(forms.Form):
    """What of an agency can be changed."""

    name = forms.CharField(
        label="Name",
        max_length=100,
        widget=_plain(),
        error_messages={"required": "Enter the name of the agency"},
    )
    provider = forms.CharField(
        label="Provider",
        help_text="Whose agency it is. People can work for several agencies of one provider."
        " Write it as for the provider's other agencies.",
        max_length=100,
        widget=_plain(),
        error_messages={"required": "Enter the provider"},
    )
    local_authority = AuthorityField(
        label="Local authority",
        help_text="Where the agency is: the name or the code. The region follows from it.",
        max_length=120,
        error_messages={"required": "Enter the local authority"},
    )

    def __init__(self, *args: Any, authority: str = "", **kwargs: Any) -> None:
        """`authority`: the code of the one that the agency has now."""
        super().__init__(*args, **kwargs)
        cast(AuthorityField, self.fields["local_authority"]).stored = authority
        self.helper = crispy.helper(*self.layout())

    def layout(self) -> list[Any]:
        return [
            crispy.text("name"),
            crispy.text("provider", datalist_id="providers"),
            crispy.typed_choice("local_authority", datalist_id="authorities"),
        ]

    def clean_local_authority(self) -> str:
        """Whoever chose one of the nearest and typed another is asked once more."""
        typed = str(self.cleaned_data["local_authority"])
        chosen = self.data.get("local_authority" + ANSWER, "")
        if places.in_words(chosen) and chosen != typed:
            raise ValidationError(
                f"You chose {places.in_words(chosen)} and typed {places.in_words(typed)}."
                " What is typed now counts: check it, and save again"
            )
        return typed

    @property
    def taken(self) -> str:
        """What was read of a local authority that was not typed literally, as a sentence."""
        field: Any = self.fields["local_authority"]
        return str(field.taken)


class AddAgencyForm(ChangeAgencyForm):
    """A new agency."""

    code = AgencyCodeField(
        label="Agency code",
        help_text="The code that NDTMS has given to the agency, like N0001.",
        error_messages={"required": "Enter the agency code"},
    )
    dataset = forms.ChoiceField(
        label="Dataset",
        help_text="It cannot be changed later.",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose a dataset",
            "invalid_choice": "Choose one of the datasets",
        },
    )
    field_order = ["code", "name", "dataset", "provider", "local_authority"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["dataset"].choices = [  # type: ignore[attr-defined]
            (code, f"{dataset.title} ({code})") for code, dataset in core_dataset().datasets.items()
        ]

    def layout(self) -> list[Any]:
        name, *others = super().layout()
        return [crispy.text("code", width=5), name, crispy.radios("dataset"), *others]


YEARS_AHEAD, YEARS_BACK = 5, 10
"""As far ahead as the closing of an agency is known, and as far back as one without an opening day closed."""


def closing_days(agency: Agency) -> Span:
    """The days from which on the agency can be closed: none before it opened."""
    first = agency.opened_on or years_after(today(), -YEARS_BACK)
    return Span(first, years_after(max(first, today()), YEARS_AHEAD))


class CloseAgencyForm(forms.Form):
    """The day on which an agency closes."""

    closed_on = DayField(
        span=lambda: closing_days(Agency()),
        label="Closed from",
        help_text="Records stay, and people keep their accounts.",
        error_messages={"required": "Enter the day on which the agency closes"},
    )
    helper = crispy.helper(crispy.text("closed_on", width=10))

    def __init__(self, *args: Any, agency: Agency, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["closed_on"]
        field.span = lambda: closing_days(agency)


# People


class AgencyCodeForm(forms.Form):
    """Another agency for a person."""

    code = AgencyCodeField(
        label="Agency code",
        help_text="Of the same provider.",
        error_messages={"required": "Enter the agency code"},
    )
    helper = crispy.helper(crispy.text("code", width=5))


class _NewPerson(forms.Form):
    name = forms.CharField(
        label="Full name",
        max_length=100,
        widget=_plain(),
        error_messages={"required": "Enter the full name"},
        validators=[SaysSomething(1, "Enter the full name")],
    )
    email = EmailField(
        label="Work email address",
        help_text="Each person has their own. A shared mailbox will not do.",
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages=EMAIL_ERRORS,
    )


class InviteLeadForm(_NewPerson):
    """The provider lead of an agency."""

    helper = crispy.helper(crispy.text("name"), crispy.text("email"))


class AddStaffForm(_NewPerson):
    """Somebody who works for no agency."""

    role = forms.ChoiceField(
        label="Role",
        widget=forms.RadioSelect,
        choices=[(role.value, role.label) for role in Role if role not in AGENCY_ROLES],
        error_messages={"required": "Choose a role", "invalid_choice": "Choose one of the roles"},
    )
    region = forms.ChoiceField(
        label="Region, for a regional team",
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Choose one of the regions"},
    )
    helper = crispy.helper(
        crispy.text("name"), crispy.text("email"), crispy.radios("role"), crispy.radios("region")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].choices = [  # type: ignore[attr-defined]
            *((region, region) for region in core_dataset().regions),
            ("", "None"),
        ]

    def clean(self) -> dict[str, Any]:
        is_regional = self.cleaned_data.get("role") == Role.REGIONAL
        if is_regional and not self.cleaned_data.get("region") and "region" not in self.errors:
            self.add_error("region", "Choose the region of the regional team")
        if not is_regional:
            self.cleaned_data["region"] = ""
        return self.cleaned_data


class ColleagueForm(_NewPerson):
    """A provider lead asks for an account for a colleague."""

    purpose = forms.CharField(
        label="What will they do?",
        help_text="For example: enters data for the evening clinic from May.",
        max_length=300,
        widget=_plain(),
        error_messages={"required": "Say what they will do"},
        validators=[SaysSomething(10, "Say what they will do, in 10 letters or more")],
    )
    helper = crispy.helper(crispy.text("name"), crispy.text("email"), crispy.text("purpose"))


class AccessForm(forms.Form):
    """Somebody without an account asks for one."""

    name = forms.CharField(
        label="Your full name",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name", "spellcheck": "false"}),
        error_messages={"required": "Enter your full name"},
        validators=[SaysSomething(1, "Enter your full name")],
    )
    email = EmailField(
        label="Your work email address",
        help_text="Your own one: a shared mailbox will not do.",
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={**EMAIL_ERRORS, "required": "Enter your work email address"},
    )
    agency_code = AgencyCodeField(
        label="Agency code",
        help_text="The code of the agency that you work for, like N0001. Your manager knows it.",
        error_messages={"required": "Enter the code of your agency"},
    )
    role = forms.ChoiceField(
        label="What will you do?",
        widget=forms.RadioSelect,
        choices=[
            (Role.DATA_ENTRY.value, "Enter data"),
            (Role.LEAD.value, "Enter data, and answer for what my agency submits (provider lead)"),
        ],
        error_messages={
            "required": "Choose what you will do",
            "invalid_choice": "Choose one of the two",
        },
    )
    purpose = forms.CharField(
        label="What do you need access for?",
        help_text="A sentence is enough. Do not name any client.",
        max_length=300,
        widget=_plain(),
        error_messages={"required": "Say what you need access for"},
        validators=[SaysSomething(10, "Say what you need access for, in 10 letters or more")],
    )
    helper = crispy.helper(
        crispy.text("name"),
        crispy.text("email"),
        crispy.text("agency_code", width=5),
        crispy.radios("role"),
        crispy.text("purpose"),
    )


class RefuseForm(forms.Form):
    """Why a request is refused."""

    reason = forms.CharField(
        label="Why is the request refused?",
        help_text="It is mailed to whoever asked. Say what they should do instead.",
        max_length=300,
        widget=_plain(),
        error_messages={"required": "Say why the request is refused"},
        validators=[SaysSomething(10, "Say why the request is refused, in 10 letters or more")],
    )
    helper = crispy.helper(crispy.text("reason"))


class NewPasswordForm(forms.Form):
    """The first password, by invitation."""

    password = forms.CharField(
        label="New password",
        strip=False,
        max_length=1024,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Enter a password"},
    )
    again = forms.CharField(
        label="The same password again",
        strip=False,
        max_length=1024,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Enter the password again"},
    )
    helper = crispy.helper(crispy.text("password"), crispy.text("again"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = " ".join(
            [*password_validators_help_texts(), "You can paste it from a password manager."]
        )

    def clean(self) -> dict[str, Any]:
        first, second = self.cleaned_data.get("password"), self.cleaned_data.get("again")
        if first and second and first != second:
            self.add_error("again", "The two passwords are not the same")
        return self.cleaned_data


YEARS_OF_DECLARATIONS = 2
"""One that has lapsed is refused by the service, which says what to do."""


class DeclarationForm(forms.Form):
    """What somebody of a team has done, and when."""

    kind = forms.ChoiceField(
        label="What was done?",
        widget=forms.RadioSelect,
        choices=[(kind.value, kind.label.capitalize()) for kind in Declaration.Kind],
        error_messages={
            "required": "Choose what was done",
            "invalid_choice": "Choose one of the two",
        },
    )
    done_on = DayField(
        span=lambda: past(YEARS_OF_DECLARATIONS),
        label="On which day?",
        help_text="It holds for one year from then.",
        error_messages={"required": "Enter the day on which it was done"},
    )
    helper = crispy.helper(crispy.radios("kind"), crispy.text("done_on", width=10))
