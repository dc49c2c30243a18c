"""The data entry tool."""

VERSION = "1.0"
TOOL = f"NDTMS Data Entry Tool {VERSION}"
"""What the tool calls itself in a record; the item takes 30 characters."""
