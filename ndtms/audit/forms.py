"""Which events to show."""

import datetime
from typing import Any

from django import forms

from det import crispy
from det.checking import today
from ndtms.audit.selectors import KINDS
from ndtms.web.days import Span
from ndtms.web.fields import DayField

LONG_BEFORE = datetime.date(2000, 1, 1)
"""No event is older."""


class FilterForm(forms.Form):
    """Nothing has to be given; who and day may be personal, so they are posted and never in an address."""

    kind = forms.ChoiceField(
        label="Events",
        required=False,
        choices=[(kind, title) for kind, (title, _) in KINDS.items()],
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Choose one of the kinds of events"},
    )
    who = forms.CharField(
        label="Person",
        help_text="Email address, or a part of it, of who did something or whose account it concerns",
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"max_length": "Enter 100 characters or fewer of the email address"},
    )
    day = DayField(
        span=lambda: Span(LONG_BEFORE, today()),
        label="Day",
        required=False,
    )
    helper = crispy.helper(
        crispy.radios("kind", inline=True),
        crispy.text("who", width=20),
        crispy.text("day", width=10),
    )

    @property
    def chosen(self) -> dict[str, Any]:
        """What to show: kind, who, day; everything where what is kept makes no sense."""
        return self.cleaned_data if self.is_valid() else {}
