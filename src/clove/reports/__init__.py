"""Results become pictures and pages."""
