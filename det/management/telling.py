"""What a command tells a person or another program."""

from __future__ import annotations

import os
from collections.abc import Iterable

from django.core.management.base import OutputWrapper


def tell(out: OutputWrapper, lines: Iterable[str]) -> None:
    """Writes lines. What the screen cannot show is escaped; a reader who leaves early, as `head` does, is fine."""
    if hasattr(out, "reconfigure"):
        out.reconfigure(errors="backslashreplace")
    try:
        for line in lines:
            out.write(line)
        out.flush()
    except BrokenPipeError:
        # What is left to be written when the program ends goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
