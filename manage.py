#!/usr/bin/env python
"""Django's command line for the Data Entry Tool."""

import os
import sys

from validation.dataset import DefinitionError


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ndtms.settings.local")
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except DefinitionError as error:
        # The models are made from the definition, so nothing at all can be done without it.
        print(f"The definition of the data set cannot be read. {error}.", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
