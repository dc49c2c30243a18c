"""The search of the client list."""

from django import forms

MOST = 100
"""Letters of a search at most."""


class SearchForm(forms.Form):
    """The search of the client list."""

    text = forms.CharField(
        required=False,
        max_length=MOST,
        strip=True,
        error_messages={"max_length": f"Search for {MOST} letters or fewer"},
    )
    show = forms.ChoiceField(
        required=False,
        choices=[
            ("", "All clients"),
            ("open", "With an open episode"),
            ("errors", "With errors"),
            ("warnings", "With warnings"),
            ("deleted", "Deleted in the last 30 days"),
        ],
        error_messages={"invalid_choice": "Choose what to show from the list"},
    )

    @property
    def search(self) -> dict[str, str] | None:
        """What to search for, always `text` and `show`; None for a bad search, which nobody fits."""
        return dict(self.cleaned_data) if self.is_valid() else None
