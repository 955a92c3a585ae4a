"""The WSGI application that gunicorn serves."""

from config import env

env.choose_settings()

from django.core.wsgi import get_wsgi_application  # noqa: E402 - settings are chosen first

application = get_wsgi_application()
