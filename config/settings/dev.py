"""For work on the tracker itself (DEBUG=1): Django's error pages, plain static files."""

from config.settings.base import *  # noqa: F403 - settings modules extend each other by this import
