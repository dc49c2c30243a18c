"""The search of the client list."""

from django import forms


class SearchForm(forms.Form):
    """The search of the client list; a bad value searches for nothing in particular."""

    defaults = {"text": "", "show": ""}

    @property
    def search(self) -> dict[str, str]:
        """What to search for; always `text` and `show`."""
        self.is_valid()
        return {**self.defaults, **self.cleaned_data}

    text = forms.CharField(required=False, max_length=100, strip=True)
    show = forms.ChoiceField(
        required=False,
        choices=[
            ("", "All clients"),
            ("open", "With an open episode"),
            ("errors", "With errors"),
            ("warnings", "With warnings"),
            ("deleted", "Deleted in the last 30 days"),
        ],
    )
