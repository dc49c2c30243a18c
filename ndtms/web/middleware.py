"""What no page takes, whoever sends it: too much, files where none is asked for, and characters that are no text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadhandler import FileUploadHandler
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import Resolver404, resolve

NUL = "\0"
TOO_LARGE = 413
LARGEST_KEY = 2**63 - 1
"""No row of a database has a larger number, and SQLite refuses to look for one."""


class FileNotAskedFor(SuspiciousOperation):
    """A file was sent to a page that has no field for one."""


class NoFiles(FileUploadHandler):
    """Refuses the first file there is."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        raise FileNotAskedFor

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Nothing is ever received."""

    def file_complete(self, file_size: int) -> None:
        """Nothing is ever complete."""


class InputMiddleware:
    """Comes after those that the pages of errors need, and before everything that reads what was sent.

    The size is looked at before anything is read; what was typed only once the page is known to be for the visitor.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        takes_file = page_name(request) in settings.FILE_PAGES
        most = settings.MOST_BYTES_WITH_FILE if takes_file else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if length_of(request) > most:
            return render(request, "web/too_large.html", status=TOO_LARGE)
        if not takes_file:
            request.upload_handlers = [NoFiles(request)]
        if NUL in request.path or holds_nul(request.GET):
            return refused(request)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, parts: dict[str, Any]
    ) -> HttpResponse | None:
        if any(isinstance(part, int) and part > LARGEST_KEY for part in parts.values()):
            raise Http404
        return refused(request) if holds_nul(request.POST) else None


def page_name(request: HttpRequest) -> str:
    """The name of the page that is asked for, '' where there is none."""
    try:
        return resolve(request.path_info).view_name
    except Resolver404:
        return ""


def length_of(request: HttpRequest) -> int:
    """How many bytes were announced; nothing beyond them is ever read."""
    text = request.META.get("CONTENT_LENGTH") or ""
    return int(text) if text.isascii() and text.isdigit() else 0


def holds_nul(sent: QueryDict) -> bool:
    """No text that a person types has this character, and PostgreSQL refuses it."""
    texts: Iterable[str] = (text for name, values in sent.lists() for text in (name, *values))
    return any(NUL in text for text in texts)


def refused(request: HttpRequest) -> HttpResponse:
    return render(request, "web/no_text.html", status=400)
