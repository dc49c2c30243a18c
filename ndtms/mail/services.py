"""Writes: mails are stored with what they tell of, and sent outside the request, again where that fails.

Sending never holds up a page: a mail server that does not answer would otherwise stop the site. Who sends is in
settings.SEND_MAILS: "thread" (a thread of the server, at once after the commit), "at once" (whoever commits: tests and
commands) or "command" (nobody but `manage.py send_mails`). Whatever is left waiting is sent by that command.
"""

from __future__ import annotations

import datetime
import logging
import threading

from django.conf import settings
from django.core.mail import send_mail
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from ndtms.keys.encryption import decrypt, encrypt
from ndtms.mail.models import LONGEST_SUBJECT, Mail

logger = logging.getLogger(__name__)
PAUSES = tuple(datetime.timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720))
"""How long to wait after each try that failed; after the last the mail is given up."""
KEPT = datetime.timedelta(days=90)
_one_thread_sends = threading.Lock()


@transaction.atomic
def post(*, to: str, subject: str, body: str) -> Mail:
    """Stores a mail in the caller's transaction, and has it sent once that is committed."""
    mail = Mail.objects.create(
        to=to,
        subject=" ".join(subject.split())[:LONGEST_SUBJECT],
        sealed_body=encrypt(body.encode()),
    )
    if settings.SEND_MAILS == "thread":
        transaction.on_commit(start_sending, robust=True)
    elif settings.SEND_MAILS == "at once":
        transaction.on_commit(lambda: send_one(key=mail.pk), robust=True)
    return mail


def start_sending() -> threading.Thread:
    """Sends what is waiting in a thread of its own, which the answer to the visitor does not wait for."""
    thread = threading.Thread(target=_send_in_thread, name="mails", daemon=True)
    thread.start()
    return thread


def _send_in_thread() -> None:
    try:
        with _one_thread_sends:
            send_waiting()
    finally:
        connection.close()


def send_waiting() -> tuple[int, int]:
    """Tries every mail that is due, once. How many were sent, and how many were not."""
    due = Mail.objects.filter(state=Mail.State.WAITING, next_at__lte=timezone.now())
    keys = list(due.order_by("made_at", "id").values_list("pk", flat=True))
    results = [send_one(key=key) for key in keys]
    return results.count(True), results.count(False)


def send_one(*, key: int) -> bool | None:
    """Tries to send the mail; True if it is sent, None where somebody else is at it or it does not wait.

    Whoever dies in between leaves the mail waiting, so it may be sent twice, and is never lost.
    """
    mail = _take(key)
    if mail is None:
        return None
    try:
        body = decrypt(mail.sealed_body).decode()
        send_mail(mail.subject, body, settings.DEFAULT_FROM_EMAIL, [mail.to])
    except Exception as error:
        _note_failure(mail, type(error).__name__)
        return False
    _end(mail, Mail.State.SENT, problem="")
    return True


def _take(key: int) -> Mail | None:
    """The mail, if it is due and nobody else has taken it; it is not due again before the pause is over."""
    now = timezone.now()
    mail = Mail.objects.filter(pk=key, state=Mail.State.WAITING, next_at__lte=now).first()
    if mail is None:
        return None
    pause = PAUSES[min(mail.attempts, len(PAUSES) - 1)]
    taken = Mail.objects.filter(
        pk=key, state=Mail.State.WAITING, attempts=mail.attempts, next_at=mail.next_at
    ).update(attempts=F("attempts") + 1, next_at=now + pause)
    mail.attempts += 1
    return mail if taken else None


def _note_failure(mail: Mail, problem: str) -> None:
    if mail.attempts > len(PAUSES):
        logger.error("Mail %s is given up: %s", mail.pk, problem)
        _end(mail, Mail.State.FAILED, problem=problem)
    else:
        logger.warning("Mail %s could not be sent, and is tried again: %s", mail.pk, problem)
        Mail.objects.filter(pk=mail.pk).update(problem=problem[:100])


def _end(mail: Mail, state: str, *, problem: str) -> None:
    Mail.objects.filter(pk=mail.pk).update(
        state=state, ended_at=timezone.now(), problem=problem[:100], sealed_body=""
    )


def forget_old() -> int:
    """Removes mails that were sent or given up 90 days ago. How many."""
    old = Mail.objects.exclude(state=Mail.State.WAITING)
    removed, _ = old.filter(ended_at__lt=timezone.now() - KEPT).delete()
    return removed
