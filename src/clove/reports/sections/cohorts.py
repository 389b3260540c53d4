"""Whether new customers come back."""

import numpy as np

from clove.kernel.arrays import Bools, Floats
from clove.reports.blocks import Column, Picture, Pictures, Section, Table, Words
from clove.reports.contents import ValueReport
from clove.reports.pictures import cohort_retention, svg
from clove.reports.pictures.cohorts import FEW, LATEST, latest, partial
from clove.reports.shown import Shown, month, percent, plural

NOT_YET = "that month has not come yet"
READING = (
    "Read down a column to see whether newer customers come back less often than older ones did; read along a row to "
    "see when interest fades. The same month of the year runs along the diagonals, so a season shows as a diagonal "
    "stripe."
)
TITLE = "Share of new customers who bought again"


def cohorts(report: ValueReport) -> Section:
    """The heat map of retention and its numbers."""
    months, sizes, shares = latest(report.cohorts)
    cut = partial(report.cohorts, shares)
    finding = _finding(shares, sizes, cut)
    rows: list[tuple[Shown, ...]] = []
    for row, (name, size) in enumerate(zip(months, sizes, strict=True)):
        cells = (percent(float(share), why=NOT_YET) for share in shares[row])
        starred = (
            f"{cell}*" if mark and isinstance(cell, str) else cell for cell, mark in zip(cells, cut[row], strict=True)
        )
        rows.append((month(name), f"{size:,.0f}", *starred))
    columns = (
        Column("First purchase", number=False),
        Column("New customers"),
        *(Column(f"+{lag + 1}", help=f"{plural(lag + 1, 'month')} after") for lag in range(shares.shape[1])),
    )
    left_out = len(report.cohorts.months) - len(months)
    words = (
        "Each row is a cohort: all customers who first bought in that month. Each cell is the percentage of them "
        "who bought in a later month; blank cells lie in the future."
    )
    if left_out:
        words += f" The latest {LATEST} of {len(report.cohorts.months)} cohorts are drawn."
    if cut.any():
        words += " A star marks the current month, which is not over yet: its figures will still rise."
    if (sizes < FEW).any():
        words += f" Cohorts of fewer than {FEW} customers are grey: their shares are mostly chance."
    return Section(
        "cohorts",
        "Do new customers come back?",
        finding,
        (
            Pictures(
                (
                    Picture(
                        "retention",
                        TITLE,
                        svg(cohort_retention(report.cohorts), name="retention", title=TITLE, description=finding),
                        words,
                        Table(TITLE, columns, tuple(rows)),
                        wide=True,
                    ),
                )
            ),
            Words((READING,)),
        ),
    )


def _finding(shares: Floats, sizes: Floats, cut: Bools) -> str:
    parts = [
        f"{percent(rate)} bought {when}"
        for lag, when in ((1, "again in the month after"), (6, "in the sixth month after"))
        if (rate := _average(shares, sizes, cut, lag)) is not None
    ]
    if not parts:
        return "It is too early to say whether new customers come back."
    return f"Of new customers, {' and '.join(parts)}."


def _average(shares: Floats, sizes: Floats, cut: Bools, lag: int) -> float | None:
    """Over all customers whose month is over; none where there is no such customer."""
    if lag > shares.shape[1]:
        return None
    column = shares[:, lag - 1]
    use = np.isfinite(column) & ~cut[:, lag - 1] & (sizes > 0)
    return float(np.average(column[use], weights=sizes[use])) if use.any() else None
