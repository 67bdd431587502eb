"""Which sources stand behind observations, and which of them may be passed on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from catalog.figures import Indicator
from catalog.figures.rows import indicator_of
from catalog.vocabulary import FREQUENCY


class SourceError(ValueError):
    """An observation's indicator leads to no source; names the gap and the mend."""


@dataclass(frozen=True, slots=True)
class Used:
    """What the observations of one data set stand on.

    Attributes:
        sources: Rows of ``source``, sorted by id.
        tables: Rows of ``statistic_table``, sorted by code.
        indicators: What they count, sorted by German label.
    """

    sources: tuple[Mapping[str, Any], ...]
    tables: tuple[Mapping[str, Any], ...]
    indicators: tuple[Indicator, ...]

    @property
    def themes(self) -> tuple[str, ...]:
        """Theme codes of the tables, in lower case."""
        return tuple(sorted({str(row["theme"]).lower() for row in self.tables if row["theme"]}))

    @property
    def hvd_categories(self) -> tuple[str, ...]:
        """The tables' high-value categories."""
        return tuple(sorted({row["hvd_category"] for row in self.tables if row["hvd_category"]}))

    @property
    def references(self) -> tuple[str, ...]:
        """The tables' entries in the Musterdatenkatalog."""
        return tuple(sorted({row["mdk_uri"] for row in self.tables if row["mdk_uri"]}))

    @property
    def frequency(self) -> str:
        """How often the office publishes; yearly unless all tables say the same other thing."""
        said = {str(row["accrual"]) for row in self.tables if row["accrual"]}
        if len(said) == 1:
            (one,) = said
            return one if one.startswith("http") else f"{FREQUENCY}{one.upper()}"
        return f"{FREQUENCY}ANNUAL"


def _table_key(row: Mapping[str, Any]) -> tuple[str, str]:
    return str(row["table_code"]), str(row["source_id"])


@dataclass(frozen=True, slots=True)
class Statistics:
    """Indicator to tables to sources; a derived indicator stands on those of its inputs."""

    tables_of: Mapping[str, tuple[Mapping[str, Any], ...]]
    sources_of: Mapping[str, tuple[Mapping[str, Any], ...]]
    rows_of: Mapping[str, Mapping[str, Any]]

    @classmethod
    def of(cls, tables: Mapping[str, pa.Table]) -> "Statistics":
        """Read the harmonised tables ``indicator``, ``statistic_table`` and ``source``.

        Raises:
            SourceError: One of them, or a link between them, is missing.
        """
        for name in ("indicator", "statistic_table", "source"):
            if name not in tables:
                message = (
                    f"observation: no table `{name}` beside it → hand over harmonised.{name} too, "
                    "licence and attribution stand there"
                )
                raise SourceError(message)
        # Two sources may call their tables the same: a table is known by both.
        known = {_table_key(row): row for row in tables["statistic_table"].to_pylist()}
        by_id = {row["source_id"]: row for row in tables["source"].to_pylist()}
        table_of: dict[str, Mapping[str, Any]] = {}
        inputs: dict[str, tuple[str, ...]] = {}
        rows_of = {row["indicator_id"]: row for row in tables["indicator"].to_pylist()}
        for indicator, row in rows_of.items():
            if row.get("derived_from"):
                inputs[indicator] = tuple(row["derived_from"].split("|"))
                continue
            table = known.get(_table_key(row))
            if table is None or table["source_id"] not in by_id:
                told = f"table {row['table_code']} of {row['source_id']}"
                message = f"indicator {indicator}: {told} has no source → add the seed row"
                raise SourceError(message)
            table_of[indicator] = table
        tables_of: dict[str, tuple[Mapping[str, Any], ...]] = {
            one: (table,) for one, table in table_of.items()
        }
        for indicator, names in inputs.items():
            missing = [name for name in names if name not in table_of]
            if missing:
                message = f"indicator {indicator}: no {', '.join(missing)} → see derived.yml"
                raise SourceError(message)
            tables_of[indicator] = tuple(table_of[name] for name in names)
        sources_of = {
            one: tuple(by_id[table["source_id"]] for table in found)
            for one, found in tables_of.items()
        }
        return cls(tables_of, sources_of, rows_of)

    def open_rows(self, rows: pa.Table) -> pa.Table:
        """The observations all of whose sources say that they may be passed on.

        Raises:
            SourceError: An indicator is not described.
        """
        for indicator in pc.unique(rows["indicator_id"]).to_pylist():
            if indicator not in self.sources_of:
                message = f"observation: indicator {indicator} is not described → add its seed row"
                raise SourceError(message)
        is_open = [
            key
            for key, found in self.sources_of.items()
            if all(row["is_redistributable"] is True for row in found)
        ]
        allowed = pa.array(is_open, type=rows["indicator_id"].type)
        return rows.filter(pc.is_in(rows["indicator_id"], value_set=allowed))

    def used_by(self, rows: pa.Table) -> Used:
        """The tables and sources of these observations."""
        indicators = [str(one) for one in pc.unique(rows["indicator_id"]).to_pylist()]
        tables = {_table_key(row): row for one in indicators for row in self.tables_of[one]}
        sources = {row["source_id"]: row for one in indicators for row in self.sources_of[one]}
        described = [self._indicator(one) for one in indicators]
        return Used(
            tuple(row for _, row in sorted(sources.items())),
            tuple(row for _, row in sorted(tables.items())),
            tuple(sorted(described, key=lambda one: (one.label_de.casefold(), one.id))),
        )

    def _indicator(self, id_: str) -> Indicator:
        tables = {_table_key(row): row for row in self.tables_of[id_]}
        sources = {row["source_id"]: row for row in self.sources_of[id_]}
        return indicator_of(
            self.rows_of[id_],
            [row for _, row in sorted(tables.items())],
            [row for _, row in sorted(sources.items())],
        )
