"""What certified triage is worth: whether its promise holds, where it breaks, what it saves, what the loop learns."""
