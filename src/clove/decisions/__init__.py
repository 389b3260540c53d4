"""What to do about a value."""
