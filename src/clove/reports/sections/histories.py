"""What a silence means, and for whom."""

import numpy as np

from clove.reports.blocks import Column, Picture, Pictures, Section, Table, Words
from clove.reports.contents import FrequencyRecencyMap, ValueReport
from clove.reports.pictures import alive_map, purchases_map, svg
from clove.reports.shown import Shown, decimal, percent, plural

TABLE_ROWS, TABLE_COLUMNS = 8, 8
TYPICAL_REPEATS = 5
RHYTHM = (
    "A silence speaks only beside a rhythm: whoever buys weekly is missed after a month, whoever buys yearly is not."
)
IMPOSSIBLE = "the model gives nothing for such a history"


def histories(report: ValueReport) -> Section:
    """Two maps of the same histories."""
    seen = report.map
    finding = _finding(seen)
    pictures = []
    for anchor, title, draw, words in (
        (
            "alive",
            "Chance of still being a customer",
            alive_map,
            (
                "Darker is surer. A frequent buyer who falls silent is lost sooner than a rare buyer with the "
                "same silence."
            ),
        ),
        (
            "purchases",
            f"Purchases expected in the next {report.horizon}",
            purchases_map,
            "Darker is more. The top left corner, many purchases and one of them just now, is where the value sits.",
        ),
    ):
        drawing = svg(draw(seen), name=anchor, title=title, description=finding)
        pictures.append(Picture(anchor, title, drawing, words, _table(seen, title, alive=anchor == "alive")))
    age = f"The maps are drawn for customers whose first purchase was {plural(round(seen.age_days), 'day')} ago."
    return Section(
        "histories",
        "What a silence means",
        finding,
        (
            Pictures(tuple(pictures)),
            Words((f"{age} {RHYTHM}",)),
        ),
    )


def _finding(seen: FrequencyRecencyMap) -> str:
    if not np.isfinite(seen.probability_alive).any():
        return "The models give no map of histories."
    row = int(np.argmin(np.abs(seen.frequency - TYPICAL_REPEATS)))
    columns = np.flatnonzero(np.isfinite(seen.probability_alive[row]))
    if columns.size < 2:
        return "There are too few kinds of histories to compare."
    soon, late = columns[columns.size // 8], columns[columns.size * 5 // 8]
    repeats = plural(int(seen.frequency[row]), "repeat purchase")

    def at(column: int) -> str:
        share, days = seen.probability_alive[row, column], round(seen.days_since_last[column])
        return f"{percent(float(share))} after {plural(days, 'day')} of silence"

    return f"The chance that somebody with {repeats} is still a customer: {at(soon)}, {at(late)}."


def _table(seen: FrequencyRecencyMap, title: str, *, alive: bool) -> Table:
    grid = seen.probability_alive if alive else seen.expected_purchases
    rows = _spread(seen.frequency.size, TABLE_ROWS)
    columns = _spread(seen.days_since_last.size, TABLE_COLUMNS)

    def cell(figure: float) -> Shown:
        return percent(figure, why=IMPOSSIBLE) if alive else decimal(figure, why=IMPOSSIBLE)

    return Table(
        f"{title}, by repeat purchases and days since the last one (every few rows and columns of the map)",
        (Column("Repeat purchases"), *(Column(f"{seen.days_since_last[j]:,.0f} days") for j in columns)),
        tuple((f"{seen.frequency[i]:,.0f}", *(cell(float(grid[i, j])) for j in columns)) for i in rows),
    )


def _spread(size: int, most: int) -> list[int]:
    """At most so many positions, evenly from the first to the last."""
    return sorted({int(place) for place in np.linspace(0, size - 1, min(size, most)).round()}) if size else []
