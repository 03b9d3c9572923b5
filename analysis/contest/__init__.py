"""City contests and what their jury scores give."""
