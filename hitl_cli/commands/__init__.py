"""The commands of the program: a module for each, and what several of them share."""
