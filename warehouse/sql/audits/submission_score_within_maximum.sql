select submission_id, claimed_score_x100, max_score_x100
from store.submission
where claimed_score_x100 not between 0 and coalesce(max_score_x100, claimed_score_x100)
    or verified_score_x100 not between 0 and coalesce(max_score_x100, verified_score_x100)
    or final_score_x100 not between 0 and coalesce(max_score_x100, final_score_x100);
