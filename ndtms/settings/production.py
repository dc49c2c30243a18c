"""Production: every secret is given, every cookie travels over HTTPS only."""

from ndtms.settings.base import *  # noqa: F403
from ndtms.settings.base import env

IS_PRODUCTION = True
# Never by itself a file in the project's folder.
env.str("DATABASE_URL")
SECRET_KEY = env.str("SECRET_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS]
MADE_UP_ACCOUNTS = False
FIELD_ENCRYPTION_KEY = env.str("FIELD_ENCRYPTION_KEY")
# Security keys are bound to this name for ever: another one makes all of them useless.
OTP_WEBAUTHN_RP_ID = env.str("WEBAUTHN_RP_ID", ALLOWED_HOSTS[0])
OTP_WEBAUTHN_ALLOWED_ORIGINS = env.list("WEBAUTHN_ORIGINS", CSRF_TRUSTED_ORIGINS)
SITE_ADDRESS = env.str("SITE_ADDRESS", f"https://{ALLOWED_HOSTS[0]}")
EMAIL_HOST = env.str("EMAIL_HOST", "localhost")
EMAIL_PORT = env.int("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", False)
# The proxy that ends HTTPS is one.
PROXY_COUNT = env.int("PROXY_COUNT", 1)
SECURE_SSL_REDIRECT = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"
