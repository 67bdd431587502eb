"""What a source's asset finds: told to Dagster as a check, to ``seehaus status`` as a file."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import dagster as dg

from ingestion.http import Problem
from ingestion.store import DropError
from orchestration import outcome

CHECK: Final = "read_whole"
_WHOLE: Final = "everything that was asked for was read"
_LOG: Final = "look at the run in Dagster's UI, or at runs/dagster.log in the data folder"


class Noting:
    """Takes what a run of a source finds; what it was told is written when the run ends."""

    def __init__(self, city_id: str) -> None:
        """All is well with this city until somebody says otherwise."""
        self._city_id = city_id
        self.ending: outcome.type_of_ending = "ok"
        self.problems: Sequence[Problem] = ()

    def read(self, problems: Sequence[Problem], stopped: str | None = None) -> None:
        """Take what a run reported that came to its end.

        Args:
            problems: What was reported.
            stopped: Why it ended before it had asked for everything; None: it asked for all.
        """
        self.problems = _stopping_first(problems, stopped)
        self.ending = "incomplete" if self.problems else "ok"

    def nothing(self, problems: Sequence[Problem], stopped: str | None = None) -> dg.Failure:
        """Take that nothing could be read: the run has failed.

        Args:
            problems: What was reported, at least one.
            stopped: As in ``read``.

        Returns:
            What to raise. Not to be tried again at once: the client has done that already.
        """
        self.ending, self.problems = "failed", _stopping_first(problems, stopped)
        return dg.Failure(str(self.problems[0]), allow_retries=False)

    def check(self) -> dg.AssetCheckResult:
        """The same for Dagster: a check that is yellow where not everything was read."""
        first = self.problems[0] if self.problems else None
        more = f" (and {len(self.problems) - 1} more)" if len(self.problems) > 1 else ""
        return dg.AssetCheckResult(
            check_name=CHECK,
            passed=self.ending == "ok",
            severity=dg.AssetCheckSeverity.WARN,
            # Checks know no partitions: the newest one has to say whose it is.
            description=f"{self._city_id}: {f'{first}{more}' if first else _WHOLE}",
            metadata={
                "city": self._city_id,
                "outcome": self.ending,
                "problems": len(self.problems),
            },
        )


def check_of(key: Sequence[str]) -> dg.AssetCheckSpec:
    """The check that says whether the newest run of an asset read everything, and of which city."""
    return dg.AssetCheckSpec(
        CHECK,
        asset=dg.AssetKey(list(key)),
        description="Everything that was asked for was read; if not: where, what, and the mend.",
    )


@contextmanager
def noted(city_id: str, source: str, run_id: str) -> Iterator[Noting]:
    """Keep how a run of a source ends, also where it breaks.

    Args:
        city_id: The city.
        source: One of ``outcome.SOURCES``.
        run_id: Dagster's id of the run.

    Yields:
        What takes the run's findings.

    Raises:
        dg.Failure: In place of ``DropError``: the same answers asked for again change nothing.
    """
    noting = Noting(city_id)
    try:
        yield noting
    except DropError as error:
        noting.ending, noting.problems = "held back", [_told(str(error))]
        raise dg.Failure(str(error), allow_retries=False) from error
    except BaseException as error:
        if noting.ending != "failed":
            noting.ending, noting.problems = "failed", [_told(_words(error))]
        raise
    finally:
        outcome.write(city_id, source, noting.ending, noting.problems, run_id)


def _stopping_first(problems: Sequence[Problem], stopped: str | None) -> list[Problem]:
    """The problem that ended the run is the one to be told: a host that is left alone, say."""
    told = [problem for problem in problems if str(problem) != stopped]
    return told if stopped is None else [_told(stopped), *told]


def _words(error: BaseException) -> str:
    text = str(error)
    if " → " in text:
        return text
    return f"the run broke: {type(error).__name__}: {text} → {_LOG}"


def _told(text: str) -> Problem:
    """A message of the form ``where: what → mend`` as a problem."""
    told, _, mend = text.partition(" → ")
    where, _, what = told.partition(": ")
    return Problem(where, what or told, mend or _LOG)
