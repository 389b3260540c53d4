"""When contracts end."""

import numpy as np

from clove.reports.blocks import Block, Column, Next, Picture, Pictures, Section, Table, Words
from clove.reports.contract_contents import HazardLine, PortfolioReport
from clove.reports.pictures.contract_ends import hazard_by_month
from clove.reports.pictures.svg import svg
from clove.reports.shown import Shown, count, percent

TITLE = "When contracts end"
ENOUGH = 30.0  # contract-months behind a month that is shown
MOST = 84  # months of a picture
PICTURES = 4  # kinds of contract, those with the most months behind them
FAST = 0.1  # a month; three such months make an AMBER contract of the usual one
EVERY = 6  # months between the rows of the table
AFTER = 3  # months after the minimum term that count as right after it
CLEARLY = 1.5  # times as high, for a month to be named as one in which many end
FEW_LEFT = f"Months with fewer than {ENOUGH:.0f} contract-months behind them are left out."


def ends(report: PortfolioReport) -> Section:
    """One picture for each minimum term."""
    lines = [line for line in _largest(report) if _months(line)][:PICTURES]
    if not lines:
        return Section(
            "ends", TITLE, f"No month of a contract has {ENOUGH:.0f} contracts behind it, so this cannot be told.", ()
        )
    blocks: list[Block] = [Pictures(tuple(_picture(line, place) for place, line in enumerate(lines)))]
    spoken = tuple(_sentence(line) for line in lines[1:])
    if spoken:
        blocks.append(Words(spoken))
    hidden = len(report.hazards) - len(lines)
    if hidden:
        blocks.append(Words((f"{hidden:,} more kinds of contract have too few months behind them to be drawn.",)))
    if rare := _rare_tiers(report):
        blocks.append(Words((rare,)))
    blocks.append(Next(_next(lines[0])))
    return Section("ends", TITLE, _sentence(lines[0]), tuple(blocks))


def _rare_tiers(report: PortfolioReport) -> str:
    """Why the column `tier` is nearly always GREEN; nothing where contracts end fast."""
    known = [line for line in report.segments if np.isfinite(line.monthly_churn)]
    if not known:
        return ""
    pace = float(np.average([line.monthly_churn for line in known], weights=[line.contracts for line in known]))
    if pace > FAST:
        return ""
    start = "The place to start is the collections queue, which is ordered by money." if report.lapsed else ""
    rare = (
        f"About {percent(pace, 1)} of live contracts end in a month, so hardly one is more likely than not to end "
        "within three: the tier RED in contracts.csv is rare, and most that have it have stopped paying."
    )
    return f"{rare} {start}".strip()


def _largest(report: PortfolioReport) -> list[HazardLine]:
    return sorted(report.hazards, key=lambda line: -float(np.nansum(line.contracts)))


def _months(line: HazardLine) -> int:
    """How many months from the first on are shown."""
    enough = np.flatnonzero((line.contracts >= ENOUGH) & np.isfinite(line.probability))
    return min(int(enough[-1]) + 1, MOST) if enough.size else 0


def _chance(line: HazardLine, month: int) -> str:
    """With its interval."""
    place = month - 1
    low, high = percent(float(line.low[place]), 1), percent(float(line.high[place]), 1)
    mean = percent(float(line.probability[place]), 1)
    return f"{mean} ({low} to {high})" if isinstance(low, str) and isinstance(high, str) else str(mean)


def _highest(line: HazardLine) -> int:
    return int(np.nanargmax(line.probability[: _months(line)])) + 1


def _quiet(line: HazardLine) -> int:
    """A month to compare with: the middle of the minimum term, or of what is shown."""
    return max(min(line.term or _months(line), _months(line)) // 2, 1)


def _right_after(line: HazardLine) -> bool:
    """Whether the month in which most end is one of the first without a penalty."""
    return 0 < line.term < _highest(line) <= line.term + AFTER


def _stands_out(line: HazardLine) -> bool:
    return bool(line.probability[_highest(line) - 1] > CLEARLY * line.probability[_quiet(line) - 1])


def _sentence(line: HazardLine) -> str:
    high, quiet = _highest(line), _quiet(line)
    kind = f"Contracts with a {line.name}"
    if high == quiet or not _stands_out(line):
        return f"{kind} end at much the same pace all the time: {_chance(line, quiet)} of them in month {quiet}."
    when = "right after it" if _right_after(line) else f"most often in month {high}"
    return (
        f"{kind} end {f'most often {when}' if when.startswith('right') else when}: {_chance(line, high)} of those that "
        f"reach month {high}, against {_chance(line, quiet)} in month {quiet}."
    )


def _next(line: HazardLine) -> str:
    if not _stands_out(line):
        return "No month stands out: let the signs of a single contract, not its age, decide whom to call."
    if _right_after(line):
        return "Speak with customers in the two months before their minimum term ends: that is when most decide."
    return f"Find out what happens to a contract around month {_highest(line)}, and speak with customers before it."


def _picture(line: HazardLine, place: int) -> Picture:
    months = _months(line)
    title = f"{line.name[:1].upper()}{line.name[1:]}"
    drawing = svg(
        hazard_by_month(line, months),
        name=f"ends{place}",
        title=f"When contracts end: {title}",
        description=_sentence(line),
    )
    words = (
        "Of the contracts that begin a month, the share that ends in it. The dot is the estimate, the pale bar its P10 "
        f"to P90. {FEW_LEFT}"
    )
    return Picture(f"ends{place}", title, drawing, words, _table(line, months, title))


def _table(line: HazardLine, months: int, title: str) -> Table:
    shown = {1, 3, *range(EVERY, months + 1, EVERY), line.term, line.term + 1, _highest(line), months}
    rows: tuple[tuple[Shown, ...], ...] = tuple(
        (
            f"{month}",
            percent(float(line.probability[month - 1]), 1),
            percent(float(line.low[month - 1]), 1),
            percent(float(line.high[month - 1]), 1),
            count(float(line.contracts[month - 1])),
        )
        for month in sorted(shown)
        if 1 <= month <= months
    )
    columns = (
        Column("Month"),
        Column("Chance of an end"),
        Column("P10"),
        Column("P90"),
        Column("Contracts"),
    )
    return Table(f"Chance of an end by month of the contract: {title}", columns, rows)
