"""For serving: hashed static files, compressed, that a browser may keep for ever."""

from config.settings.base import *  # noqa: F403 - settings modules extend each other by this import

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
