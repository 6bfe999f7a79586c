"""The site's small template vocabulary."""
