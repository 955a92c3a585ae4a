"""How gunicorn serves: `gunicorn --config config/gunicorn.py`."""

from __future__ import annotations

from typing import Any

from config import env

wsgi_app = "config.wsgi"
bind = env.text("BIND", default="127.0.0.1:8000")
worker_class = "gthread"
threads = env.whole_number("WEB_THREADS", default=4, least=1)

# Without a broker one process serves and works off the runs beside that; more would only
# stand in each other's way on SQLite.
_has_broker = bool(env.text("REDIS_URL"))
workers = env.whole_number("WEB_WORKERS", default=2 if _has_broker else 1, least=1)

# Whom to believe the scheme of the outside (X-Forwarded-Proto): the proxy in front, nobody else. Where a
# request comes from, config/proxies.py finds out.
forwarded_allow_ips = env.text("TRUSTED_PROXIES", default="127.0.0.1")

timeout = 120
graceful_timeout = 30
keepalive = 5
accesslog = "-" if env.boolean("ACCESS_LOG", default=True) else None
# Without the query, which may hold what a person searched for.
access_log_format = '%(h)s %(t)s "%(m)s %(U)s" %(s)s %(b)s %(L)ss'
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    """Work off the runs in this process where no broker carries the word to others."""
    if not _has_broker:
        from tracker import work

        work.serve_in_background()
