"""What all tests share: Debian's Chromium for the browser tests, and the profile of hypothesis."""

import os
from pathlib import Path
from typing import Any

import hypothesis
import pytest

CHROMIUM = Path("/usr/bin/chromium")

# The browser's driver runs an event loop in the test's thread, where Django refuses the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

hypothesis.settings.register_profile("ndtms", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis.settings.load_profile("ndtms")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests that ask for a page as browser tests, and skips them without Chromium."""
    for item in items:
        if "page" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
        if item.get_closest_marker("browser") and not CHROMIUM.exists():
            item.add_marker(pytest.mark.skip(reason=f"Chromium is missing: there is no {CHROMIUM}"))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_type_launch_args,
        "executable_path": str(CHROMIUM),
        "args": ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    }
