"""What every page may hold: the ticket of a form, and the banner."""

from __future__ import annotations

from typing import Any

from django import template
from django.contrib.messages import SUCCESS
from django.utils.html import format_html
from django.utils.safestring import SafeString

from det.tickets import FIELD, Ticket, ticket_for

register = template.Library()


@register.simple_tag(takes_context=True)
def ticket(context: Any, drawn: Ticket | None = None) -> SafeString:
    """`{% ticket %}` in every form of somebody who is signed in; `drawn` is one that the view has made."""
    made = drawn or ticket_for(context["request"])
    if made is None:
        return SafeString("")
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, made.signed())


@register.filter
def all_of(messages: Any) -> dict[str, Any]:
    """The `messages` of a page, and whether all of them tell of a success (`is_success`)."""
    found = list(messages)
    return {"messages": found, "is_success": all(message.level == SUCCESS for message in found)}
