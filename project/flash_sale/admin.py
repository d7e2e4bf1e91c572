"""Django's admin shows one level of inlines: slots inside an activity, items inside a slot."""

from django.contrib import admin

from project.flash_sale.models import Activity, Item, TimeSlot


class TimeSlotInline(admin.TabularInline):
    model = TimeSlot
    extra = 1
    show_change_link = True  # leads to the slot's items


class ItemInline(admin.TabularInline):
    model = Item
    extra = 1


@admin.register(Activity)
class ActivityAdmin(admin.ModelAdmin):
    list_display = ("name", "starts_on", "ends_on")
    list_filter = ("starts_on",)
    search_fields = ("name",)
    inlines = [TimeSlotInline]


@admin.register(TimeSlot)
class TimeSlotAdmin(admin.ModelAdmin):
    list_display = ("__str__", "activity")
    list_filter = ("activity",)
    list_select_related = ("activity",)
    autocomplete_fields = ("activity",)
    inlines = [ItemInline]
