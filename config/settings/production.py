"""For serving: hashed static files, compressed, that a browser may keep for ever."""

from whitenoise.compress import Compressor

from config.settings import base
from config.settings.base import *  # noqa: F403 - settings modules extend each other by this import

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
SILENCED_SYSTEM_CHECKS = [
    *base.SILENCED_SYSTEM_CHECKS,
    "security.W005", "security.W021",  # a host's other names are not ours to speak for
    "security.W008",  # nginx sends http to https; here it would end the health check
]  # fmt: skip

# Source maps are for people with a debugger open, and take half the time of compressing.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = [*Compressor.SKIP_COMPRESS_EXTENSIONS, "map"]
