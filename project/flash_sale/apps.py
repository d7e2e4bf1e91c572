from django.apps import AppConfig


class FlashSaleConfig(AppConfig):
    name = "project.flash_sale"
    verbose_name = "flash sale"
