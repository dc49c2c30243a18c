"""Views of a few lines: they ask a selector, call a service, and show a page."""
