"""Every refusal: its exit code, a message with a remedy, no traceback, nothing left behind."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

GOOD = "customer_id,order_id,date,amount\n" + "".join(
    f"{c},{c}-{n},2024-{n:02d}-{c % 27 + 1:02d},{10 + c}\n" for c in range(1, 61) for n in range(1, 3 + c % 5)
)


def run(tmp_path, *words, text=GOOD, **environment):
    (tmp_path / "orders.csv").write_text(text)
    return subprocess.run(
        [sys.executable, "-m", "clove", "value", "orders.csv", "--out", "out", *words],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path,
        env={**os.environ, "NO_COLOR": "1", **environment},
        check=False,
    )


def refused(tmp_path, done, code):
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert "→" in done.stderr
    assert done.stdout == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["orders.csv"]


def test_good_orders_pass(tmp_path):
    done = run(tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--horizon", "soon"], 2),
        (["--as-of", "yesterday"], 2),
        (["--as-of", "2999-01-01"], 2),
        (["--margin", "nan"], 2),
        (["--margin", "0"], 2),
        (["--margin", "1.5"], 2),
        (["--discount-rate", "-0.1"], 2),
        (["--currency", "pounds"], 2),
        (["--seed", "-1"], 2),
        (["--model", "crystal-ball"], 2),
        (["--as-of", "1999-01-01"], 4),
        (["nowhere.csv"], 3),
    ],
)
def test_arguments(tmp_path, words, code):
    refused(tmp_path, run(tmp_path, *words), code)


@pytest.mark.parametrize("words", [["--no-such-option"], ["--seed", "one"]])
def test_wrong_words(tmp_path, words):
    done = run(tmp_path, *words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_setting_that_may_not_be(tmp_path):
    done = run(tmp_path, CLOVE_MEMORY_LIMIT="plenty")
    refused(tmp_path, done, 2)
    assert "CLOVE_MEMORY_LIMIT" in done.stderr


@pytest.mark.parametrize(
    "text",
    [
        "customer_id,date,amount\n" + "".join(f"{c},2024-01-{c % 28 + 1:02d},10\n" for c in range(100)),  # once each
        "customer_id,date,amount\n" + "".join(f"7,2024-01-{d:02d},10\n" for d in range(1, 29)),  # one customer
        "customer_id,date,amount\n" + "".join(f"{c},2024-01-05,10\n" for c in range(50) for _ in range(3)),  # one day
    ],
)
def test_data_that_cannot_be_modelled(tmp_path, text):
    refused(tmp_path, run(tmp_path, text=text), 4)


def test_a_folder_with_other_files(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    done = run(tmp_path)
    assert done.returncode == 5
    assert (tmp_path / "out" / "thesis.txt").read_text() == "mine"


def test_an_interrupt_leaves_nothing(tmp_path):
    (tmp_path / "orders.csv").write_text(GOOD)
    process = subprocess.Popen(
        [sys.executable, "-m", "clove", "value", "orders.csv", "--out", "out"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    _, message = process.communicate(timeout=60)
    if process.returncode != 0:  # it may have been done already
        assert process.returncode in {130, -signal.SIGINT}
        assert "out" not in {path.name for path in tmp_path.iterdir()}
    assert "defect" not in message


@pytest.mark.parametrize("amount", ["1e300", "123456789012345678", "0.0000001"])
def test_extreme_amounts_are_valued_or_refused(tmp_path, amount):
    done = run(tmp_path, text=GOOD.replace(",11\n", f",{amount}\n"))
    assert done.returncode in {0, 3, 4}, done.stderr
    assert "Traceback" not in done.stderr


def test_a_currency_that_the_file_contradicts(tmp_path):
    euros = (
        GOOD.replace("amount\n", "amount,currency\n", 1).replace("\n", ",EUR\n").replace("currency,EUR\n", "currency\n")
    )
    refused(tmp_path, run(tmp_path, "--currency", "GBP", text=euros), 2)
    done = run(tmp_path, text=euros)
    assert done.returncode == 0, done.stderr
    assert "€" in done.stdout


def test_a_base_that_hardly_buys_is_valued_without_a_warning(tmp_path):
    # in most draws of its old forecasts nobody buys at all
    rows = [f"{c},2024-01-{c % 28 + 1:02d},10" for c in range(60)]
    rows += [f"{c},2024-{2 + c % 9:02d}-03,10" for c in range(25)] + ["59,2024-12-20,10"]
    done = run(tmp_path, "--json", "--horizon", "28d", text="customer_id,date,amount\n" + "\n".join(rows) + "\n")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "NaN" not in done.stdout
    assert json.loads(done.stdout)["common_error"]["deviation"] > 0
