"""`clove contracts value` on portfolios with something wrong or little in them: valued, or refused in so many words."""

import csv
import json
from datetime import date
from pathlib import Path

import pytest

from clove.cli.app import app
from clove.cli.failures import run_guarded

AS_OF = date(2024, 6, 30)
CONTRACTS = 40


def contracts(count=CONTRACTS, **more):
    """Signed from January 2022 on, one a month and more; every fifth has ended after seven months."""
    rows = []
    for number in range(count):
        start = date(2022 + number % 24 // 12, number % 12 + 1, 3)
        ended = number % 5 == 0
        end = date(start.year + (start.month + 7) // 13, (start.month + 7 - 1) % 12 + 1, 9)
        rows.append(
            {
                "contract_id": f"k{number:03d}",
                "customer_id": f"c{number // 2}",
                "product_id": "p",
                "country_code": "ZAF",
                "sales_channel": "direct" if number % 3 else "dealer",
                "start_date": start,
                "cancellation_clause_months": 36,
                "monthly_fee": 200 + number,
                "cancellation_date": end if ended else "",
                "cancellation_reason": "voluntary_service" if ended else "",
                **more,
            }
        )
    return rows


def month_of(day):
    return 12 * day.year + day.month - 1


def payments(signed):
    """Of every month served; the newest three of every eighth contract are unpaid."""
    rows = []
    for place, one in enumerate(signed):
        last = month_of(one["cancellation_date"]) - 1 if one["cancellation_date"] else month_of(AS_OF)
        for month in range(month_of(one["start_date"]) + 1, last + 1):
            due = date(month // 12, month % 12 + 1, 1)
            missed = place % 8 == 1 and month > month_of(AS_OF) - 3
            rows.append(
                {
                    "contract_id": one["contract_id"],
                    "period_year": due.year,
                    "period_month": due.month,
                    "amount_due": one["monthly_fee"],
                    "amount_paid": 0 if missed else one["monthly_fee"],
                    "status": "unpaid" if missed else "paid",
                    "due_date": due,
                    "paid_date": "" if missed else due.replace(day=7),
                }
            )
    return rows


PRODUCTS = [{"product_id": "p", "product_tier": "standard", "standard_monthly_fee": 219}]
CUSTOMERS = [{"customer_id": f"c{number}", "credit_score_band": "ABCD"[number % 4]} for number in range(CONTRACTS)]


def costs(invoices):
    rows = []
    for line in invoices:
        period = {name: line[name] for name in ("contract_id", "period_year", "period_month")}
        rows += [
            {**period, "cost_type": kind, "amount": amount} for kind, amount in (("platform", 60), ("support", 20))
        ]
    return rows


def whole(**tables):
    signed = tables.get("contracts", contracts())
    invoices = payments(signed)
    full = {
        "contracts": signed,
        "customers": CUSTOMERS,
        "products": PRODUCTS,
        "payments": invoices,
        "costs_monthly": costs(invoices),
        "costs_upfront": [
            {"contract_id": one["contract_id"], "cost_type": "hardware", "amount": 1500} for one in signed
        ],
        **tables,
    }
    return {name: rows for name, rows in full.items() if rows}


@pytest.fixture
def folder(tmp_path) -> Path:
    made = tmp_path / "portfolio"
    made.mkdir()
    return made


@pytest.fixture
def run(folder, tmp_path, capsys):
    """Exit code, standard output and standard error; what was written must have been written whole."""

    def value(tables, *words, today="2024-07-15"):
        for name, rows in tables.items():
            with (folder / f"{name}.csv").open("w", newline="") as file:
                writer = csv.DictWriter(file, rows[0].keys())
                writer.writeheader()
                writer.writerows(rows)
        out = tmp_path / "out"
        given = ["contracts", "value", str(folder), "--out", str(out), "--today", today, *words]
        code = run_guarded(lambda: app(given))
        said = capsys.readouterr()
        assert "defect" not in said.err
        assert "Traceback" not in said.err
        return code, said.out, said.err

    return value


@pytest.fixture
def valued(run, tmp_path):
    """The contracts by id, metrics.json and run.json, of a portfolio that must be valued."""

    def value(tables, *words, **more):
        code, _, said = run(tables, *words, **more)
        assert code == 0, said
        assert said == ""
        out = tmp_path / "out"
        with (out / "contracts.csv").open() as file:
            rows = {line["contract_id"]: line for line in csv.DictReader(file)}
        return rows, json.loads((out / "metrics.json").read_text()), json.loads((out / "run.json").read_text())

    return value


@pytest.fixture
def refused(run, tmp_path):
    """The message of a portfolio that must be refused."""

    def value(tables, code, *words, **more):
        found, out, said = run(tables, *words, **more)
        assert found == code, said
        assert out == ""
        assert "→" in said
        assert not (tmp_path / "out").exists()
        return said

    return value


def rejections(tmp_path):
    with (tmp_path / "out" / "rejections.csv").open() as file:
        return list(csv.DictReader(file))


def live(rows):
    return {name: line for name, line in rows.items() if line["status"] != "cancelled"}


# ---- what is whole


def test_a_whole_portfolio(valued, tmp_path):
    rows, metrics, run = valued(whole())
    assert len(rows) == CONTRACTS
    assert metrics["as_of"] == "2024-06-30"
    assert metrics["contracts"]["ended"] == 8
    assert metrics["contracts"]["bad_billing"] == 4
    assert all(float(line["remaining_value"]) > 0 for line in live(rows).values())
    assert all(line["missing_because"] == "" for line in rows.values())
    assert rejections(tmp_path) == []
    assert run["currency"] == "ZAR"


def test_other_headings_and_a_parquet_file_say_the_same(valued, folder, tmp_path):
    import pyarrow.csv
    import pyarrow.parquet

    tables = whole()
    valued(tables)
    expected = (tmp_path / "out" / "contracts.csv").read_bytes()
    for name in tables:
        table = pyarrow.csv.read_csv(folder / f"{name}.csv")
        (folder / f"{name}.csv").unlink()
        pyarrow.parquet.write_table(table, folder / f"{name}.parquet")
    valued({})
    assert (tmp_path / "out" / "contracts.csv").read_bytes() == expected
    for name in tables:
        (folder / f"{name}.parquet").unlink()
    spelt = {
        name: [{column.replace("_", " ").title(): value for column, value in row.items()} for row in rows]
        for name, rows in tables.items()
    }
    valued(spelt)
    assert (tmp_path / "out" / "contracts.csv").read_bytes() == expected


# ---- rows that are wrong: set apart, and the rest is valued


def test_a_clause_of_no_months_is_no_clause(valued):
    signed = contracts()
    signed[3]["cancellation_clause_months"] = 0
    rows, _, _ = valued({**whole(), "contracts": signed})
    assert len(rows) == CONTRACTS
    assert float(rows["k003"]["penalty_pv"]) == 0


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("country_code", "ATL", "unknown word"),
        ("cancellation_clause_months", -1, "out of range"),
        ("monthly_fee", -5, "out of range"),
        ("monthly_fee", "", "missing value"),
        ("start_date", "2024-13-01", "unreadable date"),
        ("cancellation_date", date(2021, 1, 1), "cancelled before start"),
    ],
)
def test_a_contract_that_is_wrong_is_set_apart_with_its_rows(valued, tmp_path, column, value, rule):
    signed = contracts()
    signed[3][column] = value
    tables = whole()
    rows, metrics, run = valued({**tables, "contracts": signed})
    assert len(rows) == CONTRACTS - 1
    found = rejections(tmp_path)
    mine = [line for line in found if line["file"] == "contracts.csv"]
    assert [(line["row"], line["rule"]) for line in mine] == [("5", rule)]
    assert all(line["remedy"] for line in found)
    assert {line["rule"] for line in found if line["file"] == "payments.csv"} == {"contract rejected"}
    counted = next(table for table in run["tables"] if table["name"] == "contracts")
    assert (counted["rejected"], counted["kept"]) == ({rule: 1}, CONTRACTS - 1)
    assert metrics["contracts"]["live"] == 31


def test_an_unknown_tier_is_set_apart_and_its_contracts_are_of_none(valued, tmp_path):
    products = [*PRODUCTS, {"product_id": "q", "product_tier": "platinum", "standard_monthly_fee": 900}]
    signed = contracts()
    signed[3]["product_id"] = "q"
    rows, _, run = valued(whole(products=products, contracts=signed))
    [line] = rejections(tmp_path)
    assert (line["file"], line["row"], line["rule"]) == ("products.csv", "3", "unknown word")
    assert "basic, standard, premium, fleet" in line["remedy"]
    assert rows["k003"]["product_tier"] == "unknown"
    assert float(rows["k003"]["remaining_value"]) > 0
    assert any("product_id names no row of products" in finding for finding in run["findings"])


def test_a_payment_without_its_contract_is_set_apart(valued, tmp_path):
    tables = whole()
    rows, _, _ = valued({**tables, "payments": [*tables["payments"], {**tables["payments"][0], "contract_id": "k999"}]})
    [line] = rejections(tmp_path)
    assert (line["file"], line["rule"]) == ("payments.csv", "no such contract or hardware")
    assert line["row"] == str(len(tables["payments"]) + 2)
    assert len(rows) == CONTRACTS


def test_a_month_without_an_invoice_is_pointed_out(valued):
    tables = whole()
    missing = [line for line in tables["payments"] if (line["contract_id"], line["period_month"]) != ("k002", 9)]
    rows, _, run = valued({**tables, "payments": missing})
    assert rows["k002"]["status"] == "active"
    assert any("of contract 'k002': taken as not invoiced" in finding for finding in run["findings"])


# ---- little that is known


def test_contracts_alone(valued):
    rows, metrics, run = valued({"contracts": contracts()}, "--as-of", "2024-06-30")
    for line in live(rows).values():
        assert float(line["remaining_p10"]) < float(line["remaining_value"]) < float(line["remaining_p90"])
        assert line["ltv"] == line["realised_value"] == ""
        assert "no payments" in line["missing_because"]
    assert metrics["ltv"]["value"] is None
    assert metrics["remaining_value"]["n"] == 32
    told = " ".join(run["findings"])
    assert all(words in told for words in ("No invoice", "no monthly cost lines", "Upfront costs", "no quotes"))


def test_what_is_the_table_s_is_not_counted_as_one_s_own(valued, tmp_path, run):
    _, _, made = valued({"contracts": contracts(cancellation_date="", cancellation_reason="")}, "--as-of", "2024-06-30")
    origins = {line["name"]: line["origin"] for line in made["assumptions"]}
    for name in ("end in a month", "invoiced fees", "Cost of a month", "winning and fitting", "buys at a price"):
        [origin] = [origin for figure, origin in origins.items() if name in figure]
        assert origin == "Clove's illustrative price table"
    assert origins["Share of penalties that is collected"] == "a setting"
    assert "not yours" in made["findings"][0]
    assert "before costs" not in made["findings"][0]  # nothing is known to have been brought
    page = (tmp_path / "out" / "report.html").read_text()
    assert "none comes from your data" in page
    assert "cannot be told: there are neither payments" in page
    assert "Nobody has stopped" not in page
    for name in ("segments", "prices"):
        assert (tmp_path / "out" / f"{name}.csv").exists()


def test_a_whole_portfolio_names_what_is_its_own(valued):
    _, _, made = valued(whole())
    said = [finding for finding in made["findings"] if "not yours" in finding]
    assert said == ["The chance of an end is that of Clove's illustrative price table, not yours."]  # 8 are too few
    origins = " ".join(line["origin"] for line in made["assumptions"])
    assert "months of cost lines" in origins
    assert "what is noted of 40 contracts" in origins


def test_a_table_of_which_no_row_counts_is_said_loudly(run, valued, tmp_path):
    tables = whole()
    wrong = [{**line, "contract_id": f"x{line['contract_id']}"} for line in tables["payments"]]
    code, said, _ = run({**tables, "payments": wrong})
    assert code == 0
    assert f"NOT ONE ROW COUNTS, all {len(wrong):,} of payments rejected" in said
    first = json.loads((tmp_path / "out" / "run.json").read_text())["findings"][0]
    assert "not one of the" in first
    assert "payments.csv counts" in first


def test_without_cost_lines_what_was_brought_is_said_to_be_before_costs(valued):
    _, _, made = valued({name: table for name, table in whole().items() if name != "costs_monthly"})
    assert "what contracts brought so far is before costs" in made["findings"][0]


@pytest.mark.parametrize("without", ["payments", "products", "costs_monthly", "costs_upfront", "customers"])
def test_a_table_that_is_not_there(valued, without):
    rows, metrics, run = valued({name: table for name, table in whole().items() if name != without})
    assert all(line["remaining_value"] for line in rows.values())
    known = [line["ltv"] != "" for line in live(rows).values()]
    assert not any(known) if without == "payments" else all(known)
    assert metrics["contracts"]["live"] == 32
    assert bool(run["findings"]) >= (without in {"payments", "costs_monthly", "costs_upfront"})


def test_one_contract(valued):
    rows, metrics, run = valued(whole(contracts=contracts(2)[1:]))
    [line] = rows.values()
    assert float(line["remaining_p10"]) < float(line["remaining_value"]) < float(line["remaining_p90"])
    assert metrics["contracts"]["live"] == 1
    assert any("for want of ends" in finding for finding in run["findings"])


def test_a_constant_hazard_of_three_months(valued):
    """Without ends the chance is that of the shipped table, whatever the months served."""
    rows, _, _ = valued(whole(contracts=contracts(8, cancellation_date="", cancellation_reason="")))
    paying = [line for line in rows.values() if line["status"] == "active"]
    assert paying
    for line in paying:
        q, soon = float(line["monthly_churn"]), float(line["p_churn_3m"])
        assert soon == pytest.approx(1 - (1 - q) ** 3, abs=3e-6)
        assert line["tier"] == "GREEN"


def test_where_nothing_is_learnt_company_changes_nothing(valued, folder):
    signed = contracts(12, cancellation_date="", cancellation_reason="")
    whole, _, _ = valued({"contracts": signed}, "--as-of", "2024-06-30")
    some, _, _ = valued({"contracts": signed[::-3]}, "--as-of", "2024-06-30")
    assert len(some) == 4
    assert some == {name: whole[name] for name in some}


def test_all_have_ended(valued):
    rows, metrics, _ = valued(whole(contracts=contracts(cancellation_date=date(2024, 5, 9))), "--as-of", "2024-06-30")
    assert metrics["contracts"]["live"] == 0
    assert metrics["remaining_value"]["value"] == 0
    for line in rows.values():
        assert (line["remaining_value"], line["remaining_p10"], line["outcome_p90"]) == ("0", "0", "0")
        assert line["monthly_churn"] == line["tier"] == line["action"] == ""
        assert float(line["ltv"]) == pytest.approx(
            float(line["realised_value"]) - float(line["upfront_cost"]), abs=0.02
        )
        assert float(line["upfront_cost"]) > 1500  # noted is the hardware alone


def test_all_have_stopped_paying(valued):
    steps = [{"contract_id": f"k{n:03d}", "changed_on": date(2024, 4, 2), "status": "bad_billing"} for n in range(8)]
    rows, metrics, _ = valued(whole(contracts=contracts(8, cancellation_date=""), status_changes=steps))
    assert metrics["contracts"]["bad_billing"] == 8
    assert all(line["action"] in {"continue", "cancel", "retrieve"} for line in rows.values())


def test_all_are_suspended(valued):
    steps = [{"contract_id": f"k{n:03d}", "changed_on": date(2024, 4, 2), "status": "suspended"} for n in range(8)]
    rows, metrics, run = valued(whole(contracts=contracts(8, cancellation_date=""), status_changes=steps))
    assert metrics["contracts"]["suspended"] == 8
    # nobody was ever seen to come back or to leave: that is not to say that nobody ever will
    for line in rows.values():
        assert 0 < float(line["remaining_p10"]) < float(line["remaining_value"]) < float(line["remaining_p90"])
    assert any("Suspended contracts were watched for 16 months" in finding for finding in run["findings"])


# ---- what cannot be valued


def test_an_empty_folder(refused, folder):
    assert str(folder) in refused({}, 3)


def test_a_folder_without_contracts(refused):
    assert "contracts" in refused({"customers": CUSTOMERS, "products": PRODUCTS}, 3)


def test_no_folder(refused, folder):
    folder.rmdir()
    refused({}, 3)


def test_contracts_without_a_row(refused, folder):
    (folder / "contracts.csv").write_text("contract_id,customer_id,country_code,start_date,monthly_fee\n")
    assert "header and no rows" in refused({}, 3)


def test_no_contract_is_left(refused):
    assert "out of range" in refused({"contracts": contracts(monthly_fee=-1)}, 3)


def test_a_currency_without_a_rate_is_named_with_the_day_on_which_it_is_needed(refused):
    signed = contracts()
    signed[3].update(country_code="KEN")
    said = refused(whole(contracts=signed), 3)
    assert "KES on or before 2024-06-30" in said
    assert "exchange_rates" in said


def test_two_currencies_with_rates(valued):
    signed = contracts()
    for one in signed[::4]:
        one.update(country_code="KEN", monthly_fee=one["monthly_fee"] * 8)
    rates = [{"currency": "KES", "rate_date": date(2022, 1, 1), "rate": 0.125}]
    rows, metrics, _ = valued(whole(contracts=signed, exchange_rates=rates))
    total = sum(
        float(line["remaining_value"]) * (0.125 if line["currency"] == "KES" else 1) for line in live(rows).values()
    )
    assert metrics["remaining_value"]["value"] == pytest.approx(total, abs=1.0)
    assert metrics["currency"] == "ZAR"


@pytest.mark.parametrize(
    ("words", "code", "about"),
    [
        (["--as-of", "2024-06-12"], 2, "2024-05-31"),
        (["--as-of", "2021-12-31"], 4, "no contract had started by 2021-12-31"),
        (["--as-of", "2024-12-31"], 2, "after today"),
        (["--as-of", "soon"], 2, "--as-of"),
        (["--months", "0"], 2, "month"),
        (["--discount-rate", "-2"], 2, "discount"),
        (["--discount-rate", "12"], 2, "0.12 for twelve per cent"),
        (["--currency", "rands"], 2, "--currency"),
        (["--map", "contracts.fee=Nothing"], 2, "fee"),
    ],
)
def test_wrong_words(refused, words, code, about):
    assert about in refused(whole(), code, *words)


def test_contracts_of_this_month_alone(refused):
    signed = contracts(3, start_date=date(2024, 7, 3), cancellation_date="")
    assert "no contract had started by 2024-06-30" in refused({"contracts": signed}, 4)


def test_a_folder_that_holds_something_else(run, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    code, _, said = run(whole())
    assert code == 5
    assert "thesis.txt" in said
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["thesis.txt"]


def test_json_is_the_file_and_nothing_else(run, tmp_path):
    code, out, said = run(whole(), "--json")
    assert (code, said) == (0, "")
    assert json.loads(out) == json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert "NaN" not in out


def test_words_name_the_total_and_the_report(run, tmp_path):
    code, out, _ = run(whole())
    assert code == 0
    assert "As of 2024-06-30, 32 live contracts" in out
    assert (tmp_path / "out" / "report.html").stat().st_size > 10_000
