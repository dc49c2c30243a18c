"""What all environments share. Values come from the environment; nothing unsafe has a default."""

from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from environs import Env

env = Env()

BASE_DIR = Path(__file__).resolve().parent.parent.parent
SECRET_KEY = env.str("SECRET_KEY", "")
DEBUG = False
# True where real people's data are: the server then starts only with settings that are safe.
IS_PRODUCTION = False
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", [])

INSTALLED_APPS = [
    "ndtms.accounts",
    "ndtms.audit",
    "ndtms.oversight",
    "ndtms.keys",
    "ndtms.mail",
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
    "ndtms.web.middleware.InputMiddleware",
    "ndtms.audit.middleware.AuditMiddleware",
    "ndtms.accounts.middleware.VerifiedMiddleware",
    "ndtms.accounts.belonging.BelongingMiddleware",
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
            "builtins": ["det.templatetags.pages"],
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
STATIC_ROOT = env.str("STATIC_ROOT", str(BASE_DIR / ".static"))
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
# What may be sent: text to every page, a file to these only (ndtms/web/middleware.py).
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
FILE_PAGES = ["check-file"]
MOST_BYTES_WITH_FILE = 64_000_000
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "ndtms.accounts.belonging.out_of_date"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
# Idle 15 minutes; every page extends it, up to 12 hours after signing in.
SESSION_COOKIE_AGE = 15 * 60
SESSION_SAVE_EVERY_REQUEST = True
# The cookie ends with the browser; the session on the server after the idle time.
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_ABSOLUTE_AGE = 12 * 60 * 60
# Messages may be personal: not in a cookie.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

OTP_TOTP_ISSUER = "NDTMS Data Entry Tool"
OTP_WEBAUTHN_RP_NAME = "NDTMS Data Entry Tool"
# A security key never stands in for the password.
OTP_WEBAUTHN_ALLOW_PASSWORDLESS_LOGIN = False
# Encrypts the secrets of YubiKeys in the database: a key of Fernet, see cryptography.
FIELD_ENCRYPTION_KEY = env.str("FIELD_ENCRYPTION_KEY", "")
# Secrets that the project's own files show: of no use but with made-up data.
PUBLISHED_SECRETS = [
    "for-made-up-data-on-one-machine-only-never-in-production",
    "bWFkZS11cC1jbGllbnRzLW9ubHktbmV2ZXItcmVhbCE=",
]
# Where people reach the service: links in mails begin with it.
SITE_ADDRESS = env.str("SITE_ADDRESS", "http://localhost:8000")
# Who sends mails, never a request: a thread of the server, or only `manage.py send_mails` ("command").
SEND_MAILS = env.str("SEND_MAILS", "thread")
# A mail server that does not answer is not waited for longer.
EMAIL_TIMEOUT = 10
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
AXES_CLIENT_IP_CALLABLE = "ndtms.accounts.visitors.counted_address"
# So many from one address at whichever accounts, in the same time, and nobody signs in from there for a while.
AXES_HANDLER = "ndtms.accounts.guesses.Guesses"
MOST_GUESSES_FROM_ADDRESS = 50
# So many rows of guesses there are at most, of the last quarter of an hour. Each took the time that looking at a
# password takes, so that one server hardly gets there; above it the earliest are forgotten.
MOST_GUESSES_KEPT = 100_000
# So many refusals a day are in the audit one by one, of guesses at accounts that there are not and at one that there
# is; further ones are only counted, and `daily` tells their number.
MOST_NOTED_OF_NOBODY = 1000
MOST_NOTED_OF_ACCOUNT = 100
# So many requests for access strangers can make a day, from wherever. England has some 900 agencies.
MOST_ASKED_FOR_ACCESS = 300
# What axes stores and logs names nobody; who signed in is in our own audit.
AXES_USERNAME_CALLABLE = "ndtms.accounts.visitors.guessed_account"
AXES_SENSITIVE_PARAMETERS = ["email", "username", "ip_address", "next"]
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
# How many of our own proxies stand in front, each adding to X-Forwarded-For.
PROXY_COUNT = 0

# The data set in force; another one is a folder beside it.
# A file that somebody uploads is held in memory and never lies on the disk; a larger one is not taken.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 64_000_000
# What the check of a file may take: bytes of address space, of which a clean file of 50 MB needs less than a half, and
# seconds, by default fewer than a server waits for one of its workers.
CHECK_MOST_MEMORY = 2_500_000_000
CHECK_MOST_SECONDS = env.int("CHECK_MOST_SECONDS", 25)
DATASET_FOLDER = BASE_DIR / "fixtures" / "cds_q"
# True only where the accounts are made up: the sign-in page then says how to sign in with them.
MADE_UP_ACCOUNTS = False
MADE_UP_PASSWORD = ""

# Without this Django writes no error anywhere while DEBUG is off. Nothing personal is logged: see ndtms/web/logs.py.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "class": "ndtms.web.logs.Line",
            "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
