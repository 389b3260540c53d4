from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clove.kernel.errors import ArgumentRefused, CloveError
from clove.kernel.money import Currency
from clove.kernel.period import Horizon, TimeUnit, add_months

DAYS = st.dates(date(1970, 1, 1), date(2100, 12, 31))


@given(DAYS, st.integers(1, 120))
def test_months_are_those_of_the_calendar(day, months):
    later = add_months(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


@given(DAYS, st.integers(1, 60), st.sampled_from("dwm"))
def test_steps_of_a_horizon_end_where_the_horizon_ends(as_of, count, unit):
    horizon = Horizon(count, unit)
    steps = horizon.month_ends(as_of)
    days = [day for day, _ in steps]
    assert days == sorted(set(days))
    assert days[-1] == horizon.days(as_of) == (horizon.end(as_of) - as_of).days
    assert [years for _, years in steps] == sorted(years for _, years in steps)
    if unit == "m":
        assert [years for _, years in steps] == [k / 12 for k in range(1, count + 1)]


@pytest.mark.parametrize(
    ("text", "days"), [("12m", 366), ("1y", 366), ("26w", 182), ("90d", 90), (" 3 months ", 91), ("2Weeks", 14)]
)
def test_horizons_read(text, days):
    assert Horizon.parse(text).days(date(2011, 12, 9)) == days


@pytest.mark.parametrize("text", ["5minutes", "3dogs", "1mo", "12", "m", "0d", "11years", "1.5m"])
def test_what_only_looks_like_a_horizon_is_refused(text):
    with pytest.raises(ArgumentRefused, match="horizon"):
        Horizon.parse(text)


def test_units_by_name():
    assert TimeUnit.of("week").days == 7
    assert TimeUnit.of(TimeUnit.DAY) is TimeUnit.DAY
    with pytest.raises(ArgumentRefused, match="hour, day, week"):
        TimeUnit.of("fortnight")


@pytest.mark.parametrize(
    ("code", "amount", "shown"),
    [
        ("GBP", 9_999.994, "£9,999.99"),
        ("GBP", -0.001, "£0.00"),
        ("JPY", 1234.5, "¥1,234"),
        ("KWD", 1.2345, "KWD 1.234"),
        ("CHF", 12.3, "CHF 12.30"),
        ("", 1e6, "1,000,000"),
    ],
)
def test_money_as_people_read_it(code, amount, shown):
    assert Currency.parse(code).show(amount) == shown


@pytest.mark.parametrize("text", ["pounds", "£", "GB", "G1P"])
def test_currencies_that_are_none(text):
    with pytest.raises(ArgumentRefused, match="currency"):
        Currency.parse(text)


def test_an_error_says_what_where_and_what_to_do():
    error = CloveError("a hole", where="row 7", remedy="Fill it")
    assert str(error) == "row 7: a hole. Fill it."
