"""Settings become the parts that a workflow is given."""
