"""The core dataset that the tool enters and transfers."""

from django.conf import settings

from validation.dataset import CoreDataset, load


def core_dataset() -> CoreDataset:
    """The definition in force, read once from settings.DATASET_FOLDER. Raises DefinitionError."""
    return load(settings.DATASET_FOLDER)
