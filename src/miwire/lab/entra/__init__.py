"""Microsoft Entra ID and the identity endpoint of App Service."""
