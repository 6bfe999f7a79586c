"""One settings file; the environment says what differs. See docs/deploy.md for a clinic's server."""

import sys
from pathlib import Path

import environ

from mesoclinic.core.time_limits import connection_options, limits_named_or_none

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()

DEBUG = env.bool("DEBUG", default=False)
# Made-up people on this machine only: `make demo` sets it, a clinic never does.
DEMO = env.bool("DEMO", default=False)
TESTING = "pytest" in sys.modules

# Refuses to start without a key of its own, except where there is nothing to protect.
SECRET_KEY = env.str(
    "SECRET_KEY", default="made-up-key-for-demo-and-tests" if DEBUG or DEMO or TESTING else environ.Env.NOTSET
)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    # allauth's page of one's passkeys asks for it.
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",
    "django_linear_migrations",
    "pgtrigger",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_tasks",
    "django_tasks_db",
    "mesoclinic",
    "mesoclinic.core",
    "mesoclinic.accounts",
    "patients",
    "mesoclinic.outbox",
    "treatments.conditions",
    "treatments.catalogue",
    "treatments.stock",
    "treatments.cocktails",
    "treatments.plans",
    "treatments.billing",
    "treatments.schedule",
    "treatments.waiting",
    "treatments.sessions",
    "treatments.followup",
    "treatments.response",
    "treatments.insights",
    "treatments.recalls",
    "treatments.outcomes",
    "mesoclinic.merging",
    "mesoclinic.inbox",
    "mesoclinic.pages",
    "mesoclinic.operations",
    "mesoclinic.privacy",
]

MIDDLEWARE = [
    # Before all: a balancer knows no host name.
    "mesoclinic.operations.health.answer_health",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Static files stand above: they need no database.
    "mesoclinic.operations.request_log.log_request",
    "mesoclinic.operations.fault_pages.answer_at_once_after_fault",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "mesoclinic.core.access_log.RecordWhatIsShown",
    "mesoclinic.pages.access.AccessMiddleware",
    "mesoclinic.core.middleware.forbid_caching_when_signed_in",
    "mesoclinic.core.middleware.DropNullCharacters",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "mesoclinic.accounts.middleware.set_clinic_and_time_zone",
    "mesoclinic.accounts.middleware.explain_wrong_method",
    "mesoclinic.pages.not_saved.AnswerWhatTheDatabaseRefuses",
    "mesoclinic.accounts.sign_in.CountTries",
    "mesoclinic.accounts.sign_in.LimitSession",
]

ROOT_URLCONF = "mesoclinic.urls"
WSGI_APPLICATION = "mesoclinic.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "mesoclinic.core.template_loader.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "mesoclinic.pages.navigation.navigation_context",
            ],
        },
    }
]
# Our form widgets live in templates/ beside the pages.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# The launcher (mesoclinic/database.py) prints the address of the embedded PostgreSQL; make exports it.
DATABASES = {"default": env.db("DATABASE_URL", default="postgres:///mesoclinic")}
# A standby for figures that may lag (core.replica); unset, they are read where everything is.
if env.str("DATABASE_REPLICA_URL", default=""):
    DATABASES["replica"] = env.db("DATABASE_REPLICA_URL")
# Nothing waits for ever: "page" in the web process (wsgi.py), "command" elsewhere, "none" behind a pooler that lends a
# connection for one transaction: the role has the limits there, and a cursor does not outlive its transaction.
LIMITS = limits_named_or_none(env.str("DATABASE_LIMITS", default="command"))
for database in DATABASES.values():
    given = database.get("OPTIONS", {})
    database |= {
        "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=60),
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": LIMITS is None,
        "OPTIONS": {**given, **connection_options(LIMITS, given=given.get("options", ""))},
    }
