"""App Service authentication and the front end before it."""
