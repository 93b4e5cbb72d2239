from django.urls import path
from papers import views

urlpatterns = [
    path("login/", views.log_in),
    path("logout/", views.log_out),
    path("me/", views.me),
    path("papers/", views.add),
    path("papers/titles/", views.titles),
    path("papers/<int:number>/", views.show),
    path("papers/<int:number>/delete/", views.delete),
    path("slow/", views.slow),
]
