"""What is missing is said in one line each, with the mend."""

from pathlib import Path

import pytest

from catalog.portal import Portal, PortalError, install


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine with neither Java nor Maven."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    return tmp_path


def program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_without_java_and_maven(bare: Path) -> None:
    said = Portal(bare / "portal").missing()

    assert len(said) == 2
    assert all("→ apt install maven" in line for line in said)


def test_up_refuses_before_it_writes_anything(bare: Path) -> None:
    with pytest.raises(PortalError, match="apt install maven"):
        Portal(bare / "portal").up()

    assert not (bare / "portal").exists()


def test_java_that_is_too_old(bare: Path) -> None:
    program(bare / "java", "echo 'openjdk version \"11.0.2\" 2019-01-15' >&2")
    program(bare / "mvn", "exit 0")

    (said,) = Portal(bare / "portal").missing()

    assert "Java 11" in said
    assert "openjdk-17-jre-headless" in said


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('java version "1.8.0_202"', 8),
        ('openjdk version "21" 2023-09-19', 21),
        ("gibberish", None),
    ],
)
def test_java_version(bare: Path, said: str, version: int | None) -> None:
    program(bare / "java", f"cat <<'END' >&2\n{said}\nEND")
    (bare / "cat").symlink_to("/bin/cat")

    assert install.java_version(str(bare / "java")) == version


def test_java_home_goes_before_the_path(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = bare / "jdk"
    (home / "bin").mkdir(parents=True)
    program(home / "bin" / "java", "exit 0")
    monkeypatch.setenv("JAVA_HOME", str(home))

    assert install.java() == str(home / "bin" / "java")


def test_maven_is_not_needed_once_solr_is_there(bare: Path) -> None:
    jars = install.Jars(bare / "solr")
    jars.folder.mkdir(parents=True)

    assert not any("Maven" in line for line in install.missing(jars))
