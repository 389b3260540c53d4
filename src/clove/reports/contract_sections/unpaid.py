"""Who stopped paying, and what to do about it."""

from markupsafe import Markup

from clove.reports.blocks import Block, Card, Cards, Column, Next, Section, Table, Words
from clove.reports.contract_contents import Lapsed, PortfolioReport
from clove.reports.contract_sections.amounts import over, own_money
from clove.reports.shown import Shown, Unknown, count, identifier, known, money_column, percent, plural, prose, rough

TITLE = "Who stopped paying, and what to do"
LISTED = 15
NAMED = 10  # ids at the head of the page
ACTIONS = {
    "continue": ("Follow up", "follow up for another month", "Payment may come back, and is worth waiting for."),
    "cancel": ("Cancel", "cancel the contract", "What can be collected now is worth more than waiting."),
    "retrieve": ("Cancel and fetch the hardware", "cancel it and fetch the hardware", "The device is worth the visit."),
}
UNDECIDED = "a figure that the decision needs is not known"
NOT_TOLD = (
    "Whether anybody has stopped paying cannot be told: there are neither payments nor changes of status. Every live "
    "contract is taken to pay."
)
NO_ACTION = "this action cannot be weighed"
COLUMNS = (
    "Pays again: the chance in the next month. Follow up, cancel, fetch: what each action brings on average, the best "
    "in bold. Gain: over the second best. Priority: what a month of delay loses."
)
HOW = (
    "Each month three actions are weighed by the money that they bring on average: to follow up for another month, to "
    "cancel, or to cancel and fetch the hardware. Following up pays off only while payment may still come back, which "
    "gets less likely month by month. The figures are averages over all that may happen; a single contract does better "
    "or worse. How sure the chance of payment is, is told under “What the figures stand on”."
)


def unpaid(report: PortfolioReport) -> Section:
    """Cards of the actions and the head of the queue."""
    if not report.lapsed and not report.stops_known:
        return Section("unpaid", TITLE, NOT_TOLD, (Next("Export payments too, or status_changes."),))
    if not report.lapsed:
        return Section("unpaid", TITLE, "Nobody has stopped paying.", (Next("Nothing to do here this month."),))
    blocks: list[Block] = []
    if report.actions:
        blocks.append(Cards(tuple(_card(report, *action) for action in _done(report))))
    blocks.append(Words((HOW,)))
    if report.queue:
        blocks.append(_table(report))
    blocks.append(Next(_next(report)))
    return Section("unpaid", TITLE, _finding(report), tuple(blocks))


def in_words(action: str) -> str:
    """What to do, after "it is best to".

    >>> in_words("continue")
    'follow up for another month'
    """
    return ACTIONS[action][1] if action in ACTIONS else identifier(action)


def _done(report: PortfolioReport) -> tuple[tuple[str, int, float], ...]:
    """Actions that are advised for somebody, with those for whom none is."""
    advised = tuple(action for action in report.actions if action[1])
    left = report.lapsed - sum(number for _, number, _ in advised)
    return (*advised, ("", left, float("nan"))) if left > 0 else advised


def _finding(report: PortfolioReport) -> str:
    decided = [(name, number) for name, number, _ in report.actions if name in ACTIONS and number]
    stopped = f"{plural(report.lapsed, 'contract')} stopped paying"
    if not decided:
        return f"{stopped}; what to do about {'it' if report.lapsed == 1 else 'them'} cannot be told."
    if report.lapsed == 1:
        return f"1 contract stopped paying: it is best to {in_words(decided[0][0])}."
    most = max(decided, key=lambda pair: pair[1])
    return f"{stopped}; for {most[1]:,} of them it is best to {in_words(most[0])}."


def _card(report: PortfolioReport, action: str, number: int, gain: float) -> Card:
    name, do, why = ACTIONS.get(action, ("Not decided", "find the figure that is missing", f"Here {UNDECIDED}."))
    share = percent(number / report.lapsed if report.lapsed else None)
    more = rough(report.currency, gain, UNDECIDED if action not in ACTIONS else "its gain is not known")
    return Card(
        name,
        f"{share} of those that stopped paying",
        (("contracts", count(number)), ("gain over the second best", more)),
        why,
        f"{do[:1].upper()}{do[1:]}.",
    )


def _next(report: PortfolioReport) -> str:
    first = next((line for line in report.queue if line.action), None)
    if first is None:
        return "Find the figures that are missing; collections.csv says for each contract which."
    named = identifier(first.contract_id)
    what = f"Begin with contract {named}: {in_words(first.action)}."
    if known(first.priority) and first.priority > 0:
        what += f" A month without that loses {rough(report.currency, first.priority)} on average."
    return f"{what} Then go down the queue; all of it is in collections.csv."


def _table(report: PortfolioReport) -> Table:
    lines = report.queue[:LISTED]
    currencies = [line.currency for line in lines]
    choices = [
        own_money(currencies, [getattr(line, name) for line in lines], NO_ACTION)
        for name in ("carry_on", "cancel", "retrieve")
    ]
    columns = (
        Column("Contract", number=False),
        Column("Owes"),
        Column("Pays again"),
        Column("Follow up"),
        Column("Cancel"),
        Column("Fetch"),
        Column("Do now", number=False, help="And later, if nothing changes"),
        Column("Gain"),
        Column("Priority"),
    )
    marked = [
        [_bold(cell, line.action == name) for cell, line in zip(cells, lines, strict=True)]
        for name, cells in zip(ACTIONS, choices, strict=True)
    ]
    cells: list[list[Shown] | tuple[Shown, ...]] = [
        [_named(line) for line in lines],
        own_money(currencies, [line.arrears for line in lines], "what is owed is not known"),
        [percent(line.pays_again, why="the chance of payment is not known") for line in lines],
        *marked,
        [_do(line) for line in lines],
        own_money(currencies, [line.gain for line in lines], UNDECIDED),
        money_column(report.currency, [line.priority for line in lines], UNDECIDED),
    ]
    mixed = {line.currency for line in lines} != {report.currency}
    note = f"{COLUMNS} " + ("Priority is in the portfolio's currency, the rest in the contract's. " if mixed else "")
    shown = f"The first {len(lines):,} of {report.lapsed:,}" if report.lapsed > len(lines) else f"All {len(lines):,}"
    caption = f"{shown} in the collections queue, most urgent first" if len(lines) > 1 else "The collections queue"
    return Table(caption, columns, tuple(zip(*cells, strict=True)), note=note.strip(), stack=True)


def _named(line: Lapsed) -> Markup:
    since = f"unpaid {plural(line.months_lapsed, 'month')}" if line.months_lapsed else "since this month"
    band = f"{'credit band ' if len(line.band) == 1 else ''}{line.band}"
    return Markup('<bdi class="id">{}</bdi><small>{}</small><small>{}</small>').format(
        identifier(line.contract_id), identifier(band), since
    )


def _do(line: Lapsed) -> Shown:
    if line.action not in ACTIONS:
        return Unknown(UNDECIDED)
    below = f"Later: {_later(line.then)}" if line.then else f"Brings {prose(line.brings)}" if line.brings else ""
    return over(ACTIONS[line.action][0], below) if below else ACTIONS[line.action][0]


def _later(then: str) -> str:
    """An action that is named first in the words that the page uses for it."""
    first, _, rest = then.partition(" ")
    return prose(f"{in_words(first)} {rest}" if first in ACTIONS else then)


def _bold(cell: Shown, best: bool) -> Shown:
    return Markup('<b class="best">{}</b>').format(cell) if best and isinstance(cell, str) else cell
