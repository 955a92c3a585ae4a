"""What readers see, and what a monitoring system reads."""

from django.urls import path

from tracker.web.metrics import metrics
from tracker.web.page import readers_page

app_name = "web"
urlpatterns = [path("", readers_page, name="page"), path("metrics", metrics, name="metrics")]
