"""Dates: every way of writing them, and no guess between day and month."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clove.kernel.errors import InputRefused


def orders(*days: str) -> str:
    return "customer,date,amount\n" + "".join(f'c,"{day}",{i + 1}\n' for i, day in enumerate(days))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2010-12-01", "2010-12-01 00:00:00"),
        ("2010-12-01 08:26", "2010-12-01 08:26:00"),
        ("2010-12-01T08:26:05.25", "2010-12-01 08:26:05.250000"),
        ("2010-12-01T08:26:00Z", "2010-12-01 08:26:00"),
        ("2010-12-01T08:26:00+02:00", "2010-12-01 06:26:00"),
        ("2010-12-01T08:26+02:00", "2010-12-01 06:26:00"),
        ("2010-12-01T08:26+02", "2010-12-01 06:26:00"),
        ("2010-12-01 8:26:00+01", "2010-12-01 07:26:00"),
        ("2010-12-01 08:26:00 +0130", "2010-12-01 06:56:00"),
        ("2010-12-01 08:26:00 UTC", "2010-12-01 08:26:00"),
        ("2010-12-01 08:26:00.123-05:30", "2010-12-01 13:56:00.123000"),
        ("20101201", "2010-12-01 00:00:00"),
        ("20101201 08:26", "2010-12-01 08:26:00"),
        ("2010/12/1", "2010-12-01 00:00:00"),
        ("2010.12.01 08:26", "2010-12-01 08:26:00"),
        ("31/12/2010", "2010-12-31 00:00:00"),
        ("31.12.2010 8:26", "2010-12-31 08:26:00"),
        ("12-31-2010", "2010-12-31 00:00:00"),
        ("31/12/10", "2010-12-31 00:00:00"),
        ("12/31/2010 8:26 PM", "2010-12-31 20:26:00"),
        ("12/31/2010, 8:26:07 am", "2010-12-31 08:26:07"),
        ("11/11/2010", "2010-11-11 00:00:00"),
        ("1 Dec 2010", "2010-12-01 00:00:00"),
        ("01-DEC-10", "2010-12-01 00:00:00"),
        ("December 1, 2010", "2010-12-01 00:00:00"),
        ("May 3 2010 10:00", "2010-05-03 10:00:00"),
        ("2024-01-25T10:59:00.123456789", "2024-01-25 10:59:00.123456"),
        ("2024-01-25T10:59:00.000000000Z", "2024-01-25 10:59:00"),
        ("2024-01-25 10:59:00.123456789+02:00", "2024-01-25 08:59:00.123456"),
        ("25/01/2024 10:59:00.123456789", "2024-01-25 10:59:00.123456"),
        ("Thu, 25 Jan 2024 10:59:00 +0000", "2024-01-25 10:59:00"),
        ("Thu, 25 Jan 2024 10:59:00 +0200", "2024-01-25 08:59:00"),
        ("Thu, 25 Jan 2024 10:59:00 GMT", "2024-01-25 10:59:00"),
        ("25 Jan 2024 10:59 -05:00", "2024-01-25 15:59:00"),
        ("thu 25 jan 2024", "2024-01-25 00:00:00"),
        ("Thursday, January 25, 2024", "2024-01-25 00:00:00"),
        ("Thursday, January 25, 2024 10:59 PM", "2024-01-25 22:59:00"),
        ("1706180340", "2024-01-25 10:59:00"),
        ("1706180340123", "2024-01-25 10:59:00.123000"),
    ],
)
def test_a_date_is_read(take, events, text, expected):
    take(orders(text))
    assert [str(time) for (time,) in events("time")] == [expected]


@pytest.mark.parametrize(
    "text", ["2010-02-30", "infinity", "epoch", "2010-12-01 (BC)", "2010-13-01", "20101301", "2010121", "40513", "now"]
)
def test_no_date_is_made_of_what_is_none(take, rejections, text):
    take(orders("2010-12-01", text))
    assert rejections() == [(3, "unreadable date", text)]


@pytest.mark.parametrize("heading", ["created", "created_at", "timestamp", "date"])
def test_seconds_since_1970_are_said(take, events, heading):
    found = take(f"customer,{heading},amount\nc,1706180340,1\nc,1706180340123,2\nc,2024-01-25,3\n")
    assert [str(time) for (time,) in events("time")][::2] == ["2024-01-25 10:59:00", "2024-01-25 00:00:00"]
    assert found.files[0].notes == ("seconds or milliseconds since 1970 read as times in UTC",)


def test_hours_written_without_signs_are_not_taken_for_seconds(take, rejections):
    take(orders("2024-01-25", "2024012510"))
    assert rejections() == [(3, "unreadable date", "2024012510")]


def test_mail_dates_of_several_zones_are_told_by_utc(take, events):
    found = take(orders("Thu, 25 Jan 2024 10:59:00 +0200", "Thu, 25 Jan 2024 10:59:00 -0200", "Fri, 26 Jan 2024"))
    assert [str(time) for (time,) in events("time")] == [
        "2024-01-25 08:59:00",
        "2024-01-25 12:59:00",
        "2024-01-26 00:00:00",
    ]
    assert found.files[0].notes == ("times with an offset turned into UTC",)


def test_one_value_decides_for_the_whole_column(take, events):
    found = take(orders("01/02/2010", "03/04/2010", "13/01/2010"))
    assert [time.date() for (time,) in events("time")] == [date(2010, 2, 1), date(2010, 4, 3), date(2010, 1, 13)]
    assert found.files[0].notes == ("dates read as day/month/year",)
    take(orders("01/02/2010", "01/13/2010"))
    assert [time.date() for (time,) in events("time")] == [date(2010, 1, 2), date(2010, 1, 13)]


def test_a_value_far_down_decides_too(take, engine, monkeypatch):
    monkeypatch.setattr("clove.intake.sources.text.BLOCK", 1 << 12)
    days = ["01/02/2010"] * 2_000
    take(orders(*days, "13/01/2010"))
    assert engine.table("SELECT count(*) AS n FROM events")["n"][0].as_py() == 2_001
    assert engine.table("SELECT max(time)::DATE AS d, min(time)::DATE AS e FROM events").to_pylist() == [
        {"d": date(2010, 2, 1), "e": date(2010, 1, 13)}
    ]


def test_nothing_that_decides_is_refused_with_both_formats(take, events):
    with pytest.raises(InputRefused, match="ambiguous") as refusal:
        take(orders("11/11/2010 10:00", "01/02/2010 10:00"))
    assert refusal.value.where.endswith("row 3")
    assert '--map "time=date:%d/%m/%Y %H:%M"' in refusal.value.remedy
    take(orders("01/02/2010 10:00"), columns="time=date:%d/%m/%Y %H:%M")
    assert str(events("time")[0][0]) == "2010-02-01 10:00:00"


def test_two_digit_years_with_hyphens_may_begin_with_the_year(take):
    with pytest.raises(InputRefused, match="ambiguous"):
        take(orders("25-12-11"))


def test_days_first_and_months_first_in_one_column_are_refused(take):
    with pytest.raises(InputRefused, match=r"'13/01/2010' in row 3 and '01/13/2010' in row 5"):
        take(orders("01/02/2010", "13/01/2010", "2010-01-01", "01/13/2010"))


def test_iso_beside_one_decided_format_is_taken_and_said(take, events):
    found = take(orders("2010-01-05", "13/01/2010"))
    assert [time.date() for (time,) in events("time")] == [date(2010, 1, 5), date(2010, 1, 13)]
    assert found.files[0].notes == ("dates read as day/month/year, beside ISO dates",)


def test_short_and_long_years_side_by_side(take, events):
    take(orders("13/01/2010", "13/01/10", "1/2/10"))
    assert [time.date() for (time,) in events("time")] == [date(2010, 1, 13), date(2010, 1, 13), date(2010, 2, 1)]


def test_today_counts_to_its_end(take):
    assert take(orders("2026-11-20 23:59:59")).purchases == 1


moments = st.datetimes(datetime.fromisoformat("1970-01-01"), datetime.fromisoformat("2026-11-20")).map(
    lambda t: t.replace(microsecond=0)
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(moments, min_size=1, max_size=20),
    st.sampled_from(
        ["%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%d.%m.%y %H:%M:%S", "%Y%m%d%H%M%S"]
    ),
)
def test_what_is_written_is_read_back_or_refused(take, events, times, form):
    text = orders(*(t.strftime(form) for t in times))
    open_question = form[1] in "dm" and all(t.day <= 12 for t in times) and any(t.day != t.month for t in times)
    if open_question:
        with pytest.raises(InputRefused, match="ambiguous"):
            take(text)
    else:
        take(text)
        assert sorted(t for (t,) in events("time")) == sorted(times)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moments, st.integers(-14 * 60, 14 * 60))
def test_an_offset_is_turned_into_utc(take, events, moment, minutes):
    moment = max(moment, datetime.fromisoformat("1970-01-03"))
    sign, shift = "-" if minutes < 0 else "+", abs(minutes)
    take(orders(f"{moment.isoformat()}{sign}{shift // 60:02}:{shift % 60:02}"))
    assert events("time") == [(moment - timedelta(minutes=minutes),)] or moment.date() >= date(2026, 11, 19)
