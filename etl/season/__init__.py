"""From parsed files to the tables of a snapshot: observations, submissions, answers, as of each day."""
