"""What happened: events as they are stored, whatever file they came from."""
