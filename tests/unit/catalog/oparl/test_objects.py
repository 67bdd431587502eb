"""Rows to OParl objects."""

import datetime as dt

import pytest

from catalog.oparl.addresses import Addresses
from catalog.oparl.objects import EMBEDDED, Objects, Related
from catalog.oparl.tables import KINDS, columns

BASE = "https://daten.example/oparl/v1.1"
MADE = Objects(Addresses(BASE))
CREATED = dt.datetime(2026, 11, 1, 6, tzinfo=dt.UTC)
MODIFIED = dt.datetime(2026, 11, 2, 6, tzinfo=dt.UTC)


def served(kind, id_="mainz:1", **fields):
    empty = dict.fromkeys(columns(KINDS[kind]))
    stamps = {"created_at": CREATED, "modified_at": MODIFIED, "is_deleted": False}
    return {"id": id_, "city_id": "mainz", **empty, **stamps, **fields}


@pytest.mark.parametrize("kind", KINDS)
def test_a_deleted_object_is_nothing_but_gone(kind):
    row = served(kind, is_deleted=True) | dict.fromkeys(columns(KINDS[kind]), "CANARY")
    told = MADE.make(kind, row, Related())
    assert set(told) == {"id", "type", "created", "modified", "deleted"}
    assert told["type"] == f"https://schema.oparl.org/1.1/{KINDS[kind].type}"
    assert (told["created"], told["modified"]) == (
        "2026-11-01T06:00:00+00:00",
        "2026-11-02T06:00:00+00:00",
    )


@pytest.mark.parametrize("kind", KINDS)
def test_empty_fields_are_left_out(kind):
    told = MADE.make(kind, served(kind), Related())
    empty = {name for name, value in told.items() if value in (None, "", [], {})}
    # The schema wants the terms of every body.
    assert empty == ({"legislativeTerm"} if kind == "body" else set())


def test_of_a_closed_item_nothing_hangs():
    files = [served("file", "mainz:f", role="resolution_file", access_url="https://x.example/")]
    related = Related({("file", "agenda_item"): {"mainz:1": files}})
    shown = MADE.make("agenda_item", served("agenda_item", is_public=True), related)
    closed = MADE.make("agenda_item", served("agenda_item", is_public=False), related)
    assert shown["resolutionFile"]["accessUrl"] == "https://x.example/"
    assert closed["public"] is False
    assert "resolutionFile" not in closed


def test_one_file_takes_the_place_of_its_role_and_the_others_are_auxiliary():
    files = [
        served("file", f"mainz:{id_}", role=role)
        for id_, role in (("a", None), ("b", "main_file"), ("c", "main_file"), ("d", "invitation"))
    ]
    told = MADE.make("paper", served("paper"), Related({("file", "paper"): {"mainz:1": files}}))
    assert told["mainFile"]["id"] == f"{BASE}/file/mainz/b"
    others = [(file["id"][-1], file.get("seehaus:role")) for file in told["auxiliaryFile"]]
    assert others == [("a", None), ("c", "main_file"), ("d", "invitation")]


def test_what_hangs_on_an_item_does_not_hang_on_its_meeting_as_well():
    files = [
        served("file", "mainz:a", role="invitation"),
        served("file", "mainz:b", role=None, agenda_item_id="mainz:100"),
    ]
    related = Related({("file", "meeting"): {"mainz:1": files}})
    told = MADE.make("meeting", served("meeting"), related)
    assert told["invitation"]["id"] == f"{BASE}/file/mainz/a"
    assert "auxiliaryFile" not in told


@pytest.mark.parametrize("kind", EMBEDDED)
def test_without_internal_objects_none_is_embedded(kind):
    children = {
        (child, kind): {"mainz:1": [served(child, "mainz:9", role="main_file")]}
        for child in ("membership", "agenda_item", "file", "consultation")
    }
    place = served("location", "mainz:l")
    related = Related(children, locations={"mainz:l": place})
    row = served(kind, is_public=True)
    if kind == "meeting":
        row["location_id"] = "mainz:l"
    whole = MADE.make(kind, row, related)
    brief = Objects(Addresses(BASE), omit_internal=True).make(kind, row, related)

    def embeds(told):
        values = [
            each
            for value in told.values()
            for each in (value if isinstance(value, list) else [value])
        ]
        return any(isinstance(value, dict) and "id" in value for value in values)

    assert embeds(whole)
    assert not embeds(brief)
    assert {"id", "type", "created", "modified"} <= set(brief) < set(whole)


def test_moments_are_the_city_s_clock():
    start = dt.datetime(2026, 7, 1, 15, tzinfo=dt.UTC)
    told = MADE.make("meeting", served("meeting", start_at=start), Related())
    assert told["start"] == "2026-07-01T17:00:00+02:00"


def test_a_link_is_given_only_where_it_is_one():
    for url, given in (("https://x.example/", True), ("javascript:alert(1)", False), (None, False)):
        told = MADE.make(
            "organization", served("organization", source_url=url, website_url=url), Related()
        )
        assert ("web" in told, "website" in told) == (given, given)


def test_the_system_says_where_its_data_are_invented():
    real = MADE.system([served("body", is_sample=False)], website="https://x.example/")
    sample = MADE.system([served("body", is_sample=True)], website="https://x.example/")
    assert "erfunden" in sample["name"]
    assert "erfunden" not in real["name"]
    assert MADE.system([], website="https://x.example/")["oparlVersion"].endswith("/1.1/")
