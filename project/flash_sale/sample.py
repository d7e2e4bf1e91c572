"""Sample activities, so that a fresh installation has something to show."""

from datetime import date, time, timedelta
from decimal import Decimal

from project.flash_sale.models import Activity, Item, TimeSlot

DAYS = 7  # today and the days after it

SLOTS = [
    (
        time(0),
        time(12),
        [
            ("Strawberries, 500 g", "4.90", "2.90", 120),
            ("Blueberries, 250 g", "3.80", "2.40", 80),
            ("Apricots, 1 kg", "5.50", "3.70", 60),
        ],
    ),
    (
        time(12),
        time(18),
        [
            ("Salmon fillet, 300 g", "9.90", "6.90", 40),
            ("Prawns, 400 g", "11.50", "7.90", 35),
        ],
    ),
    (
        time(18),
        time(23, 59),
        [
            ("Lamb chops, 500 g", "12.80", "8.80", 25),
            ("Free-range eggs, 10", "3.90", "2.60", 150),
            ("Celeriac, one root", "1.90", "0.95", 200),
        ],
    ),
]


def add(today: date) -> int:
    """Add the activities that are not there yet; return how many were added."""
    added = 0
    for day in (today + timedelta(days=offset) for offset in range(DAYS)):
        activity, is_new = Activity.objects.get_or_create(
            name=f"Fresh on {day:%A}",
            starts_on=day,
            defaults={"ends_on": day, "description": "Good things at a lower price, today only."},
        )
        if is_new:
            _fill(activity)
            added += 1
    return added


def _fill(activity: Activity) -> None:
    for starts_at, ends_at, items in SLOTS:
        slot = TimeSlot.objects.create(activity=activity, starts_at=starts_at, ends_at=ends_at)
        Item.objects.bulk_create(
            Item(
                slot=slot,
                name=name,
                price=Decimal(price),
                sale_price=Decimal(sale_price),
                stock=stock,
            )
            for name, price, sale_price, stock in items
        )
