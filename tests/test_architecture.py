"""The rules of the tree that no linter knows. The direction of imports is in pyproject.toml."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = {
    ".ci",
    "det",
    "docs",
    "fixtures",
    "ndtms",
    "static",
    "templates",
    "tests",
    "validation",
}
# Each pattern is written so that it does not match itself here.
UNWANTED = {
    "unfinished work": r"\b(TO[D]O|FIX[M]E)\b",
    "a path of one machine": r"(?<![\w./~-])/(work|home)/\w",
    "a package index's address": r'index[-_]url|https?://[^\s"]*/simple\b|"resolved"\s*:|registry\s*=',
}


def tracked_files() -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    )
    paths = [Path(name) for name in listing.stdout.split("\0") if name]
    return [path for path in paths if (ROOT / path).is_file()]


def test_views_read_through_selectors_only() -> None:
    views = [*ROOT.glob("det/**/*views*"), *ROOT.glob("ndtms/*/**/*views*")]
    files = [file for view in views for file in ([view] if view.is_file() else view.rglob("*.py"))]
    wrong = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in files
        if file.suffix == ".py"
        for number, line in enumerate(file.read_text().splitlines(), start=1)
        if re.search(r"\.(objects|live|_default_manager|_base_manager)\b", line)
    ]
    assert not wrong, "a view reads through a selector that takes the user, never through a manager"


@pytest.mark.parametrize("what", UNWANTED)
def test_no_tracked_file_holds(what: str) -> None:
    wrong = [
        f"{path}:{number}"
        for path in tracked_files()
        for number, line in enumerate(
            (ROOT / path).read_text(errors="replace").splitlines(), start=1
        )
        if re.search(UNWANTED[what], line)
    ]
    assert not wrong, f"{what} in tracked files"


def test_top_level_has_no_other_folders() -> None:
    folders = {path.parts[0] for path in tracked_files() if len(path.parts) > 1}
    assert folders <= FOLDERS


def test_both_locks_hold_the_same_versions() -> None:
    def pinned(name: str) -> set[str]:
        return set(re.findall(r"^\S+==\S+", (ROOT / name).read_text(), flags=re.MULTILINE))

    assert pinned("requirements.txt") <= pinned("requirements-dev.txt")


def test_every_test_that_the_security_page_names_is_there() -> None:
    files = list((ROOT / "tests").rglob("test_*.py"))
    there = {file.name for file in files}
    for file in files:
        there |= set(re.findall(r"^def (test_\w+)\(", file.read_text(), flags=re.MULTILINE))
    named = set(re.findall(r"\btest_\w+(?:\.py)?", (ROOT / "docs" / "security.md").read_text()))
    assert len(named) > 60
    assert named - there == set()


def post_forms() -> list[tuple[str, str]]:
    """Template and text of each form that is posted."""
    found = []
    for file in sorted((ROOT / "templates").rglob("*.html")):
        for form in re.findall(r'<form method="post".*?</form>', file.read_text(), re.DOTALL):
            found.append((str(file.relative_to(ROOT)), form))
    return found


def test_every_form_says_for_whom_it_was_drawn() -> None:
    assert len(post_forms()) > 40
    wrong = [file for file, form in post_forms() if "{% ticket" not in form]
    assert not wrong, "a form without a ticket (det/tickets.py): " + ", ".join(wrong)


def test_every_button_that_sends_a_form_is_guarded_against_a_second_press() -> None:
    wrong = [
        file
        for file, form in post_forms()
        for button in re.findall(r"<button[^>]*>", form)
        if "govuk-button" in button and "data-prevent-double-click" not in button
    ]
    assert not wrong, "a button without data-prevent-double-click: " + ", ".join(wrong)
