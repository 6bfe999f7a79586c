"""The site: joins the apps at the top, holds what they share at the bottom."""
