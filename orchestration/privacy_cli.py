"""``seehaus privacy``: review of held documents, deletion requests, purge."""

import getpass
from dataclasses import asdict
from typing import Annotated, Literal

import typer
from rich.console import Console

from orchestration.terminal import friendly, write_json

app = typer.Typer(
    help="Personal data: review, deletion requests, purge.",
    no_args_is_help=True,
)
console = Console()

File = Annotated[str, typer.Argument(help="The file, <city>:<server id>.")]
Reason = Annotated[str, typer.Option(help="Why, without personal data.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
By = Annotated[str, typer.Option(help="Who decides; the user of this machine by default.")]


def _who(by: str) -> str:
    return by or getpass.getuser()


@app.command("list")
def list_held(
    city: Annotated[str | None, typer.Option(help="Only this city.")] = None,
    as_json: AsJson = False,
) -> None:
    """Documents that wait for a reviewer: what kinds were found and how often."""
    from orchestration import privacy

    with friendly():
        held = list(privacy.held(city))
    if as_json:
        write_json([asdict(one) for one in held])
        return
    for one in held:
        what = ", ".join(f"{kind} {count}" for kind, count in one.counts.items())
        console.print(
            f"{one.file_id:<28} {one.decision or 'waiting':<9} {what}",
            highlight=False,
            markup=False,
        )
    console.print(f"{len(held)} documents are held")


@app.command()
def show(file: File, as_json: AsJson = False) -> None:
    """The findings in one held document: page, kind, masked context; never the value."""
    from orchestration import privacy

    with friendly():
        found = privacy.findings(file)
    if as_json:
        write_json([asdict(one) for one in found])
        return
    for one in found:
        console.print(
            f"page {one.page}: {one.kind} ({one.treatment}): {one.context}",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )


def _decide(file: str, decision: Literal["release", "reject", "redact"], why: str, by: str) -> None:
    from orchestration import privacy

    with friendly():
        privacy.decide(file, decision, _who(by), why)
    console.print(f"{file}: {decision}; the city's next run applies it", highlight=False)


@app.command()
def release(file: File, reason: Reason, by: By = "") -> None:
    """Show the document as it is; kinds that the city redacts stay redacted."""
    _decide(file, "release", reason, by)


@app.command()
def redact(file: File, reason: Reason, by: By = "") -> None:
    """Show the document with everything that was found taken out."""
    _decide(file, "redact", reason, by)


@app.command()
def reject(file: File, reason: Reason, by: By = "") -> None:
    """Keep the document's text away for good, as long as its bytes are the same."""
    _decide(file, "reject", reason, by)


@app.command()
def delete(
    object_type: Annotated[str, typer.Argument(help="paper, file, person, meeting …")],
    object_id: Annotated[str, typer.Argument(help="<city>:<server id>.")],
    reason: Reason,
    by: By = "",
) -> None:
    """Enter a deletion request: no later crawl brings the object back."""
    from orchestration import privacy

    with friendly():
        keys = privacy.request(object_type, object_id, _who(by), reason)
    console.print(
        f"{len(keys)} objects are hidden by the next run and purged behind it", highlight=False
    )


@app.command("requests")
def list_requests(
    city: Annotated[str | None, typer.Option(help="Only this city.")] = None,
    as_json: AsJson = False,
) -> None:
    """Deletion requests: when, what kind of object, by whom and why; the object by its hash."""
    from orchestration import privacy

    with friendly():
        found = list(privacy.requests(city))
    if as_json:
        write_json([{"city_id": city_id, **asdict(one)} for city_id, one in found])
        return
    for city_id, one in found:
        console.print(
            f"{one.at:%Y-%m-%d} {city_id:<14} {one.object_type:<12} {one.key_sha256[:12]} "
            f"{one.asked_by}: {one.reason}",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
    console.print(f"{len(found)} deletion requests")


@app.command("delete-person")
def delete_person(
    name: Annotated[str, typer.Argument(help="Given and family name.")],
    city: Annotated[str, typer.Option(help="The city.")],
    reason: Reason,
    by: By = "",
) -> None:
    """Take a name out of every text of a city, now and in every later run."""
    from orchestration import privacy

    with friendly():
        changed = privacy.forget_name(city, name, _who(by), reason)
    console.print(f"taken out {changed} times; `seehaus run` brings it to the portal and the index")


@app.command()
def purge() -> None:
    """Take out what withdrawals and deletion requests left: old versions, snapshots, bytes."""
    from orchestration import purge as purging

    with friendly():
        done = purging.purge()
        if done.is_rewritten:
            purging.note(done)
    console.print(done.text())
