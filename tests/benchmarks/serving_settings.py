"""For a server that people's pages are measured on: their style and scripts come along, collected or not."""

from config.settings.test import *  # noqa: F403 - settings modules extend each other by this import

WHITENOISE_USE_FINDERS = True
