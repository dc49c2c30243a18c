"""Every test here has a database that the server sees too, and a browser that must not complain."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page


@pytest.fixture(autouse=True)
def complaints(transactional_db: None, page: Page) -> Iterator[list[str]]:
    """What the browser complains of: a forbidden script, a missing file; there must be nothing."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text))
    page.on("pageerror", lambda error: found.append(str(error)))
    # What is downloaded ends as "aborted".
    page.on(
        "requestfailed",
        lambda request: (
            found.append(request.url) if "ABORTED" not in str(request.failure) else None
        ),
    )
    page.set_default_timeout(60_000)
    yield found
    # A refused form is answered with 422, a missing page with 404, a transfer with errors with 409, too many
    # wrong passwords with 429.
    answered = ("404", "409", "422", "429")
    assert [t for t in found if not any(f"status of {code}" in t for code in answered)] == []
