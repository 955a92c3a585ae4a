from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class TrackerConfig(AppConfig):
    name = "tracker"
    verbose_name = _("Displacement tracker")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Where there is a broker, every process must know it before it sends the first message."""
        if settings.REDIS_URL:
            import_module(settings.CELERY_APP)
