"""Files of evidence that units hand over: whose they are, which indicator each answers, and what a mentor decided."""
