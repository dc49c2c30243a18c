"""The rules are made anew, and the cases of a module are judged together."""

from collections.abc import Callable

import pytest

from tests.rules.base import Case, judge_cases, verify
from validation import engine
from validation.dataset import load


@pytest.fixture(scope="session", autouse=True)
def _made_anew() -> None:
    """No rule is used that was made before, perhaps from other code (mutation testing)."""
    load.cache_clear()
    engine.checks.cache_clear()
    engine.uncollected_checks.cache_clear()


@pytest.fixture(scope="module")
def judged(request: pytest.FixtureRequest) -> Callable[[Case], None]:
    """Verifies a case of the module's CASES."""
    judgements = judge_cases(request.module.CASES)
    return lambda case: verify(case, judgements[case])
