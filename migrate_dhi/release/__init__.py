"""What is deployed: releases, where their charts are from, and the layers of their values."""
