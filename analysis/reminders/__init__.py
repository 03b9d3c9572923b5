"""What reaches the people of the units: texts, telephone numbers and addresses, dates, and a log of what was sent."""
