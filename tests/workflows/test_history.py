"""purchase_history: the published summary, a pandas referee, every kind of table, and what it refuses."""

from datetime import date, datetime

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clove
from clove.engine.local import LocalEngine
from clove.features import btyd
from clove.kernel.errors import ArgumentRefused, CloveError, InputRefused, NotEnoughData
from clove.models import BgNbd, PurchaseHistory
from clove.workflows.history import purchase_history

NAMES = {"customer": "who", "time": "when", "amount": "spend"}
ORDERS = pd.DataFrame(
    {
        "who": [3, 1, 3, 3],
        "when": pd.to_datetime(["2020-01-01 09:00", "2020-01-02 00:00", "2020-01-05 10:00", "2020-01-05 23:00"]),
        "spend": [1.0, 2.0, 3.0, 5.0],
    }
)


def same(history: PurchaseHistory, other: PurchaseHistory) -> None:
    assert history.customer_id.tolist() == other.customer_id.tolist()
    for name in ("frequency", "recency", "T"):
        np.testing.assert_array_equal(getattr(history, name), getattr(other, name))
    np.testing.assert_allclose(history.monetary_value, other.monetary_value, rtol=1e-12, equal_nan=True)
    np.testing.assert_allclose(history.log_intervals, other.log_intervals, atol=1e-10)


def by_pandas(frame: pd.DataFrame, unit: str, as_of: pd.Timestamp) -> PurchaseHistory:
    """One customer after the other."""
    grain = pd.Timedelta(hours=1) if unit == "hour" else pd.Timedelta(days=1)
    length = pd.Timedelta(days=7) if unit == "week" else grain
    end = as_of + pd.Timedelta(days=1) - grain
    frame = frame.assign(when=frame["when"].dt.floor("h" if unit == "hour" else "D"))
    rows = []
    for name, lines in frame[frame["when"] <= end].groupby("who"):
        spend = lines.groupby("when")["spend"].sum()
        first, last = spend.index[0], spend.index[-1]
        mean = spend.iloc[1:].mean() if len(spend) > 1 else np.nan
        gaps = float(np.log(np.diff(spend.index) / length).sum())
        rows.append((name, len(spend) - 1, (last - first) / length, (end - first) / length, mean, gaps))
    names, frequency, recency, age, mean, logs = zip(*rows, strict=True)
    return PurchaseHistory.of(frequency, recency, age, mean, customer_id=names, unit=unit, log_intervals=logs)


@pytest.fixture(scope="module")
def sample(shared_data) -> pd.DataFrame:
    frame = pd.read_csv(shared_data / "cdnow" / "CDNOW_sample.txt", sep=r"\s+", header=None, usecols=[1, 2, 4])
    frame.columns = ["who", "when", "spend"]
    return frame.assign(when=pd.to_datetime(frame["when"].astype(str), format="%Y%m%d"))


def test_the_cdnow_sample_gives_the_published_summary_and_model(sample, cdnow_sample):
    history = clove.purchase_history(sample, **NAMES, as_of="1997-09-30", unit="week")
    assert len(history) == 2357
    for name in ("frequency", "recency", "T", "monetary_value"):
        np.testing.assert_allclose(getattr(history, name), getattr(cdnow_sample, name), rtol=1e-9, equal_nan=True)
    model = BgNbd.fit(history)
    assert (model.r, model.alpha, model.a, model.b) == pytest.approx((0.243, 4.414, 0.793, 2.426), abs=6e-4)
    assert model.log_likelihood(history).sum() == pytest.approx(-9582.4, abs=0.05)


