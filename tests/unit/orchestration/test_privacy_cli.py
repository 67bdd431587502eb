"""``seehaus privacy``: what it prints, what it keeps, and how it names a mistake."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from ingestion.bookkeeping import read_tombstones
from ingestion.privacy_book import read_known
from orchestration.cli import app
from orchestration.lake import lake
from orchestration.settings import settings
from tests.integration.ingestion.council import pdf

# The commands log to a copy of standard error, which lasts as long as their process.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
WHY = ("--reason", "asked by letter")
BYTES = pdf("IdNr. 86 095 742 719 des Zahlers")


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A lake of Mainz: one held document, one paper with a file, one person's name in a text."""
    monkeypatch.setenv("SEEHAUS_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    settings.cache_clear()
    from orchestration.environment import blobs

    sha256 = blobs().put(BYTES)
    valid = "NULL::TIMESTAMPTZ AS _dlt_valid_to"
    with lake().write() as con:
        con.execute("CREATE SCHEMA raw_mainz")
        con.execute(
            "CREATE TABLE raw_mainz.document AS SELECT 'f1' AS id, 'f1' AS file_id, "
            f"'{sha256}' AS sha256, 'quarantined' AS privacy_status, "
            f"""'{{"tax_number": 1}}' AS redactions, {valid}"""
        )
        con.execute(
            "CREATE TABLE raw_mainz.sessionnet_paper AS SELECT '7' AS id, 'Ehrung' AS name, "
            f"'0815/2026' AS reference, 'h' AS content_sha256, {valid} "
            "UNION ALL SELECT '8', 'Bilder von Erika Muster', '1/2026', 'i', NULL"
        )
        con.execute(
            "CREATE TABLE raw_mainz.sessionnet_file AS SELECT 'f1' AS id, '7' AS paper_id, "
            f"NULL::VARCHAR AS meeting_id, NULL::VARCHAR AS agenda_item_id, {valid}"
        )
    yield tmp_path / "data"
    settings.cache_clear()


def seehaus(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["privacy", *arguments])


def rows(sql: str) -> list[dict[str, Any]]:
    return lake().arrow(sql).to_pylist()


def test_the_review_list(data: Path) -> None:
    done = seehaus("list")
    assert done.exit_code == 0, done.output
    (line, total) = done.stdout.splitlines()
    assert line.split() == ["mainz:f1", "waiting", "tax_number", "1"]
    assert total == "1 documents are held"
    (one,) = json.loads(seehaus("list", "--json").stdout)
    assert one["file_id"] == "mainz:f1"
    assert one["counts"] == {"tax_number": 1}
    assert json.loads(seehaus("list", "--city", "trier", "--json").stdout) == []
    del data


def test_a_finding_is_shown_without_its_value(data: Path) -> None:
    done = seehaus("show", "mainz:f1")
    assert done.stdout.strip() == (
        "page 1: tax_number (quarantine): IdNr. [Steuernummer entfernt] des Zahlers"
    )
    (one,) = json.loads(seehaus("show", "mainz:f1", "--json").stdout)
    assert one["context"] == "IdNr. [Steuernummer entfernt] des Zahlers"
    assert "86 095" not in done.output + str(one)
    del data


@pytest.mark.parametrize("decision", ["release", "redact", "reject"])
def test_a_decision_is_kept_with_who_and_why(data: Path, decision: str) -> None:
    done = seehaus(decision, "mainz:f1", "--reason", "looked at it", "--by", "Amt 10")
    assert done.exit_code == 0, done.output
    assert done.stdout.strip() == f"mainz:f1: {decision}; the city's next run applies it"
    (kept,) = rows("SELECT decision, decided_by, reason FROM raw_mainz.privacy_decision")
    assert kept == {"decision": decision, "decided_by": "Amt 10", "reason": "looked at it"}
    with lake().read() as con:
        known = read_known(con, "raw_mainz", "sessionnet").decisions
    assert list(known.values()) == [decision]
    assert decision in seehaus("list").stdout
    del data


def test_a_deletion_request(data: Path) -> None:
    done = seehaus("delete", "paper", "mainz:7", *WHY, "--by", "Amt 10")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("3 objects are hidden by the next run")
    with lake().read() as con:
        assert read_tombstones(con, "raw_mainz") == dict.fromkeys(
            [("paper", "7"), ("file", "f1"), ("document", "f1")], "deletion_request"
        )
    (one,) = json.loads(seehaus("requests", "--json").stdout)
    assert (one["city_id"], one["object_type"], one["asked_by"]) == ("mainz", "paper", "Amt 10")
    listed = seehaus("requests", "--city", "mainz").stdout
    assert "paper" in listed
    assert "asked by letter" in listed
    assert listed.splitlines()[-1] == "1 deletion requests"
    # Asked twice it is two requests of one object, and no second tombstone.
    assert seehaus("delete", "paper", "mainz:7", *WHY).exit_code == 0
    assert len(rows("SELECT * FROM raw_mainz.tombstone")) == 3
    del data


def test_a_person_is_taken_out_and_named_nowhere(
    data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    done = seehaus("delete-person", "erika  MUSTER", "--city", "mainz", *WHY)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("taken out 1 times")
    assert rows("SELECT name FROM raw_mainz.sessionnet_paper WHERE id = '8'") == [
        {"name": "Bilder von [Name gelöscht]"}
    ]
    said = done.output + caplog.text + seehaus("requests").stdout
    assert "muster" not in said.lower()
    for path in data.rglob("*.log"):
        assert b"muster" not in path.read_bytes().lower()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "mainz:f9"), "mainz:f9: no document of that id is held → seehaus privacy list"),
        (("show", "f1"), "'f1': lacks its city → write e.g. mainz:4711"),
        (("release", "mainz:f9", *WHY), "mainz:f9: no document of that id is held"),
        (("list", "--city", "atlantis"), "no such city: atlantis → one of koblenz"),
        (("requests", "--city", "atlantis"), "no such city: atlantis → one of koblenz"),
        (("delete", "vote", "mainz:7", *WHY), "'vote': not to be deleted → one of agenda_item"),
        (("delete", "paper", "mainz:99", *WHY), "mainz:99: no such paper in the lake → take"),
        (("delete-person", "Muster", "--city", "mainz", *WHY), "anybody's name → give given and"),
        (
            ("delete-person", "Erika Muster", "--city", "mainz", "--reason", "Frau MUSTER, Erika"),
            "--reason: holds the name itself → say why without it",
        ),
    ],
)
def test_a_mistake_is_said_in_one_line(data: Path, arguments: tuple[str, ...], said: str) -> None:
    done = seehaus(*arguments)
    assert done.exit_code == 1
    assert said in done.stderr
    assert done.stderr.startswith("seehaus: ")
    assert len(done.stderr.splitlines()) == 1
    assert "Muster" not in done.stderr
    assert done.stdout == ""
    assert "privacy_request" not in {row["name"] for row in rows("SHOW TABLES")}
    del data


def test_bytes_that_are_gone_are_said(data: Path) -> None:
    for path in (data / "blobs").rglob("*"):
        if path.is_file():
            path.unlink()
    done = seehaus("show", "mainz:f1")
    assert done.exit_code == 1
    assert "no such blob → fetch its URL again" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_purge_without_anything_to_do(data: Path) -> None:
    done = seehaus("purge")
    assert done.exit_code == 0, done.output
    assert done.stdout.strip() == "nothing to purge"
    assert not (data / "runs" / "purges.jsonl").exists()
