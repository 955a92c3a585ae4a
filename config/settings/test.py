"""For the tests: the database and broker that the test command started, fast password hashes."""

import os

os.environ.setdefault("SECRET_KEY", "for-the-tests-only-it-protects-nothing")

from config.settings.base import *  # noqa: F403 - settings modules extend each other by this import
from config.settings.base import DATABASES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# A tick makes what its test has scheduled, and nothing else.
VERIFIED_DAILY = 0
AUDIT_VERIFIED_DAILY = False

# A file, as in service: SQLite in memory, which Django would choose, locks differently.
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["TEST"] = {"NAME": f"{DATABASES['default']['NAME']}.test"}
