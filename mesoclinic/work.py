"""The day's work, and what needs this person: the queries behind Today. A fixed number of them."""
