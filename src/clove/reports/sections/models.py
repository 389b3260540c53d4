"""What the models have to say for themselves."""

from clove.reports.blocks import Block, Column, Points, Section, Table, Words
from clove.reports.contents import ModelContender, ValueReport
from clove.reports.shown import Unknown, plural, prose, significant
from clove.valuation.model_choice import NOTICEABLE

NO_ERROR = "the likelihood is too flat here to tell how exact it is"

LEAVING = {
    "a": "With b: a / (a + b) is the average chance of leaving for good after a purchase",
    "b": "With a: the larger both are, the more alike customers are in that chance",
}
BUYING = {
    "r": "How alike customers are in how often they buy: the larger, the more alike",
    "alpha": "Scale of buying, in days: r / alpha purchases a day on average, for as long as a customer stays",
}
SPENDING = {
    "p": "How even the orders of one customer are: the larger, the more alike",
    "q": "How alike customers are in what they spend: the larger, the more alike",
    "gamma": "Scale of spend: p × gamma / (q − 1) per order on average, where q is above 1",  # noqa: RUF001  signs
    "elasticity": "How spend per order goes with purchases: per 1% more purchases, so many per cent more",
}
MEANINGS = {
    "BG/NBD": BUYING | LEAVING,
    "MBG/NBD": BUYING | LEAVING,
    "MBG/CNBD-k": BUYING
    | LEAVING
    | {
        "alpha": "Scale of buying, in days: r / (alpha k) purchases a day on average, for as long as a customer stays",
        "k": "How regular the intervals between purchases are: 1 at random, the larger the more regular",
    },
    "Pareto/NBD": BUYING
    | {
        "s": "How alike customers are in how soon they leave: the larger, the more alike",
        "beta": "Scale of staying, in days: beta / (s − 1) days on average, where s is above 1",  # noqa: RUF001  a sign
    },
    "BG/BB": {
        "alpha": "With beta: alpha / (alpha + beta) is the average chance of buying on a day, while a customer stays",
        "beta": "With alpha: the larger both are, the more alike customers are in that chance",
        "gamma": "With delta: gamma / (gamma + delta) is the average chance of leaving for good on a day",
        "delta": "With gamma: the larger both are, the more alike customers are in that chance",
    },
    "Gamma-Gamma": SPENDING,
}
NOT_EXPLAINED = "there is no explanation of this parameter"


def models(report: ValueReport) -> Section:
    """Findings in words, then parameters with their standard errors."""
    finding = (
        f"The models raise {plural(len(report.findings), 'point')} to know."
        if report.findings
        else "The models were fitted and raise no objection."
    )
    columns = (
        Column("Parameter", number=False),
        Column("Meaning", number=False),
        Column("Estimate"),
        Column("Standard error", help="How far the estimate may be off by chance"),
    )
    rows = tuple(
        (
            fitted.name,
            MEANINGS.get(fitted.model, {}).get(fitted.name, Unknown(NOT_EXPLAINED)),
            significant(fitted.estimate),
            significant(fitted.standard_error, NO_ERROR),
        )
        for fitted in report.parameters
    )
    table = (
        Table(f"Fitted parameters of {report.source}", columns, rows, stack=True)
        if rows
        else Words(("There is no parameter.",))
    )
    return Section(
        "models",
        "What the models say",
        finding,
        (
            *((Points(tuple(prose(point) for point in report.findings)),) if report.findings else ()),
            *_comparison(report),
            table,
        ),
    )


def _comparison(report: ValueReport) -> tuple[Block, ...]:
    """Why this purchase model, with the figures that it was chosen by."""
    plain = _in_plain_words(report)
    why = Words((f"Why this model: {f'{plain} ' if plain else ''}{prose(report.chosen_because)}",))
    if not report.contenders:
        return (why,)
    columns = (
        Column("Model", number=False),
        Column(
            "Log probability", help="Mean, per customer, of the log of the probability of what came: nearer 0 is better"
        ),
        Column("Gain", help="Over the first model"),
        Column("Standard error", help="Of the gain: below two of them it may be chance"),
    )
    reference, *challengers = report.contenders
    rows = (
        (reference.model, prose(f"{reference.log_score:.4f}"), "", ""),
        *(
            (each.model, prose(f"{each.log_score:.4f}"), _gain(each, reference), f"{each.standard_error:.4f}")
            for each in challengers
        ),
    )
    return (why, Table("How probable each model held what came after an earlier date", columns, rows, stack=True))


def _gain(each: ModelContender, reference: ModelContender) -> str:
    return f"the same as {reference.model}" if abs(each.gain) < NOTICEABLE else prose(f"{each.gain:+.4f}")


def _in_plain_words(report: ValueReport) -> str:
    """How the model that was taken did beside the others; empty where none was compared or it is not among them."""
    taken = next((each for each in report.contenders if report.source.startswith(f"{each.model} + ")), None)
    if taken is None or len(report.contenders) == 1:
        return ""
    reference, *_ = report.contenders
    if taken.log_score >= max(each.log_score for each in report.contenders):
        return "it foretold the last months best."
    if taken is reference:
        return "no other foretold the last months better with any certainty."
    return f"it foretold the last months better than {reference.model}."
