"""An interval as a small drawing inside a line of text: pale band from P10 to P90, dot at the expected value."""

from markupsafe import Markup

from clove.kernel.money import Currency
from clove.reports.contents import Estimate
from clove.reports.shown import between, known, rough

WIDE, HIGH = 180, 16


def interval_bar(
    estimate: Estimate, scale: float, currency: Currency, *, of: str, actual: float | None = None
) -> Markup:
    """A drawing on a scale from 0 to `scale`.

    Args:
        estimate: What to draw; parts that are unknown stay out.
        scale: The amount at the right end; the same for all bars that are to be compared.
        currency: For the words that name the drawing.
        of: What the estimate is of, for a screen reader.
        actual: What came to pass, drawn as an orange diamond.
    """

    def at(amount: float) -> float:
        share = amount / scale if scale > 0 else 0.0
        return round(8 + min(max(share, 0.0), 1.0) * (WIDE - 16), 1)

    words = f"{of}: expected {rough(currency, estimate.mean) if known(estimate.mean) else 'unknown'}"
    parts = [Markup('<path class="scale" d="M8 {y}H{right}"/>').format(y=HIGH / 2, right=WIDE - 8)]
    if known(estimate.p10) and known(estimate.p90):
        words += f", P10 to P90 {between(currency, estimate.p10, estimate.p90)}"
        parts.append(
            Markup('<path class="band" d="M{low} {y}H{high}"/>').format(
                low=at(estimate.p10), y=HIGH / 2, high=max(at(estimate.p90), at(estimate.p10) + 0.5)
            )
        )
    if known(estimate.mean):
        parts.append(Markup('<circle class="dot" cx="{x}" cy="{y}" r="5"/>').format(x=at(estimate.mean), y=HIGH / 2))
    if known(actual):
        words += f", actual {rough(currency, actual)}"
        x = at(actual)
        parts.append(Markup('<path class="came" d="M{x} 1l5 7-5 7-5-7z"/>').format(x=x))
    return Markup('<svg class="bar" viewBox="0 0 {w} {h}" role="img" aria-label="{words}">{parts}</svg>').format(
        w=WIDE, h=HIGH, words=words, parts=Markup("").join(parts)
    )
