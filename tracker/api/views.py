"""What all read-only views share: read the parameters, ask one room below, answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, ClassVar, cast

from csp.decorators import csp
from django.db.models import Model, QuerySet
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.decorators import method_decorator
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from tracker.api.audit import audit_reading
from tracker.api.caching import etag_of, mark, state_etag, unchanged
from tracker.api.errors import Fault, InvalidParameters
from tracker.api.filters import ALL, CURSOR, LIMIT, PAGING, format_parameter
from tracker.api.paging import Page, Window, between, page_url, table_page, window_of
from tracker.api.parameters import Parameter, Query, read_query
from tracker.api.renderers import (
    Chunk,
    CSVRenderer,
    Envelope,
    GeoJSONRenderer,
    JSONRenderer,
    Row,
    RowRenderer,
    SpreadsheetCSVRenderer,
    dump,
)
from tracker.api.rows import ReadOnlyRow, TableRow, column_names
from tracker.api.visibility import sees_everything

ROWS_AT_ONCE = 500
NOTHING_TO_LOAD = {"default-src": ["'none'"], "frame-ancestors": ["'none'"]}
TABLE_FORMATS: list[type[RowRenderer]] = [JSONRenderer, CSVRenderer, SpreadsheetCSVRenderer]
PLACE_FORMATS: list[type[RowRenderer]] = [*TABLE_FORMATS, GeoJSONRenderer]


@method_decorator(csp(NOTHING_TO_LOAD), name="dispatch")
class ReadView(APIView):
    """One resource that can be read. Its first docstring line heads its entry in the docs."""

    http_method_names = ["get", "head", "options"]
    parameters: ClassVar[Sequence[Parameter]] = ()
    shared: ClassVar[Sequence[Parameter]] = ()
    formats: ClassVar[Sequence[type[RowRenderer]]] = [JSONRenderer]
    row: ClassVar[type[TableRow | ReadOnlyRow]]

    @classmethod
    def all_parameters(cls) -> list[Parameter]:
        """Its parameters, and those that every resource of its kind has."""
        return [*cls.parameters, *cls.shared, format_parameter([form.format for form in cls.formats])]

    def get_renderers(self) -> list[BaseRenderer]:
        return [form() for form in self.formats]

    def query(self, request: Request) -> Query:
        return read_query(request.query_params, self.all_parameters(), staff=sees_everything(request.user))

    def options(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        about = {
            "name": type(self).__name__,
            "description": type(self).__doc__ or "",
            "methods": self.allowed_methods,
            "formats": [form.format for form in self.formats],
            "parameters": [parameter.name for parameter in self.all_parameters()],
        }
        return HttpResponse(dump(about), content_type=JSONRenderer.media_type)

    def audited(
        self, request: Request, query: Query, response: HttpResponseBase, restricted: Callable[[], int]
    ) -> HttpResponseBase:
        """`response`, given only once the audit log says how many rows of it are not for everybody."""
        if query.staff and request.method == "GET" and response.status_code == 200:
            audit_reading(request, restricted=restricted())
        return response

    def answer(
        self, request: Request, content: bytes, headers: Mapping[str, str] | None = None
    ) -> HttpResponseBase:
        """`content` in the form agreed on; a 304 where it is what the client has already."""
        etag = etag_of(content)
        if (short := unchanged(request, etag)) is not None:
            return short
        body = b"" if request.method == "HEAD" else content
        response = HttpResponse(body, content_type=content_type(form_of(request)), headers=headers)
        response["Content-Length"] = str(len(content))
        return mark(request, response, etag)


class ObjectView(ReadView):
    """A resource that is one JSON object."""

    def get(self, request: Request, **place: str) -> HttpResponseBase:
        query = self.query(request)
        found = self.found(query, **place)
        return self.audited(
            request, query, self.answer(request, dump(found)), lambda: self.restricted(query, found)
        )

    def found(self, query: Query, **place: str) -> Mapping[str, Any]:
        raise NotImplementedError

    def restricted(self, query: Query, found: Mapping[str, Any]) -> int:
        """How many rows of what was found are not for everybody."""
        return 0


class ListView(ReadView):
    """A resource of rows, by pages or as one stream."""

    formats = TABLE_FORMATS
    shared = PAGING
    tables: ClassVar[Sequence[type[Model]]]
    """The tables that its rows are made from."""
    other_row: ClassVar[type[ReadOnlyRow] | None] = None
    """What its rows are in the answers to some queries; see `row_of`."""

    def page(self, query: Query, window: Window) -> Page:
        raise NotImplementedError

    def every(self, query: Query) -> Iterator[Row]:
        raise NotImplementedError

    def count(self, query: Query) -> int:
        raise NotImplementedError

    def restricted(self, query: Query, page: Sequence[Row] | None = None) -> int:
        """How many rows of the page, or of all that answer the query, are not for everybody."""
        return 0

    def geometries(self, rows: Sequence[Row], query: Query) -> Sequence[Any]:
        """The geometry of each row, None where there is none; called for GeoJSON only."""
        raise NotImplementedError

    @classmethod
    def columns(cls) -> list[str]:
        return list(column_names(cls.row))

    def row_of(self, query: Query) -> type[TableRow | ReadOnlyRow]:
        """What the rows are that answer this query."""
        return self.row

    def get(self, request: Request) -> HttpResponseBase:
        query = self.query(request)
        if query[ALL.name]:
            return self._stream(request, query)
        page = self.page(query, window_of(request, limit=query[LIMIT.name], cursor=query[CURSOR.name]))
        envelope = Envelope(
            next=page_url(request, page.next),
            previous=page_url(request, page.previous),
            count=self.count(query) if query["count"] else None,
        )
        pieces = self._pieces(request, query, envelope, page.rows)
        response = self.answer(request, b"".join(pieces), self._headers(request, envelope))
        return self.audited(request, query, response, lambda: self.restricted(query, page.rows))

    def _stream(self, request: Request, query: Query) -> HttpResponseBase:
        unwanted = {LIMIT.name, CURSOR.name} & query.given
        if unwanted:
            raise InvalidParameters(
                Fault(name, request.query_params[name], "it has no meaning beside `all`", "to be left out")
                for name in sorted(unwanted)
            )
        etag = state_etag(request, self.tables)
        if (short := unchanged(request, etag)) is not None:
            return short
        envelope = Envelope(count=self.count(query) if query["count"] else None)
        body = () if request.method == "HEAD" else self._pieces(request, query, envelope, self.every(query))
        kind, headers = content_type(form_of(request)), self._headers(request, envelope)
        response = mark(request, StreamingHttpResponse(body, content_type=kind, headers=headers), etag)
        return self.audited(request, query, response, lambda: self.restricted(query))

    def _pieces(
        self, request: Request, query: Query, envelope: Envelope, rows: Iterable[Row]
    ) -> Iterator[bytes]:
        form = form_of(request)

        def chunks() -> Iterator[Chunk]:
            remaining = iter(rows)
            while some := list(islice(remaining, ROWS_AT_ONCE)):
                yield Chunk(some, self.geometries(some, query) if form.has_geometry else ())

        return form.pieces(list(column_names(self.row_of(query))), envelope, chunks())

    def _headers(self, request: Request, envelope: Envelope) -> dict[str, str]:
        """What CSV has no place for in its text: the neighbouring pages, the count and a file name."""
        if not isinstance(form_of(request), CSVRenderer):
            return {}
        links = {"next": envelope.next, "prev": envelope.previous}
        file_name = request.path.strip("/").rsplit("/", 1)[-1]
        headers = {
            "Link": ", ".join(f'<{url}>; rel="{name}"' for name, url in links.items() if url),
            "X-Total-Count": "" if envelope.count is None else str(envelope.count),
            "Content-Disposition": f'attachment; filename="{file_name}.csv"',
        }
        return {name: value for name, value in headers.items() if value}


class TableView(ListView):
    """Rows of one table of versions, as they stood at the moment asked for."""

    identity: ClassVar[Sequence[str]]

    def rows(self, query: Query) -> QuerySet[Any, Any]:
        """The model's rows that answer the query and that the caller may see."""
        raise NotImplementedError

    def shape(self, row: dict[str, Any]) -> Row:
        """A row as it is served, from the columns that `stored_columns` names."""
        return row

    @classmethod
    def stored_columns(cls) -> list[str]:
        return cls.columns()

    def values(self, query: Query) -> QuerySet[Any, dict[str, Any]]:
        return self.rows(query).values(*self.stored_columns())

    def page(self, query: Query, window: Window) -> Page:
        page = table_page(self.values(query), self.identity, window)
        return replace(page, rows=[self.shape(dict(row)) for row in page.rows])

    def every(self, query: Query) -> Iterator[Row]:
        for row in self.values(query).order_by(*self.identity).iterator(chunk_size=ROWS_AT_ONCE):
            yield self.shape(row)

    def count(self, query: Query) -> int:
        return self.rows(query).count()

    def restricted(self, query: Query, page: Sequence[Row] | None = None) -> int:
        for_everybody = self.rows(query.by_anyone())
        if page is None:
            return self.count(query) - for_everybody.count()
        if not page:
            return 0
        return len(page) - for_everybody.filter(between(self.identity, page[0], page[-1])).count()


def form_of(request: Request) -> RowRenderer:
    """The form agreed on: one of the view's `formats`."""
    return cast(RowRenderer, request.accepted_renderer)


def content_type(form: RowRenderer) -> str:
    return f"{form.media_type}; charset={form.charset}" if form.charset else str(form.media_type)
