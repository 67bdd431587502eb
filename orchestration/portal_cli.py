"""``seehaus portal``: the local CKAN."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from orchestration.terminal import friendly, write_json

app = typer.Typer(
    help="The local CKAN: up, down, status, backup, restore; or in containers.",
    no_args_is_help=True,
)
console = Console()


@app.command()
def up() -> None:
    """Start the local CKAN with PostgreSQL, Valkey and Solr."""
    from catalog.portal import PortalError
    from orchestration import environment

    with friendly(), console.status("portal") as shown:
        portal = environment.local_portal()
        if missing := portal.missing():
            raise PortalError("; ".join(missing))
        info = portal.up(lambda message: shown.update(f"portal: {message}"))
    console.print(f"CKAN answers at {info.url}", highlight=False)


@app.command()
def down() -> None:
    """Stop what `portal up` started."""
    from orchestration import environment

    with friendly():
        environment.local_portal().down()


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Say what runs; exit code 3 when it does not."""
    from orchestration import environment

    with friendly():
        found = environment.local_portal().status()
    if as_json:
        write_json(found)
    else:
        for key, value in found.items():
            console.print(f"{key:<14} {value}", highlight=False)
    if not found.get("running"):
        raise typer.Exit(3)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where to; an existing file is replaced.")],
) -> None:
    """Copy databases, uploaded files and keys of the running portal into one file."""
    from orchestration import environment

    with friendly(), console.status("portal: backup"):
        made = environment.local_portal().backup(file)
    size = sum(size for size, _ in made.members.values())
    console.print(
        f"{file}: {len(made.members)} files, {size / 1e6:.1f} MB, CKAN {made.ckan}", highlight=False
    )


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What `portal backup` wrote.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Put a backup in place of everything that the local portal holds."""
    from orchestration import environment

    if not yes:
        typer.confirm("Everything that the portal holds is replaced. Go on?", abort=True)
    with friendly(), console.status("portal") as shown:
        found = environment.local_portal().restore(
            file, lambda message: shown.update(f"portal: {message}")
        )
    console.print(
        f"the portal is as it was on {found.created:%Y-%m-%d %H:%M} UTC"
        " → delete published/state of the data folder, then seehaus publish",
        highlight=False,
    )


@app.command()
def compose(
    folder: Annotated[Path, typer.Argument(help="Where to; empty, or written by this before.")],
) -> None:
    """Write the same portal as a folder for Docker Compose, with CKAN's official images."""
    from catalog.portal import compose as containers
    from orchestration import environment

    with friendly():
        containers.write(folder.expanduser(), environment.portal_settings())
    console.print(f"written {folder} → docker compose --project-directory {folder} up -d --build")
