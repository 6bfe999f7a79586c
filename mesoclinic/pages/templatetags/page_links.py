"""The links of a page to the apps above its own."""

from django import template

from mesoclinic.pages.page_links import ShownLink, links_of_page

register = template.Library()


@register.inclusion_tag("mesoclinic/pages/_page_links.html", takes_context=True, name="page_links")
def page_links_context(context: template.RequestContext) -> dict[str, object]:
    """Print the links of the page that is shown. Nothing on a page without a name, or before sign-in."""
    request = context["request"]
    shown: list[ShownLink] = []
    if request.resolver_match and request.user.is_authenticated:
        shown_values = {str(name): value for name, value in context.flatten().items()}
        shown = links_of_page(request.resolver_match.view_name, shown_values, viewer=request.user)
    return {"links": shown, "request": request, "csrf_token": context.get("csrf_token")}
