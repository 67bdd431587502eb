"""What a publication says of itself."""

from catalog.ckan import PortalAwayError, RefusedError
from catalog.publish import PublishResult
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
