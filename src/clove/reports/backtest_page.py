"""A backtest as one HTML document, built like the value report."""

from clove.reports.backtest_contents import Backtest
from clove.reports.backtest_words import verdict
from clove.reports.page import document
from clove.reports.sections.backtest import sections
from clove.reports.shown import day, identifier, plural


def render_backtest(found: Backtest) -> str:
    """The whole page; the same backtest gives the same text."""
    names = [identifier(file.name) for file in found.files]
    files = ", ".join(names) if len(names) <= 2 else f"{names[0]} and {len(names) - 1} more files"
    line = f"As of {day(found.as_of)} · {plural(len(found.origins), 'date')}, {found.horizon} after each · {files}"
    return document(
        "backtest.html",
        f"How old forecasts did, as of {day(found.as_of)}",
        found=found,
        line=line,
        verdict=verdict(found),
        sections=sections(found),
    )
