"""What a publication says of itself."""

from catalog.ckan import PortalAwayError, RefusedError
from catalog.difference import Difference, FieldChange
from catalog.publish import PublishResult
from orchestration import differences
from orchestration.publication import Publication


def test_a_portal_that_is_away_is_one_problem():
    away = [
        PortalAwayError(name, "not tried", "the portal does not answer", "start it")
        for name in ("mainz-paper", "mainz-file", "trier-paper")
    ]
    odd = RefusedError("alle-city", "package_create", "refused: title", "see the schema")
    said = Publication(url="http://portal", ckan=PublishResult(problems=[*away, odd])).text()
    assert said.count("problem:") == 2
    assert "3 data sets: the portal does not answer → start it" in said
    assert "alle-city, package_create: refused: title → see the schema" in said


def test_a_dry_run_shows_rows_fields_and_files():
    done = PublishResult(
        created=["mainz-file"],
        updated=["mainz-paper", "trier-paper"],
        retired=["worms-paper"],
        differences={
            "mainz-paper": Difference(
                fields=(FieldChange("title", "Alt", "Neu"),),
                files=("CSV", "Parquet"),
                rows_added=1,
                rows_changed=12,
                rows_removed=3,
            ),
            "mainz-file": Difference(rows_added=7, is_reload=True),
            "trier-paper": Difference(rows_added=9, is_reload=True, resources=("CSV",)),
            "worms-paper": Difference(fields=(FieldChange("frequency", "DAILY", "NEVER"),)),
        },
    )
    assert differences.table(done) == [
        "data set              added  changed  removed  files",
        "mainz-file   new          7        0        0",
        "mainz-paper  differs      1       12        3  CSV, Parquet",
        '    title: "Alt" → "Neu"',
        "trier-paper  differs  all 9        0        0",
        "    resource fields: CSV",
        "worms-paper  retired      0        0        0",
        '    frequency: "DAILY" → "NEVER"',
    ]
    assert differences.for_programs(done)["retired"] == ["worms-paper"]
    told = differences.for_programs(done)["differences"]["mainz-paper"]
    assert told["fields"] == {"title": {"old": "Alt", "new": "Neu"}}
    assert told["rows"]["changed"] == 12
    assert differences.table(PublishResult()) == []
