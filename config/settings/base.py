"""Settings that hold everywhere; what differs is read from the environment by `config.env`."""

from urllib.parse import urlsplit

from config import env

PROJECT_ROOT = env.PROJECT_ROOT
VAR = PROJECT_ROOT / "var"
VAR.mkdir(exist_ok=True)

DEBUG = env.boolean("DEBUG", default=False)
SECRET_KEY = env.secret_key(debug=DEBUG)
BASE_URL = env.url("BASE_URL", default="http://127.0.0.1:8000", schemes={"http", "https"}).rstrip("/")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])

INSTALLED_APPS = [
    "tracker",  # Before Django's admin, whose templates it extends under the same names.
    "django.contrib.admin",
    "django.contrib.humanize",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "django_otp",
    "django_otp.plugins.otp_totp",
]
MIDDLEWARE = [
    "config.proxies.AddressFromProxies",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "tracker.admin.language.LanguageOfAdmin",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "tracker.admin.sessions.EndingSessions",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {"default": env.database().settings}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "admin:login"
# What somebody may do follows from their appointments (tracker/admin/access.py).
AUTHENTICATION_BACKENDS = ["tracker.admin.permissions.Appointed"]
# Of everyone who can approve or manage. Only settings, not the environment, can do without.
SECOND_FACTOR_REQUIRED = True
OTP_TOTP_ISSUER = "Displacement tracker"

# SQLite leaves out the columns that PostgreSQL keeps beside the keys of an index, and needs them less.
SILENCED_SYSTEM_CHECKS = ["models.W040"]

# Of the texts as they are written, and of all that is not the admin.
LANGUAGE_CODE = "en"
# What the admin speaks (tracker/admin/language.py), each by its own name.
LANGUAGES = [("en", "English"), ("fr", "Français"), ("ar", "العربية")]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
FORMAT_MODULE_PATH = "config.formats"

STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
STORAGE = env.folder("STORAGE", default=VAR / "exports")
# Of one uploaded file; larger ones are loaded from the command line.
IMPORT_LIMIT_MIB = env.whole_number("IMPORT_LIMIT_MIB", default=16, least=1)
IMPORT_LIMIT_ROWS = env.whole_number("IMPORT_LIMIT_ROWS", default=100_000, least=1)

# Content that a page may load: its own, nothing inline, nothing from elsewhere.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
_https = urlsplit(BASE_URL).scheme == "https"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _https
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
CSRF_TRUSTED_ORIGINS = [BASE_URL]
SESSION_COOKIE_AGE = 12 * 3600

# METHOD: how long a stock statement speaks, and how far it may trail the freshest one.
MAX_AGE_DAYS = env.whole_number("MAX_AGE_DAYS", default=180, least=1)
FRESHNESS_DAYS = env.whole_number("FRESHNESS_DAYS", default=30)

# Jobs. Without REDIS_URL there is no broker: the process that serves drains the runs.
REDIS_URL = env.url("REDIS_URL", default="", schemes={"redis", "rediss", "unix"})
RUN_LEASE_SECONDS = env.whole_number("RUN_LEASE_SECONDS", default=60, least=2)
RUN_TIME_LIMIT_SECONDS = env.whole_number("RUN_TIME_LIMIT_SECONDS", default=3600, least=60)
TICK_SECONDS = env.whole_number("TICK_SECONDS", default=30, least=1)
CELERY_APP = "config.celery"
# So many cubes are recomputed each night and compared with what is stored; 0: none.
VERIFIED_DAILY = env.whole_number("VERIFIED_DAILY", default=20)
AUDIT_VERIFIED_DAILY = env.boolean("AUDIT_VERIFIED_DAILY", default=True)

# Whoever bears it may read /metrics; without one nobody may.
METRICS_TOKEN = env.token("METRICS_TOKEN")

# Seals the audit log; the former keys, the oldest first, are for verifying what they sealed.
AUDIT_KEY = env.long_secret("AUDIT_KEY", default=SECRET_KEY)
AUDIT_KEYS_BEFORE = env.words("AUDIT_KEYS_BEFORE", default=[])

# Whom to believe from where a request comes (X-Forwarded-For).
TRUSTED_PROXIES = env.words("TRUSTED_PROXIES", default=["127.0.0.1"])

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["tracker.api.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "tracker.api.negotiation.Negotiation",
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_SCHEMA_CLASS": "tracker.api.openapi.ReadSchema",
    "EXCEPTION_HANDLER": "tracker.api.errors.problem_response",
    "DEFAULT_VERSIONING_CLASS": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Displacement tracker",
    "DESCRIPTION": "Displacement figures by region and period, the reports behind them, and conflict events.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # The badge of a validator would be fetched from elsewhere.
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SORT_OPERATION_PARAMETERS": False,
    # Nobody needs to log in to read.
    "AUTHENTICATION_WHITELIST": [],
    "ENUM_NAME_OVERRIDES": {
        "Cause": "tracker.vocabulary.Cause",
        "CauseOrAll": "tracker.api.figures.CAUSES_AND_ALL",
        "FigureWarning": "tracker.vocabulary.FigureWarning",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"tracker": {"level": env.text("LOG_LEVEL", default="INFO").upper()}},
}
