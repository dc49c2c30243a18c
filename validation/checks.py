"""What the project refuses to start with: a definition that cannot be read, or that contradicts itself."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from validation.dataset import DefinitionError, load

TAG = "dataset"


@register(TAG)
def definition_agrees_with_itself(**kwargs: Any) -> list[CheckMessage]:
    # The engine is slow to import, and a program that checks nothing need not wait for it.
    from validation.dataset.check import contradictions

    folder = Path(settings.DATASET_FOLDER)
    try:
        definition = load(folder)
    except DefinitionError as error:
        return [Error(f"{error}.", hint=f"Correct it in {folder}.", id="validation.E001")]
    return [
        Error(
            f"{place}: {words}.",
            hint=f"Correct {folder / place.file}, line {place.line}.",
            id="validation.E002",
        )
        for place, words in contradictions(definition)
    ]
