"""The core dataset as frozen objects, read from its folder of tables."""

from validation.dataset.load import DefinitionError, load
from validation.dataset.objects import (
    Code,
    Condition,
    CoreDataset,
    DataItem,
    Dataset,
    Group,
    ReferenceList,
    Rule,
    Section,
)

__all__ = [
    "Code",
    "Condition",
    "CoreDataset",
    "DataItem",
    "Dataset",
    "DefinitionError",
    "Group",
    "ReferenceList",
    "Rule",
    "Section",
    "load",
]
