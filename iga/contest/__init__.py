"""City contests: places from the scores of jurors."""
