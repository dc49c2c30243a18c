"""The forms of the data entry tool."""