DATABASES["default"]["TEST"] = {"NAME": env.str("TEST_DATABASE_NAME", default="test_mesoclinic")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "today"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "mesoclinic.accounts.adapters.StaffAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
# Tries are counted in the database, over all processes (accounts.sign_in_tries); allauth's own count is per process.
ACCOUNT_RATE_LIMITS = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
PASSWORD_RESET_TIMEOUT = 60 * 60 * 24 * 3
ACCOUNT_FORMS = {
    "reset_password": "mesoclinic.accounts.account_forms.NewPasswordLinkForm",
    "reset_password_from_key": "mesoclinic.accounts.account_forms.NewPasswordForm",
    "change_password": "mesoclinic.accounts.account_forms.OwnPasswordForm",
}
MFA_FORMS = {
    "activate_totp": "mesoclinic.accounts.account_forms.SetUpAppForm",
    "add_webauthn": "mesoclinic.accounts.account_forms.AddKeyForm",
}
MFA_ADAPTER = "mesoclinic.accounts.adapters.SealedMFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG or DEMO or TESTING
MFA_SECRET_KEY = env.str("MFA_SECRET_KEY", default="")

# Seals the ends of the audit log; unset, SECRET_KEY does. It never stands in the database.
AUDIT_KEY = env.str("AUDIT_KEY", default="")
# Where the log's end is kept once a day, out of the database: a file's path, or an e-mail address.
AUDIT_SEAL_TO = env.str("AUDIT_SEAL_TO", default="")

# Whoever holds one of these roles signs in with a second factor. In the demo nobody has to.
SECOND_FACTOR_ROLES = env.list(
    "SECOND_FACTOR_ROLES",
    default=[]
    if DEMO or TESTING
    else ["clinician", "front_desk", "admin", "cosmetologist", "privacy_officer"],
)
# Who may say for whom a request came, in X-Forwarded-For. deploy.md puts the proxy on this machine.
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=["127.0.0.0/8", "::1/128"])
# A session ends after so long, in use or not.
SESSION_ENGINE = "mesoclinic.accounts.session_store"
SESSION_COOKIE_AGE = 60 * 60 * 10
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

LANGUAGE_CODE = "en"
# What is written to patients, in their language; the staff's pages are English.
LOCALE_PATHS = [BASE_DIR / "mesoclinic" / "locale"]
TIME_ZONE = "UTC"  # each request runs in its clinic's zone (accounts.middleware)
USE_TZ = True

