"""Reports on time without anyone watching: the plan, the machine's schedulers, the run, its status, its mail."""
