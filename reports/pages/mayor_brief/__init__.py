"""One page for the mayor."""
