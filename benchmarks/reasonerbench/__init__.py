"""What a reasoner is worth, measured slowly: conditions, injections, what was asked, what it comes to."""
