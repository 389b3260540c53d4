"""`clove price`: what to charge for a new contract."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clove.cli.dates import parse_date

if TYPE_CHECKING:
    from clove.workflows.price import PriceAnswer


def command(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="Folder of a portfolio's tables. Default: Clove's price table."),
    ] = None,
    *,
    country: Annotated[str, typer.Option("--country", help="Three letters: ZAF, KEN, NGA, TZA or ZMB.")],
    channel: Annotated[str, typer.Option("--channel", help="direct, dealer, corporate, online or broker.")],
    tier: Annotated[str, typer.Option("--tier", help="basic, standard, premium or fleet.")],
    distance_km: Annotated[
        float | None,
        typer.Option("--distance-km", help="To the vehicle that is fitted. Default: the mean of DIR, else 20."),
    ] = None,
    complexity: Annotated[
        str | None,
        typer.Option("--complexity", help="Of the vehicle: standard, complex or premium. Default: likewise."),
    ] = None,
    price: Annotated[
        float | None, typer.Option("--price", help="Monthly fee in the country's currency. Default: the list price.")
    ] = None,
    as_of: Annotated[
        str, typer.Option("--as-of", metavar="DATE", help="Look no further than this month's end. Default: the last.")
    ] = "",
    today: Annotated[str, typer.Option("--today", metavar="DATE", help="Default: the clock's.")] = "",
    mapping: Annotated[
        str, typer.Option("--map", metavar="TABLE.OURS=THEIRS,…", help="Columns, such as contracts.monthly_fee=Fee.")
    ] = "",
    currency: Annotated[
        str,
        typer.Option("--currency", help="That the portfolio's exchange rates are in. Default: the one without rates."),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with the curve, instead of words.")] = False,
) -> None:
    """Judge the price of a new contract, and say which would bring most and which nothing."""
    from clove.cli.progress import watched
    from clove.intake.portfolio.mapping import PortfolioMap
    from clove.kernel.money import Currency
    from clove.wiring.build import build
    from clove.wiring.settings import Settings
    from clove.workflows.price import price as answer_price
    from clove.workflows.price_request import PriceRequest

    request = PriceRequest(
        country=country.upper(),
        channel=channel.lower(),
        tier=tier.lower(),
        distance_km=distance_km,
        complexity=None if complexity is None else complexity.lower(),
        price=price,
        folder=folder,
        mapping=PortfolioMap.parse(mapping) if mapping else None,
        currency=Currency.parse(currency),
        as_of=parse_date("--as-of", as_of),
        today=parse_date("--today", today),
    )
    with watched(quiet=as_json or folder is None) as progress:
        answer = answer_price(request, build(Settings.load(), progress))
    if as_json:
        typer.echo(json.dumps(answer.document, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        _show(answer)


def _show(answer: "PriceAnswer") -> None:
    from rich.console import Console
    from rich.table import Table

    asked, told, show = answer.request, answer.document, answer.segment.currency.show
    console = Console(highlight=False)
    console.print(
        f"{asked.country} {asked.channel} {asked.tier}, {answer.segment.fitment}",
        markup=False,
    )
    verdict = told["verdict"]
    style = "bold green" if verdict == "PROCEED" else "bold red"
    whose = " (list price)" if asked.price is None else f" (list price {show(told['list_price'])})"
    console.print(f"[{style}]{verdict}[/] at {show(told['price'])} a month{whose}")
    for reason in answer.reasons:
        console.print(f"  {reason}.", markup=False)

    rows = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    rows.add_column()
    rows.add_column(overflow="fold")
    if told["ltv"] is not None:
        sure = told["intervals"]
        rows.add_row("A contract is worth", f"{show(told['ltv'])}{_between(sure['ltv'], show)}")
        rows.add_row("", f"over {told['horizon_months']} months, after {show(told['upfront']['total'])} upfront")
        share = f"{_share(told['conversion'])}{_between(sure['conversion'], _share)}"
        rows.add_row("Quotes that convert", share)
        rows.add_row("A quote brings", show(told["expected_profit"]))
        paid = told["payback_month"]
        allowed = told["rules"]["payback_months_allowed"]
        rows.add_row("Paid back", f"{'never' if paid is None else f'in month {paid}'}; {allowed} months are allowed")
        if (simple := told["simple_payback_months"]) is not None:
            rows.add_row("", f"undiscounted, and if none ended: after {simple:.1f} months")
        if (ratio := told["ltv_to_cac"]) is not None:
            rows.add_row("LTV : CAC", f"{ratio:,.1f}")
        if told["break_even"] is not None:
            rows.add_row("Break-even price", show(told["break_even"]))
        if verdict == "BLOCK" and told["proceeds_from"] is not None:
            rows.add_row("May proceed from", show(told["proceeds_from"]))
        best, low, high = told["optimum"], told["curve"][0]["price"], told["curve"][-1]["price"]
        rows.add_row("Best price", f"{show(best['price'])}, of {show(low)} to {show(high)}")
        rows.add_row("", f"a quote then brings {show(best['expected_profit'])}")
    console.print()
    console.print(rows)
    console.print()
    for note in answer.notes:
        console.print(note, markup=False)
    console.print(f"Figures: {answer.segment.source}.", markup=False)
    if asked.folder is None:
        console.print("Next: clove price DIR … answers by the history of your own contracts in DIR.", markup=False)
    else:
        console.print("Next: --price tries another price; --json prints the whole curve.", markup=False)


def _between(interval: dict[str, float | None], show: Callable[[float], str]) -> str:
    low, high = interval["p10"], interval["p90"]
    return "" if low is None or high is None else f" (80 % interval {show(low)} to {show(high)})"


def _share(part: float) -> str:
    return "under 1%" if part < 0.01 else f"{part:.0%}"
