"""Innovations beside each other: likeness, weak affairs, what could be replicated."""
