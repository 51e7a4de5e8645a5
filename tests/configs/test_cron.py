"""The next time of a schedule: as the scheduler itself reckons it."""

import asyncio
import datetime as dt
import itertools

import pytest

from configs.cron import next_time
from configs.sources import Schedule

SPRING = dt.datetime(2026, 3, 28, 22, 15, 30, tzinfo=dt.UTC)
"""The evening before the clocks of Brussels skip the hour from two to three."""
NEW_YEAR = dt.datetime(2027, 12, 31, 23, 59, tzinfo=dt.UTC)
CRONS = (
    *("17 2 * * *", "*/20 6-18 * * mon-fri", "0 0 29 2 *", "5,35 4 1,15 * *", "0 9 13 * 5", "30 12 * jan,jul 7"),
    *("0 0 1 */3 *", "10-50/20 * * * *", "7 7 * * 0"),
)


@pytest.mark.parametrize(
    ("cron", "timezone", "after", "time"),
    [
        ("17 2 * * *", "Europe/Brussels", SPRING, "2026-03-29T01:17"),
        ("17 2 * * *", "Asia/Kathmandu", NEW_YEAR, "2028-01-01T20:32"),
        ("*/20 6-18 * * mon-fri", "Europe/Brussels", SPRING, "2026-03-30T04:00"),
        ("*/20 6-18 * * mon-fri", "Asia/Kathmandu", NEW_YEAR, "2028-01-03T00:15"),
        ("0 0 29 2 *", "Europe/Brussels", SPRING, "2028-02-28T23:00"),
        ("0 0 29 2 *", "Asia/Kathmandu", NEW_YEAR, "2028-02-28T18:15"),
        ("5,35 4 1,15 * *", "Europe/Brussels", SPRING, "2026-04-01T02:05"),
        ("5,35 4 1,15 * *", "Asia/Kathmandu", NEW_YEAR, "2028-01-14T22:20"),
        ("0 9 13 * 5", "Europe/Brussels", SPRING, "2026-04-03T07:00"),
        ("0 9 13 * 5", "Asia/Kathmandu", NEW_YEAR, "2028-01-07T03:15"),
        ("30 12 * jan,jul 7", "Europe/Brussels", SPRING, "2026-07-05T10:30"),
        ("30 12 * jan,jul 7", "Asia/Kathmandu", NEW_YEAR, "2028-01-02T06:45"),
        ("0 0 1 */3 *", "Europe/Brussels", SPRING, "2026-03-31T22:00"),
        ("0 0 1 */3 *", "Asia/Kathmandu", NEW_YEAR, "2028-03-31T18:15"),
        ("10-50/20 * * * *", "Europe/Brussels", SPRING, "2026-03-28T22:30"),
        ("10-50/20 * * * *", "Asia/Kathmandu", NEW_YEAR, "2028-01-01T00:05"),
        ("7 7 * * 0", "Europe/Brussels", SPRING, "2026-03-29T05:07"),
        ("7 7 * * 0", "Asia/Kathmandu", NEW_YEAR, "2028-01-02T01:22"),
    ],
)
def test_it_is_the_next_time_of_the_zone(cron, timezone, after, time):
    assert next_time(Schedule(cron=cron, timezone=timezone), after) == dt.datetime.fromisoformat(f"{time}Z")


@pytest.mark.prefect
@pytest.mark.slow
def test_it_is_the_time_that_the_scheduler_reckons():
    from prefect.server.schemas.schedules import CronSchedule

    zones = ("UTC", "Europe/Brussels", "Asia/Kathmandu")
    for cron, timezone, after in itertools.product(CRONS, zones, (SPRING, NEW_YEAR)):
        known = asyncio.run(CronSchedule(cron=cron, timezone=timezone).get_dates(1, start=after))
        assert next_time(Schedule(cron=cron, timezone=timezone), after) == known[0], (cron, timezone, after)


@pytest.mark.parametrize("cron", ["0 0 30 2 *", "0 0 L * *", "* *", "61 * * * *", "0 0 5-1 * *"])
def test_a_time_that_never_comes_or_is_not_understood_is_none(cron):
    assert next_time(Schedule(cron=cron), SPRING) is None


def test_an_unknown_time_zone_has_no_time():
    assert next_time(Schedule(cron="0 0 * * *", timezone="Mars/Olympus"), SPRING) is None
