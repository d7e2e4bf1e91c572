"""Activities have time slots, and those have items at a lower price."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q


class Activity(models.Model):
    name = models.CharField(max_length=100)
    description = models.CharField(max_length=500, blank=True)
    starts_on = models.DateField("first day")
    ends_on = models.DateField("last day")

    class Meta:
        ordering = ["starts_on", "name"]
        verbose_name_plural = "activities"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="flash_sale_activity_days",
                violation_error_message="The last day is before the first.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.starts_on} to {self.ends_on})"


class TimeSlot(models.Model):
    """A part of each of the activity's days; it does not pass midnight."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="slots")
    starts_at = models.TimeField("from")
    ends_at = models.TimeField("until")

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="flash_sale_slot_times",
                violation_error_message="The slot ends before it starts.",
            ),
            models.UniqueConstraint(
                fields=["activity", "starts_at"],
                name="flash_sale_slot_once",
                violation_error_message="The activity has a slot that starts then.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%H:%M} to {self.ends_at:%H:%M}"


class Item(models.Model):
    slot = models.ForeignKey(TimeSlot, models.CASCADE, related_name="items")
    name = models.CharField(max_length=100)
    price = models.DecimalField(
        "usual price", max_digits=9, decimal_places=2, validators=[MinValueValidator(0)]
    )
    sale_price = models.DecimalField(
        max_digits=9, decimal_places=2, validators=[MinValueValidator(0)]
    )
    stock = models.PositiveIntegerField()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(sale_price__gte=0, sale_price__lt=F("price")),
                name="flash_sale_item_price",
                violation_error_message="The sale price is not below the usual price.",
            )
        ]

    def __str__(self) -> str:
        return self.name
