"""The same with Django's own pool."""

from shop.settings import *

DATABASES["default"]["CONN_MAX_AGE"] = 0
DATABASES["default"]["OPTIONS"]["pool"] = True
