"""Previews, the report, the display and the notice of a failed run."""

import datetime as dt
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from pydantic import SecretStr

from catalog.portal import Portal
from ingestion.formats import ocr
from orchestration import doctor, notices, preview, progress, status, summary
from orchestration.report import Report
from orchestration.settings import Settings, SettingsError, settings


def test_the_doctor_says_when_scans_cannot_be_read(monkeypatch):
    found = {each.what: each for each in doctor.examine()}["text recognition"]
    assert (found.level, found.detail) == ("ok", "Tesseract with German")
    monkeypatch.setattr(ocr, "data_folder", lambda: None)
    found = {each.what: each for each in doctor.examine()}["text recognition"]
    assert found.level == "note"
    assert found.detail == (
        "Tesseract with German is not installed (wheels: Linux, x86-64 and ARM64) → make setup; "
        "without it scans have no text"
    )


def test_the_doctor_names_the_gaps_of_the_legal_pages(monkeypatch, tmp_path):
    monkeypatch.setattr(Portal, "missing", lambda _: [])
    monkeypatch.setenv("SEEHAUS_OPERATOR", str(tmp_path / "operator.yaml"))
    (tmp_path / "operator.yaml").write_text("name: Stadt Musterstadt\n")
    settings.cache_clear()
    found = {each.what: each for each in doctor.examine()}
    assert found["legal pages"].level == "note"
    assert "street, town" in found["legal pages"].detail
    assert "SEEHAUS_OPERATOR" in found["legal pages"].detail
    (tmp_path / "operator.yaml").write_text("telefon: 1\n")
    found = {each.what: each for each in doctor.examine()}
    settings.cache_clear()
    assert found["portal"].level == "missing"
    assert "telefon" in found["portal"].detail


def test_a_wrong_variable_is_named_without_its_value(monkeypatch):
    monkeypatch.setenv("SEEHAUS_CKAN_URL", "user:geheim@portal")
    monkeypatch.setenv("SEEHAUS_LOG_LEVEL", "loud")
    settings.cache_clear()
    with pytest.raises(SettingsError) as caught:
        settings()
    settings.cache_clear()
    said = str(caught.value)
    assert said.count(" → ") == 2
    assert said.startswith("SEEHAUS_CKAN_URL: ")
    assert "\nSEEHAUS_LOG_LEVEL: " in said
    assert "geheim" not in said


def test_an_empty_variable_counts_as_unset(monkeypatch):
    monkeypatch.setenv("SEEHAUS_CKAN_URL", "")
    assert Settings().ckan_url is None


def test_a_preview_stays_one_line_per_row():
    rows = [{"a": "x\ny|z", "b": dt.datetime(2026, 9, 3, 15, tzinfo=dt.UTC), "c": None}]
    assert preview.table(rows).splitlines() == [
        "| a | b | c |",
        "| --- | --- | --- |",
        "| x y\\|z | 2026-09-03 15:00 |  |",
    ]


def test_a_long_cell_is_cut_and_no_rows_are_said():
    assert preview.cell("a" * 100) == "a" * 59 + "…"
    assert preview.table([]) == "*(no rows)*"


def test_a_report_comes_back_as_it_was(tmp_path):
    report = Report()
    report.changed("raw", 3)
    report.changed("raw", 2)
    report.seconds["harmonise"] = 1.5
    report.save(tmp_path / "deep" / "last.json")
    assert Report.load(tmp_path / "deep" / "last.json") == report
    assert report.changes == {"raw": 5}


def test_there_is_no_report_before_the_first_run(tmp_path):
    assert Report.load(tmp_path / "last.json") is None


class Recorder:
    def __init__(self):
        self.told = []

    def start(self, step):
        self.told.append(("start", step))

    def tell(self, step, done, total, message):
        self.told.append(("tell", step, done, total, message))

    def finish(self, step, seconds, *, ok):
        self.told.append(("finish", step, ok))


def fail_half_way(seconds):
    with progress.step("load", seconds) as tell:
        tell(1, 2, "half")
        raise KeyError


def test_a_step_is_timed_and_finished_even_when_it_fails():
    sink, seconds = Recorder(), {}
    progress.use(sink)
    try:
        with pytest.raises(KeyError):
            fail_half_way(seconds)
    finally:
        progress.use(progress.LogSink())
    assert sink.told == [
        ("start", "load"),
        ("tell", "load", 1, 2, "half"),
        ("finish", "load", False),
    ]
    assert seconds["load"] >= 0


def test_marked_words_are_shown_and_entities_resolved():
    text = summary.marked("Der <mark>Radweg</mark> &amp; mehr &lt;b&gt;")
    assert text.plain == "Der Radweg & mehr <b>"
    assert [text.plain[span.start : span.end] for span in text.spans] == ["Radweg"]


def test_a_password_never_reaches_the_status():
    shown = status._without_password("postgres://lake:secret@db.example.org/lake")
    assert shown == "postgres://db.example.org/lake"
    assert status._without_password("sqlite:///x/catalog.sqlite") == "sqlite:///x/catalog.sqlite"


@pytest.fixture
def webhook():
    received = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            received.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(204)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", received
    server.shutdown()
    server.server_close()


def test_a_failed_run_reaches_the_webhook(monkeypatch, webhook):
    url, received = webhook
    monkeypatch.setattr(notices, "settings", lambda: Settings(webhook_url=SecretStr(url)))
    assert notices.notice("city", "run-1", "mainz", "HTTP 503")
    assert "mainz" in received[0]
    assert "HTTP 503" in received[0]


def test_a_webhook_that_is_away_does_not_hide_the_failure(monkeypatch):
    away = Settings(webhook_url=SecretStr("http://127.0.0.1:9/hook"))
    monkeypatch.setattr(notices, "settings", lambda: away)
    assert not notices.notice("city", "run-1", None, "HTTP 503")


def test_without_a_webhook_the_log_is_enough(monkeypatch):
    monkeypatch.setattr(notices, "settings", lambda: Settings(webhook_url=None))
    assert not notices.notice("city", "run-1", None, "HTTP 503")
