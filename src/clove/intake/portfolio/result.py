"""What came of a folder of contract tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from clove.intake.portfolio.findings import Finding


@dataclass(frozen=True, slots=True)
class TableRead:
    """One table of one file, how its columns were understood, and what came of its rows."""

    name: str
    file: str
    sheet: str | None
    rows: int  # without empty ones; kept + rejected
    kept: int
    rejected: int
    columns: Mapping[str, str]  # ours -> theirs
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PortfolioReading:
    """What came of a folder. The rows are in the engine's tables `portfolio_…`, later ones too."""

    tables: tuple[TableRead, ...]  # those that are there
    rejected: tuple[tuple[str, int, str], ...]  # rule, rows, remedy; in the order of the rules, those with no row too
    findings: tuple[Finding, ...]
    currencies: Mapping[str, int]  # code -> contracts, the most frequent first
    as_of: date  # the one given, else the end of the last month that the tables hold whole
    held: Mapping[str, int]  # table -> rows that happened after it, which are kept for later dates
    data_hash: str  # SHA-256 over the bytes of the files

    @property
    def contracts(self) -> int:
        """Contracts that were kept, later ones too."""
        return sum(self.currencies.values())

    @property
    def currency(self) -> str:
        """The currency of most contracts, in which amounts are added up where nothing else is said."""
        return next(iter(self.currencies))

    @property
    def present(self) -> frozenset[str]:
        """The tables that are there."""
        return frozenset(table.name for table in self.tables)
