from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin

from project.accounts.models import User


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    list_display = ("username", "email", "is_active", "awaiting_activation", "is_staff")
    list_filter = ("awaiting_activation", *DjangoUserAdmin.list_filter)
    fieldsets = (*DjangoUserAdmin.fieldsets, ("Activation", {"fields": ["awaiting_activation"]}))
    add_fieldsets = (
        (
            None,
            {
                "classes": ["wide"],
                "fields": ["username", "email", "usable_password", "password1", "password2"],
            },
        ),
    )

    def save_model(self, request, obj, form, change):
        # Staff who activate an account by hand end its link too.
        if obj.is_active:
            obj.awaiting_activation = False
        super().save_model(request, obj, form, change)
