"""What a simulated business sells, where, and to whom."""

from dataclasses import dataclass

import numpy as np

from clove.kernel.arrays import Floats, Ints, Labels

REGIONS = {
    "ZAF": ("Gauteng", "Western Cape", "KwaZulu-Natal", "Eastern Cape", "Free State"),
    "KEN": ("Nairobi", "Mombasa", "Nakuru", "Kisumu"),
    "NGA": ("Lagos", "Abuja", "Rivers", "Kano"),
    "TZA": ("Dar es Salaam", "Arusha", "Mwanza"),
    "ZMB": ("Lusaka", "Copperbelt", "Southern"),
}
COUNTRY_SHARE = {"ZAF": 0.50, "KEN": 0.18, "NGA": 0.14, "TZA": 0.10, "ZMB": 0.08}  # of quotes
CHANNEL_SHARE = {"direct": 0.36, "dealer": 0.20, "corporate": 0.14, "online": 0.18, "broker": 0.12}
TIER_SHARE = {"basic": 0.32, "standard": 0.38, "premium": 0.15, "fleet": 0.15}
FLEET_BY_CORPORATE = 4.0  # as many times likelier is the fleet tier among corporate quotes

MAKES = ("Toyota", "Volkswagen", "Ford", "Isuzu", "Nissan", "Hyundai", "Suzuki", "BMW", "Mercedes-Benz", "Audi")
MAKE_SHARE = (0.26, 0.15, 0.13, 0.10, 0.09, 0.09, 0.08, 0.04, 0.04, 0.02)
COMPLEXITIES = ("standard", "complex", "premium")
COMPLEXITY_FACTOR = (1.0, 1.5, 1.8)  # of the cost of a fitment
COMPLEX_SHARE = (0.04, 0.05, 0.10, 0.12, 0.05, 0.05, 0.03, 0.45, 0.40, 0.45)  # by make
PREMIUM_SHARE = (0.00, 0.01, 0.02, 0.01, 0.00, 0.00, 0.00, 0.45, 0.50, 0.45)

BANDS = ("A", "B", "C", "D", "unrated")
BAND_SHARE = (0.24, 0.30, 0.24, 0.10, 0.12)
CUSTOMER_TYPES = ("individual", "fleet", "corporate", "dealer")
INDIVIDUAL, FLEET, CORPORATE, DEALER = range(4)
CONTRACTS_PER_CUSTOMER = (1.0, 8.0, 4.0, 3.0)  # mean, by type
PAYMENT_METHODS = ("debit_order", "eft", "credit_card", "cash")
METHOD_SHARE = (0.62, 0.20, 0.12, 0.06)


@dataclass(frozen=True, slots=True, eq=False)
class Market:
    """One row per segment, arrays of shape (k,); money in the segment's currency."""

    country: Labels
    channel: Labels
    tier: Labels
    currency: Labels
    rand: Floats  # rand that one unit of the currency buys at the end date
    list_price: Floats  # monthly fee
    hardware: Floats  # once
    cac_marketing: Floats  # once
    cac_sales: Floats  # once
    cac_call_centre: Floats  # once
    base_labour: Floats  # once, of a vehicle of standard complexity
    monthly_cost: Floats  # c
    monthly_churn: Floats  # q at list price
    collected_share: Floats  # rho
    clause: Ints  # months
    alpha: Floats  # conversion = alpha * exp(-beta * price in rand)
    beta: Floats

    def __len__(self) -> int:
        return int(self.country.size)

    def shares(self) -> Floats:
        """Share of all quotes, shape (k,), sum 1."""
        share = np.array(
            [
                COUNTRY_SHARE[country]
                * CHANNEL_SHARE[channel]
                * TIER_SHARE[tier]
                * (FLEET_BY_CORPORATE if (channel, tier) == ("corporate", "fleet") else 1.0)
                for country, channel, tier in zip(self.country, self.channel, self.tier, strict=True)
            ],
            dtype=np.float64,
        )
        return np.asarray(share / share.sum())
