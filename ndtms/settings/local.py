"""A person's own machine, with made-up accounts."""

from ndtms.settings.base import *  # noqa: F403
from ndtms.settings.base import PUBLISHED_SECRETS, env

SECRET_KEY = env.str("SECRET_KEY", PUBLISHED_SECRETS[0])
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
MADE_UP_ACCOUNTS = True
MADE_UP_PASSWORD = "made-up-clients-only"  # noqa: S105
FIELD_ENCRYPTION_KEY = env.str("FIELD_ENCRYPTION_KEY", PUBLISHED_SECRETS[1])
# As `make run PORT=...` serves it.
address = f"http://localhost:{env.int('PORT', 8000)}"
SITE_ADDRESS = env.str("SITE_ADDRESS", address)
OTP_WEBAUTHN_RP_ID = "localhost"
OTP_WEBAUTHN_ALLOWED_ORIGINS = [address]
# Mail is shown where the server runs and goes nowhere.
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
