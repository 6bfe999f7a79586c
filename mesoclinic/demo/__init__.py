"""A made-up clinic, built through the actions: the first integration test, and the pictures."""
