"""What a nominee shows: the facts of a flagship innovation, held against what presentation and validation judge."""
