"""The answers of a list that somebody may have meant by a text that is none of them, best first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from validation.dataset import Code
from validation.words import name_key, plain

MOST = 8
"""As many as people look through."""
EXACTLY, WHOLE_WORDS, BEGINNING, BEGINNINGS, SOME_WORDS, MISSPELT = 100, 90, 85, 80, 50, 20
"""How well a name fits a text: the better, the higher."""
ALIKE = 0.75
"""Of two spellings of one word; 1 is the same."""
SMALL_WORDS = frozenset(
    ("a", "and", "at", "by", "for", "from", "in", "is", "my", "no", "not", "of", "on", "or", "other", "to", "with")
)  # fmt: skip


def nearest(text: str, answers: Iterable[Code]) -> tuple[Code, ...]:
    """At most MOST of the answers: by whole words anywhere, by beginnings of words, then by small misspellings.

    A code, the words, synonyms and related words of an answer count alike.
    """
    answers = list(answers)
    wanted = plain(text).split()
    if not wanted:
        return ()
    fits = [(_fit(wanted, text, answer), answer) for answer in answers]
    best = max((fit for fit, _ in fits), default=0)
    if not best:
        fits = [(_likeness(wanted, answer), answer) for answer in answers]
    # What shares only some of the words is nothing beside what has all of them.
    least = BEGINNINGS - 1 if best >= BEGINNINGS - 1 else 0
    found = [(fit, answer) for fit, answer in fits if fit > least]
    # Sorting keeps the list's own order among equals.
    return tuple(answer for _, answer in sorted(found, key=lambda pair: -pair[0])[:MOST])


def _names(answer: Code) -> Iterator[list[str]]:
    for name in (answer.text, *answer.synonyms, *answer.related):
        yield plain(name).split()


def _fit(wanted: list[str], text: str, answer: Code) -> float:
    if name_key(answer.code) == name_key(text):
        return EXACTLY
    return max(_fit_of_name(wanted, name) for name in _names(answer))


def _fit_of_name(wanted: list[str], name: list[str]) -> float:
    # Of two names that fit, the one with fewer words besides.
    surplus = min(len(name) - len(wanted), 9) / 10
    if "".join(wanted) == "".join(name):
        return EXACTLY
    if set(wanted) <= set(name):
        return WHOLE_WORDS - surplus
    if " ".join(name).startswith(" ".join(wanted)):
        return BEGINNING - surplus
    if all(any(word.startswith(w) for word in name) for w in wanted):
        return BEGINNINGS - surplus
    telling = [w for w in wanted if w not in SMALL_WORDS]
    shared = sum(w in name for w in telling)
    return SOME_WORDS + 10 * shared / len(telling) if shared else 0


def _likeness(wanted: list[str], answer: Code) -> float:
    """How like the spelling is: of the whole name, or of a word for each that was typed."""
    text = " ".join(wanted)
    best = 0.0
    for name in _names(answer):
        whole = _alike(text, " ".join(name))
        words = min(max(_alike(w, word) for word in name) for w in wanted) if name else 0
        best = max(best, whole, words)
    return MISSPELT + best if best >= ALIKE else 0


def _alike(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= ALIKE else 0
