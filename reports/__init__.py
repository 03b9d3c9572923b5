"""A snapshot and a notebook become a page; pages become a report site."""
