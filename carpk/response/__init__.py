"""What follows from the samples beside kinetics: persistence as time to event, assays against each other, markers."""
