"""What a silence means, and for whom."""

import numpy as np

from clove.reports.blocks import Column, Picture, Pictures, Section, Table, Words
from clove.reports.contents import ValueReport
from clove.reports.pictures import alive_map, purchases_map, svg
from clove.reports.pictures.histories import crosses_one
from clove.reports.sections.alive import CANNOT_TELL, tells_who_left
from clove.reports.shown import Shown, decimal, percent, plural
from clove.valuation.frequency_recency import FrequencyRecencyMap

TABLE_ROWS, TABLE_COLUMNS = 8, 8
TYPICAL_REPEATS = 5
DASHES = "it may lie anywhere between the dashed ones, so far as the data tell"
IMPOSSIBLE = "the model gives nothing for such a history"


def histories(report: ValueReport) -> Section:
    """Two maps of the same histories."""
    seen, told = report.map, tells_who_left(report)
    finding = _finding(seen) if told else f"{CANNOT_TELL.capitalize()}, so a silence says little here."
    alive_words = (
        "Darker is surer. Across a line is how long a silence may last; up is how often somebody had bought."
        if told
        else "The model saw hardly anybody leave: most customers lie in the darkest part. Do not take it as a fact."
    )
    purchases_words = "Darker is more."
    if crosses_one(seen):
        purchases_words += " On the drawn line one purchase is expected; to its right, or below it, less than one."
    if told and seen.alive_interval is not None:
        alive_words += f" On the drawn line either is as likely; {DASHES}."
    if crosses_one(seen) and seen.purchases_interval is not None:
        purchases_words += f" {DASHES.capitalize()}."
    pictures = []
    for anchor, title, draw, words in (
        ("alive", "Chance of still being a customer", alive_map, alive_words),
        ("purchases", f"Purchases expected in the next {report.horizon}", purchases_map, purchases_words),
    ):
        drawing = svg(draw(seen), name=anchor, title=title, description=finding)
        pictures.append(Picture(anchor, title, drawing, words, _table(seen, title, alive=anchor == "alive")))
    age = f"The maps are drawn for customers whose first purchase was {plural(round(seen.age), 'day')} ago."
    return Section(
        "histories",
        "What a silence means",
        finding,
        (
            Pictures(tuple(pictures)),
            Words((age,)),
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
        share, days = seen.probability_alive[row, column], round(seen.since_last[column])
        return f"{percent(float(share))} after {plural(days, 'day')} of silence"

    return f"The chance that somebody with {repeats} is still a customer: {at(soon)}, {at(late)}."


def _table(seen: FrequencyRecencyMap, title: str, *, alive: bool) -> Table:
    grid = seen.probability_alive if alive else seen.expected_purchases
    rows = _spread(seen.frequency.size, TABLE_ROWS)
    columns = _spread(seen.since_last.size, TABLE_COLUMNS)

    def cell(figure: float) -> Shown:
        return percent(figure, why=IMPOSSIBLE) if alive else decimal(figure, why=IMPOSSIBLE)

    return Table(
        f"{title}, by repeat purchases and days since the last one (every few rows and columns of the map)",
        (Column("Repeat purchases"), *(Column(f"{seen.since_last[j]:,.0f} days") for j in columns)),
        tuple((f"{seen.frequency[i]:,.0f}", *(cell(float(grid[i, j])) for j in columns)) for i in rows),
    )


def _spread(size: int, most: int) -> list[int]:
    """At most so many positions, evenly from the first to the last."""
    return sorted({int(place) for place in np.linspace(0, size - 1, min(size, most)).round()}) if size else []
