"""Why a city's index moved."""
