"""What a scan finds of the repository as a whole, a file for each thing that is looked for."""
