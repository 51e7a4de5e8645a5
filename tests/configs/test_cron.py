"""The next time of a schedule: as the scheduler itself reckons it."""

import asyncio
import datetime as dt

import pytest

from configs.cron import next_time
from configs.sources import Schedule

AFTER = (dt.datetime(2026, 3, 28, 22, 15, 30, tzinfo=dt.UTC), dt.datetime(2027, 12, 31, 23, 59, tzinfo=dt.UTC))


@pytest.mark.prefect
@pytest.mark.parametrize("after", AFTER)
@pytest.mark.parametrize(
    "cron",
    [
        *("17 2 * * *", "*/20 6-18 * * mon-fri", "0 0 29 2 *", "5,35 4 1,15 * *", "0 9 13 * 5", "30 12 * jan,jul 7"),
        *("0 0 1 */3 *", "10-50/20 * * * *", "7 7 * * 0"),
    ],
)
@pytest.mark.parametrize("timezone", ["UTC", "Europe/Brussels", "Asia/Kathmandu"])
def test_it_is_the_time_that_the_scheduler_reckons(cron, timezone, after):
    from prefect.server.schemas.schedules import CronSchedule

    known = asyncio.run(CronSchedule(cron=cron, timezone=timezone).get_dates(1, start=after))
    assert next_time(Schedule(cron=cron, timezone=timezone), after) == known[0]


@pytest.mark.parametrize("cron", ["0 0 30 2 *", "0 0 L * *", "* *", "61 * * * *", "0 0 5-1 * *"])
def test_a_time_that_never_comes_or_is_not_understood_is_none(cron):
    assert next_time(Schedule(cron=cron), AFTER[0]) is None


def test_an_unknown_time_zone_has_no_time():
    assert next_time(Schedule(cron="0 0 * * *", timezone="Mars/Olympus"), AFTER[0]) is None
