"""What the program can be told to do, one file for each verb."""
