"""The demo: sample world and portal up, one whole run, one question, the summary."""

import threading
from typing import Any, Final

from rich.console import Console

from orchestration import environment, pipeline, report, status, summary, world
from orchestration.progress import step
from orchestration.report import Report
from orchestration.settings import settings
from orchestration.terminal import display

QUESTION: Final = "Wo soll der Radverkehr sicherer werden und was kostet das?"


class PortalStart:
    """Brings the local CKAN up beside the first steps of a run: it takes a minute from nothing.

    Where the settings name another CKAN, there is nothing to bring up.
    """

    def __init__(self, seconds: dict[str, float]) -> None:
        """Begin at once; ``seconds`` takes the time."""
        self.portal = environment.local_portal()
        is_ours = settings().ckan_url is None
        self._ran_before = is_ours and bool(self.portal.status().get("running"))
        self.missing: list[str] = self.portal.missing() if is_ours else []
        self.error: Exception | None = None
        self._seconds = seconds
        self._thread: threading.Thread | None = None
        if is_ours and not self.missing:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()

    def _run(self) -> None:
        try:
            with step("portal (CKAN)", self._seconds) as tell:
                self.portal.up(lambda message: tell(0, None, message))
        except Exception as error:  # noqa: BLE001 - told to the main thread, which decides
            self.error = error

    def wait(self) -> str | None:
        """Wait for it.

        Returns:
            None when the portal runs, else the reason why the run goes on without it.
        """
        if self.missing:
            return "no portal: " + "; ".join(self.missing)
        if self._thread is not None:
            self._thread.join()
        return None if self.error is None else f"no portal: {self.error}"

    def stop(self) -> None:
        """Stop what this brought up, and only that."""
        if self._thread is None:
            return
        self._thread.join()
        if not self._ran_before:
            self.portal.down()


_waiting: PortalStart | None = None


def await_portal() -> str | None:
    """For the publishing step: wait until the portal that this run started is there."""
    return _waiting.wait() if _waiting else None


def ask(question: str, limit: int = 3) -> dict[str, Any]:
    """Ask the search one question and keep the answer for the summary."""
    from orchestration.searching import search  # noqa: PLC0415 - loads the model

    return {"question": question, **search(question, k=limit)}


def demo(console: Console, *, papers: int, seed: int, faults: str, keep: bool) -> Report:
    """Do the main job once, end to end, against the sample world.

    Args:
        console: Where people look.
        papers: Papers per city in the sample world.
        seed: Of the sample world.
        faults: Names of faults, separated by commas.
        keep: Leave sample world and portal running (``make up``).

    Returns:
        The account of the run.
    """
    global _waiting  # noqa: PLW0603 - the publishing step of this process asks for it
    pipeline.claim("sample")
    account = report.begin()
    child = None
    try:
        with display():
            _waiting = PortalStart(account.seconds)
            with step("sample world", account.seconds):
                child = world.up(seed=seed, papers=papers, faults=faults)
            pipeline.run()
            with step("ask a question", account.seconds):
                account.details["answer"] = ask(QUESTION)
            account.save(status.report_path())
    finally:
        if not keep:
            if _waiting is not None:
                _waiting.stop()
            if child is not None:
                child.stop()
        _waiting = None
    summary.show(console, status.figures())
    return account
