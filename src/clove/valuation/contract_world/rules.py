"""The rules by which a simulated portfolio lives: its truth."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Happenings:
    """What may happen in the world; what is off never happens."""

    fee_changes: bool = True
    lapses: bool = True  # and suspensions
    interventions: bool = True
    thefts: bool = True
    # ends depend on tenure, price, band, customer and season alone and come without notice; each month costs its mean
    hazards_known: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """True parameters. Tuples of five are by credit band: A, B, C, D, unrated; probabilities are a month's."""

    # voluntary ends: q of the segment times the factors, in month t of the contract
    tenure_early: float = 2.0  # month 1; fades to 1 in `tenure_fades` months
    tenure_fades: float = 4.0
    tenure_in_clause: float = 0.55
    tenure_last_months: float = 0.35  # the last three of the clause: the wait for it to end
    tenure_after_clause: float = 0.95
    clause_end: tuple[float, ...] = (5.0, 3.0, 1.8)  # the first months after the clause
    renewal: float = 1.5  # the month after each year served
    price_power: float = 0.5  # (fee / list price) to this
    hazard_by_band: tuple[float, ...] = (0.75, 0.90, 1.10, 1.40, 1.05)
    hazard_spread: float = 0.45  # deviation of the log of a customer's own factor, mean 1
    hazard_by_lateness: float = 1.0  # log of the factor per ten days of recent lateness
    hazard_by_tickets: float = 1.6  # log of the factor per weight of recent tickets
    hazard_season: tuple[float, ...] = (1.25, 1.05, 1.0, 0.95, 0.95, 1.0, 0.95, 0.95, 1.0, 0.95, 0.95, 1.0)
    highest_hazard: float = 0.5
    notice_share: float = 0.65  # of those who mean to leave; they ask first and leave in the month after
    saved: float = 0.20  # of those who asked
    saved_treated: float = 0.50
    # payments
    short_by_band: tuple[float, ...] = (0.25, 0.40, 0.60, 1.0, 0.5)  # share of 1 - rho that a paying contract leaves
    late_days: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 3.0)  # mean
    late_spread: float = 0.6  # deviation of the log of a contract's own factor on it, mean 1
    lapse_by_band: tuple[float, ...] = (0.004, 0.008, 0.014, 0.028, 0.012)
    lapse_by_lateness: float = 0.8  # log of the factor per ten days of recent lateness
    lapse_season: tuple[float, ...] = (1.5, 1.15, 0.95, 0.9, 0.9, 0.95, 0.95, 0.95, 0.95, 0.95, 0.95, 1.0)
    suspension: float = 0.002
    suspension_ends: float = 0.30  # and the contract pays again
    suspended_leaves: float = 0.05
    # bad billing: P(resumes in the month | m months unpaid at its start) = min(1, p0 * b * exp(-decay * m))
    p0: float = 0.55
    decay: float = 0.35
    resume_by_band: tuple[float, ...] = (1.4, 1.1, 0.85, 0.55, 0.90)
    arrears_on_resumption: float = 0.9  # probability that the invoice of the lapse is paid; the later ones are
    arrears_on_stop: float = 0.35
    give_up: float = 0.05  # per month beyond the first, before the month's chance to resume
    most_give_up: float = 0.5
    longest_lapse: int = 24
    retrieves: float = 0.4  # of those given up
    admin: float = 0.75  # of a fee, for a stop
    collections: float = 0.08  # of a fee, a lapsed month
    retrieval_works: float = 0.80
    # penalties
    penalty_rate: float = 0.75
    penalty_collected: tuple[float, ...] = (0.85, 0.75, 0.60, 0.40, 0.60)  # mean
    penalty_when_paid: float = 0.675  # of a penalty of which anything is paid; the band's share where that is more
    penalty_after_retrieval: float = 0.8  # of the above
    # thefts
    theft_year: float = 0.036
    recovered: float = 0.72
    recovery_fee: float = 10.0  # monthly fees
    recovery_fee_collected: float = 0.90
    recovery_cost: float = 3.0  # monthly fees
    # fees
    increase_share: float = 0.70  # of contracts, at each anniversary
    increase: tuple[float, float] = (0.02, 0.06)  # uniform
    # service
    fault: float = 0.015
    fault_repaired: float = 0.75
    fault_swapped: float = 0.10
    billing_query: float = 0.012
    billing_query_late: float = 0.03  # added per ten days of recent lateness
    service_query: float = 0.025
    unresolved: float = 0.25
    # costs: shares of the segment's monthly cost
    platform: float = 0.56
    sim_data: float = 0.20
    support: float = 0.18
    repair: float = 0.06  # mean
    # retention
    trial_notice: float = 0.35  # of notices enter the trial
    trial_at_risk: float = 0.08  # of contracts late, with tickets or near the end of the clause
    trial_others: float = 0.002
    treated: float = 0.5  # of the trial, at random
    kinds: tuple[str, ...] = ("call", "discount", "service_visit", "upgrade")
    kind_share: tuple[float, ...] = (0.40, 0.25, 0.20, 0.15)
    kind_cost: tuple[float, ...] = (25.0, 10.0, 180.0, 120.0)  # rand
    kind_effect: tuple[float, ...] = (0.80, 0.60, 0.65, 0.75)  # factor on the hazard
    quiet_effect: float = 1.4  # more, for a contract with nothing amiss: it is reminded that it could leave
    effect_months: int = 6
    discount: float = 0.15
    # hardware
    hardware_life: float = 48.0  # months, in a straight line
    hardware_condition: float = 0.15  # deviation of the log
    travel_per_km: float = 3.50  # rand, by complexity
    upfront_spread: float = 0.12  # deviation of the log of marketing and sales costs

    def document(self) -> dict[str, Any]:
        """All of them, for `parameters.json`."""
        return asdict(self)
