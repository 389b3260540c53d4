"""Estimates and amounts of contracts as the sections write them."""

from collections.abc import Sequence

from markupsafe import Markup

from clove.kernel.money import Currency
from clove.reports.contents import Estimate
from clove.reports.contract_contents import SegmentPrice, SegmentValue
from clove.reports.shown import Shown, Unknown, between, identifier, interval_column, known, money_column, rough

NO_VALUE = "a figure that it is made of is not known"
NO_INTERVAL = "no interval was computed"


def segment_name(line: SegmentValue | SegmentPrice) -> str:
    """Country, channel and tier in one line.

    >>> segment_name(SegmentPrice("ZAF", "direct", "basic", *[None] * 11))
    'ZAF direct basic'
    """
    return identifier(f"{line.country} {line.channel} {line.tier}")


def told(currency: Currency, estimate: Estimate, why: str = NO_VALUE) -> Shown:
    """An estimate with its interval, for a sentence.

    >>> str(told(Currency("EUR"), Estimate(120.0, 100.0, 141.0)))
    '€120 (€100 to €141)'
    """
    mean, reach = rough(currency, estimate.mean, why), between(currency, estimate.p10, estimate.p90)
    if isinstance(mean, Unknown) or isinstance(reach, Unknown):
        return mean
    return f"{mean} ({reach})"


def over(figure: Shown, below: Shown) -> Shown:
    """Two lines in one cell: a figure, and what belongs to it in small letters."""
    if isinstance(figure, Unknown):
        return figure
    return Markup('<span><span class="figure">{}</span><span class="reach">{}</span></span>').format(figure, below)


def estimate_column(currency: Currency, estimates: Sequence[Estimate], why: str = NO_VALUE) -> tuple[Shown, ...]:
    """Estimates of a column in full, each above its interval."""
    means = money_column(currency, [estimate.mean for estimate in estimates], why)
    reaches = interval_column(currency, [(estimate.p10, estimate.p90) for estimate in estimates], NO_INTERVAL)
    return tuple(over(mean, reach) for mean, reach in zip(means, reaches, strict=True))


def own_money(
    currencies: Sequence[Currency], amounts: Sequence[float | None], why: str = "no amount could be computed"
) -> tuple[Shown, ...]:
    """The amounts of a column, each in its own currency and written as the others in it.

    >>> own_money([Currency("EUR"), Currency("USD"), Currency("EUR")], [1.0, 20_000.0, 2.5])
    ('€1.00', '$20,000', '€2.50')
    """
    cells: dict[int, Shown] = {}
    for code in dict.fromkeys(currencies):
        places = [place for place, each in enumerate(currencies) if each == code]
        cells.update(zip(places, money_column(code, [amounts[place] for place in places], why), strict=True))
    return tuple(cells[place] for place in range(len(amounts)))


def own_estimates(
    currencies: Sequence[Currency], estimates: Sequence[Estimate], why: str = NO_VALUE
) -> tuple[Shown, ...]:
    """The same of estimates with their intervals."""
    cells: dict[int, Shown] = {}
    for code in dict.fromkeys(currencies):
        places = [place for place, each in enumerate(currencies) if each == code]
        cells.update(zip(places, estimate_column(code, [estimates[place] for place in places], why), strict=True))
    return tuple(cells[place] for place in range(len(estimates)))


def joined(names: Sequence[str]) -> str:
    """A list in a sentence.

    >>> joined(["a"]), joined(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return "".join(names) if len(names) <= 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def month_number(month: float, why: str) -> Shown:
    """A month counted from the start of a contract."""
    return f"{month:,.0f}" if known(month) else Unknown(why)
