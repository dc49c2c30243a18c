"""Why somebody has to see a client's record."""

from django import forms

from det import crispy
from det.saying import SaysSomething

KINDS = (
    "A question about the quality of the data",
    "The same client at several agencies",
    "A complaint or an incident",
    "The client asked to see the record",
    "Something else",
)


class ReasonForm(forms.Form):
    client_id = forms.CharField(
        label="Client ID",
        help_text="As the agency gives it, like C000001",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={
            "required": "Enter the client ID",
            "max_length": "Enter the client ID, which has 20 characters at most",
        },
    )
    kind = forms.ChoiceField(
        label="Why do you have to see this client's record?",
        choices=[(kind, kind) for kind in KINDS],
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose why you have to see the record",
            "invalid_choice": "Choose why you have to see the record",
        },
    )
    reason = forms.CharField(
        label="The reason in your own words",
        help_text="The agency's lead can read it. Do not write anything about the client.",
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": "Say why you have to see the record",
            "max_length": "Say why you have to see the record, in 300 characters or fewer",
        },
        validators=[SaysSomething(10, "Say why you have to see the record, in 10 letters or more")],
    )
    helper = crispy.helper(
        crispy.text("client_id", width=20), crispy.radios("kind"), crispy.text("reason")
    )