@pytest.mark.parametrize("unit", ["day", "hour", "week"])
def test_it_agrees_with_the_referee_for_numbers_and_for_text(unit):
    moment = st.builds(
        lambda day, minute: pd.Timestamp("2020-02-25") + pd.Timedelta(days=day, minutes=minute),
        st.integers(0, 12),
        st.integers(0, 1439),
    )
    row = st.tuples(st.integers(-3, 3), moment, st.integers(0, 10_000).map(lambda cents: cents / 100))

    @given(st.lists(row, min_size=1, max_size=40), st.integers(0, 14))
    @settings(max_examples=60, deadline=None)
    def check(rows, days):
        frame = pd.DataFrame(rows, columns=["who", "when", "spend"])
        as_of = frame["when"].min().normalize() + pd.Timedelta(days=days)
        expected = by_pandas(frame, unit, as_of)
        found = purchase_history(frame, **NAMES, as_of=as_of, unit=unit)
        same(found, expected)
        PurchaseHistory.of(found.frequency, found.recency, found.T, found.monetary_value, unit=unit)
        # letters keep the order of the numbers, and take the other path through the engine
        text = frame.assign(who=frame["who"].map(lambda number: "abcdefg"[number + 3]))
        by_text = purchase_history(text, **NAMES, as_of=as_of, unit=unit)
        assert by_text.customer_id.tolist() == ["abcdefg"[number + 3] for number in expected.customer_id]
        np.testing.assert_allclose(by_text.monetary_value, expected.monetary_value, rtol=1e-9, equal_nan=True)
        np.testing.assert_allclose(by_text.log_intervals, expected.log_intervals, atol=1e-10)
        for name in ("frequency", "recency", "T"):
            np.testing.assert_array_equal(getattr(by_text, name), getattr(expected, name))

    check()


def test_numbers_too_far_apart_for_one_key_take_the_engine():
    far = ORDERS.assign(who=[2**62, -(2**62), 2**62, 2**62])
    history = purchase_history(far, **NAMES)
    assert history.customer_id.tolist() == [-(2**62), 2**62]
    assert history.frequency.tolist() == [0, 1]


def test_a_table_too_long_for_arrays_takes_the_engine(monkeypatch):
    expected = purchase_history(ORDERS, **NAMES)
    monkeypatch.setattr(btyd, "MOST_ROWS", 3)
    monkeypatch.setattr(btyd, "summary_of_dense", None)  # calling it would fail
    same(purchase_history(ORDERS, **NAMES), expected)


@pytest.mark.parametrize(
    ("unit", "recency", "age"),
    [("day", [0, 4], [3, 4]), ("week", [0, 4 / 7], [3 / 7, 4 / 7]), ("hour", [0, 110], [95, 110])],
)
def test_units_by_hand(unit, recency, age):
    history = purchase_history(ORDERS, **NAMES, unit=unit)
    assert history.recency.tolist() == recency
    assert history.T.tolist() == age
    # the two orders of 5 January are one occasion by day and by week, two by hour
    assert history.frequency.tolist() == [0, 2 if unit == "hour" else 1]
    assert history.monetary_value[1] == (4.0 if unit == "hour" else 8.0)


def test_an_hour_is_floored_before_1970_too():
    old = ORDERS.assign(
        when=pd.to_datetime(["1969-12-31 22:59", "1969-12-31 23:01", "1969-12-31 23:59", "1970-01-01 00:00"])
    )
    history = purchase_history(old, **NAMES, unit="hour")
    assert (history.frequency.tolist(), history.recency.tolist()) == ([0, 2], [0, 2])


ARROW = pa.Table.from_pandas(ORDERS, preserve_index=False)
TABLES = {
    "pandas": ORDERS,
    "pandas, nullable": ORDERS.convert_dtypes(),
    "pandas, Arrow-backed": ORDERS.convert_dtypes(dtype_backend="pyarrow"),
    "pandas, Python dates": ORDERS.assign(when=ORDERS["when"].dt.date),
    "pandas, ISO text": ORDERS.assign(when=ORDERS["when"].astype(str)),
    "pandas, an index of its own": ORDERS.set_axis(list("wxyz")),
    "polars": pl.from_pandas(ORDERS),
    "pyarrow table": ARROW,
    "pyarrow batch": ARROW.to_batches()[0],
    "pyarrow decimals": ARROW.set_column(2, "spend", pa.array([1, 2, 3, 5], pa.decimal128(9, 2))),
    "pyarrow seconds": ARROW.set_column(1, "when", ARROW["when"].cast(pa.timestamp("s"), safe=False)),
    "a column beside them that is no column": ORDERS.assign(odd=[{}, [1], object(), "x"]),
    "another column in capitals": ORDERS.assign(WHO=9),
}


@pytest.mark.parametrize("kind", TABLES)
def test_every_kind_of_table_gives_the_same(kind):
    history = purchase_history(TABLES[kind], **NAMES)
    same(history, purchase_history(ORDERS, **NAMES))
    assert history.customer_id.dtype == np.int64


