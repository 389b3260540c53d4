"""The benchmark's tables in the form in which they were published: cells of text, for a terminal or for Markdown."""

from dataclasses import dataclass
from itertools import zip_longest

from clove.reports.benchmark_contents import BenchmarkLine, BenchmarkReport, Importance
from clove.reports.shown import DASH

SHOWN_FEATURES = 10


@dataclass(frozen=True, slots=True)
class TextTable:
    """A title, headings, rows of cells, and the side at which each column stands: l or r."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    sides: str

    def markdown(self) -> str:
        """As a Markdown table under its title."""
        rule = tuple(":--" if side == "l" else "--:" for side in self.sides)
        escaped = (tuple(cell.replace("|", r"\|") for cell in cells) for cells in (self.headings, rule, *self.rows))
        return "\n".join([f"### {self.title}", "", *(f"| {' | '.join(cells)} |" for cells in escaped), ""])


def benchmark_tables(report: BenchmarkReport) -> tuple[TextTable, ...]:
    """Regression metrics, lift, deciles of each forecast, importance of the features."""
    deciles = [_deciles(line) for line in report.lines if line.scores is not None and line.scores.deciles]
    return (_metrics(report), _lift(report), *deciles, _importance(report))


def summary(report: BenchmarkReport) -> str:
    """What was judged, in a sentence."""
    return (
        f"{report.customers:,} customers bought from {report.observation[0]} to {report.observation[1]}; "
        f"{report.population:,} have two orders or more. Of these, {report.training:,} train and {report.test:,} are "
        f"judged on their spend from {report.prediction[0]} to {report.prediction[1]}."
    )


def _metrics(report: BenchmarkReport) -> TextTable:
    rows = []
    for line in report.lines:
        scores = line.scores
        figures = (
            (DASH,) * 5
            if scores is None
            else (
                f"{scores.customers:,}",
                _pounds(scores.mae),
                _pounds(scores.rmse),
                _percent(scores.mape),
                _number(scores.spearman, 3),
            )
        )
        rows.append((line.model, line.source, *figures))
    headings = ("Model", "Source", "n", "MAE", "RMSE", "MAPE", "Spearman r")
    return TextTable("Regression metrics", headings, tuple(rows), "llrrrrr")


def _lift(report: BenchmarkReport) -> TextTable:
    rows = tuple(
        (
            line.model,
            line.source,
            "" if line.scores.lift is None else f"{line.scores.lift:.2f}x",
            _percent(line.scores.top_share),
            _percent(line.scores.total_bias, signed=True),
        )
        for line in report.lines
        if line.scores is not None and (line.scores.lift is not None or line.scores.total_bias is not None)
    )
    headings = ("Model", "Source", "Top-decile lift", "Held by the top decile", "Total forecast too high by")
    return TextTable("Top-decile lift", headings, tuple(tuple(cell or DASH for cell in row) for row in rows), "llrrr")


def _deciles(line: BenchmarkLine) -> TextTable:
    rows = tuple(
        (
            str(decile.decile),
            str(decile.customers),
            _number(decile.mean_actual, 0),
            _number(decile.mean_predicted, 0),
            _number(decile.total_actual, 0),
        )
        for decile in (line.scores.deciles if line.scores is not None else ())
    )
    headings = ("Decile", "Count", "Mean actual (£)", "Mean predicted (£)", "Total actual (£)")
    return TextTable(f"Decile calibration: {line.model}, {line.source}", headings, rows, "rrrrr")


def _importance(report: BenchmarkReport) -> TextTable:
    def cells(importance: Importance | None) -> tuple[str, str]:
        return (DASH, DASH) if importance is None else (importance.feature, f"{importance.mean_contribution:.3f}")

    pairs = list(zip_longest(report.importance, report.published_importance))[:SHOWN_FEATURES]
    rows = tuple((str(rank), *cells(ours), *cells(theirs)) for rank, (ours, theirs) in enumerate(pairs, start=1))
    headings = ("Rank", "Computed", "Mean |SHAP|", "Published", "Mean |SHAP|")
    return TextTable("Feature importance of the recipe, log units", headings, rows, "rlrlr")


def _pounds(amount: float) -> str:
    return f"£{amount:,.0f}"


def _percent(share: float | None, *, signed: bool = False) -> str:
    if share is None:
        return DASH
    return f"{100 * share:+.1f}%" if signed else f"{100 * share:.1f}%"


def _number(figure: float | None, digits: int) -> str:
    return DASH if figure is None else f"{figure:,.{digits}f}"
