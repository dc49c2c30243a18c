"""Explaining a warning."""

from django import forms


class ExplanationForm(forms.Form):
    """Why a warning may stand."""

    text = forms.CharField(
        label="Why is this right?",
        help_text="A sentence is enough. Do not name anybody.",
        min_length=5,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": "Say why the answer is right.",
            "min_length": "Say why the answer is right, in a few words.",
            "max_length": "Say it in 500 characters or fewer.",
        },
    )
