"""What the program offers to the authors of workflows for their own tests."""
