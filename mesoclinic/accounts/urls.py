"""Signing in and out, and one's own second factor: allauth's pages."""

from django.urls import include, path

urlpatterns = [path("", include("allauth.urls"))]
