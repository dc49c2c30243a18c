"""Explaining a warning."""

from django import forms

from det.saying import SaysSomething


class ExplanationForm(forms.Form):
    """Why a warning may stand."""

    text = forms.CharField(
        label="Why is this right?",
        help_text="A sentence is enough. Do not name anybody.",
        validators=[SaysSomething(5, "Say why the answer is right, in a few words.")],
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": "Say why the answer is right.",
            "max_length": "Say it in 500 characters or fewer.",
        },
    )
