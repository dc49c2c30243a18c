"""A person's own machine, with made-up accounts."""

from ndtms.settings.base import *  # noqa: F403
from ndtms.settings.base import env

SECRET_KEY = env.str("SECRET_KEY", "for-made-up-data-on-one-machine-only-never-in-production")
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
MADE_UP_ACCOUNTS = True
MADE_UP_PASSWORD = "made-up-clients-only"  # noqa: S105
