"""What is wrong: conditions, scales, scalp zones, assessments."""
