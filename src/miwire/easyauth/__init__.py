"""What App Service authentication answers, predicted from settings and claims."""
