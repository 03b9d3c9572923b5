"""All regions of the country in one edition."""
