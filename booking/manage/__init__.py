"""Pages on which approvers and coordinators say what holds for their facilities."""
