"""The directory of expertise: areas, people who agreed to be shown, and questions to them."""
