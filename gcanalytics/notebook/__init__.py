"""What views in a notebook share: colours, a place in the cell, the line of progress. No topic of its own."""
