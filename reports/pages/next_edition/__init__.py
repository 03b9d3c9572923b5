"""A city's next edition: readiness, raises, what to send or hold."""
