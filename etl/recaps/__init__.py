"""Recaps of a contest as cities write them: a column per juror, per criterion, per stage, or a list of documents."""