def test_streams_and_relations_give_the_same():
    expected = purchase_history(ORDERS, **NAMES)
    same(purchase_history(ARROW.to_reader(max_chunksize=2), **NAMES), expected)
    with duckdb.connect() as connection:
        connection.register("orders", ARROW)
        same(purchase_history(connection.sql('SELECT *, 1 AS "a b" FROM orders'), **NAMES), expected)


@pytest.mark.parametrize(
    ("labels", "kept"),
    [
        (["b", "a", "b", "b"], ["a", "b"]),
        (pd.Categorical(["b", "a", "b", "b"]), ["a", "b"]),
        (["é", "Z", "é", "é"], ["Z", "é"]),
        (np.array([2, 1, 2, 2], np.uint64), [1, 2]),
        ([2.5, 1.0, 2.5, 2.5], [1.0, 2.5]),
    ],
)
def test_identifiers_keep_their_type_and_come_sorted(labels, kept):
    found = purchase_history(ORDERS.assign(who=labels), **NAMES).customer_id.tolist()
    assert found == kept
    assert [type(label) for label in found] == [type(label) for label in kept]


def test_a_time_with_an_offset_counts_in_utc():
    # half past midnight in London's summer is still the day before
    aware = pd.DataFrame({"who": [1, 1], "when": pd.to_datetime(["2020-06-01 00:30", "2020-06-01 12:00"])})
    aware["when"] = aware["when"].dt.tz_localize("Europe/London")
    assert purchase_history(aware, customer="who", time="when").frequency.tolist() == [1]


def test_without_amounts_the_monetary_value_is_unknown():
    for labels in (ORDERS["who"], ORDERS["who"].astype(str)):
        history = purchase_history(ORDERS.assign(who=labels), customer="who", time="when")
        assert np.isnan(history.monetary_value).all()
        assert history.frequency.tolist() == [0, 1]


def test_the_order_of_the_rows_does_not_matter():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "who": rng.integers(0, 500, 4000).astype(str),
            "when": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 200, 4000), unit="D"),
            "spend": rng.gamma(1, 30, 4000),
        }
    )
    history, shuffled = (purchase_history(f, **NAMES) for f in (frame, frame.sample(frac=1, random_state=1)))
    np.testing.assert_array_equal(history.monetary_value, shuffled.monetary_value)
    np.testing.assert_array_equal(history.recency, shuffled.recency)


def test_rows_after_the_as_of_date_are_left_out_and_its_own_day_counts():
    history = purchase_history(ORDERS, **NAMES, as_of=date(2020, 1, 5))
    same(history, purchase_history(ORDERS, **NAMES))
    earlier = purchase_history(ORDERS, **NAMES, as_of="2020-01-04")
    same(earlier, purchase_history(ORDERS[:2], **NAMES, as_of="2020-01-04"))
    assert purchase_history(ORDERS, **NAMES, as_of=pd.Timestamp("2020-01-04")).T.tolist() == earlier.T.tolist()


def broken(**columns: object) -> pd.DataFrame:
    return ORDERS.assign(**columns)


