"""The models of the holdout side by side, and whether a simple rule did better."""

from collections.abc import Callable

from markupsafe import Markup

from clove.reports.blocks import Column, Table, Words
from clove.reports.contents import WHOLE, Holdout, ModelScore, ValueReport
from clove.reports.shown import Shown, Unknown, decimal, known, money_column, plural, rough, signed_percent

UNJUDGED = "no customer could be judged"
NO_TOTAL = "nothing came, so there is nothing to compare with"


def model_table(report: ValueReport, held: Holdout) -> Table:
    """A line per model; the best figure of each column stands out."""
    scores = held.scores
    columns = (
        Column("Model", number=False),
        Column("Average miss (MAE)", help="Per customer; lower is better"),
        Column("Miss, large ones weigh more (RMSE)", help="Per customer; lower is better"),
        Column("Ranking (Spearman)", help="1 is perfect, 0 is chance"),
        Column("Total too high or low", help="0% is exact"),
    )
    cells = (
        [score.model for score in scores],
        _marked(
            scores, money_column(report.currency, [score.mae for score in scores], UNJUDGED), lambda score: score.mae
        ),
        _marked(
            scores, money_column(report.currency, [score.rmse for score in scores], UNJUDGED), lambda score: score.rmse
        ),
        _marked(
            scores,
            [decimal(score.spearman, 2, "this forecast is the same for all, so it ranks nobody") for score in scores],
            lambda score: None if score.spearman is None else -score.spearman,
        ),
        _marked(
            scores,
            [signed_percent(score.total_bias, NO_TOTAL) for score in scores],
            lambda score: abs(score.total_bias),
        ),
    )
    return Table(
        f"Models on the same {plural(held.customers, 'customer')}",
        columns,
        tuple(zip(*cells, strict=True)),
        note=_note(report, scores),
        stack=True,
    )


def _note(report: ValueReport, scores: tuple[ModelScore, ...]) -> str:
    bold = "A bold figure is the best of its column." if len(scores) > 1 else ""
    if report.blended is None or WHOLE not in {score.model for score in scores}:
        return bold
    return f"{WHOLE} is the blend: {report.blended.purchases} and the boosted value. {bold}".rstrip()


def better_baselines(report: ValueReport, held: Holdout) -> Words:
    """Says it when a simpler rule missed by less than the model, which comes first."""
    if not held.scores:
        return Words(("No model was judged.",))
    model, *baselines = held.scores
    found = []
    for baseline in baselines:
        lower = [
            f"the lower {name} ({rough(report.currency, theirs)} against {rough(report.currency, own)})"
            for name, theirs, own in (("MAE", baseline.mae, model.mae), ("RMSE", baseline.rmse, model.rmse))
            if known(theirs) and known(own) and theirs < own
        ]
        if lower:
            found.append(f"{baseline.model} had {' and '.join(lower)}")
    if found:
        beaten = f"A simpler rule did better here than {model.model}: {'; '.join(found)}."
        return Words((f"{beaten} Do not take the model's figures for single customers as more exact than that rule.",))
    if not baselines or not (known(model.mae) and known(model.rmse)):
        return Words(("There is no simpler rule to compare with.",))
    return Words((f"No simpler rule had a lower MAE or RMSE than {model.model}.",))


def _marked(
    scores: tuple[ModelScore, ...], cells: "list[Shown] | tuple[Shown, ...]", miss: Callable[[ModelScore], float | None]
) -> list[Shown]:
    """Cells in which the smallest miss is bold; nothing to choose between, nothing bold."""
    misses = [miss(score) for score in scores]
    least = min((found for found in misses if known(found)), default=None)
    if least is None or sum(known(found) for found in misses) < 2:
        return list(cells)
    return [
        Markup('<b class="best">{}<span class="unseen"> (best)</span></b>').format(cell)
        if found == least and not isinstance(cell, Unknown)
        else cell
        for found, cell in zip(misses, cells, strict=True)
    ]
