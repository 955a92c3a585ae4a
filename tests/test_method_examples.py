"""The worked examples once more, the whole way: native files, ingest, build, API."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from tests.reconcile.test_examples import EXAMPLES, expected

pytestmark = pytest.mark.django_db(transaction=True)

REPORT_COLUMNS = [
    "ref",
    "source",
    "region",
    "measure",
    "cause",
    "start",
    "end",
    "value",
    "published",
    "low",
    "high",
    "round",
    "role",
]


def write(path: Path, columns: list[str], rows: list[dict[str, Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows({name: row.get(name, "") for name in columns} for row in rows)
    return path


def load(example: dict[str, Any], folder: Path) -> None:
    regions = [region | {"name_en": f"Region {region['pcode']}"} for region in example["regions"]]
    sources = [source | {"name": f"Source {source['code']}"} for source in example["sources"]]
    files = {
        "regions": (["pcode", "level", "parent", "name_en"], regions),
        "sources": (["code", "name", "tier"], sources),
        "rounds": (["code", "source", "region", "date", "published", "closed"], example["rounds"]),
        "reports": (REPORT_COLUMNS, example["reports"]),
    }
    for name, (columns, rows) in files.items():
        if name == "rounds":
            rows = [row | {"closed": row.get("closed", 1)} for row in rows]
        path = write(folder / f"{name}.csv", columns, rows)
        options = {"approve": True, "recorded_as_published": True} if name == "reports" else {}
        call_command("ingest", name, str(path), **options)
    call_command("build", replay=True)


def answer(client: Client, **filters: Any) -> dict[tuple[str, ...], tuple[int, ...]]:
    found = {}
    address: str | None = "/api/v1/figures/"
    data: Any = filters | {"limit": 400}
    while address:
        response = client.get(address, data)
        assert response.status_code == 200, response.content
        page = response.json()
        for row in page["results"]:
            key = tuple(
                row[name] for name in ("region", "measure", "cause", "crisis", "period_type", "period")
            )
            assert key not in found
            found[key] = tuple(row[name] for name in ("low", "value", "high", "unlocated"))
        address, data = page["next"], None
    return found


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["name"])
def test_the_example_comes_out_of_ingest_build_and_api(
    example: dict[str, Any], tmp_path: Path, client: Client
) -> None:
    load(example, tmp_path)
    wanted = expected(example)
    kinds = sorted({key[4] for key in wanted})
    assert answer(client, as_of=example["as_of"], period_type=kinds) == wanted
