"""Nothing that can be typed is an error of ours, nor in the log: every field of every form, as each role.

The forms are found from the pages: each address of the product is opened with made-up records, its forms are read as a
browser reads them, and nasty text is sent in every field. A new page or field is thus tested by being there.
"""

from __future__ import annotations

import io
import itertools
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from django.db import transaction
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from ndtms.accounts.models import Role
from tests.test_access import TABLE, Row, visit, world

pytestmark = pytest.mark.django_db
__all__ = ["world"]
"""The fixture of tests/test_access.py, with somebody of each role and something for each address."""

MARK = "Quincunx"
"""In every text that has room for it, so that it can be looked for in the log."""
TEXTS = (
    f"{MARK}\0",
    f"{MARK}\ud800",
    f'{{"id": "{MARK}\\ud800\\u0000", "type": "public-key"}}',
    "ßßßßß",
    "ﬁﬁﬁﬁﬁ",
    f"{MARK}@example.org\r\nForged: line",
    f"{MARK}İ@example.org",
    f"\u202e\u200f{MARK}\u200b",
    "31/12/9999",
    "1/1/0001",
    "-1",
    "999999999999",
    "9" * 400,
    f"'; DROP TABLE {MARK}; --<b>%s{{{{ x }}}}",
    "",
)
HARDEST = (TEXTS[2], TEXTS[3], TEXTS[8], TEXTS[11])
"""Sent in one typed field alone, with everything else filled in properly."""
ROUNDS = 3
"""Each field gets so many of the texts while the other fields get others, in rounds."""
LONG = MARK * 125_000
"""1 MB."""
PROPER = {"email": "new@example.org", "agency_code": "N0001", "code": "123456"}
"""Field -> what passes; "Pat" passes in the others."""
FEW = 8
"""Each typed field of forms with so many fields gets two of HARDEST, in turn; each field of longer ones, one."""
PARAMETERS = ("page", "q", "rule", "show", "region", "period", "next", "sort", "item")
WRONG_PARTS = {
    "str": ("\0", "ßßßßß", "x" * 3000),
    "slug": ("x" * 3000,),
    "int": ("9" * 25,),
    "uuid": ("00000000-0000-0000-0000-000000000000",),
}
FORM = "application/x-www-form-urlencoded"


@dataclass
class Form:
    """A form as a browser reads it: where it goes, and what each field holds."""

    address: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    choices: set[str] = field(default_factory=set)
    """The fields whose value is chosen, not typed."""


class Forms(HTMLParser):
    """The forms of a page."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.found: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = {name: value or "" for name, value in attrs}
        if tag == "form":
            to = about.get("action") or self.address
            self.found.append(Form(to, about.get("method", "get").lower()))
        name = about.get("name", "")
        if not name or not self.found or tag not in ("input", "select", "textarea", "button"):
            return
        form = self.found[-1]
        form.fields.setdefault(name, about.get("value", ""))
        if about.get("type") in ("radio", "checkbox") or tag in ("select", "button"):
            form.choices.add(name)


def forms_of(browser: Browser, address: str) -> list[Form]:
    response = browser.get(address)
    if not response.headers.get("Content-Type", "").startswith("text/html"):
        return []
    parser = Forms(address)
    parser.feed(response.content.decode())
    return parser.found


def filled_in(form: Form) -> dict[str, str]:
    """What somebody sends who fills in everything properly."""
    return {
        name: value or PROPER.get(name, "1/5/2026" if name.endswith("_on") else "Pat")
        for name, value in form.fields.items()
    }


def encoded(pairs: list[tuple[str, str]]) -> str:
    return "&".join(
        f"{quote_plus(name, errors='surrogatepass')}={quote_plus(value, errors='surrogatepass')}"
        for name, value in pairs
    )


def posts_of(form: Form, *, thorough: bool) -> Iterator[tuple[str, str]]:
    """What is sent to a form: (told, encoded); less of it where another role has sent it all."""
    names, proper = list(form.fields), filled_in(form)
    for turn in range(ROUNDS if thorough else 1):
        texts = itertools.islice(itertools.cycle(TEXTS), turn * len(TEXTS) // ROUNDS, None)
        yield f"everywhere, round {turn}", encoded(list(zip(names, texts, strict=False)))
    yield "doubled", encoded([*proper.items(), *((name, TEXTS[3]) for name in names)])
    if not thorough:
        return
    hardest = itertools.cycle(HARDEST)
    typed = [name for name in names if name not in form.choices] or names
    for name in names:
        for text in itertools.islice(hardest, 2 if name in typed and len(names) <= FEW else 1):
            yield f"{name}={text[:20]!r}", encoded(list({**proper, name: text}.items()))
    for name in typed[:1] + typed[-1:]:
        yield f"{name}=1 MB", encoded(list({**proper, name: LONG}.items()))
    yield "NUL", encoded([(name, TEXTS[0]) for name in names])
    yield "unknown", encoded([*proper.items(), (f"x{MARK}", "1"), ("\0", "1"), ("", "1")])
    yield "empty", ""


@pytest.fixture
def log() -> Iterator[Callable[[], str]]:
    """What the server's log would hold, as it would be written."""
    (real,) = (h for h in logging.getLogger().handlers if h.name == "stderr")
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(real.formatter)
    for one in real.filters:
        handler.addFilter(one)
    logging.getLogger().addHandler(handler)
    yield written.getvalue
    logging.getLogger().removeHandler(handler)


