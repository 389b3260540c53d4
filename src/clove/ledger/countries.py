"""The countries in which contracts are read, and their money."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Country:
    """ISO 3166-1 codes, English name and ISO 4217 currency."""

    code: str  # of three letters
    short: str  # of two letters
    name: str
    currency: str


COUNTRIES: Mapping[str, Country] = {
    country.code: country
    for country in (
        Country("ZAF", "ZA", "South Africa", "ZAR"),
        Country("KEN", "KE", "Kenya", "KES"),
        Country("NGA", "NG", "Nigeria", "NGN"),
        Country("TZA", "TZ", "Tanzania", "TZS"),
        Country("ZMB", "ZM", "Zambia", "ZMW"),
    )
}
"""Code of three letters -> country."""

CURRENCIES: Mapping[str, str] = {code: country.currency for code, country in COUNTRIES.items()}
"""Country -> currency of its contracts, where the file names no other."""
