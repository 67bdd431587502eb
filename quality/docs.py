"""Great Expectations' Data Docs over the results: a static site in one folder."""

import datetime as dt
import json
import shutil
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from quality.engine import library
from quality.result import CheckResult

SITE: Final = "seehaus"

# As they come, the pages load styles and scripts from six foreign hosts, and a logo that counts
# its readers. Ours load nothing from anywhere; a few rules of style stand in.
_HEAD: Final = """
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<style>
  body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem;
    padding: 0 1rem }
  table { border-collapse: collapse } td, th { border: 1px solid #767676; padding: .3rem .6rem;
    text-align: left; vertical-align: top }
  .fa-check-circle::before { content: "✓ kept" } .fa-times::before { content: "✗ not kept" }
  .fa-exclamation-triangle::before { content: "! could not be checked" }
  img, footer, .navbar-brand, [role=dialog], .btn, .btn-group { display: none !important }
</style>
"""


def build_docs(results: Iterable[CheckResult], folder: Path) -> Path:
    """Build the site anew.

    Args:
        results: Of any number of tables; each table becomes one suite.
        folder: Where the site goes; made if missing.

    Returns:
        The site's first page.
    """
    by_table: dict[str, list[CheckResult]] = defaultdict(list)
    for result in results:
        by_table[result.table].append(result)
    folder = folder.resolve()
    for old in ("validations", "expectations"):
        shutil.rmtree(folder / old, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    with library() as gx:
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        context.add_data_docs_site(
            site_name=SITE,
            site_config={
                "class_name": "SiteBuilder",
                "show_how_to_buttons": False,
                "store_backend": {
                    "class_name": "TupleFilesystemStoreBackend",
                    "base_directory": str(folder),
                },
                "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
            },
        )
        # An ephemeral context comes with a site of its own in a temporary folder.
        for other in set(context.get_site_names()) - {SITE}:
            context.delete_data_docs_site(other)
        run_at = dt.datetime.now(dt.UTC)
        for table, found in sorted(by_table.items()):
            _store(gx, context, table, found, run_at)
        context.build_data_docs(site_names=[SITE])
    for page in folder.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        page.write_text(text.replace("<head>", f"<head>{_HEAD}", 1), encoding="utf-8")
    index = folder / "index.html"
    index.write_text(_index(folder, by_table, run_at), encoding="utf-8")
    return index


def _index(folder: Path, by_table: Mapping[str, Sequence[CheckResult]], run_at: dt.datetime) -> str:
    """The first page; Great Expectations' own is empty without its foreign scripts."""
    rows = []
    for table, found in sorted(by_table.items()):
        page = next((folder / "validations" / table).rglob("*.html"))
        link = quote(page.relative_to(folder).as_posix())
        failed = ", ".join(each.rule for each in found if not each.success) or "none"
        passed = sum(each.success for each in found)
        rows.append(
            f'<tr><td><a href="{link}">{escape(table)}</a></td>'
            f"<td>{passed} of {len(found)}</td><td>{escape(failed)}</td></tr>"
        )
    return (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">{_HEAD}'
        "<title>Data quality</title></head>\n<body>\n<h1>Data quality</h1>\n"
        f"<p>Checked {run_at:%Y-%m-%d %H:%M} UTC.</p>\n<table>\n"
        "<tr><th>Table</th><th>Rules kept</th><th>Rules not kept</th></tr>\n"
        + "\n".join(rows)
        + "\n</table>\n</body>\n</html>\n"
    )


def _store(
    gx: Any, context: Any, table: str, found: list[CheckResult], run_at: dt.datetime
) -> None:
    """Put one table's suite and its validation into the context's stores."""
    from great_expectations.core import (  # noqa: PLC0415 - see library()
        ExpectationSuiteValidationResult,
        ExpectationValidationResult,
    )
    from great_expectations.core.id_dict import IDDict  # noqa: PLC0415
    from great_expectations.core.run_identifier import RunIdentifier  # noqa: PLC0415
    from great_expectations.data_context.types.resource_identifiers import (  # noqa: PLC0415
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )
    from great_expectations.expectations.expectation_configuration import (  # noqa: PLC0415
        ExpectationConfiguration,
    )

    suite = context.suites.add(gx.ExpectationSuite(name=table))
    checked = []
    for each in found:
        evidence = json.loads(json.dumps(each.evidence))
        config = evidence["expectation_config"]
        # The frame's column is our device; readers know the rule by its name.
        config["kwargs"] = {**config["kwargs"], "column": each.rule}
        config["kwargs"].pop("batch_id", None)
        evidence["expectation_config"] = ExpectationConfiguration(
            type=config["type"],
            kwargs=config["kwargs"],
            meta=config["meta"],
            notes=config.get("notes"),
        )
        suite.add_expectation_configuration(evidence["expectation_config"])
        evidence.pop("id", None)
        checked.append(ExpectationValidationResult(**evidence))
    passed = sum(each.success for each in found)
    context.validation_results_store.set(
        key=ValidationResultIdentifier(
            expectation_suite_identifier=ExpectationSuiteIdentifier(table),
            run_id=RunIdentifier(run_name=table, run_time=run_at),
            batch_identifier=IDDict({"table": table}).to_id(),
        ),
        value=ExpectationSuiteValidationResult(
            success=passed == len(found),
            results=checked,
            suite_name=table,
            statistics={
                "evaluated_expectations": len(found),
                "successful_expectations": passed,
                "unsuccessful_expectations": len(found) - passed,
                "success_percent": 100 * passed / len(found),
            },
            meta={
                "run_id": {"run_name": table, "run_time": run_at.isoformat()},
                "active_batch_definition": {"data_asset_name": table},
                "batch_spec": {},
                "great_expectations_version": gx.__version__,
            },
        ),
    )
    context.suites.add_or_update(suite)