@pytest.mark.parametrize(
    ("frame", "changes", "refusal", "says"),
    [
        (broken(who=pd.array([3, None, None, 3], "Int64")), {}, InputRefused, r"'who'.*2 of 4 .*no customer.*row 1,"),
        (broken(who=[3, 1, np.nan, 3]), {}, InputRefused, "'who'.*1 of 4 .*no customer.*row 2,"),
        (broken(who=["a", "", "b", "c"]), {}, InputRefused, "'who'.*1 of 4 .*no customer.*row 1,"),
        (broken(who=[True, False, True, True]), {}, InputRefused, "'who'.*bool"),
        (broken(when=[pd.NaT, *ORDERS["when"][1:]]), {}, InputRefused, "'when'.*1 of 4 .*no readable time.*row 0,"),
        (broken(when=["2020-01-01", "09/12/2011", "soon", ""]), {}, InputRefused, "'when'.*3 of 4 .*row 1,"),
        (broken(when=["2020-01-01", "infinity"] * 2), {}, InputRefused, "'when'.*2 of 4 .*row 1,"),
        (broken(when=[20200101] * 4), {}, InputRefused, "'when'.*int64"),
        (broken(when=pd.period_range("2020", periods=4, freq="D")), {}, InputRefused, "'when'"),
        (broken(spend=[1, 2, None, 4]), {}, InputRefused, "'spend'.*1 of 4 .*no amount.*row 2,"),
        (broken(spend=[1, 2, np.inf, np.nan]), {}, InputRefused, "'spend'.*2 of 4 .*row 2,"),
        (broken(spend=[1, -2, 3, 4]), {}, InputRefused, "'spend'.*1 of 4 .*row 1, .*returns"),
        (broken(spend=["1.5", "1,5", "2", "3"]), {}, InputRefused, "'spend'.*1 of 4 .*row 1,"),
        (broken(spend=[1, 1e15, 3, 4]), {}, InputRefused, "'spend'.*1 of 4 .*row 1,"),
        (pl.DataFrame({**ORDERS.to_dict("list"), "spend": [1.0, float("nan"), 3, 4]}), {}, InputRefused, "row 1,"),
        (ORDERS, {"customer": "Who"}, InputRefused, "no column 'Who' among 'who', 'when', 'spend'"),
        (pd.concat([ORDERS, ORDERS], axis=1), {}, InputRefused, "more than one column 'who'"),
        (ORDERS.to_dict("list"), {}, InputRefused, "a dict is no table"),
        (pl.from_pandas(ORDERS).lazy(), {}, InputRefused, "a LazyFrame is no table"),
        (ORDERS[:0], {}, NotEnoughData, "no row"),
        (ORDERS, {"as_of": "2019-12-31"}, NotEnoughData, "no purchase up to 2019-12-31"),
        (ORDERS, {"as_of": "31.12.2019"}, ArgumentRefused, "is no date"),
        (ORDERS, {"as_of": 20191231}, ArgumentRefused, "is no date"),
        (ORDERS, {"as_of": datetime(2020, 1, 4, 10)}, ArgumentRefused, "within a day"),  # noqa: DTZ001 - as given
        (ORDERS, {"unit": "month"}, ArgumentRefused, "is no time unit"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_a_remedy(frame, changes, refusal, says):
    with pytest.raises(refusal, match=says) as caught:
        purchase_history(frame, **{**NAMES, **changes})
    assert isinstance(caught.value, CloveError)
    assert caught.value.remedy


def test_a_row_after_the_as_of_date_is_checked_too():
    with pytest.raises(InputRefused, match="1 of 4"):
        purchase_history(broken(spend=[1, 2, 3, None]), **NAMES, as_of="2020-01-02")


def test_a_column_name_cannot_become_sql():
    name = 'who" FROM given; DROP TABLE given; --'
    same(
        purchase_history(ORDERS.rename(columns={"who": name}), customer=name, time="when", amount="spend"),
        purchase_history(ORDERS, **NAMES),
    )


def test_a_mixed_column_of_python_objects_is_read_as_text():
    history = purchase_history(broken(who=pd.Series([3, "x", 3, 3], dtype=object)), **NAMES)
    assert history.customer_id.tolist() == ["3", "x"]


def test_a_million_rows_of_one_customer_are_one_row():
    many = pd.DataFrame({"who": "ann", "when": pd.Timestamp("2020-01-01"), "spend": 0.1}, index=range(1_000_000))
    history = purchase_history(many, **NAMES, as_of="2020-01-02")
    assert (len(history), history.frequency[0], history.T[0]) == (1, 0, 1)


def test_the_arrays_and_the_sql_agree_on_many_rows():
    rng = np.random.default_rng(5)
    customer, period = rng.integers(-50_000, 50_000, 200_000), rng.integers(18_000, 18_100, 200_000)
    amount = rng.integers(0, 10**6, 200_000) / 100
    ours = btyd.summary_of_dense(customer, period, amount)
    with LocalEngine.open(threads=2) as engine:
        # decimals are left to the engine
        engine.load("purchase", pa.table({"customer_id": customer, "period": period, "amount": amount}))
        engine.execute("ALTER TABLE purchase ALTER customer_id TYPE DECIMAL(18, 0)")
        theirs = btyd.btyd_summary(engine, 18_099)
    assert (ours.customer_id == theirs.customer_id.astype(int)).all()
    for name in ("frequency", "first_period", "last_period"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))
    np.testing.assert_allclose(ours.monetary_value, theirs.monetary_value, rtol=1e-12, equal_nan=True)
