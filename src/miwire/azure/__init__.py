"""The adapters: ARM, Microsoft Graph, Entra ID and the apps; the only package that imports SDKs."""
