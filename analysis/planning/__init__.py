"""Plans for one season: goals, raises, what to send or hold, scenarios, what if."""
