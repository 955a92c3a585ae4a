"""docs/: the API to browse and try out, without a line from elsewhere."""

from __future__ import annotations

from csp.decorators import csp_replace
from django.utils.decorators import method_decorator
from drf_spectacular.views import SpectacularSwaggerSplitView

# Swagger UI sets styles on its elements; its scripts come from here and nothing of them is inline.
SWAGGER_NEEDS = {"style-src": ["'self'", "'unsafe-inline'"]}


@method_decorator(csp_replace(SWAGGER_NEEDS), name="dispatch")
class Docs(SpectacularSwaggerSplitView):
    """The API to browse and try out."""

    url_name = "api:schema"
    http_method_names = ["get", "head"]
