"""What readers see."""

from django.urls import path

from tracker.web.page import readers_page

app_name = "web"
urlpatterns = [path("", readers_page, name="page")]
