"""What a command tells a person or another program."""

from __future__ import annotations

import os
from collections.abc import Iterable

from django.core.management.base import OutputWrapper


def tell(out: OutputWrapper, lines: Iterable[str]) -> None:
    """Writes lines; characters that the screen lacks are escaped, and a reader who leaves early, as `head`, is no mistake."""
    if hasattr(out, "reconfigure"):
        out.reconfigure(errors="backslashreplace")
    try:
        for line in lines:
            out.write(line)
        out.flush()
    except BrokenPipeError:
        # What is left to be written when the program ends goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
