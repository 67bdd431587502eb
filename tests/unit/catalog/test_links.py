"""Which addresses of the published data sets are looked at."""

import datetime as dt

import pytest

from catalog.dataset import DataSet, datasets
from catalog.links import Link, links
from tests.unit.catalog import world

DAY = dt.date(2026, 11, 27)
ROWS = 60


@pytest.fixture(scope="module")
def made() -> list[DataSet]:
    urls = [f"https://rat.example/vorlage/{number}" for number in range(ROWS)]
    sets = datasets(
        world.tables(ROWS), world.dictionary(), world.cities(), portal_url="https://daten.example"
    )
    return list(world.with_urls(sets, urls))


def drawn(found: list[Link]) -> set[str]:
    return {one.url for one in found if one.place == "rows, source_url"}


def test_what_the_catalogue_says_is_looked_at_every_time_and_once(made: list[DataSet]) -> None:
    found = links(made, DAY, 1)

    places = {one.place for one in found if not one.place.startswith("rows")}
    assert places == {"contact", "licence"}
    assert len({one.url for one in found}) == len(found)
    assert found == sorted(found)


def test_a_few_rows_are_drawn_the_same_ones_all_day_and_others_tomorrow(
    made: list[DataSet],
) -> None:
    today = drawn(links(made, DAY, 5))

    # Of Mainz and of Trier the same five; the data set of all cities draws none of its own.
    assert len(today) == 5
    assert drawn(links(made, DAY, 5)) == today
    assert drawn(links(made, DAY + dt.timedelta(days=1), 5)) != today


def test_every_row_has_its_turn_when_as_many_are_drawn(made: list[DataSet]) -> None:
    assert len(drawn(links(made, DAY, 10_000))) == ROWS
