"""What the data entry tool tells the rest of the product, which it does not import."""

from django.dispatch import Signal

changed = Signal()
"""Sent inside the transaction of every change and every view of a client.

Arguments: user, agency (code), verb, section, record (key), client (key), detail (no personal values).
"""
