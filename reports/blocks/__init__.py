"""What a report is made of: blocks with their content, tables, figures."""
