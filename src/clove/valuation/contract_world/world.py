"""The simulated portfolio: its history, its state at the end, and what comes after."""

from dataclasses import dataclass
from datetime import date
from typing import Self

import numpy as np

from clove.kernel.arrays import Bools, Floats, Ints
from clove.valuation.contract_world.bad_billing import device_value, give_up
from clove.valuation.contract_world.book import Book
from clove.valuation.contract_world.calendar import Calendar
from clove.valuation.contract_world.draws import Draws
from clove.valuation.contract_world.ends import hazard, saved_probability
from clove.valuation.contract_world.hazard import calm_path, resume_probability, unrecovered_theft
from clove.valuation.contract_world.journal import Journal
from clove.valuation.contract_world.life import live
from clove.valuation.contract_world.market import Market
from clove.valuation.contract_world.month import Month, Stops
from clove.valuation.contract_world.quotes import Quotes, monthly_rates
from clove.valuation.contract_world.rules import Happenings, Rules
from clove.valuation.contract_world.state import ENDED, LAPSED, NEVER, PARTS, SUSPENDED, VALUED, State

END = date(2025, 12, 31)
MONTHS = 60  # of history
RULES, ALL_HAPPENS = Rules(), Happenings()


@dataclass(frozen=True, slots=True, eq=False)
class Future:
    """What came of contracts in the months after the end date, shape (n,) each; month 1 is the first after it."""

    contract: Ints
    end_month: Ints  # month ahead in which it ended; 0 where it outlived them
    end_reason: Ints  # -1 where it outlived them
    parts: Floats  # (6, n) discounted money, in the order of `PARTS`; costs are negative
    cash: Floats  # (n, months) money of each month of the parts that a remaining value counts, not discounted

    @property
    def remaining(self) -> Floats:
        """Discounted net cash that came: subscription, penalty and recovery less cost, shape (n,)."""
        return np.asarray(self.parts[list(VALUED)].sum(axis=0))


