"""The triggers with which the database itself refuses to change or remove an event.

Nothing in the product takes them away: not even `manage.py flush` can empty the audit. Only the tests do, each time
that they empty the database (tests/conftest.py).
"""

from django.db.backends.base.base import BaseDatabaseWrapper

PROTECT = {
    "sqlite": (
        """CREATE TRIGGER audit_no_change BEFORE UPDATE ON audit_auditevent
        BEGIN SELECT RAISE(ABORT, 'Events cannot be changed.'); END""",
        """CREATE TRIGGER audit_no_removal BEFORE DELETE ON audit_auditevent
        BEGIN SELECT RAISE(ABORT, 'Events cannot be removed.'); END""",
        # REPLACE removes the row that is in its way without asking the trigger before.
        """CREATE TRIGGER audit_no_replacement BEFORE INSERT ON audit_auditevent
        WHEN EXISTS (SELECT 1 FROM audit_auditevent WHERE id = NEW.id OR previous = NEW.previous)
        BEGIN SELECT RAISE(ABORT, 'Events cannot be replaced.'); END""",
    ),
    "postgresql": (
        """CREATE FUNCTION audit_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'Events cannot be changed or removed.' USING ERRCODE = 'integrity_constraint_violation';
        END $$""",
        """CREATE TRIGGER audit_is_final BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_auditevent
        FOR EACH STATEMENT EXECUTE FUNCTION audit_is_final()""",
    ),
}
UNPROTECT = {
    "sqlite": (
        "DROP TRIGGER audit_no_change",
        "DROP TRIGGER audit_no_removal",
        "DROP TRIGGER audit_no_replacement",
    ),
    "postgresql": (
        "DROP TRIGGER audit_is_final ON audit_auditevent",
        "DROP FUNCTION audit_is_final()",
    ),
}


def protect(connection: BaseDatabaseWrapper) -> None:
    """From now on the database refuses to change or remove an event."""
    _run(connection, PROTECT[connection.vendor])


def unprotect(connection: BaseDatabaseWrapper) -> None:
    """Takes the protection away: to undo the migration that brings it, and between tests."""
    _run(connection, UNPROTECT[connection.vendor])


def _run(connection: BaseDatabaseWrapper, statements: tuple[str, ...]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
