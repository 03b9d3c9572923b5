"""The pages of the desk: what each shows of a season. `page_list` names them; each module makes some of them."""
