"""What the docs name exists, and every command is documented."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

ROOT = Path(__file__).parents[3]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_paths_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), target
    named = re.findall(
        r"`((?:orchestration|ingestion|quality|indexes|catalog|transforms|tests|docs)/[\w./-]+)`",
        text,
    )
    for path in named:
        assert (ROOT / path).exists(), path


def commands():
    from typer.main import get_command

    from orchestration.cli import app

    def walk(command, path):
        if hasattr(command, "commands"):
            for name, child in command.commands.items():
                yield from walk(child, [*path, name])
        else:
            yield path, command

    return list(walk(get_command(app), []))


@pytest.mark.parametrize("path", [" ".join(path) for path, _ in commands()])
def test_every_command_has_help_and_is_documented(path):
    from orchestration.cli import app

    shown = CliRunner().invoke(app, [*path.split(), "--help"])
    assert shown.exit_code == 0
    assert len({" ".join(p): c for p, c in commands()}[path].help.strip()) > 20
    reference = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert f"## `seehaus {path}`" in reference


def test_nothing_tracked_names_a_machine_or_an_index():
    import subprocess

    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files"], capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    home = "/" + "root/"
    index = "pypi" + ".org"
    for name in listed.stdout.split():
        path = ROOT / name
        if path.suffix in {".png", ".lock"} or not path.exists():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        assert home not in text, name
        assert index not in text, name
