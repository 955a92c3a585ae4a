"""What is under /api/v1/."""

from django.urls import path, re_path

from tracker.api.conflict import Conflict
from tracker.api.coverage import CoverageView
from tracker.api.crises import Crises
from tracker.api.docs import Docs
from tracker.api.events import Events
from tracker.api.explain import Explain
from tracker.api.figures import Figures
from tracker.api.flows import Flows
from tracker.api.history import FigureHistories
from tracker.api.nowhere import Nowhere
from tracker.api.regions import OneRegion, Regions
from tracker.api.reports import Reports
from tracker.api.root import Root
from tracker.api.rounds import Rounds
from tracker.api.schema import Schema
from tracker.api.sources import Sources
from tracker.api.timeline import Timeline

app_name = "api"
urlpatterns = [
    path("", Root.as_view(), name="root"),
    path("figures/", Figures.as_view(), name="figures"),
    path("figures/explain/", Explain.as_view(), name="explain"),
    path("figures/<str:name>/history/", FigureHistories.as_view(), name="history"),
    path("conflict/", Conflict.as_view(), name="conflict"),
    path("timeline/", Timeline.as_view(), name="timeline"),
    path("regions/", Regions.as_view(), name="regions"),
    path("regions/<str:pcode>/", OneRegion.as_view(), name="region"),
    path("reports/", Reports.as_view(), name="reports"),
    path("events/", Events.as_view(), name="events"),
    path("sources/", Sources.as_view(), name="sources"),
    path("rounds/", Rounds.as_view(), name="rounds"),
    path("crises/", Crises.as_view(), name="crises"),
    path("coverage/", CoverageView.as_view(), name="coverage"),
    path("flows/", Flows.as_view(), name="flows"),
    path("schema/", Schema.as_view(), name="schema"),
    path("docs/", Docs.as_view(), name="docs"),
    re_path("", Nowhere.as_view(), name="nowhere"),
]
