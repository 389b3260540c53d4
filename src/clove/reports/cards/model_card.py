"""The model card: what the forecast is for, where it comes from, and when not to trust it.

Its sections follow Mitchell et al. (2019), "Model cards for model reporting", FAT* 2019, 220-229.
"""

from clove.reports.cards.contents import Boosted, Cards
from clove.reports.cards.limits import limits
from clove.reports.cards.markdown import Mark, bullets, document, escaped, heading, paragraph, plain, table
from clove.reports.cards.performance import measures_table, totals_sentence
from clove.reports.cards.words import days, estimate, money, number, percent, standing
from clove.reports.shown import day, decimal, plural


def model_card(cards: Cards) -> str:
    """The whole document; the same run gives the same text."""
    return document(
        heading(f"Model card: {cards.report.source}", 1),
        standing(cards.report),
        *_purpose(cards),
        *_data(cards),
        *_training(cards),
        *_parameters(cards),
        *_choice(cards),
        *_performance(cards),
        heading("Limits, and when not to trust it"),
        bullets(limits(cards)),
        *_reproduction(cards),
    )


def _purpose(cards: Cards) -> tuple[str, ...]:
    report = cards.report
    kept = "all of spend" if report.margin == 1 else f"{percent(report.margin)} of spend"
    discount = f"discounted by {percent(report.discount_rate)} a year" if report.discount_rate else "not discounted"
    return (
        heading("What it is for"),
        paragraph(
            "It forecasts what each customer who has bought before will spend, as a distribution: use the mean for "
            "money that is added up, the median (P50) where one number per customer is judged, P10 and P90 for "
            "confidence."
        ),
        paragraph(
            f"In this run the {plural(report.customers, 'customer')} are expected to bring "
            f"{estimate(report.currency, report.clv)} in the next {report.horizon}, counting {kept}, {discount}, "
            "before returns."
        ),
        bullets(
            (
                (
                    "Meant for: planning revenue, ranking customers, deciding what to spend on keeping or winning back "
                    "groups of them."
                ),
                (
                    "Not meant for: decisions on one person's credit, price or service; a promise of what one customer "
                    "will do; people who have not bought yet."
                ),
            )
        ),
    )


def _data(cards: Cards) -> tuple[str, ...]:
    report, quality = cards.report, cards.report.quality
    rejected = sum(count.rows for count in quality.rejections)
    files = [
        (
            plain(file.name),
            file.layout,
            ", ".join(f"{ours} = {plain(theirs)}" for ours, theirs in file.columns.items()),
            f"{file.rows:,}",
        )
        for file in quality.files
    ]
    return (
        heading("Data"),
        table(
            ("file", "holds", "columns, ours = theirs", "rows"),
            [(Mark(name), layout, Mark(columns), rows) for name, layout, columns, rows in files],
            words=3,
        ),
        paragraph(
            f"{quality.rows_read:,} rows read = {quality.purchases:,} purchases + {quality.returns:,} returns + "
            f"{quality.held:,} held (after the as-of date, not looked at) + {rejected:,} rejected, each of which is in "
            "`rejections.csv` with its reason.",
            f"They make {plural(report.orders, 'order')} from {day(report.first_event)} to {day(report.as_of)}, worth "
            f"{money(report.currency, report.gross_revenue)} before returns of "
            f"{money(report.currency, report.returned)}.",
            "Of people it uses an identifier and what they bought, when, and where that is in the file the country; no "
            "name, age or sex.",
        ),
    )


def _training(cards: Cards) -> tuple[str, ...]:
    fits = [
        (fit.title, "unknown" if fit.customers is None else f"{fit.customers:,}", number(fit.log_likelihood))
        for fit in cards.fits
    ]
    return (
        heading("How it was trained"),
        paragraph("The purchase and spend models by maximum likelihood on every customer as of the as-of date:"),
        table(("model", "customers in the fit", "log-likelihood"), fits),
        *(_boosted(cards, cards.boosted) if cards.boosted is not None else (_not_boosted(cards),)),
        paragraph(_common(cards)),
    )


def _not_boosted(cards: Cards) -> str:
    return paragraph(
        f"There is no boosted value in this run: {escaped(cards.no_boosted_because)}.",
        f"The forecast is that of {cards.report.source} alone.",
    )


