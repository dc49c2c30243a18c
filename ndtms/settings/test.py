"""The tests."""

import atexit
import shutil
import tempfile

from ndtms.settings.local import *  # noqa: F403
from ndtms.settings.local import DATABASES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Straight from static/, without collecting them first.
WHITENOISE_AUTOREFRESH = True
MADE_UP_ACCOUNTS = False
SEND_MAILS = "at once"

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, as in production: in memory, the server of the browser tests and the test itself
    # would share one connection, and their transactions would mix.
    folder = tempfile.mkdtemp(prefix="ndtms-test-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    DATABASES["default"]["TEST"] = {"NAME": f"{folder}/db.sqlite3"}
# However slow the machine is.
CHECK_MOST_SECONDS = 600
