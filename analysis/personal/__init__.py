"""Where personal data stands in what was received: found by rule, told by place, never by its words."""
