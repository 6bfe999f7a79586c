"""The addresses of plans and money, by the names of their pages."""

from django.urls import reverse


def url(name, *args):
    """Of a page of billing; ``plan``, ``plan_accept`` and ``plan_stop`` are the plan's own."""
    if name == "plan":
        return reverse("plan", args=args)
    app = "plans" if name in ("plan_accept", "plan_stop") else "billing"
    return reverse(f"{app}:{name}", args=args)
