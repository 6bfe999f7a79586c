"""The words of this app for templates."""
