"""A form as a browser holds it: opened on a page, filled in, and sent when the test wants."""

from __future__ import annotations

import html
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

from django.test import Client as Browser
from django.utils.html import strip_tags

FORM = "application/x-www-form-urlencoded"


def words_of(response: Any) -> str:
    """What a person reads on a page between its menu and its foot, in one line."""
    main = response.content.decode().partition("<main")[2].partition(">")[2].partition("</main>")[0]
    return " ".join(html.unescape(strip_tags(main)).split())


class OpenForm:
    """The form of a page, with what it shows. `form["software"] = "Mine"` types; `send` posts it as it is."""

    def __init__(self, browser: Browser, address: str, content: str | None = None) -> None:
        self.browser = browser
        self.address = address
        page = browser.get(address).content.decode() if content is None else content
        reader = _Reader()
        reader.feed(page)
        self.fields: dict[str, str] = reader.forms[-1]

    def __setitem__(self, name: str, text: str) -> None:
        assert name in self.fields, f"The form has no field {name}: {sorted(self.fields)}"
        self.fields[name] = text

    def __getitem__(self, name: str) -> str:
        return self.fields[name]

    def send(self, **more: str) -> Any:
        """Posts the form, with `more` fields such as the button that is pressed."""
        return self.browser.post(
            self.address, urlencode({**self.fields, **more}), content_type=FORM
        )


class _Reader(HTMLParser):
    """What each form of a page would post, but for its buttons."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = []
        self.is_inside = False
        self.select = ""
        """The name of the list that opens whose answers come now."""
        self.area = ""
        """The name of the text box whose text comes now."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = dict(attrs)
        if tag == "form":
            self.is_inside = True
            self.forms.append({})
        if tag == "option" and "selected" in about and self.is_inside:
            self.forms[-1][self.select] = about.get("value") or ""
        name = about.get("name")
        if not self.is_inside or not name or tag not in ("input", "textarea", "select"):
            return
        if about.get("type") in ("radio", "checkbox") and "checked" not in about:
            return
        self.select = name
        self.forms[-1][name] = about.get("value") or ""
        self.area = name if tag == "textarea" else ""

    def handle_data(self, data: str) -> None:
        if self.area:
            self.forms[-1][self.area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.area = ""
        if tag == "form":
            self.is_inside = False
