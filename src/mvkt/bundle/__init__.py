"""What is deployed: the folder with network and manifest, and what it is worth."""
