"""What all environments share. Values come from the environment; nothing unsafe has a default."""

from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from environs import Env

env = Env()

BASE_DIR = Path(__file__).resolve().parent.parent.parent
SECRET_KEY = env.str("SECRET_KEY", "")
DEBUG = False
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", [])

INSTALLED_APPS = [
    "ndtms.accounts",
    "ndtms.audit",
    "ndtms.oversight",
    "ndtms.keys",
    "ndtms.regions",
    "ndtms.submissions",
    "det",
    "validation",
    "crispy_forms",
    "crispy_forms_gds",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "django_otp_webauthn",
    "axes",
    "csp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "ndtms.audit.middleware.AuditMiddleware",
    "ndtms.accounts.middleware.VerifiedMiddleware",
    "ndtms.oversight.middleware.RecordsMiddleware",
    "ndtms.regions.middleware.DeclarationMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "ndtms.urls"
WSGI_APPLICATION = "ndtms.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "ndtms.accounts.navigation.menu",
                "ndtms.regions.middleware.warning",
            ],
        },
    },
]
CRISPY_ALLOWED_TEMPLATE_PACKS = ["gds"]
CRISPY_TEMPLATE_PACK = "gds"

DATABASES = {
    "default": dj_database_url.parse(
        env.str("DATABASE_URL", f"sqlite:///{BASE_DIR / 'db.sqlite3'}"),
        conn_max_age=60,
        conn_health_checks=True,
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Writers wait for one another; without IMMEDIATE and WAL most concurrent writes fail.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "ndtms.regions.backends.DormantBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 8},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "name"]},
    },
    {
        "NAME": "ndtms.accounts.passwords.ContextWordsValidator",
        "OPTIONS": {
            "min_length": 8,
            "words": ["ndtms", "data", "entry", "tool", "treatment", "recovery", "drug", "alcohol"],
        },
    },
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_I18N = False
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / ".static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
# Idle 15 minutes; every page extends it, up to 12 hours after signing in.
SESSION_COOKIE_AGE = 15 * 60
SESSION_SAVE_EVERY_REQUEST = True
SESSION_ABSOLUTE_AGE = 12 * 60 * 60
# Messages may be personal: not in a cookie.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

OTP_TOTP_ISSUER = "NDTMS Data Entry Tool"
OTP_WEBAUTHN_RP_NAME = "NDTMS Data Entry Tool"
# A security key never stands in for the password.
OTP_WEBAUTHN_ALLOW_PASSWORDLESS_LOGIN = False
# Encrypts the secrets of YubiKeys in the database: a key of Fernet, see cryptography.
FIELD_ENCRYPTION_KEY = env.str("FIELD_ENCRYPTION_KEY", "")
# Whom people write to about the tool itself; shown on the page Contact and feedback.
CONTACT_EMAIL = env.str("CONTACT_EMAIL", "")
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "no-reply@localhost")
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
# Guesses lock a person out from that address only, so a stranger cannot lock somebody out.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
# Trying again too early does not make the quarter of an hour longer.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_TEMPLATE = "accounts/locked.html"
AXES_CLIENT_IP_CALLABLE = "ndtms.accounts.visitors.client_address"
# What axes stores and logs names nobody; who signed in is in our own audit.
AXES_USERNAME_CALLABLE = "ndtms.accounts.visitors.guessed_account"
AXES_SENSITIVE_PARAMETERS = ["email", "username", "ip_address", "next"]
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
# How many of our own proxies stand in front, each adding to X-Forwarded-For.
PROXY_COUNT = 0

# The data set in force; another one is a folder beside it.
DATASET_FOLDER = BASE_DIR / "fixtures" / "cds_q"
# True only where the accounts are made up: the sign-in page then says how to sign in with them.
MADE_UP_ACCOUNTS = False
MADE_UP_PASSWORD = ""

# Without this Django writes no error anywhere while DEBUG is off. Nothing personal is logged.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