def _boosted(cards: Cards, boosted: Boosted) -> tuple[str, ...]:
    settings, blend = boosted.settings, boosted.blend
    how = (
        "These settings are those that hold without tuning."
        if boosted.tuned is None
        else f"These settings are the best of {boosted.tuned.trials:,} that were tried, each on "
        f"{boosted.tuned.examples:,} of the examples: a mean score of {number(boosted.tuned.score)} on customers not "
        f"learnt from, {number(boosted.tuned.untuned)} without tuning; lower is better."
    )
    return (
        paragraph(
            f"The boosted value, which corrects {cards.model_title}'s expectation by how customers behaved, on "
            f"customers as of {len(boosted.origins):,} earlier dates and what each spent in the "
            f"{number(boosted.window_days)} days after; every such window had ended by {day(cards.report.as_of)}:"
        ),
        bullets(
            (
                f"Dates, newest first: {days(boosted.origins)}.",
                f"{boosted.rows:,} examples, {boosted.buyers:,} of them with a purchase in the window.",
                f"{boosted.tree_features} columns for the trees, {boosted.line_features} for the line.",
                (
                    f"Trees: learning rate {number(settings.learning_rate)}, {settings.num_leaves} leaves, at least "
                    f"{settings.min_child_samples} examples a leaf, {percent(settings.feature_fraction)} of the "
                    f"columns for each, {settings.rounds} rounds. {how}"
                ),
                f"The trees tell {boosted.form}.",
                f"Over all examples {number(boosted.level)} times as much came as the purchase model had expected.",
            )
        ),
        paragraph(
            f"The forecast is one distribution of both, {percent(blend.weight)} {cards.model_title} and "
            f"{percent(1 - blend.weight)} boosted value. On {blend.examples:,} examples of the newest dates that "
            "neither had learnt from, the mean ranked probability score, relative to the customer's size and lower "
            f"where better, was {number(blend.purchase_score)} for {cards.model_title}, {number(blend.boosted_score)} "
            f"for the boosted value, {number(blend.score)} for the blend."
        ),
    )


def _common(cards: Cards) -> str:
    common = cards.common
    whence = (
        f"learnt from {plural(common.windows, 'old forecast')}" if common.windows else "an assumption, for want of any"
    )
    return (
        f"Intervals allow for an error that all customers share, such as a season: a standard deviation of "
        f"{number(common.deviation)} of the logarithm of the total, {whence}."
    )


def _parameters(cards: Cards) -> tuple[str, ...]:
    rows = [
        (each.model, each.name, number(each.estimate), number(each.standard_error)) for each in cards.report.parameters
    ]
    findings = [escaped(finding) for fit in cards.fits for finding in fit.findings]
    return (
        heading("Models and parameters"),
        table(("model", "parameter", "estimate", "standard error"), rows, words=2),
        paragraph(
            "Times are in days, money in the currency's major unit. A standard error is unknown where the parameter "
            "was held at a boundary.",
            "" if cards.boosted is None else "Trees and line are in `models/boosted-value.json`.",
        ),
        bullets(findings),
    )


def _choice(cards: Cards) -> tuple[str, ...]:
    contenders = [
        (each.model, decimal(each.log_score, 5), decimal(each.gain, 5), decimal(each.standard_error, 5))
        for each in cards.report.contenders
    ]
    rows = [tuple(str(cell) for cell in row) for row in contenders]
    return (
        heading("Why this model"),
        paragraph(escaped(cards.report.chosen_because)),
        table(("model", "mean log probability", "gain", "standard error of the gain"), rows) if rows else "",
        paragraph(f"n = {cards.compared_customers:,} customers, one judged on two windows counted twice.")
        if rows
        else "",
    )


def _performance(cards: Cards) -> tuple[str, ...]:
    report, judged = cards.report, cards.judged
    title = heading("How old forecasts did")
    if report.holdout is None or judged is None:
        return title, paragraph(f"Not known: {escaped(report.no_holdout_because)}.")
    held = report.holdout
    spread = judged.forecasters[0].figures
    return (
        title,
        paragraph(totals_sentence(cards, held)),
        measures_table(cards, judged, ("mae", "rmse", "spearman", "total_bias")),
        paragraph(
            f"Of {held.customers:,} customers {percent(float(spread['central_80'].value or 0.0))} fell into the "
            f"central 80% of their forecast and {percent(held.share_above_p90)} above its P90, where 10% would be "
            "honest.",
            "All measures are in `validation-report.md`.",
        ),
    )


def _reproduction(cards: Cards) -> tuple[str, ...]:
    versions = [(name, version) for name, version in cards.versions.items()]
    return (
        heading("How to repeat it"),
        f"```sh\n{cards.command}\n```",
        paragraph(
            f"With the same files (SHA-256 `{cards.report.data_hash}`), seed {cards.report.seed} and these versions "
            "the results are the same, byte for byte:"
        ),
        table(("library", "version"), versions, words=2),
        paragraph("The fitted models are in `models/`, every figure of the run in `run.json`."),
    )
