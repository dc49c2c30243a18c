"""Every rule of the rule book has cases that fail, that pass, and to which it does not apply."""

from tests.rules import (
    test_dates,
    test_discharge,
    test_files,
    test_health,
    test_identity,
    test_interventions,
    test_outcomes,
    test_regular,
    test_reviews,
    test_substances,
)
from tests.rules.base import DEFINITION, FAILS, OUTSIDE, PASSES

MODULES = (
    test_dates,
    test_discharge,
    test_health,
    test_identity,
    test_interventions,
    test_outcomes,
    test_regular,
    test_reviews,
    test_substances,
)
CASES = [case for module in MODULES for case in module.CASES]
ELSEWHERE = {"NQ005", "NQ007"}
"""Rules on whose agency a file holds: tested beside validation/files.py."""


def test_every_rule_on_records_fails_passes_and_does_not_apply():
    judged = {
        rule.key
        for rule in DEFINITION.rules.values()
        if rule.kind not in ("file", "one_agency", "mismatch")
    }
    tested = {(case.key, case.outcome) for case in CASES}
    needed = {(key, outcome) for key in judged for outcome in (FAILS, PASSES, OUTSIDE)}
    assert sorted(needed - tested) == []
    assert sorted({key for key, _ in tested} - judged) == []


def test_every_rule_on_files_fails_and_passes():
    judged = {r.key for r in DEFINITION.rules.values() if r.kind in ("file", "one_agency")}
    tested = {(rule, bool(expected)) for rule, _, _, expected in test_files.FILES}
    needed = {(key, fails) for key in judged - ELSEWHERE for fails in (True, False)}
    assert sorted(needed - tested) == []


def test_no_two_cases_are_alike():
    names = [str(case) for case in CASES]
    assert sorted({name for name in names if names.count(name) > 1}) == []
