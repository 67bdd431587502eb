"""An interrupted or outdated installation is seen."""

from pathlib import Path

import pytest

from catalog.portal import PortalError, install


def test_a_venv_without_its_marker_is_not_complete(tmp_path: Path) -> None:
    venv = install.Venv(tmp_path)
    (tmp_path / "bin").mkdir()
    venv.python.touch()

    assert not venv.is_complete()


def test_a_venv_of_another_lock_is_not_complete(tmp_path: Path) -> None:
    (tmp_path / "seehaus-lock").write_text("another 3.11")
    (tmp_path / "seehaus-extension").write_text(install.extension_digest())

    assert not install.Venv(tmp_path).is_complete()


def test_digest_sees_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    first = install.digest(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    renamed = install.digest(tmp_path)
    (tmp_path / "b").write_text("2")

    assert len({first, renamed, install.digest(tmp_path)}) == 3


def test_digest_does_not_see_caches(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    first = install.digest(tmp_path)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_text("x")

    assert install.digest(tmp_path) == first


def test_a_jar_that_is_not_the_locked_one_is_refused(tmp_path: Path) -> None:
    jars = tmp_path / "lib"
    jars.mkdir()
    (jars / "solr.jar").write_bytes(b"as locked")
    lock = tmp_path / "jars.sha256"
    lock.write_text(install.sums(jars))
    install.verify(jars, lock)

    (jars / "solr.jar").write_bytes(b"something else")

    with pytest.raises(PortalError, match=r"solr\.jar"):
        install.verify(jars, lock)


def test_a_jar_too_many_is_refused(tmp_path: Path) -> None:
    jars = tmp_path / "lib"
    jars.mkdir()
    lock = tmp_path / "jars.sha256"
    lock.write_text("")
    (jars / "extra.jar").write_bytes(b"x")

    with pytest.raises(PortalError, match=r"extra\.jar"):
        install.verify(jars, lock)