class Visitor:
    """Somebody signed in, each of whose requests is undone at once; what went wrong is collected."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        browser.raise_request_exception = False
        self.cookies = {name: morsel.value for name, morsel in browser.cookies.items()}
        self.wrong: list[str] = []

    def ask(self, told: str, send: Callable[[], Any]) -> None:
        before = transaction.savepoint()
        try:
            status = send().status_code
        except Exception as error:
            status = 600
            told += f" {type(error).__name__}"
        transaction.savepoint_rollback(before)
        self.browser.cookies.clear()
        for name, value in self.cookies.items():
            self.browser.cookies[name] = value
        if status >= 500:
            self.wrong.append(f"{status} {told}")


def patterns(found: list[Any]) -> Iterator[URLPattern]:
    for pattern in found:
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern.url_patterns)
        else:
            yield pattern


def parts_of(name: str) -> dict[str, str]:
    """Part of an address -> the kind of its converter."""
    (pattern,) = (p for p in patterns(get_resolver().url_patterns) if p.name == name)
    return {
        part: type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")
        for part, converter in pattern.pattern.converters.items()
    }


def wrong_addresses(name: str, row: Row, world: Any) -> Iterator[str]:
    """The address with one of its parts wrong, in every way."""
    arguments = [str(argument) for argument in row.arguments(world)]
    route = next(p for p in patterns(get_resolver().url_patterns) if p.name == name).pattern
    for number, kind in enumerate(parts_of(name).values()):
        for wrong in WRONG_PARTS[kind]:
            parts = [*arguments[:number], wrong, *arguments[number + 1 :]]
            address = str(route)
            for part, value in zip(route.converters, parts, strict=True):
                start = address.index("<")
                assert part in address
                quoted = quote(value, safe="", errors="surrogatepass")
                address = address[:start] + quoted + address[address.index(">") + 1 :]
            yield f"/{address}"


PAGES_OF = {
    "signed out": lambda row: row.is_open,
    "without second factor": lambda row: row.is_open,
}
VISITORS = [
    "signed out",
    "without second factor",
    "data entry here",
    "lead here",
    "regional here",
    "national",
    "supplier",
]


def own_pages(visitor: str) -> list[str]:
    """The addresses that the visitor may open; what somebody else tried with the same rights is left out."""
    if visitor in PAGES_OF:
        return [name for name, row in TABLE.items() if PAGES_OF[visitor](row)]
    return [name for name, row in TABLE.items() if visitor in row.may and not row.is_open]


def is_first(visitor: str, name: str) -> bool:
    """Is the visitor the first of VISITORS who may open the page? The others need not try everything again."""
    return next(each for each in VISITORS if name in own_pages(each)) == visitor


@pytest.mark.parametrize("visitor", VISITORS)
def test_nothing_that_is_typed_into_a_form_is_an_error(
    world: Any, visitor: str, log: Callable[[], str]
) -> None:
    somebody = Visitor(visit(visitor, world))
    tried: set[tuple[str, tuple[str, ...]]] = set()
    for name in own_pages(visitor):
        address = reverse(name, args=TABLE[name].arguments(world))
        for form in forms_of(somebody.browser, address):
            what = (form.address, tuple(sorted(form.fields)))
            if what in tried or form.method != "post":
                continue
            tried.add(what)
            thorough = is_first(visitor, name)
            for told, data in posts_of(form, thorough=thorough):
                send = partial(somebody.browser.post, form.address, data, content_type=FORM)
                somebody.ask(f"{form.address} {told}", send)
    assert somebody.wrong == []
    assert len(tried) >= 1
    assert MARK not in log()
    assert "ßßßßß" not in log()


@pytest.mark.parametrize("visitor", VISITORS)
def test_nothing_in_an_address_is_an_error(
    world: Any, visitor: str, log: Callable[[], str]
) -> None:
    somebody = Visitor(visit(visitor, world))
    texts = itertools.cycle(TEXTS)
    for name in own_pages(visitor):
        row = TABLE[name]
        method = getattr(somebody.browser, row.method)
        address = reverse(name, args=row.arguments(world))
        thorough = is_first(visitor, name)
        for _ in range(2 if thorough else 1):
            text = next(texts)
            query = encoded([(parameter, text) for parameter in PARAMETERS])
            somebody.ask(f"{address} ?{text[:20]!r}", partial(method, f"{address}?{query}"))
        for wrong in wrong_addresses(name, row, world) if thorough else ():
            somebody.ask(wrong[:100], partial(method, wrong))
    assert somebody.wrong == []
    assert MARK not in log()
    assert "ßßßßß" not in log()


def test_every_role_is_one_of_the_visitors() -> None:
    assert len(VISITORS) == len(Role) + 2
