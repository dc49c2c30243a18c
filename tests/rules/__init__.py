"""Every rule of the rule book, judged by cases: what it must find, what it must leave alone."""
