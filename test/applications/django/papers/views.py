import os

from django.contrib.auth import authenticate, login, logout
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404

from .models import Paper


def log_in(request):
    user = authenticate(request, username=request.POST["name"], password=request.POST["password"])
    if user is None:
        return HttpResponse(status=401)
    login(request, user)
    return HttpResponse()


def log_out(request):
    logout(request)
    return HttpResponse()


def me(request):
    return JsonResponse({"name": request.user.get_username()})


def add(request):
    paper = Paper.objects.create(title=request.POST["title"], file=request.FILES["file"])
    return JsonResponse({"number": paper.pk})


def show(request, number):
    """With the process that has answered."""
    paper = get_object_or_404(Paper, pk=number)
    with paper.file.open() as file:
        content = file.read().decode()
    return JsonResponse({"title": paper.title, "content": content, "process": os.getpid()})


def delete(request, number):
    paper = get_object_or_404(Paper, pk=number)
    paper.file.delete(save=False)
    paper.delete()
    cache.delete("titles")
    return HttpResponse()


def titles(request):
    """From the cache, where they are."""
    found = cache.get_or_set("titles", lambda: list(Paper.objects.order_by("pk").values_list("title", flat=True)))
    return JsonResponse({"titles": found})


def slow(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(60)")
    return HttpResponse()
