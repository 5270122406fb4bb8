"""Every setting of Tributary, read from the environment once, failing loudly.

Sources, the first wins: the process's environment, `.env` beside `manage.py`, `DATA_DIR/keys.env` (written by
`make run`, mode 0600). `.env.example` lists and explains each variable.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import django
import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config.databases import read_database
from config.logs import FORMATTERS
from segment.regions import build_endpoints

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"

env = environ.Env()
env.read_env(BASE_DIR / ".env")
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
env.read_env(DATA_DIR / "keys.env")

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY")
# A list: the first encrypts, all decrypt. Rotation is adding a new one in front.
FIELD_ENCRYPTION_KEY = env.list("FIELD_ENCRYPTION_KEY")

PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://127.0.0.1:{env.int('PORT', default=8000)}").rstrip("/")
_public = urlsplit(PUBLIC_URL)
if _public.scheme not in {"http", "https"} or not _public.hostname:
    raise ImproperlyConfigured("PUBLIC_URL must be an absolute address such as https://tributary.example.com")
IS_HTTPS = _public.scheme == "https"
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[_public.hostname, "localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

# Sandbox mode: both regions' addresses point to the stand-in for Segment. `make run` turns it on.
IS_SANDBOX = env.bool("TRIBUTARY_SANDBOX", default=False)
SANDBOX_URL = env.str("TRIBUTARY_SANDBOX_URL", default="").rstrip("/") if IS_SANDBOX else ""
if IS_SANDBOX and not SANDBOX_URL:
    raise ImproperlyConfigured(
        "TRIBUTARY_SANDBOX is on, so TRIBUTARY_SANDBOX_URL must say where the sandbox is"
    )
SEGMENT_ENDPOINTS = build_endpoints(SANDBOX_URL)
SEGMENT_PUBLIC_API_SECONDS = env.float("SEGMENT_PUBLIC_API_SECONDS", default=10.0)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "encrypted_model_fields",
    "accounts.apps.AccountsConfig",
    "workflows.apps.WorkflowsConfig",
    "config.apps.ConfigApp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # 200 rows of a mapping: 570 KB, 40 packed
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.SignInMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Django's own form templates come second, so that ours replace what they replace.
        "DIRS": [BASE_DIR / "templates", Path(django.__file__).parent / "forms" / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.tributary",
            ],
            "builtins": ["config.templatetags.ui"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": read_database(env, f"sqlite:///{DATA_DIR / 'tributary.sqlite3'}")}
# Scaled out: the broker carries wake-ups to Celery's workers; what is owed stays in the database.
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="")
CELERY_QUEUE = env.str("CELERY_QUEUE", default="tributary")
CELERY_PROCESSES = max(1, env.int("CELERY_PROCESSES", default=4))
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign_in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("TRUST_PROXY", default=False) else None
)
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="filemail://")
vars().update(EMAIL_CONFIG)
# Without a mail server, letters are written as files that an operator can open: they hold sign-in links.
EMAIL_FILE_PATH = str(DATA_DIR / "mail")
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"tributary@{_public.hostname}")

# A body over 256 KB is refused by the submit endpoint; no form of ours comes near it either.
MAX_SUBMISSION_BYTES = 256 * 1024
# What is not sent yet, submissions and deliveries, past which the submit endpoint answers 503.
MAX_BACKLOG = env.int("MAX_BACKLOG", default=1_000_000)
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
DELIVERY_GIVE_UP_SECONDS = env.int("DELIVERY_GIVE_UP_SECONDS", default=24 * 3600)
DELIVERY_LEASE_SECONDS = env.int("DELIVERY_LEASE_SECONDS", default=20)
RETENTION_DAYS = env.int("RETENTION_DAYS", default=90)  # 0: for ever
if not 0 <= RETENTION_DAYS <= 36_500:
    raise ImproperlyConfigured("RETENTION_DAYS must be a number of days, or 0 to keep runs for ever")
DELIVERY_SOURCE_CONCURRENCY = max(1, env.int("DELIVERY_SOURCE_CONCURRENCY", default=1))

LOG_FORMAT = env.str("LOG_FORMAT", default="text")
if LOG_FORMAT not in FORMATTERS:
    raise ImproperlyConfigured("LOG_FORMAT must be text or json")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": FORMATTERS[LOG_FORMAT]}},
    "filters": {"submit_answers": {"()": "config.logs.SubmitAnswers"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"django.request": {"filters": ["submit_answers"]}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
