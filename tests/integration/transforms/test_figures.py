"""The macros of figures in DuckDB, against exact arithmetic."""

from fractions import Fraction
from pathlib import Path

import duckdb
import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.integration
MACROS = Path(__file__).parents[3] / "transforms" / "macros" / "figures.sql"


def render(call: str) -> str:
    environment = jinja2.Environment(autoescape=False, undefined=jinja2.StrictUndefined)
    source = MACROS.read_text("utf-8")
    return environment.from_string(f"{source}{{{{ {call} }}}}").render().rpartition("\n\n")[2]


ROUNDED = render("rounded('1.0 * factor * numerator / denominator', 'decimals')")
CONVERTED = render("converted('figure', 'factor')")


def half_away(exact: Fraction, decimals: int) -> float:
    """Rounded by the school's rule, without any binary arithmetic."""
    scaled = exact * 10**decimals
    count = (2 * abs(scaled) + 1) // 2
    return (1 if scaled >= 0 else -1) * float(Fraction(count, 10**decimals))


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@given(
    st.lists(
        st.tuples(
            st.integers(-(10**8), 10**8),
            st.integers(1, 10**7) | st.sampled_from([8, 16, 80, 125, 200, 2000]),
            st.sampled_from([1, 100, 1000]),
            st.integers(0, 3),
        ),
        min_size=1,
        max_size=50,
    )
)
def test_a_ratio_is_rounded_half_away_from_zero(
    con: duckdb.DuckDBPyConnection, cases: list[tuple[int, int, int, int]]
) -> None:
    """Exact where numerator times factor and ten to the decimals has at most 14 digits."""
    values = ", ".join(f"({', '.join(map(str, case))})" for case in cases)
    found = con.execute(
        f"SELECT {ROUNDED} FROM (VALUES {values}) "
        "AS cases (numerator, denominator, factor, decimals)"
    ).fetchall()
    assert [row[0] for row in found] == [
        half_away(Fraction(numerator * factor, denominator), decimals)
        for numerator, denominator, factor, decimals in cases
    ]


@given(
    st.lists(
        st.tuples(st.integers(-(10**9), 10**9), st.integers(0, 4), st.integers(-6, 6)),
        min_size=1,
        max_size=50,
    )
)
def test_a_conversion_by_tens_only_moves_the_point(
    con: duckdb.DuckDBPyConnection, cases: list[tuple[int, int, int]]
) -> None:
    """Kilograms to tonnes, thousands of euros to euros: the digits stay what they were."""
    values = ", ".join(
        f"(CAST('{digits}e-{places}' AS double), CAST('1e{power}' AS double))"
        for digits, places, power in cases
    )
    found = con.execute(
        f"SELECT {CONVERTED} FROM (VALUES {values}) AS cases (figure, factor)"
    ).fetchall()
    assert [row[0] for row in found] == [
        float(f"{digits}e{power - places}") for digits, places, power in cases
    ]
