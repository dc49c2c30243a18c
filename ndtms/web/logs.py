"""The server's log names nobody and holds nothing that was typed: no address, no token, no value of a database.

Errors say which kind they are and where in the code they come from; their own text is left out, because it is often
made of what somebody typed ("invalid literal: ...", "Key (email)=(...) already exists"). Only errors of the machinery
keep it. Pages are named as in the table of addresses ("invitation/<str:token>/").
"""

from __future__ import annotations

import logging
import re
import traceback
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from django.template import TemplateSyntaxError
from django.urls import Resolver404, resolve

TELLING = (OperationalError, ImproperlyConfigured, ImportError, MemoryError, TemplateSyntaxError)
"""Errors of the machinery, whose text holds nothing that a visitor typed."""
SUSPICIOUS = "django.security."
"""Its errors are what visitors send, such as a wrong host: nothing of ours has failed."""
NO_PAGE = "no page of ours"
HIDDEN = "[hidden]"
ADDRESS = re.compile(r"""[^\s"<>(){}\[\],;:=]+@[^\s"<>(){}\[\],;:=]+""")
TOKEN = re.compile(r"(/invitation/)[^/\s\"']+")
CONTROL = {number: f"\\x{number:02x}" for number in (*range(32), *range(127, 160), 0x2028, 0x2029)}
"""Each message is one line, whatever is in it."""


class Line(logging.Formatter):
    """Writes a line for each event, and below it where an error came from."""

    def format(self, record: logging.LogRecord) -> str:
        safe = logging.makeLogRecord(record.__dict__)
        safe.exc_text = safe.stack_info = None
        if record.name.startswith(SUSPICIOUS):
            safe.exc_info = None
        safe.msg, safe.args = hidden(message_of(record)), None
        return super().format(safe)

    def formatException(self, ei: Any) -> str:
        """The kinds of error and the places in the code, without what they say."""
        return "\nwhich came of\n".join(_told(error) for error in _causes(ei[1]))


def message_of(record: logging.LogRecord) -> str:
    """What the event says, about a request without what was typed into its address."""
    request = getattr(record, "request", None)
    if request is None or not hasattr(request, "path_info"):
        return record.getMessage()
    if record.args:
        # Django's own: the last is the path.
        args = record.args if isinstance(record.args, tuple) else (record.args,)
        return str(record.msg) % (*args[:-1], route_of(request))
    # Something that Django found suspicious: its text tells what was sent.
    return f"{record.name.rpartition('.')[2]}: {route_of(request)}"


def route_of(request: Any) -> str:
    """The page that was asked for, as it is written in the table of addresses."""
    match = getattr(request, "resolver_match", None)
    try:
        return (match or resolve(request.path_info)).route or "/"
    except Resolver404:
        return NO_PAGE


def hidden(text: str) -> str:
    """The text in one line, without e-mail addresses and tokens."""
    text = text.translate(CONTROL)
    return ADDRESS.sub(HIDDEN, TOKEN.sub(rf"\1{HIDDEN}", text))


def _told(error: BaseException) -> str:
    says = f": {hidden(str(error))}" if isinstance(error, TELLING) else ""
    return "".join(traceback.format_tb(error.__traceback__)) + type(error).__name__ + says


def _causes(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return found
