"""The clinic: designs, decrees and videos held against what an edition asks of them."""
