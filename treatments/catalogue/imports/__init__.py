"""Lists that came from elsewhere: read whole, shown by what they would do, then written in one transaction."""