# Photographs in files of this machine; empty where there are none.
MEDIA_ROOT = env.str("MEDIA_ROOT", default="")

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static" / "build"]
STATIC_ROOT = env.path("STATIC_ROOT", default=str(BASE_DIR / "var" / "static"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or DEMO or TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
    # Patients' pictures: a folder that no address leads to, or another storage by its class (docs/photographs.md).
    "photographs": {
        "BACKEND": env.str("PHOTOGRAPHS_STORAGE", default="django.core.files.storage.FileSystemStorage"),
        "OPTIONS": env.json(
            "PHOTOGRAPHS_OPTIONS",
            default={
                "location": str(Path(MEDIA_ROOT or BASE_DIR / "var") / "photographs"),
                "base_url": None,
                "file_permissions_mode": 0o600,
                "directory_permissions_mode": 0o700,
            },
        ),
    },
}
# The file as it was sent, with what the camera wrote into it: kept only where the organisation says so.
PHOTOGRAPHS_KEEP_ORIGINAL = env.bool("PHOTOGRAPHS_KEEP_ORIGINAL", default=False)
if TESTING and not env.str("PHOTOGRAPHS_STORAGE", default=""):
    STORAGES["photographs"] = {"BACKEND": "django.core.files.storage.InMemoryStorage"}

# The demo serves what was built where it lies; a clinic's server collects it first.
WHITENOISE_USE_FINDERS = DEBUG or DEMO

# A patient list or a bundle is read whole in memory before a row is written.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
if not (DEBUG or DEMO or TESTING):
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    # Browsers take a cookie of such a name from this host alone, and by HTTPS alone.
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"

# How many days rows that have served are kept; 0 is for ever. The tick deletes them (mesoclinic.operations.pruning).
KEEP_DAYS = {
    "answered_requests": env.int("KEEP_ANSWERED_REQUESTS_DAYS", default=30),
    "sign_ins": env.int("KEEP_SIGN_INS_DAYS", default=1),
    "drafts": env.int("KEEP_DRAFTS_DAYS", default=180),
    "tasks": env.int("KEEP_TASKS_DAYS", default=14),
    "messages": env.int("KEEP_MESSAGES_DAYS", default=730),
    "files": env.int("KEEP_FILES_DAYS", default=7),
    "backup_runs": env.int("KEEP_BACKUP_RUNS_DAYS", default=400),
}

# How many years a record is kept after the last treatment, and the books after the last payment; 0 is for ever.
KEEP_YEARS = {
    "clinical": env.int("KEEP_CLINICAL_YEARS", default=0),
    "money": env.int("KEEP_MONEY_YEARS", default=0),
}
# Whoever erases records after that signs in to the database with a role of its own (docs/privacy.md).
ERASURE_DATABASE_URL = env.str("ERASURE_DATABASE_URL", default="")
if ERASURE_DATABASE_URL and not TESTING:
    DATABASES["erasure"] = env.db_url_config(ERASURE_DATABASE_URL)
# The file of all records of a clinic, until it is deleted after so many days (0: never).
KEEP_EXPORTS_DAYS = env.int("KEEP_EXPORTS_DAYS", default=7)
# By age's public keys it is sealed, as backups are; without any it is written for a demo only.
EXPORT_RECIPIENTS = env.list("EXPORT_RECIPIENT", default=env.list("BACKUP_RECIPIENT", default=[]))
EXPORTS_ROOT = env.str("EXPORTS_ROOT", default=str(Path(MEDIA_ROOT or BASE_DIR / "var") / "exports"))

# Work that waits for nobody: rows in this database, done by manage.py db_worker.
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# What a link in an e-mail starts with: no request is at hand where it is written.
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000")
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="clinic@localhost")
EMAIL_BACKEND = env.str("EMAIL_BACKEND", default="django.core.mail.backends.console.EmailBackend")
EMAIL_FILE_PATH = env.str("EMAIL_FILE_PATH", default="")
EMAIL_HOST = env.str("EMAIL_HOST", default="localhost")
EMAIL_PORT = env.int("EMAIL_PORT", default=25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=False)
# A server that hangs holds a worker for so long, once in 45 s (outbox.channels); far below the time after which a worker is taken for dead.
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=10)
# What a provider takes from one worker in a minute; 0: no limit.
MESSAGES_A_MINUTE = {
    "email": env.int("EMAILS_A_MINUTE", default=0),
    "sms": env.int("SMS_A_MINUTE", default=0),
}
# Who is written to when the server needs somebody, beside the clinics' administrators (manage.py watch).
TROUBLE_ADDRESSES = env.list("TROUBLE_ADDRESSES", default=[])
# An error tracker, if the clinic wants one: it is told where an error arose, and nothing of anybody.
SENTRY_DSN = env.str("SENTRY_DSN", default="")
# Who carries text messages: a class of mesoclinic.outbox.sms, mesoclinic.outbox.sms_providers.twilio.Twilio or
# mesoclinic.outbox.sms_providers.vonage.Vonage (docs/deploy.md), or a provider's own.
SMS_BACKEND = env.str("SMS_BACKEND", default="mesoclinic.outbox.sms.Console")
# Who takes payments by link: a class like treatments.billing.payment_providers.interface.PaymentProvider; empty: nobody.
PAYMENT_PROVIDER = env.str(
    "PAYMENT_PROVIDER",
    default="treatments.billing.payment_providers.made_up.MadeUpProvider" if DEMO and not TESTING else "",
)
# What the provider signs with.
PAYMENT_WEBHOOK_SECRET = env.str(
    "PAYMENT_WEBHOOK_SECRET", default="made-up-key-for-demo-and-tests" if DEMO or TESTING else ""
)
# A provider that does not answer holds a worker for so long.
SMS_TIMEOUT = env.int("SMS_TIMEOUT", default=10)
TWILIO_URL = env.str("TWILIO_URL", default="https://api.twilio.com")
TWILIO_ACCOUNT_SID = env.str("TWILIO_ACCOUNT_SID", default="")
TWILIO_AUTH_TOKEN = env.str("TWILIO_AUTH_TOKEN", default="")
TWILIO_FROM = env.str("TWILIO_FROM", default="")
VONAGE_URL = env.str("VONAGE_URL", default="https://api.nexmo.com")
VONAGE_API_KEY = env.str("VONAGE_API_KEY", default="")
VONAGE_API_SECRET = env.str("VONAGE_API_SECRET", default="")
VONAGE_FROM = env.str("VONAGE_FROM", default="")
VONAGE_SIGNATURE_SECRET = env.str("VONAGE_SIGNATURE_SECRET", default="")

# A log line says which view and which id, never who the patient is. "json" is for programs, "line" for people.
LOG_FORMAT = env.str("LOG_FORMAT", default="line" if DEBUG or DEMO or TESTING else "json")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "without_faults": {"()": "mesoclinic.core.fault_log.WithoutFaults"},
        "request": {"()": "mesoclinic.core.log_lines.WithRequest"},
    },
    "formatters": {
        "line": {
            "()": "mesoclinic.core.log_lines.LineWithoutDetail",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        },
        "json": {"()": "mesoclinic.core.log_lines.JSONLine"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["without_faults", "request"],
        }
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
    # A line for each request, where programs read them.
    "loggers": {
        "mesoclinic.operations.request_log": {"level": "INFO" if LOG_FORMAT == "json" else "WARNING"}
    },
}