@dataclass(frozen=True, slots=True, eq=False)
class ContractWorld:
    """A portfolio as of the end of its history. Arrays are by contract, in the order in which they were signed."""

    seed: int
    calendar: Calendar
    market: Market
    rates: Floats  # (k, months + 2) rand that a unit of the segment's currency buys, from two months before the first
    rules: Rules
    happenings: Happenings
    quotes: Quotes
    book: Book
    state: State  # at the end
    draws: Draws
    journal: Journal
    realised: Floats  # (6, n) money to date, in the order of `PARTS`, not discounted, without upfront costs

    @classmethod
    def simulate(
        cls,
        contracts: int,
        seed: int,
        market: Market,
        *,
        happenings: Happenings = ALL_HAPPENS,
        rules: Rules = RULES,
        end: date = END,
        months: int = MONTHS,
        keeps: bool = True,
    ) -> Self:
        """A portfolio that ever signed so many contracts.

        Args:
            contracts: At least 1.
            seed: Same seed, same world; a larger world begins with the contracts of a smaller one.
            market: What is sold.
            happenings: What may happen.
            rules: The world's truth.
            end: The last day of the history, the last of a month.
            months: Of history.
            keeps: Whether the journal keeps what happened.

        Raises:
            ArgumentRefused: An end within a month.
        """
        calendar = Calendar.ending(end, months)
        rates = monthly_rates(market, months, seed)
        quotes = Quotes.arrive(contracts, market, rates, calendar, seed)
        draws = Draws.of(0, quotes.segment.size, seed).take(np.flatnonzero(quotes.converted))
        book = Book.signed(quotes, draws, market, rules)
        state, journal = State.at_start(book), Journal(keeps=keeps)
        realised = np.zeros((len(PARTS), contracts))
        for index in range(months):
            month = Month(index, book, state, draws, rules, happenings, calendar, journal, give_up)
            live(month)
            realised += month.flow
        return cls(seed, calendar, market, rates, rules, happenings, quotes, book, state, draws, journal, realised)

    @property
    def living(self) -> Ints:
        """Contracts that have not ended."""
        return np.flatnonzero(self.state.status != ENDED)

    @property
    def served(self) -> Ints:
        """Whole months served by each contract, to the end date or its own end, shape (n,)."""
        months: Ints = (
            np.where(self.state.end_month == NEVER, self.calendar.months - 1, self.state.end_month - 1)
            - self.book.start
        )
        return months

    def after(
        self,
        months: int,
        *,
        contracts: Ints | None = None,
        replicate: int = 0,
        stops: Stops = give_up,
        discount_rate: float = 0.12,
        due_at_start: bool = False,
    ) -> Future:
        """What comes in the next months by the same rules.

        Args:
            months: How many.
            contracts: Of which contracts; all living ones where none are given.
            replicate: 0 is what really comes; others are as likely.
            stops: How lapsed contracts are stopped.
            discount_rate: A year; the cash of a month counts at its end.
            due_at_start: Count it at the month's start instead.
        """
        who = self.living if contracts is None else contracts
        book, state, draws = self.book.take(who), self.state.take(who), self.draws.take(who).again(replicate)
        forget = Journal(keeps=False)
        parts, cash = np.zeros((len(PARTS), who.size)), np.zeros((who.size, months))
        for ahead in range(1, months + 1):
            index = self.calendar.months + ahead - 1
            month = Month(index, book, state, draws, self.rules, self.happenings, self.calendar, forget, stops)
            live(month)
            worth = (1 + discount_rate) ** (-(ahead - due_at_start) / 12)
            parts += worth * month.flow
            cash[:, ahead - 1] = month.flow[list(VALUED)].sum(axis=0)
        ended = state.end_month != NEVER
        return Future(
            who, np.where(ended, state.end_month - self.calendar.months + 1, 0), state.end_reason, parts, cash
        )

    def next_end(self) -> Floats:
        """Exact probability that each living contract ends in the first month after the end date, shape (living,)."""
        who = self.living
        month = Month(
            self.calendar.months,
            self.book,
            self.state,
            self.draws,
            self.rules,
            self.happenings,
            self.calendar,
            Journal(keeps=False),
            give_up,
        )
        status, rules = self.state.status[who], self.rules
        at_once = 1.0 if self.happenings.hazards_known else 1 - rules.notice_share
        chance = hazard(month, who) * at_once
        chance = np.where(self.state.notice[who] != NEVER, 1 - saved_probability(month, who), chance)
        chance = 1 - (1 - chance) * (1 - unrecovered_theft(rules, self.happenings))
        months = self.state.lapsed[who]
        stopped = np.minimum(rules.give_up * np.maximum(months - 1, 0), rules.most_give_up)
        stopped = np.where(months >= rules.longest_lapse, 1.0, stopped)
        return np.where(status == LAPSED, stopped, np.where(status == SUSPENDED, rules.suspended_leaves, chance))

    def calm_ends(self, months: int) -> Floats:
        """Monthly probability of an end in each of the next months, shape (living, months).

        By tenure, price, band, customer and season alone: of a contract that is never late, asks for nothing and whose
        fee stays. Where hazards are known, and fee changes, lapses and interventions are off, this is the truth.
        """
        who = self.living
        fee = self.state.fee[who]
        path = calm_path(
            self.book.take(who),
            fee,
            first_month=self.calendar.months,
            months=months,
            calendar=self.calendar,
            rules=self.rules,
        )
        return 1 - (1 - path) * (1 - unrecovered_theft(self.rules, self.happenings))

    def penalty_share(self, months: int) -> Floats:
        """Expected penalty collected / due over all ends of the next months by `calm_ends`, shape (living,)."""
        who = self.living
        ends = self.calm_ends(months)
        alive = np.cumprod(np.column_stack([np.ones(who.size), 1 - ends[:, :-1]]), axis=1)
        left = np.maximum(self.book.clause[who][:, None] - self.served[who][:, None] - np.arange(months), 0)
        due = alive * left
        willing = ends - unrecovered_theft(self.rules, self.happenings)
        band_share = np.array(self.rules.penalty_collected)[self.book.band[who]]
        total = (due * ends).sum(axis=1)
        with np.errstate(invalid="ignore"):  # nothing is due after the clause
            share = band_share * (due * willing).sum(axis=1) / total
        return np.where(total > 0, share, band_share)

    def resume_probability(self) -> Floats:
        """P(resumes in the month after the end date) of lapsed contracts, nan for others, shape (n,)."""
        chance = resume_probability(self.book.band, self.state.lapsed, self.rules)
        return np.where(self.state.status == LAPSED, chance, np.nan)

    def device_values(self) -> Floats:
        """What each contract's device is worth at the end date, whoever has it, shape (n,)."""
        month = Month(
            self.calendar.months - 1,
            self.book,
            self.state,
            self.draws,
            self.rules,
            self.happenings,
            self.calendar,
            Journal(keeps=False),
            give_up,
        )
        return device_value(month, np.arange(self.state.status.size))

    def in_state(self, *status: int) -> Bools:
        """Whether each contract is in one of these states."""
        return np.isin(self.state.status, status)
