"""From where the work that goes on now was asked for, and by which region's team."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

COMMAND = "command"


@dataclass(frozen=True)
class Origin:
    """`address`: the visitor's, or "command"; `region`: of the visitor, where that is somebody in a regional team."""

    address: str = COMMAND
    region: Callable[[], str] = str


_origin: ContextVar[Origin] = ContextVar("origin", default=Origin())  # noqa: B039 - it is frozen


def origin() -> Origin:
    """From where it was asked for; a command where no visitor is being answered."""
    return _origin.get()


@contextmanager
def asked_from(address: str, region: Callable[[], str] = str) -> Iterator[None]:
    """What is done inside was asked for from there. The region is looked up when an event needs it."""
    token = _origin.set(Origin(address, region))
    try:
        yield
    finally:
        _origin.reset(token)
