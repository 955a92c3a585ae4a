"""Where everything is served."""

from django.urls import include, path

from tracker.admin.site import site

urlpatterns = [
    path("admin/", site.urls),
    path("api/v1/", include("tracker.api.urls")),
    path("", include("tracker.web.urls")),
]
