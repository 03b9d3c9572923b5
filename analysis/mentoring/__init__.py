"""Mentoring: what reviewers, units and mentors have said of each indicator, whose move it is, and the year after."""
