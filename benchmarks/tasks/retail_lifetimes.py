"""The whole job as a person writes it with pandas and lifetimes: read, clean, summarise, fit, score, write.

`python retail_lifetimes.py FILE OUT`; a program of its own, timed from start to exit. Prints its facts as JSON.
"""

import json
import sys

import pandas as pd
from lifetimes import BetaGeoFitter, GammaGammaFitter
from lifetimes.utils import summary_data_from_transaction_data

NON_PRODUCTS = {
    *("POST", "POSTAGE", "DOT", "C2", "C3", "CARRIAGE", "SHIPPING", "DELIVERY", "FREIGHT", "HANDLING"),
    *("M", "MANUAL", "D", "DISCOUNT", "S", "SAMPLES", "B", "ADJUST", "ADJUST2", "CRUK", "PADS"),
    *("BANK CHARGES", "AMAZONFEE", "FEE", "TEST001", "TEST002"),
}


def read(path: str) -> pd.DataFrame:
    """The order lines, identifiers as text."""
    text = {"Invoice": str, "StockCode": str, "Customer ID": str, "Country": str}
    return pd.read_csv(path, dtype=text)


def clean(lines: pd.DataFrame) -> pd.DataFrame:
    """The rules in their order; what each one took is printed."""
    today = pd.Timestamp.now()
    time = pd.to_datetime(lines["InvoiceDate"], errors="coerce")
    lines = lines.assign(time=time)
    for rule, wrong in (
        ("null customer", lambda rows: rows["Customer ID"].isna()),
        ("cancellation", lambda rows: rows["Invoice"].str.startswith("C")),
        ("non-product", _non_product),
        ("quantity or price", lambda rows: (rows["Quantity"] <= 0) | (rows["Price"] <= 0)),
        ("duplicate", lambda rows: rows.duplicated()),
        ("unreadable date", lambda rows: rows["time"].isna()),
        ("impossible date", lambda rows: (rows["time"] < pd.Timestamp("1970-01-01")) | (rows["time"] > today)),
    ):
        bad = wrong(lines)
        print(f"{rule}: {int(bad.sum())}")
        lines = lines[~bad]
    return lines.assign(amount=lines["Quantity"] * lines["Price"])


def _non_product(rows: pd.DataFrame) -> pd.Series:
    code = rows["StockCode"].str.upper()
    return code.isin(NON_PRODUCTS) | code.str.startswith("GIFT_")


def main() -> None:
    """One file in, one file of scores out."""
    purchases = clean(read(sys.argv[1]))
    summary = summary_data_from_transaction_data(purchases, "Customer ID", "time", "amount")
    x, t_x, T, spend = (summary[name] for name in ("frequency", "recency", "T", "monetary_value"))
    buying = BetaGeoFitter().fit(x, t_x, T)
    repeat = (x > 0) & (spend > 0)
    spending = GammaGammaFitter().fit(x[repeat], spend[repeat])
    summary["probability_alive"] = buying.conditional_probability_alive(x, t_x, T)
    summary["expected_purchases"] = buying.conditional_expected_number_of_purchases_up_to_time(365, x, t_x, T)
    summary["expected_spend"] = spending.conditional_expected_average_profit(x, spend)
    summary["clv"] = spending.customer_lifetime_value(buying, x, t_x, T, spend, time=12, discount_rate=0.01, freq="D")
    summary.to_csv(sys.argv[2])
    print(
        json.dumps(
            {
                "purchases": len(purchases),
                "customers": len(summary),
                "frequency": float(x.sum()),
                "alive": float(summary["probability_alive"].sum()),
                "expected_purchases": float(summary["expected_purchases"].sum()),
                "clv": float(summary["clv"].sum()),
            }
        )
    )


if __name__ == "__main__":
    main()
