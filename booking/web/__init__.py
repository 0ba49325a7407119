"""What all pages share: access marks, navigation, form fields, error pages, health checks."""
