"""A portfolio month by month: what moved its recurring revenue, what it earned, and how many contracts ended."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clove.engine.local import LocalEngine
from clove.features import portfolio as features
from clove.features.contracts import month_number
from clove.kernel.arrays import Floats, Ints
from clove.kernel.money import Currency
from clove.reports.portfolio_contents import ChurnLine, Figure, MonthResult, MrrMonth
from clove.workflows.portfolio_shares import codes, month_end, share
from clove.workflows.summary import floats

MOVEMENTS = ("new", "expansion", "contraction", "suspended", "reactivated", "churned", "fx")
BANDS = (0, 6, 12, 24, 36, 48)  # months served from which each band of tenure begins
NOBODY = "no contract was live at the start of a month"


@dataclass(frozen=True, slots=True, eq=False)
class PortfolioMonths:
    """The last months of a portfolio, m of them."""

    as_of: date
    months: int
    currency: Currency
    totals: pa.Table  # m + 1 month ends, `month_ends_total.sql`
    movements: pa.Table  # `mrr_movements.sql`
    ended: pa.Table  # `ended_by_month.sql`

    @classmethod
    def of(cls, engine: LocalEngine, as_of: date, months: int, currency: Currency) -> Self:
        """Count them.

        Args:
            engine: Holds the portfolio and its rates.
            as_of: End of the last month.
            months: How many.
            currency: Of the revenue.
        """
        features.hold_month_ends(engine, as_of, months, currency=currency.code, decimals=currency.decimals)
        return cls(
            as_of,
            months,
            currency,
            features.month_ends_total(engine),
            features.mrr_movements(engine, as_of, months),
            features.ended_by_month(engine, as_of, months),
        )

    @property
    def last(self) -> int:
        """The running month of the as-of date."""
        return month_number(self.as_of)

    def mrr(self) -> tuple[MrrMonth, ...]:
        """Each month's revenue and what moved it."""
        first = self.last - self.months
        at = self.totals["month"].to_numpy() - first  # a month without a contract has no row

        def of(column: str) -> Ints:
            filled = np.zeros(self.months + 1, dtype=np.int64)
            filled[at] = self.totals[column].to_numpy()
            return filled

        moved = np.zeros((len(MOVEMENTS), self.months + 1), dtype=np.int64)
        kind = pc.index_in(self.movements["movement"], pa.array(MOVEMENTS)).to_numpy()
        np.add.at(moved, (kind, self.movements["month"].to_numpy() - first), self.movements["amount"].to_numpy())
        closing, paying, on_hold, unknown = (of(name) for name in ("mrr", "paying", "suspended", "unknown"))
        return tuple(
            MrrMonth(
                month_end=month_end(first + place),
                opening=int(closing[place - 1]),
                **dict(zip(MOVEMENTS, moved[:, place].tolist(), strict=True)),
                closing=int(closing[place]),
                paying=int(paying[place]),
                on_hold=int(on_hold[place]),
                unknown=int(unknown[place]),
            )
            for place in range(1, self.months + 1)
        )

    def drill(self) -> pa.Table:
        """Contract, month, movement and amount: what `mrr` adds up."""
        ends = [month_end(self.last - self.months + place) for place in range(self.months + 1)]
        place = self.movements["month"].to_numpy() - (self.last - self.months)
        minor = self.movements["amount"]
        digits = self.currency.decimals
        return pa.table(
            {
                "month_end": pa.array(ends, pa.date32()).take(pa.array(place)),
                "contract_id": self.movements["contract_id"],
                "country_code": self.movements["country_code"],
                "sales_channel": self.movements["channel"],
                "product_tier": self.movements["tier"],
                "movement": self.movements["movement"],
                "amount": np.round(minor.to_numpy() / 10**digits, digits),
                "amount_minor": minor,
                "currency": pa.array([self.currency.code]).take(pa.array(np.zeros(minor.length(), np.int64))),
            }
        )

    def results(self, cash: pa.Table, invoiced: bool) -> tuple[MonthResult, ...]:
        """What came and went in each month.

        Args:
            cash: `cohort_cash.sql`.
            invoiced: Whether any invoice is known.
        """
        first = self.last - self.months
        sums = by_month(cash, first, self.months + 1)
        live, ended = (np.zeros(self.months + 1) for _ in range(2))
        at = self.ended["month"].to_numpy() - first
        np.add.at(live, at, floats(self.ended, "live"))
        np.add.at(ended, at, floats(self.ended, "ended"))
        lines = []
        for place in range(1, self.months + 1):
            collected = sum(float(sums[name][place]) for name in ("fees", "penalties", "recovery_fees"))
            costs = float(sums["monthly_costs"][place])
            lines.append(
                MonthResult(
                    month_end(first + place),
                    collected if invoiced else float("nan"),
                    costs,
                    collected - costs if invoiced else float("nan"),
                    float(sums["recovery_costs"][place]),
                    int(live[place]),
                    int(ended[place]),
                    share(ended[place], live[place], NOBODY),
                )
            )
        return tuple(lines)

    def churn(self) -> tuple[ChurnLine, ...]:
        """Ends over all the months: of all contracts, then by country, tier and months served at the month's start."""
        live, ended = floats(self.ended, "live"), floats(self.ended, "ended")
        lines = [_line("all", "all", live.sum(), ended.sum())]
        for by, (names, place) in self._slices():
            risk = np.bincount(place, live, len(names))
            gone = np.bincount(place, ended, len(names))
            lines += [_line(by, name, risk[i], gone[i]) for i, name in enumerate(names) if risk[i] > 0]
        return tuple(lines)

    def _slices(self) -> Iterator[tuple[str, tuple[list[str], Ints]]]:
        """Ways to divide the rows of `ended`."""
        yield "country", codes(self.ended["country_code"])
        yield "tier", codes(self.ended["tier"])
        names = [f"{low}-{high - 1}" for low, high in pairwise(BANDS)] + [f"{BANDS[-1]}+"]
        yield "tenure", (names, np.searchsorted(BANDS, self.ended["months_served"].to_numpy(), side="right") - 1)


def by_month(cash: pa.Table, first: int, months: int) -> dict[str, Floats]:
    """Sums of the cash columns over all cohorts by month of the calendar, each of shape (m,)."""
    place = cash["month"].to_numpy() - first
    seen = (place >= 0) & (place < months)
    return {
        name: np.bincount(place[seen], floats(cash, name)[seen], months).astype(np.float64)
        for name in ("fees", "penalties", "recovery_fees", "recovery_costs", "monthly_costs")
    }


def _line(by: str, name: str, live: float, ended: float) -> ChurnLine:
    rate: Figure = share(ended, live, NOBODY)
    yearly = 1 - (1 - rate.value) ** 12
    return ChurnLine(by, name, int(live), int(ended), rate, yearly, 12 * rate.value)
