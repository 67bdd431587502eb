"""The documents behind the papers: fetched, read page by page, through the privacy gate."""

import dagster as dg

from ingestion.document_load import load_documents
from ingestion.extract import Extractor
from ingestion.privacy import Gate
from orchestration import preview
from orchestration.assets import Result
from orchestration.assets.noting import Noting, check_of, noted
from orchestration.assets.raw import council
from orchestration.environment import cities, client, store
from orchestration.jobs import FULL
from orchestration.partitions import CITIES
from orchestration.progress import step
from orchestration.report import current
from orchestration.settings import settings


@dg.asset(
    key=["documents", "document"],
    deps=[council],
    partitions_def=CITIES,
    group_name="documents",
    kinds={"pdf", "ducklake"},
    check_specs=[check_of(["documents", "document"])],
    description="Text of every public document, page by page; personal data redacted.",
)
def document(context: dg.AssetExecutionContext) -> Result:
    """Fetch what is new, read it in a process with limits, redact, store."""
    city = cities()[context.partition_key]
    if city.council is None:
        return dg.MaterializeResult(
            metadata={"note": "the city file names no council system"},
            check_results=[Noting(city.id).check()],
        )
    into = store(city)
    with (
        step(f"{city.name}: documents", current().seconds) as tell,
        noted(city.id, "documents", context.run.run_id) as noting,
        client(city, city.council.system, into, context.run.run_id) as talks,
        Extractor(with_ocr=settings().ocr == "auto") as extractor,
    ):
        done = load_documents(
            city,
            talks,
            into,
            extractor,
            Gate.of(city),
            progress=lambda count, message: tell(count, None, message),
            everything=FULL in context.run.tags,
        )
        noting.read(done.problems)
    for problem in done.problems:
        current().problems.append(f"{city.id}: {problem}")
        context.log.warning(str(problem))
    current().changed("documents", done.changed)
    return dg.MaterializeResult(
        check_results=[noting.check()],
        metadata={
            "outcome": noting.ending,
            "dagster/row_count": done.documents,
            "read_now": done.read,
            "pages": done.pages,
            "changed": done.changed,
            "withdrawn": done.withdrawn,
            "held_back": done.held_back,
            "left_out": done.left_out,
            "by_status": preview.markdown(
                [
                    {"status": name, "files": count}
                    for name, count in sorted(done.by_status.items())
                ],
            ),
            "redacted": preview.markdown(
                [{"kind": name, "hits": count} for name, count in sorted(done.redacted.items())],
            ),
        },
    )
