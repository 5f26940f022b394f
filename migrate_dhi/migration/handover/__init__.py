"""Hand update bots over to the hardened images, on request: one file for each kind of bot."""
