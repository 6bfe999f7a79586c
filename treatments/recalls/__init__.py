"""A lot called back: put aside at once, everyone who received it found, told, and the case closed."""
