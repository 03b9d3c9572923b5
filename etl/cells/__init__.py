"""From bytes to cells: sheets of text, nothing dropped, nothing typed."""
