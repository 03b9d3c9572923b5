"""The research panel as a report."""
